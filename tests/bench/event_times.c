/* SPDX-License-Identifier: BSD-3-Clause */
/* event_times.c - see event_times.h. */
#include "event_times.h"

#define BELOW (1u << EVENT_TIMES_BITS)

/* Times below 64 ns are classes of their own; above, the highest seven bits of a
 * time and their place make its class. */
static unsigned class_of(uint64_t ns)
{
	unsigned shift;

	if (ns < BELOW)
		return (unsigned)ns;
	shift = 63 - (unsigned)__builtin_clzll(ns) - EVENT_TIMES_BITS;
	return ((shift + 1) << EVENT_TIMES_BITS) + (unsigned)((ns >> shift) - BELOW);
}

static uint64_t longest_of(unsigned nr)
{
	unsigned shift;

	if (nr < BELOW)
		return nr;
	shift = (nr >> EVENT_TIMES_BITS) - 1;
	return (((uint64_t)(nr & (BELOW - 1)) + BELOW + 1) << shift) - 1;
}

void event_times_add(struct event_times *times, uint64_t ns)
{
	times->cnt++;
	times->classes[class_of(ns)]++;
	if (ns > times->max_ns)
		times->max_ns = ns;
}

uint64_t event_times_share(const struct event_times *times, double share)
{
	double wanted = share * (double)times->cnt;
	uint64_t ns, cnt = 0;
	unsigned i;

	for (i = 0; i < EVENT_TIMES_CLASSES && times->cnt > 0; i++) {
		cnt += times->classes[i];
		ns = longest_of(i);
		if (times->classes[i] > 0 && (double)cnt >= wanted)
			return ns < times->max_ns ? ns : times->max_ns;
	}
	return times->max_ns;
}
