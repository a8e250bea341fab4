/* SPDX-License-Identifier: BSD-3-Clause */
/* test_explain.c - what is said of a running vring: its health, and why.
 *
 * What is said of vrings that do not run, and of all that is odd though
 * nothing hangs, is in test_explain_odd.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "explain_story.h"

static void nothing(struct vring_report *report)
{
	(void)report;
}

static void was_revived(struct vring_report *report)
{
	report->counters.stalls = 4;
	report->counters.stalls_revived = 3;
	report->last_revival_us = 84;
}

static void ended_by_itself(struct vring_report *report)
{
	report->counters.stalls = 2;
}

static void lose_call(struct vring_report *report)
{
	revive_tx(report);
	report->unsignalled = 0;
	report->called_used = 15207;
	report->last_decision = (struct vring_decision){ 15191, 15207, 15195, true, true };
}

static void give_up(struct vring_report *report)
{
	revive_tx(report);
	report->health = STALL_HEALTH_quiet;
	report->forced_in_a_row = STALL_TRIES;
}

static void stick(struct vring_report *report)
{
	revive_tx(report);
	strcpy(report->vring, "rx0");
	report->index = 0;
	report->guest_tx = false;
	report->health = STALL_HEALTH_stuck;
	report->counters.drops[DROP_no_buffer] = 1;
}

static void starve(struct vring_report *report)
{
	stick(report);
	report->backlog = 2;
}

static void poll_ring(struct vring_report *report)
{
	report->health = STALL_HEALTH_polling;
	report->has_call_fd = false;
}

static void suppress(struct vring_report *report)
{
	report->health = STALL_HEALTH_suppressed;
	report->event_idx = false;
	report->driver_flags = 1;
}

static void idle(struct vring_report *report)
{
	report->unanswered = 1;
	report->unanswered_ms = 9000;
}

static void rest(struct vring_report *report)
{
	report->last_move_ago_ms = 83999;
}

static void rest_shortly(struct vring_report *report)
{
	report->last_move_ago_ms = 4999;
}

static void be_spent(struct vring_report *report)
{
	idle(report);
	report->spent = true;
}

static void work(struct vring_report *report)
{
	report->unanswered = 3;
	report->unanswered_ms = 2;
}

/* clang-format off */
static const struct row rows[] = {
	{ "healthy", nothing,
	  { "healthy: the driver answers, and no used buffer is unanswered; 1000 packets so far",
	    "last decision: need_event(used_event=15190, new=15207, old=15191): "
	    "(uint16)(new-event-1)=16 < (uint16)(new-old)=16 is false: no call, correct by "
	    "\"Used Buffer Notification Suppression\"" },
	  { "injected", "forcing", "spent" } },
	{ "at rest", rest,
	  { "at rest: no used buffer is unanswered, and the driver last moved 83 s ago; whether "
	    "it would move now the ring cannot tell", "1000 packets so far" },
	  { "healthy", "silent" } },
	{ "at rest for less", rest_shortly, { "healthy: the driver answers" }, { "at rest" } },
	{ "working", work, { "3 used buffers are unanswered for 2 ms, less than stall-after" },
	  { "idle" } },
	{ "about to be judged", be_spent, { "unanswered for 9000 ms, and the ring is spent" },
	  { "not spent" } },
	{ "idle", idle, { "silent: 1 used buffer is unanswered for 9000 ms", "not spent" },
	  { "forcing" } },
	{ "stalled, not forced", stall_tx,
	  { "stalled: 256 used buffers lie unanswered for 412 ms, the ring is spent, and nothing",
	    "last seen to move 412 ms ago: its available index (15207), event word (15190)",
	    "spent: nothing is in flight (avail_idx=15207 = next_used=15207)",
	    "at least 192 of the 256 slots",
	    "no call was written for the last 256 of them (called_used=15191, used_idx=15207)",
	    "forcing is off (force=off or --no-force): 'vringctl call vm3/tx0'" },
	  { "injected", "revived: " } },
	{ "reviving", revive_tx,
	  { "stalled, and being revived: 256 used buffers lie unanswered for 412 ms",
	    "forcing is on: 3 forced calls since the driver last moved, the last 12 ms ago",
	    "doubling pauses of up to 1 s" },
	  { "nothing is done" } },
	{ "revived", was_revived,
	  { "healthy:", "revived: 3 of 4 stalls ended with a move after a forced call, the last "
	    "one 84 us after it", "a late vCPU, which looks alike" },
	  { "forcing" } },
	{ "ended by itself", ended_by_itself, { "2 stalls ended without a move in time" },
	  { "revived:" } },
	{ "injected", inject_tx,
	  { "injected fault: drop-call is armed (always) and has struck 31 times: calls are "
	    "counted as made but not written",
	    "injected fault: drop-kick has struck 1 time and is not armed now",
	    "injected fault: stale-used-event is armed (4 left) and has struck 0 times",
	    "the used_event that decisions read is 7, the driver's is 15190",
	    "'vringctl unfault vm3/tx0' ends it",
	    "the injected drop-call kept 31 from being written" },
	  { "the call was lost" } },
	{ "lost call", lose_call,
	  { "(uint16)(new-event-1)=11 < (uint16)(new-old)=16 is true: call, correct by",
	    "the call descriptor was written for all of them (called_used=15207)",
	    "the call was lost, or the guest is late" }, { "injected" } },
	{ "quiet", give_up, { "quiet: forced calls had no effect", "idle or dead, the ring cannot "
	  "tell", "no more follow before it moves" }, { "revived: " } },
	{ "stuck", stick, { "stuck: the driver gives no receive buffer for 412 ms",
	  "spent: no receive buffer is available (avail_idx=15207 = next_avail=15207)",
	  "1 frame was dropped so far, reason no_buffer (" }, { "in flight" } },
	{ "too few for the frame", starve, { "the 2 receive buffers available are too few" },
	  { "no receive buffer is available" } },
	{ "polling without a call descriptor", poll_ring, { "polling: the driver has asked for no call since it started, or ignored 3 forced "
	  "calls", "there is no call descriptor" }, { "stalled" } },
	{ "suppressed by flags", suppress, { "healthy: the driver asks for no call, and moves",
	  "by the driver's flags (no event index was negotiated): no call, "
	  "VIRTQ_AVAIL_F_NO_INTERRUPT was set; the flags are 1 now, which ask for no call" },
	  { "need_event" } },
};
/* clang-format on */

static void says_what_each_report_shows(void **state)
{
	(void)state;
	story_check_rows(rows, ARRAY_SIZE(rows));
}

static void says_little_of_a_healthy_vring(void **state)
{
	const struct vring_report report = healthy_tx();

	(void)state;
	assert_in_range(story_of(&report).cnt, 1, 2);
}

static void says_injected_faults_first(void **state)
{
	struct vring_report report = healthy_tx();
	struct story story;

	(void)state;
	inject_tx(&report);
	story = story_of(&report);
	assert_non_null(strstr(story.text[0], "injected fault: drop-call"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_each_report_shows),
		cmocka_unit_test(says_little_of_a_healthy_vring),
		cmocka_unit_test(says_injected_faults_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
