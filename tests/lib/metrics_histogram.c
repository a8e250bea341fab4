/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics_histogram.c - see metrics_histogram.h. */
#include "metrics_histogram.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LE ",le=\""

static bool is_part(const char *text, const char *part)
{
	size_t len = strlen(part);

	return !strncmp(text, part, len) && text[len] == '{';
}

/* The last of that form: the value of another label may end so. */
static const char *find_le(const char *labels)
{
	const char *found = NULL, *at = labels;

	for (; (at = strstr(at, LE)); at++)
		found = at;
	return found;
}

static const char *begin(struct metrics_histogram *h, const char *labels,
			 size_t len)
{
	if (len >= sizeof(h->labels))
		return "more labels than a test can hold";
	memset(h, 0, sizeof(*h));
	memcpy(h->labels, labels, len);
	h->open = true;
	h->bound = -INFINITY;
	return NULL;
}

static const char *read_bucket(struct metrics_histogram *h, const char *labels,
			       const char *value)
{
	const char *le = find_le(labels), *why = NULL;
	double bound, cnt = strtod(value, NULL);
	char *end;

	if (!le)
		return "a bucket has no bound";
	bound = strtod(le + strlen(LE), &end);
	if (strncmp(end, "\"} ", 3) != 0)
		return "the bound is no number, or not the last label";
	if (metrics_histogram_is_whole(h))
		why = begin(h, labels, (size_t)(le - labels));
	if (why)
		return why;
	if (strlen(h->labels) != (size_t)(le - labels) ||
	    strncmp(h->labels, labels, (size_t)(le - labels)) != 0)
		return "another histogram was not at its end";
	if (h->counted || h->summed || !(bound > h->bound))
		return "the bounds do not rise";
	if (!(cnt >= h->cnt) || cnt != floor(cnt))
		return "buckets are whole numbers and do not fall";
	h->bound = bound;
	h->cnt = cnt;
	return NULL;
}

static const char *read_rest(struct metrics_histogram *h, bool is_count,
			     const char *labels, double value)
{
	size_t len = strlen(h->labels);

	if (!h->open || !(isinf(h->bound) && h->bound > 0))
		return "there was no bucket for all of them";
	if (strncmp(labels, h->labels, len) != 0 || labels[len] != '}')
		return "it is of other labels than the buckets";
	if (is_count ? h->counted : h->summed)
		return "it was there before";
	if (is_count && value != h->cnt)
		return "the bucket for all of them has another number";
	if (!is_count && !(value >= 0))
		return "times have no such sum";
	h->counted |= is_count;
	h->summed |= !is_count;
	return NULL;
}

const char *metrics_histogram_line(struct metrics_histogram *h,
				   const char *part, const char *labels,
				   const char *value)
{
	if (is_part(part, "_bucket"))
		return read_bucket(h, labels, value);
	if (is_part(part, "_count"))
		return read_rest(h, true, labels, strtod(value, NULL));
	if (is_part(part, "_sum"))
		return read_rest(h, false, labels, strtod(value, NULL));
	return "no sample of a histogram";
}

bool metrics_histogram_is_whole(const struct metrics_histogram *h)
{
	return !h->open || (h->counted && h->summed);
}

const char *metrics_histogram_end(const struct metrics_histogram *h)
{
	return metrics_histogram_is_whole(h) ? NULL
					     : "a histogram is not at its end";
}
