/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics.h - OpenMetrics text as the other end reads it.
 *
 * Strict where Prometheus is generous: everything that the OpenMetrics
 * specification says with MUST and that this daemon can get wrong is looked at.
 *
 * Thread: the test's.
 */
#ifndef TESTS_LIB_METRICS_H
#define TESTS_LIB_METRICS_H

#include <jansson.h>
#include <stdbool.h>

#define METRICS_NAME_MAX 128

/* What is wrong with the text, and in which line; NULL: nothing. Good until the
 * next call. */
const char *metrics_mistake(const char *text);

/* The value of the sample with that name and these labels, written as in the
 * text; NaN if there is none. */
double metrics_value(const char *text, const char *sample)
	__attribute__((nonnull));

/* What the text and the object of a vring in vring.list do not agree on; NULL:
 * nothing, and every counter of the object is in the text. Good until the next
 * call. */
const char *metrics_disagreement(const char *text, json_t *vring);

/* What the family of a counter of vring.list is called, without "vringd_vring_"
 * and "_total". */
const char *metrics_family_of(const char *counter);

/* What the family of a kind of latency_us is called, without "vringd_vring_" and
 * "_seconds". */
const char *metrics_latency_family_of(const char *kind);

/* How many samples have a name that begins so. */
unsigned int metrics_samples(const char *text, const char *prefix);

/* The next family behind *@at, which begins as the text: its name, and the name
 * its samples have, the first of a histogram's. False behind the last. */
bool metrics_next(const char **at, char family[METRICS_NAME_MAX],
		  char sample[METRICS_NAME_MAX]);

#endif
