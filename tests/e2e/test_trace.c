/* SPDX-License-Identifier: BSD-3-Clause */
/* test_trace.c - the flight recorder, from the control socket, the client and a
 * file that a killed daemon has left.
 *
 * What must stay true: the recorder, the counters and what the driver did agree
 * in their numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "stall_steps.h"
#include "trace.h"

static json_t *trace_of(const char *vring, json_t *more)
{
	json_t *params = json_pack("{s:s, s:s}", "port", "vm0", "vring", vring);
	json_t *trace;

	json_object_update(params, more);
	json_decref(more);
	trace = control_call(&bed.control, "trace.get", params);
	if (!trace)
		fail_msg("trace.get: %s", bed.control.text);
	return trace;
}

static json_t *whole_trace(const char *vring)
{
	return trace_of(vring, json_pack("{s:i}", "from", 0));
}

/* How many events of a kind. */
static long long kinds(json_t *trace, const char *kind)
{
	json_t *event;
	long long cnt = 0;
	size_t i;

	json_array_foreach(json_object_get(trace, "events"), i, event)
		cnt += strcmp(control_str(event, "event"), kind) == 0;
	return cnt;
}

/* How many events an injected fault has struck, by their mark. */
static long long struck(json_t *trace)
{
	json_t *event;
	long long cnt = 0;
	size_t i;

	json_array_foreach(json_object_get(trace, "events"), i, event)
		cnt += json_is_true(json_object_get(event, "injected"));
	return cnt;
}

static void expect_kinds(json_t *trace, const char *kind, const char *counter)
{
	long long in_trace = kinds(trace, kind),
		  counted = bed_int("tx0", counter);

	if (in_trace != counted)
		fail_msg("%lld events %s, and %s is %lld", in_trace, kind,
			 counter, counted);
}

/* ---- what is recorded ---- */

static void the_recorder_agrees_with_the_counters(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	uint32_t i;
	json_t *trace;

	(void)state;
	for (i = 0; i < 40; i++)
		bed_round_trip(guest, 60, i);
	bed_check_accounts(); /* waits until all is at rest */
	/* An idle driver is probed once, and may be just now. */
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	trace = whole_trace("tx0");
	assert_int_equal(control_int(trace, "missed"), 0);
	assert_int_equal(kinds(trace, "start"), 1);
	assert_int_equal(kinds(trace, "first_call"),
			 bed_int("tx0", "counters.calls_first"));
	expect_kinds(trace, "suppress", "counters.calls_suppressed");
	expect_kinds(trace, "kick", "counters.kicks");
	assert_int_equal(kinds(trace, "suppress") + kinds(trace, "call"),
			 bed_int("tx0", "counters.publishes"));
	assert_int_equal(kinds(trace, "call") + kinds(trace, "first_call") +
				 kinds(trace, "probe"),
			 bed_int("tx0", "counters.calls"));
	json_decref(trace);
}

static void the_last_decision_stands_in_it_with_its_sum(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *trace, *vring, *event, *last;

	(void)state;
	bed_use_tx(guest, 3);
	bed_expect("tx0", "counters.chains", 3);
	trace = whole_trace("tx0");
	vring = control_vring(&bed.control, "vm0", "tx0");
	last = control_at(vring, "last_decision");
	event = json_array_get(
		json_object_get(trace, "events"),
		json_array_size(json_object_get(trace, "events")) - 1);
	while (event && strcmp(control_str(event, "event"), "call") != 0 &&
	       strcmp(control_str(event, "event"), "suppress") != 0)
		event = json_array_get(
			json_object_get(trace, "events"),
			(size_t)(control_int(event, "number") - 1));
	assert_non_null(event);
	assert_int_equal(control_int(event, "old"), bed_position(last, "old"));
	assert_int_equal(control_int(event, "new"), bed_position(last, "new"));
	assert_int_equal(control_int(event, "used_event"),
			 bed_position(last, "used_event"));
	assert_non_null(strstr(control_str(event, "text"), "old="));
	json_decref(trace);
	json_decref(vring);
}

