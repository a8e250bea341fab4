/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics.h - everything that is counted, as OpenMetrics text.
 *
 * Walks the reports of the house once and writes them family by family; every
 * name is in docs/metrics.md. Nothing is kept between two texts.
 *
 * Thread: the one that may read reports (ctl_house.h): the main thread.
 */
#ifndef VRINGD_CTL_METRICS_H
#define VRINGD_CTL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "control/ctl_house.h"

/* The text, to be freed, and its length without the zero behind it; NULL when
 * memory is short. `unix_ms` is the time of day: positions in time are told as such. */
char *ctl_metrics_text(const struct ctl_house_ops *ops, void *house, uint64_t unix_ms, size_t *len);

#endif
