/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the monotonic clock in nanoseconds, and the one on the wall.
 *
 * Read once a loop turn by whoever owns a loop; everybody else is given the
 * time as an argument. The wall's is for people and files: it may jump.
 *
 * Thread: any.
 */
#ifndef VRINGD_CLOCK_H
#define VRINGD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_SECOND UINT64_C(1000000000)

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* How long ago `then` was; 0 if it was not: two workers that hand a vring to each other
 * have each read the clock at the start of a turn of its own. */
static inline uint64_t clock_since_ns(uint64_t now_ns, uint64_t then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* A cheap running count, for costs in "cycles a packet": the time-stamp
 * counter where there is one, nanoseconds elsewhere. */
static inline uint64_t clock_cycles(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return clock_now_ns();
#endif
}

#endif
