/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics_histogram.h - the lines of a histogram, one by one.
 *
 * Buckets come first, their bounds rise and their values never fall, the last has the
 * bound +Inf; then come _count, which is what that has, and _sum. All of one set
 * of labels stand together, and "le" is the last label. (OpenMetrics, "Histogram".)
 *
 * Thread: the test's.
 */
#ifndef TESTS_LIB_METRICS_HISTOGRAM_H
#define TESTS_LIB_METRICS_HISTOGRAM_H

#include <stdbool.h>

#define METRICS_LABELS_MAX 1024

/* All zero: none has begun. */
struct metrics_histogram {
	bool open;
	char labels[METRICS_LABELS_MAX]; /* "{a="b", without "le" and the end */
	double bound, cnt;		 /* of the last bucket */
	bool counted, summed;
};

/* What is wrong with the next line; NULL: nothing. @part is what stands behind
 * the name of the family, @labels begins at "{", @value at " "; both were read. */
const char *metrics_histogram_line(struct metrics_histogram *h,
				   const char *part, const char *labels,
				   const char *value);

/* Does the next line begin another? */
bool metrics_histogram_is_whole(const struct metrics_histogram *h);

/* What is missing, if no line follows. */
const char *metrics_histogram_end(const struct metrics_histogram *h);

#endif
