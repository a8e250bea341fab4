/* SPDX-License-Identifier: BSD-3-Clause */
/* inject.h - faults put in on purpose, to rehearse an outage.
 *
 * `vringctl fault` arms one kind on one vring for a number of events; the
 * data path asks inject_hit() at the place where that fault would strike.
 * Every hit is counted, so that no injected fault is ever mistaken for a real
 * one.
 *
 * Thread: the owning worker only, armed by a function run on it; the counts
 * are read by any.
 */
#ifndef VRINGD_INJECT_H
#define VRINGD_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"

/* clang-format off */
#define INJECT_KINDS(X)                                                                           \
	X(drop_call,        "drop-call",        "a wanted call is counted and not written")        \
	X(drop_kick,        "drop-kick",        "a kick is drained and ignored")                   \
	X(stale_used_event, "stale-used-event", "decisions read a frozen used_event")              \
	X(drop_forced,      "drop-forced",      "a forced call is counted and not written")
/* clang-format on */

enum inject_kind {
#define X(name, word, english) INJECT_##name,
	INJECT_KINDS(X)
#undef X
		INJECT_KIND_CNT
};

#define INJECT_ALWAYS UINT64_MAX

struct inject {
	counter_t left[INJECT_KIND_CNT]; /* events still to strike; INJECT_ALWAYS: no end */
	counter_t hits[INJECT_KIND_CNT]; /* events struck since the daemon started */
	counter_t value;		 /* the used_event that decisions read */
};

struct inject_report {
	uint64_t left, hits, value;
};

/* Should this event be struck? Counts it if so. */
static inline bool inject_hit(struct inject *inject, enum inject_kind kind)
{
	uint64_t left = counter_read(&inject->left[kind]);

	if (left == 0)
		return false;
	if (left != INJECT_ALWAYS)
		counter_set(&inject->left[kind], left - 1);
	count(&inject->hits[kind], 1);
	return true;
}

void inject_arm(struct inject *inject, enum inject_kind kind, uint64_t events, uint64_t value);
void inject_clear(struct inject *inject);
void inject_read(const struct inject *inject, struct inject_report report[INJECT_KIND_CNT]);

/* The word of the command line ("drop-call"); -1 if there is no such kind. */
const char *inject_kind_word(enum inject_kind kind);
const char *inject_kind_english(enum inject_kind kind);
int inject_kind_parse(const char *word);

#endif
