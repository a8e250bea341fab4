/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_vring.c - what is counted for each vring, as families of counters.
 *
 * The lists of counters.h, vring_fault.h and inject.h are walked, so that what is
 * counted is served. A family is called like its counter, but for a few that other
 * tools have a name for.
 */
#include <string.h>

#include "compiler.h"
#include "control/ctl_metrics_parts.h"

static const struct metrics_counter counters[] = {
#define X(name, english) { "vring_" #name, offsetof(struct vring_counters_read, name), english },
	VRING_COUNTERS(X)
#undef X
};

static const struct {
	const char *counter, *family;
} renamed[] = {
	{ "vring_chains", "vring_used_entries" },
	{ "vring_calls_failed", "vring_call_errors" },
	/* By reason, and by outcome: below. */
	{ "vring_calls_suppressed", NULL },
	{ "vring_calls_forced", NULL },
};

/* NULL: its parts are served, and not their sum. */
static const char *family_of(const char *counter)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(renamed); i++)
		if (strcmp(renamed[i].counter, counter) == 0)
			return renamed[i].family;
	return counter;
}

void metrics_label_vring(struct metrics_out *out, const struct vring_report *vring)
{
	metrics_label(out, "port", vring->port);
	metrics_label(out, "vring", vring->vring);
	metrics_label_number(out, "index", vring->index);
}

static void write_counters(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	for (nth = 0; nth < ARRAY_SIZE(counters); nth++) {
		const char *family = family_of(counters[nth].name);

		if (!family)
			continue;
		metrics_family(out, family, METRICS_COUNTER, counters[nth].help);
		for (i = 0; i < scene->vring_cnt; i++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_whole(out, metrics_counter_in(&counters[nth],
							      &scene->vrings[i].counters));
		}
	}
}

static void write_suppressed(const struct metrics_scene *scene, struct metrics_out *out)
{
	int reason;
	size_t i;

	metrics_family(out, "vring_calls_suppressed", METRICS_COUNTER,
		       "decisions by the specification's rule that said no, by reason");
	for (i = 0; i < scene->vring_cnt; i++)
		for (reason = 0; reason < SUPPRESS_REASON_CNT; reason++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "reason",
				      suppress_reason_name((enum suppress_reason)reason));
			metrics_whole(out, scene->vrings[i].counters.suppressed[reason]);
		}
}

/* A call is in none until its outcome is known: a counter can not take it back. */
static void write_forced(const struct metrics_scene *scene, struct metrics_out *out)
{
	int outcome;
	size_t i;

	metrics_family(out, "vring_forced_calls", METRICS_COUNTER,
		       "calls made because the driver did not move, by what came of them");
	for (i = 0; i < scene->vring_cnt; i++)
		for (outcome = 0; outcome < FORCED_OUTCOME_CNT; outcome++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "outcome",
				      forced_outcome_name((enum forced_outcome)outcome));
			metrics_whole(out, scene->vrings[i].counters.forced[outcome]);
		}
}

static void write_drops(const struct metrics_scene *scene, struct metrics_out *out)
{
	int reason;
	size_t i;

	metrics_family(out, "vring_drops", METRICS_COUNTER, "frames that went nowhere, by reason");
	for (i = 0; i < scene->vring_cnt; i++)
		for (reason = 0; reason < DROP_REASON_CNT; reason++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "reason", drop_reason_name((enum drop_reason)reason));
			metrics_whole(out, scene->vrings[i].counters.drops[reason]);
		}
}

static void write_faults(const struct metrics_scene *scene, struct metrics_out *out)
{
	int fault;
	size_t i;

	metrics_family(out, "vring_faults", METRICS_COUNTER,
		       "mistakes of the driver that stopped the vring, by kind");
	for (i = 0; i < scene->vring_cnt; i++)
		for (fault = VRING_FAULT_none + 1; fault < VRING_FAULT_CNT; fault++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "kind", vring_fault_name((enum vring_fault)fault));
			metrics_whole(out, scene->vrings[i].counters.faults[fault]);
		}
}

/* So that what was put in on purpose is never taken for an outage: alerts leave out
 * the vrings on which one of these is not zero. */
static void write_injected(const struct metrics_scene *scene, struct metrics_out *out)
{
	int kind;
	size_t i;

	metrics_family(out, "vring_injected_events", METRICS_COUNTER,
		       "events struck by a fault put in on purpose (vringctl fault), by kind");
	for (i = 0; i < scene->vring_cnt; i++)
		for (kind = 0; kind < INJECT_KIND_CNT; kind++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "kind", inject_kind_word((enum inject_kind)kind));
			metrics_whole(out, scene->vrings[i].inject[kind].hits);
		}
	metrics_family(out, "vring_injection_armed", METRICS_GAUGE,
		       "1 while a fault put in on purpose waits for its events, by kind");
	for (i = 0; i < scene->vring_cnt; i++)
		for (kind = 0; kind < INJECT_KIND_CNT; kind++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "kind", inject_kind_word((enum inject_kind)kind));
			metrics_whole(out, scene->vrings[i].inject[kind].left != 0);
		}
}

void metrics_vring_counts(const struct metrics_scene *scene, struct metrics_out *out)
{
	write_counters(scene, out);
	write_suppressed(scene, out);
	write_forced(scene, out);
	write_drops(scene, out);
	write_faults(scene, out);
	write_injected(scene, out);
}
