/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_report.h - reports as JSON, with the names of the contract.
 *
 * Lists (counters, drops, faults, injected faults) are walked by their
 * X-macros, so what is counted is shown. Names are stable: they may be added
 * to, and never change meaning.
 *
 * Each function returns a new reference, or NULL when memory is short.
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_REPORT_H
#define VRINGD_CTL_REPORT_H

#include <jansson.h>

#include "control/ctl_house.h"

json_t *ctl_report_port(const struct port_report *port);
json_t *ctl_report_vring(const struct vring_report *vring);
/* The positions of a vring, into its object; 0 or -1 (ctl_positions.c). */
int ctl_report_put_positions(json_t *object, const struct vring_report *vring);
json_t *ctl_report_counters(const struct vring_counters_read *counters);
/* All of the house's (ctl_switch.c). */
json_t *ctl_report_switches(const struct ctl_house_ops *ops, void *house);
json_t *ctl_report_worker(const struct worker_report *worker);

/* What a number of events is in JSON: itself, or "always". */
json_t *ctl_report_events(uint64_t events);

/* Feature bits as a list of the specification's names ("bit_45" where it has none). */
json_t *ctl_report_features(uint64_t features);
json_t *ctl_report_protocol_features(uint64_t features);

/* The specification's name of a virtio feature bit (0 ... 63), or "bit_45" in `unnamed`. */
#define CTL_FEATURE_NAME_MAX 16
const char *ctl_feature_name(unsigned bit, char unnamed[CTL_FEATURE_NAME_MAX]);

#endif