/* The mission's case: decisions read a word that stands still. */
static void a_stall_is_told_event_by_event(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *trace;

	(void)state;
	assert_int_equal(
		control_do(&bed.control, "fault.set",
			   json_pack("{s:s, s:s, s:s}", "port", "vm0", "vring",
				     "tx0", "kind", "stale-used-event")),
		0);
	stall_spend_tx(guest);
	bed_expect("tx0", "counters.stalls", 1);
	stall_answer(guest, TX0);
	bed_expect("tx0", "counters.stalls_revived", 1);
	trace = whole_trace("tx0");
	assert_int_equal(kinds(trace, "stalled"), 1);
	assert_int_equal(kinds(trace, "force"),
			 bed_int("tx0", "counters.calls_forced"));
	assert_int_equal(kinds(trace, "revived"), 1);
	assert_int_equal(struck(trace),
			 bed_int("tx0", "injected.stale-used-event.hits"));
	json_decref(trace);
}

static void an_injected_event_is_marked(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	json_t *trace;
	unsigned i;

	(void)state;
	stall_fault("tx0", "drop-kick");
	for (i = 0; i < 50 && bed_int("tx0", "injected.drop-kick.hits") < 1;
	     i++)
		bed_round_trip(guest, 60, i);
	trace = whole_trace("tx0");
	assert_int_equal(kinds(trace, "kick_ignored"),
			 bed_int("tx0", "injected.drop-kick.hits"));
	assert_int_equal(struck(trace), kinds(trace, "kick_ignored"));
	json_decref(trace);
}

static void a_reader_that_comes_back_knows_what_it_missed(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	json_t *trace;
	long long next;

	(void)state;
	bed_round_trip(guest, 60, 1);
	trace = trace_of("tx0", json_pack("{s:i}", "count", 2));
	assert_int_equal(json_array_size(json_object_get(trace, "events")), 2);
	next = control_int(trace, "next");
	json_decref(trace);
	trace = trace_of("tx0", json_pack("{s:I}", "from", next));
	assert_int_equal(control_int(trace, "missed"), 0);
	assert_true(control_int(trace, "first") == next);
	json_decref(trace);
	assert_int_equal(control_do(&bed.control, "trace.get",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx7")),
			 CONTROL_NO_OBJECT);
	assert_int_equal(control_do(&bed.control, "trace.get",
				    json_pack("{s:s, s:s}", "port", "peer0",
					      "vring", "tx0")),
			 CONTROL_BAD_PARAMS);
}

/* ---- following ---- */

static json_t *next_notification(struct control *follower)
{
	const char *line = control_read_line(follower, BED_WAIT_MS);

	return line ? json_loads(line, 0, NULL) : NULL;
}

/* Reads until all decisions since `before` publishes were told of, no gap. */
static void follow_decisions(struct control *follower, long long before,
			     long long *next)
{
	long long seen = 0;
	json_t *news;

	while (seen < bed_int("tx0", "counters.publishes") - before) {
		news = next_notification(follower);
		assert_non_null(news);
		assert_string_equal(control_str(news, "method"),
				    "trace.events");
		if (*next >= 0)
			assert_int_equal(control_int(news, "params.first"),
					 *next);
		*next = control_int(news, "params.next");
		seen += kinds(json_object_get(news, "params"), "call") +
			kinds(json_object_get(news, "params"), "suppress");
		json_decref(news);
	}
}

static void who_follows_is_sent_what_happens(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	struct control follower;
	long long before, next = -1;
	int round;
	json_t *news;

	(void)state;
	assert_int_equal(control_open(&follower, bed.daemon.control), 0);
	assert_int_equal(control_do(&follower, "trace.follow",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx0")),
			 0);
	for (round = 0; round < 3; round++) {
		before = bed_int("tx0", "counters.publishes");
		bed_use_tx(guest, 5);
		follow_decisions(&follower, before, &next);
	}
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "vm0")),
			 0);
	for (;;) {
		news = next_notification(&follower);
		assert_non_null(news);
		if (strcmp(control_str(news, "method"), "trace.end") == 0)
			break;
		json_decref(news);
	}
	json_decref(news);
	control_close(&follower);
}

/* ---- the client, and the file ---- */

static unsigned lines_with(const char *text)
{
	const char *at = shell_output;
	unsigned cnt = 0;

	while ((at = strstr(at, text)) != NULL) {
		cnt++;
		at += strlen(text);
	}
	return cnt;
}

