/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stall_poll.c - rule 5: drivers that poll, and tx drivers that reap by themselves.
 *
 * Also when the judge wants to be asked: never in the past, for a worker that
 * is told so does not sleep.
 */
#include "stall_world.h"

#include <string.h>

#include "compiler.h"

#define ok STALL_HEALTH_ok
#define polling STALL_HEALTH_polling

/* clang-format off */
static const struct stall_story pollers[] = {
	{ "three probes ignored, then a move: it polls, and is probed no more", .tx = true,
	  .burst = 1, .steps = { { 0, TRAFFIC, 120 } }, .until_ms = 20000,
	  .told = "50:probe 170:probe 290:probe 360:polls", .health = polling },
	{ "two ignored are not enough", .tx = true, .burst = 1,
	  .steps = { { 0, TRAFFIC, 120 }, { 240, OFFER, 1 }, { 240, CALL, 1 }, { 241, EVENT, 1 } },
	  .until_ms = 20000, .told = "50:probe 170:probe", .health = ok },
	{ "an answer between begins the count anew", .tx = true, .burst = 1,
	  .steps = { { 0, TRAFFIC, 120 }, { 240, OFFER, 1 }, { 240, CALL, 1 }, { 241, EVENT, 1 },
		     { 300, TRAFFIC, 120 } }, .until_ms = 700,
	  .told = "50:probe 170:probe 350:probe 470:probe 590:probe 660:polls", .health = polling },
	{ "rx spent by each burst: once a second, silently",
	  .burst = 4, .steps = { { 0, TRAFFIC, 200 } }, .until_ms = 5000,
	  .told = "50:force,stalled 100:force 200:later 250:force,stalled 300:force 400:polls "
		  "1450:force 2450:force 3450:force 4450:force", .health = polling },
	{ "tx spent by each burst: the same", .tx = true, .size = 16,
	  .burst = 16, .steps = { { 0, TRAFFIC, 200 } }, .until_ms = 5000,
	  .told = "50:force,stalled 100:force 200:later 250:force,stalled 300:force 400:polls "
		  "1450:force 2450:force 3450:force 4450:force", .health = polling },
	{ "an answered call ends it",
	  .burst = 4, .steps = { { 0, TRAFFIC, 200 }, { 600, OFFER, 1 }, { 600, CALL, 1 },
				 { 610, OFFER, 1 }, { 1000, USE, 1 } }, .until_ms = 1060,
	  .told = "50:force,stalled 100:force 200:later 250:force,stalled 300:force 400:polls "
		  "1050:force,stalled", .health = STALL_HEALTH_reviving },
	{ "so does a restart", .tx = true, .burst = 1,
	  .steps = { { 0, TRAFFIC, 120 }, { 400, RESTART, 0 }, { 500, OFFER, 1 }, { 500, USE, 1 } },
	  .until_ms = 1000, .told = "50:probe 170:probe 290:probe 360:polls 550:probe",
	  .health = ok },
	{ "a poller that stops for good is called each second while it is spent",
	  .burst = 4, .steps = { { 0, TRAFFIC, 200 }, { 2000, OFFER, 4 }, { 2000, USE, 4 } },
	  .until_ms = 6000,
	  .told = "50:force,stalled 100:force 200:later 250:force,stalled 300:force 400:polls "
		  "1450:force 3000:force 4000:force 5000:force", .health = polling },
	{ "a poller with a call descriptor gone is not called",
	  .burst = 4, .steps = { { 0, TRAFFIC, 200 }, { 600, HAS_FD, 0 }, { 600, TRAFFIC, 200 } },
	  .until_ms = 5000, .told = "50:force,stalled 100:force 200:later 250:force,stalled "
				    "300:force 400:polls", .health = polling },
};

/* Theory in stall.h: a driver that has asked for no call since it started. */
static const struct stall_story decliners[] = {
	{ "busy, then idle with room left: nothing", .tx = true, .size = 64, .burst = 16,
	  .steps = { { 0, NO_CALL, 1 }, { 0, RESTART, 0 }, { 1, TRAFFIC, 10 }, { 100, USE, 0 } },
	  .until_ms = 9000, .told = "", .health = polling },
	{ "idle with its ring spent: once a second, silently", .tx = true, .size = 64,
	  .steps = { { 0, NO_CALL, 1 }, { 0, RESTART, 0 }, { 1, OFFER, 60 }, { 1, USE, 60 } },
	  .until_ms = 3500, .told = "51:force 1100:force 2100:force 3100:force",
	  .health = polling },
	{ "one that wanted a call once is judged like any other", .tx = true, .size = 64,
	  .steps = { { 0, NO_CALL, 1 }, { 0, RESTART, 0 }, { 1, NO_CALL, 0 }, { 1, OFFER, 60 },
		     { 1, USE, 60 }, { 2, NO_CALL, 1 } },
	  .until_ms = 80, .told = "51:force,stalled", .health = STALL_HEALTH_reviving },
};

