/* SPDX-License-Identifier: BSD-3-Clause */
/* test_top_page.c - a vring's page in `top`, and what is asked for it. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top_ask.h"
#include "top_detail.h"
#include "top_story.h"

static struct top_model *model;
static struct top_lines lines;

static int begin(void **state)
{
	(void)state;
	model = top_model_new(TOP_BYTES_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	top_lines_free(&lines);
	top_model_free(model);
	return 0;
}

/* The page at this width, its lines joined by one blank each. */
static const char *page_at(int width, json_t *answers)
{
	static char text[16384];
	size_t i, at = 0;

	story_seen(model, 1, answers);
	top_lines_free(&lines);
	lines = top_lines_of(width);
	top_detail(&lines, model, "vm0/tx0");
	for (i = 0; i < lines.cnt; i++) {
		const char *line = lines.line[i].text;

		assert_true((int)strlen(line) <= width);
		line += strspn(line, " ");
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", line);
	}
	return text;
}

static const char *page_of(json_t *vring)
{
	return page_at(80, story_answers(vring));
}

/* Inlined, it makes gcc warn of a text that is NULL, under sanitizers only. */
static __attribute__((noinline)) void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
}

static __attribute__((noinline)) void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
}

static json_t *decided(const char *last)
{
	return story_set(story_vring("vm0", "tx0", 1), "last_decision",
			 json_loads(last, JSON_DECODE_ANY, NULL));
}

static void the_decision_is_spelled_out_with_its_numbers(void **state)
{
	const char *text = page_of(story_vring("vm0", "tx0", 1));

	(void)state;
	assert_has(text, "old 30401   new 30402   used_event 0   called no");
	assert_has(text, "call if (u16)(new-event-1) < (u16)(new-old)");
	assert_has(text, "(u16)(30402-0-1)=30401 < (u16)(30402-30401)=1 is false");
	assert_has(text, "so: no call");
}

/* The index wraps between old and new, and the event lies there. */
static void the_sum_wraps_at_16_bits(void **state)
{
	const char *text = page_of(decided("{\"old\": 65534, \"new\": 2, \"used_event\": 65535,"
					   " \"called\": true}"));

	(void)state;
	assert_has(text, "(u16)(2-65535-1)=2 < (u16)(2-65534)=4 is true");
	assert_has(text, "so: call");
}

static void an_event_at_the_new_position_is_not_passed(void **state)
{
	(void)state;
	assert_has(page_of(decided("{\"old\": 4, \"new\": 5, \"used_event\": 5,"
				   " \"called\": false}")),
		   "(u16)(5-5-1)=65535 < (u16)(5-4)=1 is false");
}

static void a_decision_against_the_rule_is_told(void **state)
{
	(void)state;
	assert_has(page_of(decided("{\"old\": 4, \"new\": 5, \"used_event\": 4,"
				   " \"called\": false}")),
		   "see calls_failed");
	assert_has(page_of(decided("{\"old\": 4, \"new\": 5, \"used_event\": 9,"
				   " \"called\": true}")),
		   "so: no call, yet it was called, which is allowed");
}

static void no_decision_is_told_as_none(void **state)
{
	(void)state;
	assert_has(page_of(decided("null")), "last decision none since the start");
}

static json_t *packed(const char *last)
{
	json_t *vring = decided(last);

	story_set(vring, "layout", json_string("packed"));
	story_set(vring, "avail_idx", json_null());
	story_set(vring, "next_used", json_integer(17));
	story_set(vring, "driver_flags", json_string("desc"));
	return story_set(vring, "wrap", json_pack("{s:i}", "next_used", 1));
}

/* Slot 3 of the next lap is 9 ahead of slot 250 of this one, in a ring of 256. */
static void a_packed_decision_counts_slots_of_a_lap(void **state)
{
	const char *text =
		page_of(packed("{\"old\": 252, \"new\": 3, \"used_event\": 250, \"called\": false,"
			       " \"driver_flags\": \"desc\","
			       " \"wrap\": {\"old\": 1, \"new\": 0, \"used_event\": 1}}"));

	(void)state;
	assert_has(text, "old 252 (wrap 1)   new 3 (wrap 0)");
	assert_has(text, "(u16)(9-1)=8 < 7 is false");
	assert_has(text, "next_used 17 (wrap 1)");
	assert_has(text, "avail_idx -");
	assert_has(text, "driver_flags desc");
}

static void flags_decide_where_there_is_no_event_index(void **state)
{
	json_t *split = story_set(story_vring("vm0", "tx0", 1), "event_idx", json_false());
	const char *text = page_of(split);

	(void)state;
	assert_has(text, "no event index: no call (they are 0 now)");
	text = page_of(packed("{\"old\": 1, \"new\": 2, \"used_event\": 0, \"called\": false,"
			      " \"driver_flags\": \"disable\"}"));
	assert_has(text, "event flags, which were \"disable\"");
	assert_has(text, "so: no call");
}