static void the_recorder_survives_the_daemon(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	long long suppressed, publishes;

	(void)state;
	bed_use_tx(guest, 1);
	bed_use_tx(guest, 1);
	bed_check_accounts();
	suppressed = bed_int("tx0", "counters.calls_suppressed");
	publishes = bed_int("tx0", "counters.publishes");
	control_close(&bed.control);
	daemon_kill(&bed.daemon);

	assert_int_equal(shell("timeout 10 \"$VRINGCTL\" trace vm0/tx0 -n 4000 "
			       "--file %s/state/trace/vm0.trace",
			       bed.daemon.dir),
			 0);
	assert_int_equal(lines_with("  suppress "), suppressed);
	assert_int_equal(lines_with("  suppress ") + lines_with("  call "),
			 publishes);
	assert_int_equal(
		shell("timeout 10 \"$VRINGCTL\" --json replay %s/state/trace/vm0.trace",
		      bed.daemon.dir),
		0);
	assert_int_equal(lines_with("\"wrong\": 0"),
			 3); /* of two vrings, and of all */

	/* The next one keeps it beside its own. */
	assert_int_equal(daemon_start(&bed.daemon), 0);
	assert_int_equal(control_open(&bed.control, bed.daemon.control), 0);
	assert_int_equal(shell("timeout 10 \"$VRINGCTL\" trace vm0/tx0 -n 4000 "
			       "--file %s/state/trace/vm0.trace.1",
			       bed.daemon.dir),
			 0);
	assert_int_equal(lines_with("  suppress "), suppressed);
}

static void a_recording_is_judged_without_a_daemon(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *verdicts, *vring;
	long long judged = 0;
	size_t i;

	(void)state;
	for (i = 0; i < 30; i++)
		bed_use_tx(guest, 2);
	bed_check_accounts();
	assert_int_equal(
		shell("timeout 10 \"$VRINGCTL\" --control %s record %s/r.json",
		      bed.daemon.control, bed.daemon.dir),
		0);
	assert_int_equal(
		shell("timeout 10 \"$VRINGCTL\" --control %s record %s/r.json 2>&1",
		      bed.daemon.control, bed.daemon.dir),
		1); /* it is there already */
	assert_int_equal(
		shell("timeout 10 \"$VRINGCTL\" --json replay %s/r.json",
		      bed.daemon.dir),
		0);
	verdicts = json_loads(shell_output, 0, NULL);
	assert_non_null(verdicts);
	assert_int_equal(control_int(verdicts, "wrong"), 0);
	json_array_foreach(json_object_get(verdicts, "vrings"), i, vring)
		judged += strcmp(control_str(vring, "vring"), "vm0/tx0") != 0
				  ? 0
				  : control_int(vring, "right") +
					    control_int(vring, "raced");
	assert_int_equal(judged, bed_int("tx0", "counters.publishes"));
	json_decref(verdicts);

	/* A decision that somebody turned round is found. */
	assert_int_equal(
		shell("sed 's/\"event\":\"call\"/\"event\":\"suppress\"/' %s/r.json "
		      ">%s/turned.json; timeout 10 \"$VRINGCTL\" replay %s/turned.json",
		      bed.daemon.dir, bed.daemon.dir, bed.daemon.dir),
		0);
	assert_int_equal(lines_with("WRONG"),
			 2); /* a word of the heading, and one decision */
	assert_int_equal(
		shell("timeout 10 \"$VRINGCTL\" replay /etc/hostname 2>&1"), 1);
	assert_non_null(strstr(shell_output, "no flight recorder"));
}

static void a_folder_belongs_to_one_daemon(void **state)
{
	struct daemon other;

	(void)state;
	bed_with("null", 0);
	assert_int_equal(daemon_init(&other), 0);
	daemon_arg(&other, "--state-dir");
	daemon_arg(&other, "%s/state", bed.daemon.dir);
	assert_int_equal(daemon_run(&other), 1);
	assert_true(daemon_log_lines(&other, "another vringd uses it") > 0);
	assert_int_equal(daemon_stop(&other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(the_recorder_agrees_with_the_counters),
		BED_PACKED(the_recorder_agrees_with_the_counters),
		BED_TEST(the_last_decision_stands_in_it_with_its_sum),
		BED_PACKED(the_last_decision_stands_in_it_with_its_sum),
		BED_TEST(a_stall_is_told_event_by_event),
		BED_TEST(an_injected_event_is_marked),
		BED_TEST(a_reader_that_comes_back_knows_what_it_missed),
		BED_TEST(who_follows_is_sent_what_happens),
		BED_TEST(the_recorder_survives_the_daemon),
		BED_PACKED(the_recorder_survives_the_daemon),
		BED_TEST(a_recording_is_judged_without_a_daemon),
		BED_TEST(a_folder_belongs_to_one_daemon),
	};

	return BED_RUN(tests);
}
