/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_latency.c - how long things take on each vring, as histograms.
 *
 * The list of latency.h is walked, a family each; two are called as other tools do it.
 * The buckets are few and fixed, so that those of many hosts can be added up; the fine
 * ones that they are read from stay inside.
 */
#include "clock.h"
#include "control/ctl_metrics_parts.h"

static const struct {
	const char *family, *help;
} latencies[] = {
#define X(name, english) { "vring_" #name "_seconds", english },
	LATENCY_KINDS(X)
#undef X
};

static const char *family_of(enum latency_kind kind)
{
	switch (kind) {
	case LATENCY_seen_to_take:
		return "vring_kick_to_dequeue_seconds";
	case LATENCY_call_to_progress:
		return "vring_call_to_reclaim_seconds";
	default:
		return latencies[kind].family;
	}
}

/* What can not be measured in a direction has no histogram there: each has sixteen lines. */
static bool is_measured(enum latency_kind kind, const struct vring_report *vring)
{
	switch (kind) {
	case LATENCY_seen_to_take:
	case LATENCY_residence:
		return vring->guest_tx;
	case LATENCY_refill:
		return !vring->guest_tx;
	default:
		return true;
	}
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NS_PER_SECOND;
}

static void write_buckets(const struct vring_report *vring, const struct latency_summary *latency,
			  struct metrics_out *out)
{
	unsigned step;

	metrics_part(out, "_bucket");
	for (step = 0; step < LATENCY_STEPS; step++) {
		metrics_label_vring(out, vring);
		metrics_label_real(out, "le", seconds(latency_step_ns(step)));
		metrics_whole(out, latency->at_most[step]);
	}
	metrics_label_vring(out, vring);
	metrics_label(out, "le", "+Inf");
	metrics_whole(out, latency->cnt);
}

static void write_histogram(const struct vring_report *vring, const struct latency_summary *latency,
			    struct metrics_out *out)
{
	write_buckets(vring, latency, out);
	metrics_part(out, "_count");
	metrics_label_vring(out, vring);
	metrics_whole(out, latency->cnt);
	metrics_part(out, "_sum");
	metrics_label_vring(out, vring);
	metrics_real(out, seconds(latency->sum_ns));
}

void metrics_vring_latencies(const struct metrics_scene *scene, struct metrics_out *out)
{
	int kind;
	size_t i;

	for (kind = 0; kind < LATENCY_KIND_CNT; kind++) {
		metrics_family(out, family_of((enum latency_kind)kind), METRICS_HISTOGRAM,
			       latencies[kind].help);
		for (i = 0; i < scene->vring_cnt; i++)
			if (is_measured((enum latency_kind)kind, &scene->vrings[i]))
				write_histogram(&scene->vrings[i], &scene->vrings[i].latency[kind],
						out);
	}
}
