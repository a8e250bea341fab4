/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_write.h - the letters of OpenMetrics: families, labels, escapes, numbers.
 *
 * A family is begun, then come its samples: labels, and the value that ends the
 * line. What a family is called is written once, so that samples can not part
 * from the lines that describe them. Words are those of the OpenMetrics
 * specification, section "Text format".
 *
 * Thread: the caller's.
 */
#ifndef VRINGD_CTL_METRICS_WRITE_H
#define VRINGD_CTL_METRICS_WRITE_H

#include <stdint.h>
#include <stdio.h>

enum metrics_type { METRICS_GAUGE, METRICS_COUNTER, METRICS_INFO, METRICS_HISTOGRAM };

struct metrics_out {
	FILE *file;
	const char *family; /* without the prefix "vringd_" */
	const char *suffix; /* behind the family's name, in that of its samples */
	unsigned label_cnt; /* of the sample at hand */
};

/* Begins a family. `name` is without prefix, and without the "_total" of a counter's
 * samples and the "_info" of an info's; it must live until the next one begins. One
 * that ends in "_bytes", "_seconds" or "_ratio" has that unit. */
void metrics_family(struct metrics_out *out, const char *name, enum metrics_type type,
		    const char *help);

/* Which samples of a histogram come next: "_bucket", then "_count" and "_sum". */
void metrics_part(struct metrics_out *out, const char *suffix);

/* One label of the sample that is being written; an empty value is no label. */
void metrics_label(struct metrics_out *out, const char *name, const char *value);
void metrics_label_number(struct metrics_out *out, const char *name, unsigned value);
void metrics_label_real(struct metrics_out *out, const char *name, double value);

/* The value, which ends the sample. */
void metrics_whole(struct metrics_out *out, uint64_t value);
void metrics_real(struct metrics_out *out, double value);

#endif
