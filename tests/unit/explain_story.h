/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_story.h - reports to explain, and what is heard; for the explain tests.
 *
 * A row is the healthy report with something changed, the words that one of
 * its sentences must hold, and the words that none may hold.
 */
#ifndef TESTS_UNIT_EXPLAIN_STORY_H
#define TESTS_UNIT_EXPLAIN_STORY_H

#include "explain.h"

#define STORY_MAX 32

struct story {
	char text[STORY_MAX][EXPLAIN_SENTENCE_MAX];
	unsigned cnt;
};

struct row {
	const char *name;
	void (*change)(struct vring_report *report);
	const char *must[6];
	const char *must_not[3];
};

/* The sample of the research notes (peers.md, section 5.3), before it hung. */
struct vring_report healthy_tx(void);

/* A tx vring in the midst of a stall: not forced, and forced. */
void stall_tx(struct vring_report *report);
void revive_tx(struct vring_report *report);
/* The same under injected faults of three kinds. */
void inject_tx(struct vring_report *report);

struct story story_of(const struct vring_report *report);
bool story_says(const struct story *story, const char *words);

/* Fails the test of a row whose story is not told. */
void story_check_rows(const struct row *rows, unsigned cnt);

#endif
