/* SPDX-License-Identifier: BSD-3-Clause */
/* stress.h - what the two ends of ring_stress share: one ring, two bells, one verdict.
 *
 * Thread: said with each member; driver_* is the driver's file, device_* the device's.
 */
#ifndef TESTS_ORDER_STRESS_H
#define TESTS_ORDER_STRESS_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "ring/vring.h"
#include "driver.h"

#define ANSWER UINT64_C(0x9e3779b97f4a7c15)
#define SIZE_MAX_HERE 8

/* One buffer of the driver: what it asks, and what the device answers. */
struct talk {
	uint64_t question, answer;
};

/* An eventfd, written only if the sleeper has gone as far as to wait for it. Its
 * own ordering is as strong as can be: only the ring's shall be on trial. */
struct bell {
	_Atomic bool rung, asleep;
	int fd;
};

struct stress {
	/* The driver's. */
	struct driver driver;
	struct driver_mem mem;
	struct talk *talks; /* one a head */
	uint64_t asked, answered;
	uint64_t driver_sleeps;
	uint32_t driver_dice;

	/* The device's. */
	struct vring vring CACHE_ALIGNED;
	struct guest_mem guest;
	uint64_t device_sleeps, calls, decisions;
	uint32_t device_dice;

	/* Of both. */
	struct bell kick CACHE_ALIGNED;
	struct bell call CACHE_ALIGNED;
	int bound_ms;
	cpu_set_t cpus; /* that the test may use */
	_Atomic uint64_t deep_sleeps;
	_Atomic bool ends;
};

static inline uint32_t roll(uint32_t *dice, uint32_t sides)
{
	*dice ^= *dice << 13;
	*dice ^= *dice >> 17;
	*dice ^= *dice << 5;
	return *dice % sides;
}

/* From nothing to a few microseconds, short ones as often as long ones. */
static inline void dawdle(uint32_t *dice)
{
	uint32_t turns = roll(dice, 1u << roll(dice, 12));

	while (turns-- > 0)
		__asm__ volatile("" ::: "memory");
}

/* Ends the program: not ok. */
void stress_fail(const char *why) __attribute__((noreturn));

/* Wakes whoever sleeps there, or will. */
void stress_notify(struct bell *bell);

/* Sleeps until notified; fails the test if that takes too long. */
void stress_sleep(struct stress *stress, struct bell *bell, uint32_t *dice, const char *who);

/* Puts this thread on a CPU of its own, if there are two: on one they never meet. */
void stress_go_apart(const struct stress *stress, bool device);

/* Offers and reaps until then, and then until all is back. */
void driver_runs(struct stress *stress, uint64_t until_ns);

/* Serves until `ends`. */
void *device_runs(void *stress);

#endif