/* Theory in stall.h: more slots used since an answered call than the ring has. */
static const struct stall_story reapers[] = {
	{ "what it sends in small bursts never spends the ring", .tx = true, .size = 64,
	  .burst = 16, .steps = { { 0, TRAFFIC, 10 }, { 5000, USE, 0 } }, .until_ms = 9000,
	  .told = "5040:probe", .health = ok },
	{ "a last burst that fills the ring does", .tx = true, .size = 64,
	  .burst = 16, .steps = { { 0, TRAFFIC, 10 }, { 5000, OFFER, 48 }, { 5000, USE, 48 } },
	  .until_ms = 5060, .told = "5050:force,stalled", .health = STALL_HEALTH_reviving },
	{ "until the ring went round once, nobody knows that it reaps", .tx = true, .size = 64,
	  .burst = 16, .steps = { { 0, TRAFFIC, 10 }, { 40, USE, 0 } }, .until_ms = 85,
	  .told = "80:force,stalled", .health = STALL_HEALTH_reviving },
	{ "one slot more than the ring, and it is known", .tx = true, .size = 64, .burst = 16,
	  .steps = { { 0, TRAFFIC, 10 }, { 40, OFFER, 1 }, { 40, USE, 1 } }, .until_ms = 9000,
	  .told = "90:probe", .health = ok },
	{ "slots of chains count as such", .tx = true, .size = 64, .burst = 8, .burst_slots = 2,
	  .steps = { { 0, TRAFFIC, 10 }, { 40, OFFER, 1 }, { 40, USE, 1 } }, .until_ms = 9000,
	  .told = "90:probe", .health = ok },
};
/* clang-format on */

static void check_stories(const struct stall_story *stories, unsigned cnt)
{
	unsigned i;

	for (i = 0; i < cnt; i++)
		stall_story_check(&stories[i]);
}

static void a_driver_that_polls_is_hardly_called(void **state)
{
	(void)state;
	check_stories(pollers, ARRAY_SIZE(pollers));
}

static void a_driver_that_reaps_by_itself_is_spent_by_one_burst_only(void **state)
{
	(void)state;
	check_stories(reapers, ARRAY_SIZE(reapers));
}

static void a_driver_that_wants_no_calls_is_no_alarm(void **state)
{
	(void)state;
	check_stories(decliners, ARRAY_SIZE(decliners));
}

/* Late: asked to be looked at in the past. */
static bool becomes_late(const struct stall_story *story)
{
	struct stall_world world;

	stall_world_open(&world, story);
	stall_world_step(&world, OFFER, story->burst + story->tx);
	stall_world_step(&world, USE, story->burst);
	stall_world_run(&world, 2000);
	return world.late;
}

static void the_judge_is_never_due_in_the_past(void **state)
{
	static const struct stall_story rings[] = {
		{ "idle tx", .tx = true, .burst = 3 },
		{ "idle tx, no force", .tx = true, .no_force = true, .burst = 3 },
		{ "idle tx, no descriptor", .tx = true, .no_fd = true, .burst = 3 },
		{ "spent rx", .burst = 4 },
		{ "spent rx, no force", .no_force = true, .burst = 4 },
		{ "spent rx, no descriptor", .no_fd = true, .burst = 4 },
		{ "look before it is due", .burst = 4, .first_look_ms = 20 },
	};
	bool late = false;
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rings); i++)
		if (becomes_late(&rings[i])) {
			late = true;
			print_error("%s: due in the past\n", rings[i].name);
		}
	assert_false(late);
}

static void nor_for_a_driver_that_polls(void **state)
{
	const struct stall_story story = { .tx = true, .burst = 1 };
	struct stall_world world;
	unsigned ms;

	(void)state;
	stall_world_open(&world, &story);
	for (ms = 0; ms < 5000; ms += 120) {
		stall_world_run(&world, ms);
		stall_world_step(&world, OFFER, 1);
		stall_world_step(&world, USE, 1);
	}
	assert_int_equal(stall_world_health(&world), STALL_HEALTH_polling);
	assert_false(world.late);
}

static void health_is_suppressed_only_when_nothing_is_worse(void **state)
{
	static const struct stall_story spent = { .burst = 4 };
	struct stall_world world;

	(void)state;
	stall_world_open(&world, &spent);
	assert_int_equal(stall_health(&world.stall, &world.config, &world.view, true),
			 STALL_HEALTH_suppressed);
	stall_world_step(&world, OFFER, 4);
	stall_world_step(&world, USE, 4);
	stall_world_run(&world, 60);
	assert_int_equal(stall_health(&world.stall, &world.config, &world.view, true),
			 STALL_HEALTH_reviving);
	stall_world_step(&world, EVENT, 4); /* seen at once, before any look */
	assert_int_equal(stall_health(&world.stall, &world.config, &world.view, false), ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_that_polls_is_hardly_called),
		cmocka_unit_test(a_driver_that_wants_no_calls_is_no_alarm),
		cmocka_unit_test(a_driver_that_reaps_by_itself_is_spent_by_one_burst_only),
		cmocka_unit_test(the_judge_is_never_due_in_the_past),
		cmocka_unit_test(nor_for_a_driver_that_polls),
		cmocka_unit_test(health_is_suppressed_only_when_nothing_is_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
