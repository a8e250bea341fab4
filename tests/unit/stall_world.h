/* SPDX-License-Identifier: BSD-3-Clause */
/* stall_world.h - a driver, a device and a watchdog for the stall judge, in a made-up time.
 *
 * A story is a ring, a few steps with their times, and what must have happened
 * in the end, written as the judge's verdicts with the millisecond of each:
 * "50:force,stalled 70:revived". The watchdog looks each `stall_after` and
 * whenever the judge asked for it, as net/watchdog.c does.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_STALL_WORLD_H
#define TESTS_UNIT_STALL_WORLD_H

#include "check.h"
#include "stall.h"

enum stall_op {
	AT_END = 0,
	OFFER,	 /* the driver makes `n` buffers available */
	USE,	 /* the device uses and publishes `n`; no call is wanted */
	CALL,	 /* the same, and the driver is called as it asked */
	EVENT,	 /* the driver writes its event word */
	FLAGS,	 /* the driver writes its flags */
	NO_CALL, /* the driver wants no call whatever happens (1), or does (0) */
	WAITS,	 /* rx: a frame too large for what there is waits (1) or not (0) */
	FORCE,	 /* forcing is switched on or off */
	HAS_FD,	 /* a call descriptor comes or goes */
	HAND,	 /* somebody calls by hand */
	TRAFFIC, /* each `n` ms, until the next step, `burst` buffers are offered and used */
	RESTART, /* the vring starts anew */
};

struct stall_step {
	unsigned ms;
	enum stall_op op;
	unsigned n;
};

struct stall_story {
	const char *name;
	/* The ring: rx and 256 slots, forcing on, first look at 50 ms, unless said. */
	bool tx, no_force, no_fd;
	unsigned size, stall_after_ms, first_look_ms;
	unsigned burst, burst_slots; /* of TRAFFIC; slots of a buffer, 1 unless said */
	struct stall_step steps[12];
	unsigned until_ms;
	const char *told;
	enum stall_health health; /* in the end */
};

struct stall_world {
	struct stall stall;
	struct stall_config config;
	struct stall_view view;
	unsigned slots_a_buffer;
	uint64_t now_ns, next_look_ns, due_ns, looked_ns;
	uint64_t stalls, revived, forced, probes, answered;
	uint64_t had_effect, had_none, left; /* what came of forced calls */
	uint64_t last_move_ns;
	bool late; /* the judge wanted to be asked in the past */
	char told[2048];
};

void stall_world_open(struct stall_world *world, const struct stall_story *story);
void stall_world_step(struct stall_world *world, enum stall_op op, unsigned n);
void stall_world_run(struct stall_world *world, unsigned until_ms);
enum stall_health stall_world_health(const struct stall_world *world);

/* Every forced call has one outcome, or waits for it. */
void stall_world_check_outcomes(const struct stall_world *world);

/* Tells the story and checks it. */
void stall_story_check(const struct stall_story *story);

#endif
