/* SPDX-License-Identifier: BSD-3-Clause */
/* event_times.h - how long something took, many times: shares and the longest.
 *
 * Times are kept as counts in classes that are 1/64 of their value wide, in a few
 * cache lines that are in use, so that taking a note costs the same at any rate. A
 * share is told as the upper end of its class, the longest time is exact.
 *
 * Thread: one.
 */
#ifndef TESTS_BENCH_EVENT_TIMES_H
#define TESTS_BENCH_EVENT_TIMES_H

#include <stdint.h>

#define EVENT_TIMES_BITS 6
#define EVENT_TIMES_CLASSES ((64 - EVENT_TIMES_BITS + 1) << EVENT_TIMES_BITS)

struct event_times {
	uint64_t cnt, max_ns;
	uint32_t classes[EVENT_TIMES_CLASSES];
};

void event_times_add(struct event_times *times, uint64_t ns);

/* The time that a @share (0 … 1) of all does not exceed; 0 if there are none. */
uint64_t event_times_share(const struct event_times *times, double share);

#endif
