/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stall.c - rules 2 to 4 and 7 of the contract, as stories with their times.
 *
 * stall_after is 50 ms unless a story says otherwise. A look that falls on the
 * time of a step comes after it. Pollers and what must hold of any driver are
 * in test_stall_poll.c and test_stall_random.c.
 */
#include "stall_world.h"

#include "compiler.h"

#define ok STALL_HEALTH_ok
/* Pauses of 50 ms, doubled up to a second: the times of eight forced calls. */
#define EIGHT                                                                  \
	"50:force,stalled 100:force 200:force 400:force 800:force 1600:force " \
	"2600:force 3600:force"

/* clang-format off */
static const struct stall_story probes[] = {
	{ "an idle driver is probed once and not again", .tx = true,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 } },
	  .until_ms = 20000, .told = "50:probe", .health = ok },
	{ "a probe that a move follows is answered", .tx = true,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 }, { 99, EVENT, 7 } },
	  .until_ms = 5000, .told = "50:probe 100:answered", .health = ok },
	{ "one that a move follows too late is not", .tx = true,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 }, { 101, EVENT, 7 } },
	  .until_ms = 5000, .told = "50:probe", .health = ok },
	{ "a new position is probed again", .tx = true,
	  .steps = { { 0, OFFER, 9 }, { 0, USE, 3 }, { 500, USE, 1 }, { 900, USE, 1 } },
	  .until_ms = 5000, .told = "50:probe 500:probe 900:probe", .health = ok },
	{ "new buffers in quick succession make no more than a probe each stall_after", .tx = true,
	  .steps = { { 0, OFFER, 9 }, { 0, USE, 3 }, { 55, USE, 1 }, { 65, USE, 1 },
		     { 75, USE, 1 } },
	  .until_ms = 5000, .told = "50:probe 100:probe", .health = ok },
	{ "looks that fall between are asked to come in time", .tx = true, .first_look_ms = 30,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 } },
	  .until_ms = 5000, .told = "50:probe", .health = ok },
	{ "rx: buffers are left, so it is only a probe",
	  .steps = { { 0, OFFER, 9 }, { 0, USE, 8 } },
	  .until_ms = 5000, .told = "50:probe", .health = ok },
	{ "a call that was wanted and is answered is all it takes", .tx = true,
	  .steps = { { 0, OFFER, 3 }, { 0, CALL, 3 }, { 40, EVENT, 3 } },
	  .until_ms = 5000, .told = "", .health = ok },
	{ "a wanted call that was lost is followed by a probe", .tx = true,
	  .steps = { { 0, OFFER, 3 }, { 0, CALL, 3 } },
	  .until_ms = 5000, .told = "50:probe", .health = ok },
	{ "nothing used, nothing to ask", .tx = true, .steps = { { 0, OFFER, 200 } },
	  .until_ms = 5000, .told = "", .health = ok },
	{ "without a call descriptor nothing is forced", .tx = true, .no_fd = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 3 }, { 100, USE, 253 } },
	  .until_ms = 5000, .told = "", .health = ok },
	{ "stall_after is as it is set", .tx = true, .stall_after_ms = 7,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 } },
	  .until_ms = 5000, .told = "7:probe", .health = ok },
};

