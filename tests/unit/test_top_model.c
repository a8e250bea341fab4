/* SPDX-License-Identifier: BSD-3-Clause */
/* test_top_model.c - what `top` makes of the answers that follow one another. */
#include "check.h"

#include <string.h>

#include "top_model.h"
#include "top_story.h"

#define BYTES_MAX (8 << 20)

static struct top_model *model;

static int begin(void **state)
{
	(void)state;
	model = top_model_new(BYTES_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	top_model_free(model);
	return 0;
}

/* One vring that has seen so many packets. */
static json_t *with_packets(json_int_t packets)
{
	return story_answers(
		story_count(story_vring("vm0", "tx0", 1), "counters.packets", packets));
}

/* The same, without looking at it. */
static void add_answers(double at_s, json_t *answers)
{
	const struct top_time when = { .at_s = at_s, .wall_s = 1000000 + (int64_t)at_s };

	top_model_add(model, answers, when, false);
	json_decref(answers);
}

static void add(double at_s, json_int_t packets)
{
	add_answers(at_s, with_packets(packets));
}

static bool rates_of(const char *label, struct top_rates *rates)
{
	const json_t *vring = top_model_vring(model, label);

	assert_non_null(vring);
	return top_model_rates(model, vring, rates);
}

static double packet_rate(void)
{
	struct top_rates rates;

	return rates_of("vm0/tx0", &rates) ? rates.packets : -1;
}

static void assert_near(double is, double wanted)
{
	if (is < wanted - 1e-6 || is > wanted + 1e-6)
		fail_msg("%f is not %f", is, wanted);
}

static json_t *busy_vring(json_int_t times)
{
	json_t *vring = story_vring("vm0", "tx0", 1);

	story_count(vring, "counters.packets", 10 * times);
	story_count(vring, "counters.bytes", 1000 * times);
	story_count(vring, "counters.kicks", 3 * times);
	story_count(vring, "counters.calls", 2 * times);
	story_count(vring, "counters.publishes", 8 * times);
	story_count(vring, "counters.calls_suppressed", 6 * times);
	story_count(vring, "counters.drops.uplink", 4 * times);
	return story_count(vring, "counters.drops.no_buffer", 1 * times);
}

static void rates_are_those_between_two_samples(void **state)
{
	struct top_rates rates;

	(void)state;
	story_seen(model, 100, story_answers(busy_vring(5)));
	story_seen(model, 102, story_answers(busy_vring(9)));
	assert_true(rates_of("vm0/tx0", &rates));
	assert_near(rates.packets, 20);
	assert_near(rates.bytes, 2000);
	assert_near(rates.kicks, 6);
	assert_near(rates.calls, 4);
	assert_near(rates.publishes, 16);
	assert_near(rates.suppressed, 12);
	assert_near(rates.drops, 10);
}

static void a_first_sample_has_no_rates(void **state)
{
	(void)state;
	story_seen(model, 100, with_packets(500));
	assert_near(packet_rate(), -1);
}

static void no_rate_leads_over_a_gap(void **state)
{
	(void)state;
	story_seen(model, 100, with_packets(500));
	story_seen_after_gap(model, 101, with_packets(600));
	assert_near(packet_rate(), -1);
	story_seen(model, 102, with_packets(601));
	assert_near(packet_rate(), 1);
}

static void no_time_is_no_rate(void **state)
{
	(void)state;
	story_seen(model, 100, with_packets(500));
	story_seen(model, 100, with_packets(600));
	assert_near(packet_rate(), -1);
}

/* A port that was removed and added: its packets may be more than before, while
 * another counter tells on it. */
static void counters_that_restart_are_no_rate(void **state)
{
	json_t *vring = busy_vring(5);

	(void)state;
	story_seen(model, 100, story_answers(busy_vring(5)));
	story_seen(model, 101, story_answers(story_count(vring, "counters.kicks", 1)));
	assert_near(packet_rate(), -1);
	story_seen(model, 102, story_answers(busy_vring(6)));
	assert_near(packet_rate(), 10);
}

static void a_vring_that_is_new_has_no_rates_and_others_have(void **state)
{
	struct top_rates rates;

	(void)state;
	story_seen(model, 100, with_packets(500));
	story_seen(model, 101, story_more(with_packets(507), story_vring("vm1", "tx0", 1)));
	assert_near(packet_rate(), 7);
	assert_false(rates_of("vm1/tx0", &rates));
}

static void a_vring_that_vanished_is_there_in_the_past(void **state)
{
	(void)state;
	story_seen(model, 100, with_packets(500));
	story_seen(model, 101, story_answers(NULL));
	assert_null(top_model_vring(model, "vm0/tx0"));
	assert_true(top_model_look(model, 1));
	assert_non_null(top_model_vring(model, "vm0/tx0"));
}

static void ten_minutes_are_kept(void **state)
{
	struct top_time when;
	int second;

	(void)state;
	for (second = 0; second < 700; second++)
		add(second, second);
	assert_int_equal(top_model_newest(model), 700);
	assert_int_equal(top_model_oldest(model), 100);
	assert_false(top_model_look(model, 99));
	assert_true(top_model_look(model, 100));
	when = top_model_time(model);
	assert_near(when.at_s, 99);
	assert_int_equal(when.wall_s, 1000099);
	assert_near(packet_rate(), -1); /* the one before it is gone */
	assert_true(top_model_look(model, 101));
	assert_near(packet_rate(), 1);
}

static void not_more_samples_are_kept_than_there_is_room_for(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < TOP_SAMPLES_MAX + 10; i++)
		add(i * 0.01, i);
	assert_int_equal(top_model_newest(model) - top_model_oldest(model) + 1, TOP_SAMPLES_MAX);
}

