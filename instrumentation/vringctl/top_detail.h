/* SPDX-License-Identifier: BSD-3-Clause */
/* top_detail.h - one vring of a sample on a page: all that is known of it.
 *
 * Positions, event words, the last decision with its sum done again, rates,
 * counters, drops, faults, latencies; and what the daemon says of it, if it was
 * asked at that moment: sentences and its last events.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_DETAIL_H
#define VRINGCTL_TOP_DETAIL_H

#include "top_lines.h"
#include "top_model.h"

/* Of the sample that the model looks at. */
void top_detail(struct top_lines *lines, const struct top_model *model, const char *label);

/* top_decision.c: the section of the last decision. */
void top_decision(struct top_lines *lines, const json_t *vring);

/* "30402", "17 (wrap 1)", "desc" or "-": a position or flags of a vring, or of its
 * last decision. */
const char *top_position(const json_t *object, const char *name, char *text, size_t len);

#endif