static void counters_drops_and_faults_are_those_of_the_daemon(void **state)
{
	json_t *vring = story_vring("vm0", "tx0", 1);
	const char *text;

	(void)state;
	text = page_of(json_deep_copy(vring));
	assert_has(text, "drops         none");
	assert_has(text, "faults        none");
	story_count(vring, "counters.packets", 12345);
	story_count(vring, "counters.something_new", 9);
	story_count(vring, "counters.drops.uplink", 3);
	story_count(vring, "counters.faults.loop", 1);
	story_set(vring, "fault", json_string("loop"));
	text = page_of(vring);
	assert_has(text, "packets 12345");
	assert_has(text, "something_new 9");
	assert_has(text, "drops         uplink 3");
	assert_has(text, "faulted by loop");
	assert_has_not(text, "no_buffer");
}

static void latencies_and_injected_faults_are_shown_if_there_are_any(void **state)
{
	json_t *vring = story_vring("vm0", "tx0", 1);

	(void)state;
	assert_has_not(page_of(json_deep_copy(vring)), "latency");
	assert_has_not(page_of(json_deep_copy(vring)), "on purpose");
	story_set(vring, "latency_us",
		  json_loads("{\"seen_to_take\": {\"p50\": 1.5, \"p99\": 12, \"max\": 400}}", 0,
			     NULL));
	story_set(vring, "injected",
		  json_loads("{\"drop-call\": {\"left\": \"always\", \"hits\": 31}}", 0, NULL));
	assert_has(page_of(json_deep_copy(vring)), "seen_to_take p50 1.5 p99 12 max 400");
	assert_has(page_of(vring), "drop-call: struck 31 times, always");
}

/* Of the vring that the page is of, and not of one that was open before. */
static void sentences_and_events_are_those_of_the_vring(void **state)
{
	json_t *answers = story_answers(story_vring("vm0", "tx0", 1));
	const char *text;

	(void)state;
	json_object_set_new(answers, "explain",
			    json_pack("{s:s, s:s, s:[s]}", "port", "vm0", "vring", "tx0",
				      "sentences", "ok: the driver answers"));
	json_object_set_new(answers, "trace",
			    json_pack("{s:s, s:[{s:s}, {s:s, s:s}]}", "of", "vm0/tx0", "events",
				      "event", "call", "event", "call", "text", "called at 7"));
	text = page_at(80, json_deep_copy(answers));
	assert_has(text, "health        ok: the driver answers");
	assert_has(text, "last events   called at 7");
	assert_int_equal(
		json_array_clear(json_object_get(json_object_get(answers, "trace"), "events")), 0);
	assert_has_not(page_at(80, json_deep_copy(answers)), "last events");
	json_object_set_new(json_object_get(answers, "explain"), "vring", json_string("rx0"));
	json_object_set_new(json_object_get(answers, "trace"), "of", json_string("vm0/rx0"));
	text = page_at(80, answers);
	assert_has_not(text, "health");
	assert_has_not(text, "last events");
}

static void a_page_fits_any_width(void **state)
{
	int width;

	(void)state;
	for (width = 40; width < 140; width++)
		page_at(width, story_answers(story_vring("vm0", "tx0", 1)));
	assert_has(page_at(40, story_answers(NULL)), "vm0/tx0 is not there at this time");
}

static void sentences_break_between_words(void **state)
{
	(void)state;
	lines = top_lines_of(40);
	top_lines_section(&lines, "health");
	top_lines_sentence(&lines, "one two three four five six seven eight nine");
	assert_int_equal(lines.cnt, 2);
	assert_string_equal(lines.line[0].text, "health        one two three four five");
	assert_string_equal(lines.line[1].text, "                six seven eight nine");
}

/* ---- what is asked ---- */

static struct top_ask ask;

static const char *question(const char *label)
{
	static char text[2048];
	char *asked;

	snprintf(ask.label, sizeof(ask.label), "%s", label);
	asked = top_ask_question(&ask);
	snprintf(text, sizeof(text), "%s", asked);
	free(asked);
	return text;
}

static json_t *answers_to(const char *reply, const char *why_not)
{
	json_t *parsed = json_loads(reply, 0, NULL), *answers;
	char why[256] = "";

	assert_non_null(parsed);
	answers = top_ask_answers(&ask, parsed, why, sizeof(why));
	json_decref(parsed);
	assert_string_equal(why, why_not);
	return answers;
}

static void a_look_asks_for_what_is_on_the_screen(void **state)
{
	(void)state;
	ask = (struct top_ask){ 0 };
	assert_has(question(""), "\"method\":\"vring.list\"}");
	assert_has(question(""), "worker.list");
	assert_has(question(""), "rpc.discover");
	assert_has_not(question(""), "explain");
	assert_has(question("vm0/tx1"), "\"method\":\"explain\",\"params\":"
					"{\"port\":\"vm0\",\"vring\":\"tx1\"}");
	assert_has_not(question("vm0/tx1"), "trace.get");
	ask.port = "vm7";
	assert_has(question(""), "\"method\":\"vring.list\",\"params\":{\"port\":\"vm7\"}");
}

