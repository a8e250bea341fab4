/* SPDX-License-Identifier: BSD-3-Clause */
/* measure.h - the latencies that are measured while chains are taken and used.
 *
 * Inline, since they stand in the fast path; a clock is read for one burst in
 * MEASURE_EVERY only.
 *
 * Thread: the owning worker.
 */
#ifndef VRINGD_NET_MEASURE_H
#define VRINGD_NET_MEASURE_H

#include "clock.h"
#include "net/guest_port.h"

#define MEASURE_EVERY 32

/* The time, if this burst is one of those whose residence is measured; else 0. */
static inline uint64_t measure_begin(const struct vring_end *end)
{
	return counter_read(&end->counters.publishes) % MEASURE_EVERY == 0 ? clock_now_ns() : 0;
}

static inline void measure_end(struct vring_end *end, uint64_t began_ns)
{
	if (began_ns > 0)
		latency_add(&end->latency[LATENCY_residence], clock_now_ns() - began_ns);
}

/* Of the chains that were seen `taken` are done with, `left` wait on. */
static inline void measure_taken(struct vring_end *end, unsigned taken, unsigned left,
				 uint64_t now_ns)
{
	if (taken > 0 && end->seen_ns > 0)
		latency_add(&end->latency[LATENCY_seen_to_take], now_ns - end->seen_ns);
	if (taken > 0 || end->seen_ns == 0)
		end->seen_ns = left > 0 ? now_ns : 0;
}

#endif
