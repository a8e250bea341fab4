/* SPDX-License-Identifier: BSD-3-Clause */
/* latency.c - histograms, read while they are written; see latency.h. */
#include "latency.h"

#include <string.h>

#include "names.h"

NAME_TABLE(latency_kind, LATENCY_KINDS)

/* The top of the bucket that holds the nth of the times in order, from 1 on; no
 * longer than the longest. */
static uint64_t nth_ns(const uint64_t *buckets, uint64_t nth, uint64_t max_ns)
{
	uint64_t seen = 0, top_ns;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS - 1; i++) {
		seen += buckets[i];
		if (seen >= nth)
			break;
	}
	top_ns = latency_bucket_top_ns(i);
	return top_ns < max_ns && i < LATENCY_BUCKETS - 1 ? top_ns : max_ns;
}

/* Nearest rank: the shortest time that `percent` of all are not longer than. */
static uint64_t percentile_ns(const uint64_t *buckets, uint64_t cnt, unsigned percent,
			      uint64_t max_ns)
{
	return cnt == 0 ? 0 : nth_ns(buckets, (cnt * percent + 99) / 100, max_ns);
}

static void fill_steps(const uint64_t *buckets, struct latency_summary *summary)
{
	uint64_t seen = 0;
	unsigned step = 0;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		while (step < LATENCY_STEPS && latency_bucket_top_ns(i) > latency_step_ns(step))
			summary->at_most[step++] = seen;
		seen += buckets[i];
	}
	while (step < LATENCY_STEPS)
		summary->at_most[step++] = seen;
}

void latency_read(const struct latency *latency, struct latency_summary *summary)
{
	uint64_t buckets[LATENCY_BUCKETS];
	unsigned i;

	memset(summary, 0, sizeof(*summary));
	summary->sum_ns = counter_read(&latency->sum_ns);
	summary->max_ns = counter_read(&latency->max_ns);
	for (i = 0; i < LATENCY_BUCKETS; i++) {
		buckets[i] = counter_read(&latency->bucket[i]);
		summary->cnt += buckets[i];
	}
	summary->p50_ns = percentile_ns(buckets, summary->cnt, 50, summary->max_ns);
	summary->p99_ns = percentile_ns(buckets, summary->cnt, 99, summary->max_ns);
	fill_steps(buckets, summary);
}