static const struct stall_story stalls[] = {
	{ "tx: eight forced calls at doubling pauses, then quiet", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 } }, .until_ms = 60000,
	  .told = EIGHT " 3650:gave-up", .health = STALL_HEALTH_quiet },
	{ "rx: goes on each second, and is stuck",
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 } }, .until_ms = 6000,
	  .told = EIGHT " 3650:gave-up 4600:force 5600:force", .health = STALL_HEALTH_stuck },
	{ "until the eighth is ignored it is being revived", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 } }, .until_ms = 3650, .told = EIGHT,
	  .health = STALL_HEALTH_reviving },
	{ "a move in time revives", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 220, EVENT, 9 } },
	  .until_ms = 5000, .told = "50:force,stalled 100:force 200:force 250:revived",
	  .health = ok },
	{ "by the available index as well", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 55, OFFER, 1 }, { 55, USE, 1 } },
	  .until_ms = 70, .told = "50:force,stalled 55:revived", .health = ok },
	{ "and by the flags", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 55, FLAGS, 1 } },
	  .until_ms = 5000, .told = "50:force,stalled 100:revived", .health = ok },
	{ "a move that no call precedes in time came later", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 170, EVENT, 9 } },
	  .until_ms = 5000, .told = "50:force,stalled 100:force 200:later", .health = ok },
	{ "a quiet driver that wakes after all ignored more than three: it polls", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 9010, EVENT, 9 } },
	  .until_ms = 9060, .told = EIGHT " 3650:gave-up 9050:polls",
	  .health = STALL_HEALTH_polling },
	{ "a driver late for the first call, before it counts as ignoring", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 120, EVENT, 1 } },
	  .until_ms = 160, .told = "50:force,stalled 100:force 150:revived", .health = ok },
	{ "tx: three quarters of the slots are spent", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 12 }, { 0, USE, 12 } }, .until_ms = 60,
	  .told = "50:force,stalled", .health = STALL_HEALTH_reviving },
	{ "tx: one less is not", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 11 }, { 0, USE, 11 } }, .until_ms = 5000, .told = "50:probe",
	  .health = ok },
	{ "tx: slots count, not buffers", .tx = true, .size = 16, .burst_slots = 3,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 } }, .until_ms = 60,
	  .told = "50:force,stalled", .health = STALL_HEALTH_reviving },
	{ "tx: something is in flight, so it is not spent", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 16 }, { 0, USE, 15 } }, .until_ms = 5000, .told = "50:probe",
	  .health = ok },
	{ "tx: what an answered call reaped does not count", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 10 }, { 0, CALL, 10 }, { 10, EVENT, 10 }, { 60, OFFER, 10 },
		     { 60, USE, 10 } },
	  .until_ms = 5000, .told = "110:probe", .health = ok },
	{ "tx: what an unanswered one may have left does", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 8 }, { 0, USE, 8 }, { 10, OFFER, 6 }, { 10, USE, 6 } },
	  .until_ms = 70, .told = "60:force,stalled", .health = STALL_HEALTH_reviving },
	{ "rx: no buffer is left",
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 60, OFFER, 256 } }, .until_ms = 5000,
	  .told = "50:force,stalled 100:revived", .health = ok },
	{ "rx: too few for the frame at hand", .size = 256,
	  .steps = { { 0, OFFER, 9 }, { 0, USE, 8 }, { 0, WAITS, 1 } }, .until_ms = 60,
	  .told = "50:force,stalled", .health = STALL_HEALTH_reviving },
	{ "rx: spent only later, and forced from then on",
	  .steps = { { 0, OFFER, 9 }, { 0, USE, 8 }, { 80, WAITS, 1 } }, .until_ms = 220,
	  .told = "50:probe 100:force,stalled 150:force", .health = STALL_HEALTH_reviving },
	{ "pauses are never below stall_after", .stall_after_ms = 3000,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 } }, .until_ms = 10000,
	  .told = "3000:force,stalled 6000:force 9000:force", .health = STALL_HEALTH_reviving },
	{ "a stall ends with a restart", .tx = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 }, { 60, RESTART, 0 } }, .until_ms = 5000,
	  .told = "50:force,stalled", .health = ok },
	{ "the second stall is one of its own", .tx = true, .size = 16,
	  .steps = { { 0, OFFER, 16 }, { 0, USE, 16 }, { 70, EVENT, 1 }, { 300, OFFER, 16 },
		     { 300, USE, 16 }, { 370, EVENT, 2 } }, .until_ms = 5000,
	  .told = "50:force,stalled 100:revived 350:force,stalled 400:revived", .health = ok },
};