#define LIST "{\"id\": 1, \"result\": {\"vrings\": []}}"

static void events_are_asked_for_if_the_daemon_tells_them(void **state)
{
	(void)state;
	ask = (struct top_ask){ 0 };
	json_decref(answers_to("[" LIST ", {\"id\": 5, \"result\": {\"methods\":"
			       " [{\"name\": \"trace.get\", \"available\": false}]}}]",
			       ""));
	assert_has_not(question("vm0/tx0"), "trace.get");
	assert_has_not(question("vm0/tx0"), "rpc.discover");
	top_ask_begin(&ask);
	json_decref(answers_to("[" LIST ", {\"id\": 5, \"result\": {\"methods\":"
			       " [{\"name\": \"trace.get\", \"available\": true, \"params\":"
			       " [{\"name\": \"port\"}, {\"name\": \"count\"}]}]}}]",
			       ""));
	assert_has(question("vm0/tx0"), "\"method\":\"trace.get\",\"params\":"
					"{\"port\":\"vm0\",\"vring\":\"tx0\",\"count\":40}");
}

static void replies_are_put_together_in_any_order(void **state)
{
	json_t *answers;

	(void)state;
	ask = (struct top_ask){ .asked_for = "vm0/tx0" };
	answers = answers_to("[{\"id\": 4, \"result\": {\"events\": [{\"text\": \"a\"}]}},"
			     " {\"id\": 3, \"result\": {\"vrings\": [{\"port\": \"vm0\"}]}},"
			     " {\"id\": 2, \"result\": {\"workers\": [1, 2]}}, " LIST "]",
			     "");
	assert_non_null(answers);
	assert_int_equal(json_array_size(json_object_get(answers, "workers")), 2);
	assert_true(json_is_object(json_object_get(answers, "explain")));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(answers, "trace"), "of")),
		"vm0/tx0");
	json_decref(answers);
}

static void what_is_refused_is_left_out_and_no_vrings_is_why_not(void **state)
{
	json_t *answers;

	(void)state;
	ask = (struct top_ask){ 0 };
	answers = answers_to(
		"[{\"id\": 4, \"error\": {\"code\": 4, \"message\": \"no\"}}, " LIST "]", "");
	assert_non_null(answers);
	assert_null(json_object_get(answers, "trace"));
	json_decref(answers);
	assert_null(answers_to("[{\"id\": 1, \"error\": {\"code\": 1, \"message\": \"no vm7\"}}]",
			       "no vm7"));
	assert_null(answers_to("{}", "the daemon names no vrings"));
}

static void no_more_events_are_kept_than_a_page_shows(void **state)
{
	json_t *reply =
		json_loads("[" LIST ", {\"id\": 4, \"result\": {\"events\": []}}]", 0, NULL);
	json_t *events =
		json_object_get(json_object_get(json_array_get(reply, 1), "result"), "events");
	json_t *answers;
	char why[16];
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		json_array_append_new(events, json_pack("{s:i}", "n", i));
	ask = (struct top_ask){ 0 };
	answers = top_ask_answers(&ask, reply, why, sizeof(why));
	events = json_object_get(json_object_get(answers, "trace"), "events");
	assert_int_equal(json_array_size(events), TOP_EVENTS);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "n")),
			 100 - TOP_EVENTS);
	json_decref(answers);
	json_decref(reply);
}

#define PAGE_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(the_decision_is_spelled_out_with_its_numbers),
		PAGE_TEST(the_sum_wraps_at_16_bits),
		PAGE_TEST(an_event_at_the_new_position_is_not_passed),
		PAGE_TEST(a_decision_against_the_rule_is_told),
		PAGE_TEST(no_decision_is_told_as_none),
		PAGE_TEST(a_packed_decision_counts_slots_of_a_lap),
		PAGE_TEST(flags_decide_where_there_is_no_event_index),
		PAGE_TEST(counters_drops_and_faults_are_those_of_the_daemon),
		PAGE_TEST(latencies_and_injected_faults_are_shown_if_there_are_any),
		PAGE_TEST(sentences_and_events_are_those_of_the_vring),
		PAGE_TEST(a_page_fits_any_width),
		PAGE_TEST(sentences_break_between_words),
		PAGE_TEST(a_look_asks_for_what_is_on_the_screen),
		PAGE_TEST(events_are_asked_for_if_the_daemon_tells_them),
		PAGE_TEST(replies_are_put_together_in_any_order),
		PAGE_TEST(what_is_refused_is_left_out_and_no_vrings_is_why_not),
		PAGE_TEST(no_more_events_are_kept_than_a_page_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
