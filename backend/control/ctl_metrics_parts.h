/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_parts.h - what the files of the metrics share: reports, gathered once.
 *
 * All samples of a family stand together, so that every report is needed once a
 * family: they are gathered before the first is written, and each is of one moment.
 */
#ifndef VRINGD_CTL_METRICS_PARTS_H
#define VRINGD_CTL_METRICS_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "control/ctl_house.h"
#include "control/ctl_metrics_write.h"

struct metrics_switch_port {
	char on[PORT_NAME_MAX]; /* the switch */
	struct switch_port_report report;
};

struct metrics_scene {
	uint64_t unix_ms;
	struct port_report *ports;
	struct vring_report *vrings;
	struct worker_report *workers;
	struct metrics_switch_port *switch_ports;
	size_t port_cnt, vring_cnt, worker_cnt, switch_port_cnt;
};

/* A counter as a member of the struct of its list. */
struct metrics_counter {
	const char *name; /* of its family, without prefix */
	size_t at;	  /* its offset */
	const char *help;
};

static inline uint64_t metrics_counter_in(const struct metrics_counter *counter,
					  const void *counters)
{
	return *(const uint64_t *)((const char *)counters + counter->at);
}

/* Each writes its families. */
void metrics_build(struct metrics_out *out);					   /* _house.c */
void metrics_ports(const struct metrics_scene *scene, struct metrics_out *out);	   /* _house.c */
void metrics_switches(const struct metrics_scene *scene, struct metrics_out *out); /* _house.c */
void metrics_workers(const struct metrics_scene *scene, struct metrics_out *out);  /* _house.c */
void metrics_vring_counts(const struct metrics_scene *scene, struct metrics_out *out);
void metrics_vring_gauges(const struct metrics_scene *scene, struct metrics_out *out);
void metrics_vring_latencies(const struct metrics_scene *scene, struct metrics_out *out);

/* The labels of every sample of a vring. */
void metrics_label_vring(struct metrics_out *out, const struct vring_report *vring);

#endif
