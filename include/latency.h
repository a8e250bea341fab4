/* SPDX-License-Identifier: BSD-3-Clause */
/* latency.h - how long things take on a vring, as histograms.
 *
 * All that a device can measure from ring memory and its own clock. What each
 * kind begins and ends with is said in the list; what a device can not see
 * (when the driver stored its index, when the guest's CPU took the interrupt)
 * is in none of them.
 *
 * A histogram is log-linear: LATENCY_SUB buckets to each power of two, so that
 * a quantile is at most 1/LATENCY_SUB too long, whatever its size. Adding is a
 * few instructions and takes no lock; one writer, any number of readers.
 *
 * Unit: nanoseconds. Thread: latency_add() by the worker that owns the vring;
 * the rest by any.
 */
#ifndef VRINGD_LATENCY_H
#define VRINGD_LATENCY_H

#include <stdint.h>

#include "counters.h"

/* clang-format off */
#define LATENCY_KINDS(X)                                                                          \
	X(seen_to_take,     "from the moment the worker saw a kick, or found what it could not take yet, to taking") \
	X(publish_to_call,  "from the first buffer published since the last call to the call")        \
	X(call_to_progress, "from a call to the move of the driver that followed, if seen at once")   \
	X(refill,           "from a frame that found no receive buffers to the first new ones")       \
	X(residence,        "tx: from taking a burst of chains to publishing it; one burst in a few is measured")
/* clang-format on */

enum latency_kind {
#define X(name, english) LATENCY_##name,
	LATENCY_KINDS(X)
#undef X
		LATENCY_KIND_CNT
};

const char *latency_kind_name(enum latency_kind kind);
const char *latency_kind_english(enum latency_kind kind);

#define LATENCY_SUB_BITS 3
#define LATENCY_SUB (1 << LATENCY_SUB_BITS)
/* Longer than 2^40 ns, 18 minutes, counts as that. */
#define LATENCY_TOP_BIT 39
#define LATENCY_BUCKETS ((LATENCY_TOP_BIT - LATENCY_SUB_BITS + 2) * LATENCY_SUB)

struct latency {
	counter_t bucket[LATENCY_BUCKETS];
	counter_t sum_ns, max_ns;
};

/* Which bucket a time falls into. Below LATENCY_SUB each has one of its own. */
static inline unsigned latency_bucket(uint64_t ns)
{
	unsigned top;

	if (ns < LATENCY_SUB)
		return (unsigned)ns;
	if (ns >> (LATENCY_TOP_BIT + 1))
		return LATENCY_BUCKETS - 1;
	top = 63 - (unsigned)__builtin_clzll(ns);
	return (top - LATENCY_SUB_BITS + 1) * LATENCY_SUB +
	       (unsigned)((ns >> (top - LATENCY_SUB_BITS)) & (LATENCY_SUB - 1));
}

/* The longest time that falls into a bucket. */
static inline uint64_t latency_bucket_top_ns(unsigned bucket)
{
	unsigned octave = bucket / LATENCY_SUB;
	uint64_t sub = bucket % LATENCY_SUB;

	if (octave == 0)
		return bucket;
	return ((LATENCY_SUB + sub + 1) << (octave - 1)) - 1;
}

static inline void latency_add(struct latency *latency, uint64_t ns)
{
	count(&latency->bucket[latency_bucket(ns)], 1);
	count(&latency->sum_ns, ns);
	if (INSTRUMENTED && ns > counter_read(&latency->max_ns))
		counter_set(&latency->max_ns, ns);
}

/* Bounds of the histogram that metrics show: 1 us, and four times as long each. */
#define LATENCY_STEPS 13
static inline uint64_t latency_step_ns(unsigned step)
{
	return UINT64_C(1000) << (2 * step);
}

struct latency_summary {
	uint64_t cnt;
	uint64_t sum_ns, max_ns;
	uint64_t p50_ns, p99_ns; /* 0 when cnt is */
	/* How many were at most latency_step_ns(i) long. A bucket that a bound cuts
	 * counts as above it. */
	uint64_t at_most[LATENCY_STEPS];
};

void latency_read(const struct latency *latency, struct latency_summary *summary);

#endif
