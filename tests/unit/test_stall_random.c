/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stall_random.c - what must hold of any driver, tried on many made at random.
 *
 * A forced call never comes to a driver that has moved, or was given something
 * new to answer, less than stall_after ago; tx gets eight at most between two
 * moves; pauses are no shorter than they should be; sums agree.
 */
#include "stall_world.h"

#define MS UINT64_C(1000000)

struct watcher {
	struct stall_world world;
	uint64_t used_since_move_ns; /* when the oldest unanswered buffer was used */
	bool unanswered;
	unsigned forced_since_move;
	uint64_t last_force_ns, forced_seen, probes_seen;
	uint16_t probed_at; /* position of the last probe since the last move … */
	bool probed;	    /* … if there was one */
};

static void check_force(struct watcher *watcher)
{
	const struct stall_world *world = &watcher->world;
	uint64_t after_ns = world->config.stall_after_ns;
	bool probe = world->probes != watcher->probes_seen;

	assert_true(watcher->unanswered);
	assert_true(world->now_ns - watcher->used_since_move_ns >= after_ns);
	assert_true(world->now_ns - world->last_move_ns >= after_ns);
	if (watcher->last_force_ns)
		assert_true(world->now_ns - watcher->last_force_ns >= after_ns);
	if (world->stall.polls && watcher->last_force_ns)
		assert_true(world->now_ns - watcher->last_force_ns >= 1000 * MS);
	if (probe) {
		assert_false(watcher->probed && watcher->probed_at == world->view.next_used);
		watcher->probed = true;
		watcher->probed_at = world->view.next_used;
	} else {
		watcher->forced_since_move++;
	}
	if (world->config.guest_tx)
		assert_true(watcher->forced_since_move <= STALL_TRIES);
	watcher->last_force_ns = world->now_ns;
}

static void run_to(struct watcher *watcher, unsigned until_ms)
{
	struct stall_world *world = &watcher->world;
	unsigned ms;

	for (ms = (unsigned)(world->now_ns / MS) + 1; ms <= until_ms; ms++) {
		stall_world_run(world, ms);
		if (world->forced == watcher->forced_seen)
			continue;
		/* The look was at most a millisecond ago: take its time. */
		world->now_ns = world->looked_ns;
		check_force(watcher);
		world->now_ns = ms * MS;
		watcher->forced_seen = world->forced;
		watcher->probes_seen = world->probes;
	}
	world->told[0] = '\0';
}

static void forget(struct watcher *watcher)
{
	watcher->unanswered = false;
	watcher->forced_since_move = 0;
	watcher->probed = false;
}

static void one_step(struct watcher *watcher, uint32_t *dice)
{
	struct stall_world *world = &watcher->world;
	uint16_t room = (uint16_t)(world->view.avail_idx - world->view.next_avail);
	unsigned choice = dice_next(dice) % 8;
	unsigned n = 1 + dice_next(dice) % 8;

	if (choice < 3 && room + n <= world->config.size) {
		stall_world_step(world, OFFER, n);
		forget(watcher);
	} else if (choice < 6 && room > 0) {
		stall_world_step(world, choice == 5 ? CALL : USE, n < room ? n : room);
		if (!watcher->unanswered)
			watcher->used_since_move_ns = world->now_ns;
		watcher->unanswered = true;
	} else if (choice == 6) {
		stall_world_step(world, EVENT, world->view.event + 1);
		forget(watcher);
	} else if (choice == 7) {
		stall_world_step(world, WAITS, n & 1);
	}
}

/* Drivers of every temper: pauses are short on some, long on others. */
static void live(uint32_t seed, bool tx)
{
	const struct stall_story story = { .tx = tx,
					   .size = 16,
					   .stall_after_ms = 1 + seed % 60,
					   .first_look_ms = 1 + seed % 17 };
	struct watcher watcher = { .unanswered = false };
	uint32_t dice = seed * 2654435761u + 1;
	unsigned longest = 1 + dice_next(&dice) % 400;
	unsigned ms = 0;
	unsigned i;

	stall_world_open(&watcher.world, &story);
	for (i = 0; i < 120; i++) {
		ms += dice_next(&dice) % longest;
		run_to(&watcher, ms);
		one_step(&watcher, &dice);
	}
	run_to(&watcher, ms + 15000);
	assert_true(watcher.world.revived <= watcher.world.stalls);
	assert_true(watcher.world.stalls <= watcher.world.forced);
	assert_true(watcher.world.answered <= watcher.world.probes);
	stall_world_check_outcomes(&watcher.world);
}

static void no_forced_call_breaks_a_rule_whatever_the_driver(void **state)
{
	uint32_t seed;

	(void)state;
	for (seed = 1; seed < 120; seed++) {
		live(seed, false);
		live(seed, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_forced_call_breaks_a_rule_whatever_the_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
