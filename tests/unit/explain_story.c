/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_story.c - reports to explain, and what is heard; see the header. */
#include "explain_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void hear(void *listener, const char *sentence);
static void check_row(const struct row *row);
static void fail_row(const struct row *row, const struct story *story, const char *what,
		     const char *words);

struct vring_report healthy_tx(void)
{
	struct vring_report report = {
		.port = "vm3",
		.vring = "tx0",
		.index = 1,
		.guest_tx = true,
		.state = VRING_STATE_running,
		.health = STALL_HEALTH_ok,
		.event_idx = true,
		.shape = { .size = 256 },
		.has_call_fd = true,
		.has_kick_fd = true,
		.avail_idx = 15207,
		.next_avail = 15207,
		.used_idx = 15207,
		.next_used = 15207,
		.decided_used = 15207,
		.called_used = 15191,
		.used_event = 15190,
		.last_decision = { 15191, 15207, 15190, false, true },
		.force = true,
		.stall_after_ms = 50,
		.uplink = "tap3",
		.uplink_type = "tap",
	};

	report.counters.packets = 1000;
	return report;
}

void stall_tx(struct vring_report *report)
{
	report->health = STALL_HEALTH_stalled;
	report->unanswered = report->unsignalled = 256;
	report->unanswered_ms = report->last_move_ago_ms = 412;
	report->spent = true;
	report->force = false;
	report->counters.stalls = 1;
}

void revive_tx(struct vring_report *report)
{
	stall_tx(report);
	report->health = STALL_HEALTH_reviving;
	report->force = true;
	report->counters.calls_forced = report->forced_in_a_row = 3;
	report->last_forced_ago_ms = 12;
}

void inject_tx(struct vring_report *report)
{
	revive_tx(report);
	report->unsignalled = 0;
	report->inject[INJECT_drop_call] = (struct inject_report){ INJECT_ALWAYS, 31, 0 };
	report->inject[INJECT_drop_kick] = (struct inject_report){ 0, 1, 0 };
	report->inject[INJECT_stale_used_event] = (struct inject_report){ 4, 0, 7 };
}

struct story story_of(const struct vring_report *report)
{
	struct story story = { .cnt = 0 };

	explain_vring(report, hear, &story);
	return story;
}

bool story_says(const struct story *story, const char *words)
{
	unsigned i;

	for (i = 0; i < story->cnt; i++)
		if (strstr(story->text[i], words))
			return true;
	return false;
}

void story_check_rows(const struct row *rows, unsigned cnt)
{
	unsigned i;

	for (i = 0; i < cnt; i++)
		check_row(&rows[i]);
}

static void hear(void *listener, const char *sentence)
{
	struct story *story = listener;

	assert_true(story->cnt < STORY_MAX);
	assert_true(strlen(sentence) < EXPLAIN_SENTENCE_MAX - 1); /* none is cut off */
	snprintf(story->text[story->cnt++], EXPLAIN_SENTENCE_MAX, "%s", sentence);
}

static void check_row(const struct row *row)
{
	struct vring_report report = healthy_tx();
	struct story story;
	unsigned i;

	row->change(&report);
	story = story_of(&report);
	for (i = 0; i < ARRAY_SIZE(row->must) && row->must[i]; i++)
		if (!story_says(&story, row->must[i]))
			fail_row(row, &story, "nobody said", row->must[i]);
	for (i = 0; i < ARRAY_SIZE(row->must_not) && row->must_not[i]; i++)
		if (story_says(&story, row->must_not[i]))
			fail_row(row, &story, "must not be said", row->must_not[i]);
}

static void fail_row(const struct row *row, const struct story *story, const char *what,
		     const char *words)
{
	unsigned i;

	for (i = 0; i < story->cnt; i++)
		print_error("    %s\n", story->text[i]);
	fail_msg("%s: %s: %s", row->name, what, words);
}