static void not_more_bytes_are_kept_than_there_is_room_for(void **state)
{
	char long_text[BYTES_MAX / 64];
	int i;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	for (i = 0; i < 100; i++) {
		json_t *answers = with_packets(i);

		story_set(answers, "more", json_string(long_text));
		add_answers(i, answers);
	}
	assert_int_equal(top_model_newest(model), 100);
	assert_int_equal(top_model_oldest(model), 100 - 63 + 1);
}

static void steps_end_where_the_samples_do(void **state)
{
	int second;

	(void)state;
	assert_int_equal(top_model_step(model, 0, -1), 0);
	assert_int_equal(top_model_newest(model), 0);
	assert_false(top_model_look(model, 0));
	for (second = 0; second < 610; second++)
		add(second, second);
	assert_int_equal(top_model_oldest(model), 10);
	assert_int_equal(top_model_step(model, 300, -1), 299);
	assert_int_equal(top_model_step(model, 300, 1), 301);
	assert_int_equal(top_model_step(model, 610, 1), 610);
	assert_int_equal(top_model_step(model, 10, -1), 10);
	assert_int_equal(top_model_step(model, 3, 1), 10); /* not kept any more */
	assert_int_equal(top_model_step(model, 3, -1), 10);
}

static void a_jump_goes_by_time(void **state)
{
	int i;

	(void)state;
	assert_int_equal(top_model_jump(model, 0, -60), 0);
	for (i = 0; i < 100; i++)
		add(i * 2.5, i);
	assert_int_equal(top_model_jump(model, 50, -60), 26);
	assert_int_equal(top_model_jump(model, 50, 60), 74);
	assert_int_equal(top_model_jump(model, 10, -60), 1);
	assert_int_equal(top_model_jump(model, 90, 60), 100);
}

/* Who has frozen the screen can read on. */
static void the_sample_looked_at_outlives_the_history(void **state)
{
	int second;

	(void)state;
	story_seen(model, 0, with_packets(1));
	story_seen(model, 1, with_packets(8));
	for (second = 2; second < 800; second++)
		add(second, 8);
	assert_true(top_model_look(model, 2));
	assert_near(packet_rate(), 7);
	assert_true(top_model_look(model, 700));
	assert_false(top_model_look(model, 2));
	assert_near(top_model_time(model).at_s, 699);
}

#define MODEL_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(rates_are_those_between_two_samples),
		MODEL_TEST(a_first_sample_has_no_rates),
		MODEL_TEST(no_rate_leads_over_a_gap),
		MODEL_TEST(no_time_is_no_rate),
		MODEL_TEST(counters_that_restart_are_no_rate),
		MODEL_TEST(a_vring_that_is_new_has_no_rates_and_others_have),
		MODEL_TEST(a_vring_that_vanished_is_there_in_the_past),
		MODEL_TEST(ten_minutes_are_kept),
		MODEL_TEST(not_more_samples_are_kept_than_there_is_room_for),
		MODEL_TEST(not_more_bytes_are_kept_than_there_is_room_for),
		MODEL_TEST(steps_end_where_the_samples_do),
		MODEL_TEST(a_jump_goes_by_time),
		MODEL_TEST(the_sample_looked_at_outlives_the_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
