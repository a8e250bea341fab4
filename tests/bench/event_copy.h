/* SPDX-License-Identifier: BSD-3-Clause */
/* event_copy.h - what copying frames costs who does nothing else.
 *
 * The peer of a back end that copies large frames from guest to guest: memcpy() of the
 * same bytes, between the same buffers, on the CPU of the back end.
 *
 * Thread: makes one of its own.
 */
#ifndef TESTS_BENCH_EVENT_COPY_H
#define TESTS_BENCH_EVENT_COPY_H

#include "event_guest.h"

struct event_copied {
	uint64_t bytes, cycles, ns;
	uint64_t cpu_ns; /* of ns, that the thread ran */
};

/* Copies frames of @len bytes from the transmit buffers of one guest to the memory of the
 * receive buffers of the other, in turn, for @ms on @cpu. 0 or -errno. */
int event_copy(const struct event_guest *from, const struct event_guest *to, uint32_t len,
	       unsigned cpu, uint32_t ms, struct event_copied *copied);

#endif