static const struct stall_story unforced[] = {
	{ "with --no-force a stall is told once and stays", .tx = true, .no_force = true,
	  .steps = { { 0, OFFER, 256 }, { 0, USE, 256 } }, .until_ms = 60000,
	  .told = "50:stalled", .health = STALL_HEALTH_stalled },
	{ "the same on rx", .no_force = true, .steps = { { 0, OFFER, 4 }, { 0, USE, 4 } },
	  .until_ms = 60000, .told = "50:stalled", .health = STALL_HEALTH_stalled },
	{ "and an idle driver is left alone", .tx = true, .no_force = true,
	  .steps = { { 0, OFFER, 3 }, { 0, USE, 3 } }, .until_ms = 60000, .told = "",
	  .health = ok },
	{ "who moves at last came later", .no_force = true,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 }, { 120, OFFER, 1 } }, .until_ms = 5000,
	  .told = "50:stalled 150:later", .health = ok },
	{ "forcing switched on revives a stall that stood", .no_force = true,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 }, { 500, FORCE, 1 }, { 520, OFFER, 1 } },
	  .until_ms = 5000, .told = "50:stalled 500:force 550:revived", .health = ok },
	{ "forcing switched off leaves it stalled",
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 }, { 160, FORCE, 0 } }, .until_ms = 5000,
	  .told = "50:force,stalled 100:force", .health = STALL_HEALTH_stalled },
	{ "without a call descriptor there is no stall to tell of", .no_fd = true,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 } }, .until_ms = 5000, .told = "", .health = ok },
	{ "one that comes is used", .no_fd = true,
	  .steps = { { 0, OFFER, 4 }, { 0, USE, 4 }, { 200, HAS_FD, 1 }, { 220, OFFER, 1 } },
	  .until_ms = 5000, .told = "200:force,stalled 250:revived", .health = ok },
};

/* Rule 7, and drivers of everyday. */
static const struct stall_story healthy[] = {
	{ "a driver that moves within each stall_after is never called", .burst = 1,
	  .tx = true, .steps = { { 5, TRAFFIC, 49 } }, .until_ms = 30000, .told = "",
	  .health = ok },
	{ "however looks fall", .burst = 7, .first_look_ms = 13, .tx = true,
	  .steps = { { 0, TRAFFIC, 50 } }, .until_ms = 30000, .told = "", .health = ok },
	{ "on rx neither, though each burst spends the ring", .burst = 256,
	  .steps = { { 0, TRAFFIC, 37 } }, .until_ms = 30000, .told = "", .health = ok },
	{ "tx that reaps by itself is not spent for all it ever sent", .tx = true, .burst = 30,
	  .steps = { { 0, TRAFFIC, 20 } }, .until_ms = 9000, .told = "", .health = ok },
	{ "nor when it pauses", .tx = true, .burst = 30, .size = 64,
	  .steps = { { 0, TRAFFIC, 20 }, { 9000, EVENT, 0 } }, .until_ms = 20000,
	  .told = "9030:probe", .health = ok },
};
/* clang-format on */

static void check_stories(const struct stall_story *stories, unsigned cnt)
{
	unsigned i;

	for (i = 0; i < cnt; i++)
		stall_story_check(&stories[i]);
}

static void an_idle_ring_is_probed_once_a_position(void **state)
{
	(void)state;
	check_stories(probes, ARRAY_SIZE(probes));
}

static void a_spent_ring_is_forced_at_doubling_pauses(void **state)
{
	(void)state;
	check_stories(stalls, ARRAY_SIZE(stalls));
}

static void without_force_it_is_reported_and_stays(void **state)
{
	(void)state;
	check_stories(unforced, ARRAY_SIZE(unforced));
}

static void a_driver_that_moves_is_left_alone(void **state)
{
	(void)state;
	check_stories(healthy, ARRAY_SIZE(healthy));
}

/* Another worker, whose turn began later, has delivered and called. */
static void a_call_that_is_younger_than_the_look_is_not_too_old(void **state)
{
	const struct stall_config config = {
		.stall_after_ns = 50, .force = true, .has_call_fd = true, .size = 256
	};
	const struct stall_view view = { .avail_idx = 1, .next_avail = 1, .next_used = 1 };
	struct stall stall = { 0 };

	(void)state;
	stall_reset(&stall, &view, 0);
	stall_published(&stall, &config, &view, 1, 1, 1000);
	stall_called(&stall, STALL_ACT_NONE, 1000);
	assert_int_equal(stall_look(&stall, &config, &view, 999).act, STALL_ACT_NONE);
	assert_true(stall.call_pends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_ring_is_probed_once_a_position),
		cmocka_unit_test(a_spent_ring_is_forced_at_doubling_pauses),
		cmocka_unit_test(without_force_it_is_reported_and_stays),
		cmocka_unit_test(a_driver_that_moves_is_left_alone),
		cmocka_unit_test(a_call_that_is_younger_than_the_look_is_not_too_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
