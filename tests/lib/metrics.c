/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics.c - OpenMetrics text as the other end reads it; see metrics.h.
 *
 * A text may have megabytes: it is searched by memmem() and the like, since a
 * sanitizer that is strict goes to the end of a string at each strstr().
 */
#include "metrics.h"

#include "metrics_histogram.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES_MAX 256
#define LINE_MAX_LEN 2048

struct reading {
	char seen[FAMILIES_MAX][METRICS_NAME_MAX];
	unsigned int seen_cnt;
	char family[METRICS_NAME_MAX];
	char sample[METRICS_NAME_MAX]; /* what its samples are called */
	const char *first_sample;      /* of the family, in the text */
	bool is_histogram;
	struct metrics_histogram histogram; /* if it is one */
};

static const char *read_line(struct reading *r, const char *line,
			     const char *whole);
static const char *read_comment(struct reading *r, const char *line);
static const char *begin_family(struct reading *r, const char *name,
				const char *type);
static const char *read_sample(struct reading *r, const char *line,
			       const char *whole);
static bool was_before(const struct reading *r, const char *whole,
		       const char *line, size_t len, bool all);
static const char *read_histogram(struct reading *r, const char *line,
				  const char *whole);
static const char *read_labels(const char **at);
static const char *read_value(const char *at);
static bool is_name(const char *text, size_t len);
static double number_at(const char *text);
static bool agrees(const char *text, json_t *vring, const char *name,
		   const char *more, json_t *value);
static bool group_agrees(const char *text, json_t *vring, const char *group,
			 const char *label);
static bool sum_agrees(const char *text, json_t *vring, const char *family,
		       const char *label, const char *counter,
		       unsigned int less);
static bool latency_agrees(const char *text, json_t *vring, const char *kind,
			   json_t *count);

/* What stood last in what was compared. */
static char compared[512];

const char *metrics_mistake(const char *text)
{
	static char mistake[LINE_MAX_LEN + 256];
	static struct reading r;
	char line[LINE_MAX_LEN];
	const char *const behind = text + strlen(text);
	const char *at = text, *end, *why;

	memset(&r, 0, sizeof(r));
	for (; at < behind; at = end + 1) {
		end = memchr(at, '\n', (size_t)(behind - at));
		if (!end)
			return "the last line does not end";
		if ((size_t)(end - at) >= sizeof(line))
			return "a line is too long";
		memcpy(line, at, (size_t)(end - at));
		line[end - at] = '\0';
		if (!strcmp(line, "# EOF"))
			return end[1] ? "something stands behind # EOF"
				      : metrics_histogram_end(&r.histogram);
		why = read_line(&r, line, at);
		if (why) {
			snprintf(mistake, sizeof(mistake), "%s: %s", line, why);
			return mistake;
		}
	}
	return "there is no # EOF";
}

double metrics_value(const char *text, const char *sample)
{
	const char *const behind = text + strlen(text);
	size_t len = strlen(sample);
	const char *at = text;

	while ((at = memmem(at, (size_t)(behind - at), sample, len))) {
		if ((at == text || at[-1] == '\n') && at[len] == ' ')
			return number_at(at + len + 1);
		at += len;
	}
	return NAN;
}

const char *metrics_family_of(const char *counter)
{
	if (!strcmp(counter, "chains"))
		return "used_entries";
	if (!strcmp(counter, "calls_failed"))
		return "call_errors";
	return counter;
}

const char *metrics_latency_family_of(const char *kind)
{
	if (!strcmp(kind, "seen_to_take"))
		return "kick_to_dequeue";
	if (!strcmp(kind, "call_to_progress"))
		return "call_to_reclaim";
	return kind;
}

/* Are only its parts in the text? */
static bool is_sum(const char *counter)
{
	return !strcmp(counter, "calls_suppressed") ||
	       !strcmp(counter, "calls_forced");
}

const char *metrics_disagreement(const char *text, json_t *vring)
{
	static const char *const same[][2] = {
		{ "size", "size" },
		{ "avail_index", "avail_idx" },
		{ "used_index", "used_idx" },
		{ "last_avail_index", "next_avail" },
		{ "last_used_index", "next_used" },
		{ "decided_used_index", "decided_used" },
		{ "called_used_index", "called_used" },
		{ "used_event_index", "used_event" },
		{ "avail_event_index", "avail_event" },
		{ "forced_in_a_row", "forced_in_a_row" },
		{ "backlog", "backlog" },
		{ "unsignalled", "unsignalled" },
		{ "unanswered", "unanswered" },
	};
	json_t *counters = json_object_get(vring, "counters"), *value;
	char name[METRICS_NAME_MAX];
	const char *key;
	unsigned int i;

	json_object_foreach(counters, key, value) {
		snprintf(name, sizeof(name), "%s_total",
			 metrics_family_of(key));
		if (json_is_integer(value) && !is_sum(key) &&
		    !agrees(text, vring, name, "", value))
			return compared;
	}
	/* A forced call has its outcome later. */
	if (!sum_agrees(text, vring, "calls_suppressed", "reason",
			"calls_suppressed", 0) ||
	    !sum_agrees(text, vring, "forced_calls", "outcome", "calls_forced",
			1))
		return compared;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!agrees(text, vring, same[i][0], "",
			    json_object_get(vring, same[i][1])))
			return compared;
	if (!group_agrees(text, vring, "drops", "reason") ||
	    !group_agrees(text, vring, "faults", "kind"))
		return compared;
	json_object_foreach(json_object_get(vring, "latency_us"), key, value)
		if (!latency_agrees(text, vring, key,
				    json_object_get(value, "count")))
			return compared;
	return NULL;
}

unsigned int metrics_samples(const char *text, const char *prefix)
{
	const char *const behind = text + strlen(text);
	size_t len = strlen(prefix);
	const char *at = text;
	unsigned int cnt = 0;

	for (; (at = memmem(at, (size_t)(behind - at), prefix, len)); at += len)
		cnt += at == text || at[-1] == '\n';
	return cnt;
}

bool metrics_next(const char **at, char family[METRICS_NAME_MAX],
		  char sample[METRICS_NAME_MAX])
{
	const char *type = strstr(*at, "# TYPE ");
	char word[16];

	if (!type || sscanf(type, "# TYPE %127s %15s", family, word) != 2)
		return false;
	snprintf(sample, METRICS_NAME_MAX, "%.*s%s", 110, family,
		 !strcmp(word, "counter")     ? "_total"
		 : !strcmp(word, "info")      ? "_info"
		 : !strcmp(word, "histogram") ? "_bucket"
					      : "");
	*at = type + 1;
	return true;
}

static const char *read_line(struct reading *r, const char *line,
			     const char *whole)
{
	if (!*line)
		return "an empty line";
	return *line == '#' ? read_comment(r, line)
			    : read_sample(r, line, whole);
}

/* "# TYPE name type", which begins a family here, then "# UNIT name unit" and
 * "# HELP name sentence". */
static const char *read_comment(struct reading *r, const char *line)
{
	char name[METRICS_NAME_MAX], word[METRICS_NAME_MAX];
	size_t name_len, word_len;

	if (sscanf(line, "# TYPE %127s %127s", name, word) == 2)
		return begin_family(r, name, word);
	if (r->first_sample)
		return "a description behind the samples";
	if (sscanf(line, "# HELP %127s %127s", name, word) == 2)
		return strcmp(name, r->family) != 0 ? "of another family"
						    : NULL;
	if (sscanf(line, "# UNIT %127s %127s", name, word) != 2)
		return "a comment";
	name_len = strlen(name);
	word_len = strlen(word);
	if (strcmp(name, r->family) != 0)
		return "of another family";
	if (name_len <= word_len || name[name_len - word_len - 1] != '_' ||
	    strcmp(name + name_len - word_len, word) != 0)
		return "the name does not end with the unit";
	return NULL;
}

static const char *begin_family(struct reading *r, const char *name,
				const char *type)
{
	const char *why = metrics_histogram_end(&r->histogram);
	unsigned int i;

	if (why)
		return why;
	if (!is_name(name, strlen(name)))
		return "that is no name";
	for (i = 0; i < r->seen_cnt; i++)
		if (!strcmp(r->seen[i], name))
			return "the family was there before";
	if (r->seen_cnt == FAMILIES_MAX)
		return "more families than a test can hold";
	strcpy(r->seen[r->seen_cnt++], name);
	strcpy(r->family, name);
	r->first_sample = NULL;
	r->is_histogram = !strcmp(type, "histogram");
	memset(&r->histogram, 0, sizeof(r->histogram));
	if (!strcmp(type, "counter") || !strcmp(type, "info")) {
		size_t len = strlen(name);

		if (len > 6 && !strcmp(name + len - 6, "_total"))
			return "a counter's family has no _total";
		snprintf(r->sample, sizeof(r->sample), "%.*s%s", 110, name,
			 *type == 'c' ? "_total" : "_info");
		return NULL;
	}
	strcpy(r->sample, name);
	return strcmp(type, "gauge") != 0 && !r->is_histogram
		       ? "no type that this daemon has"
		       : NULL;
}

static const char *read_sample(struct reading *r, const char *line,
			       const char *whole)
{
	const char *at = line + strcspn(line, "{ "), *why = NULL;
	size_t len = (size_t)(at - line);

	if (r->is_histogram)
		return read_histogram(r, line, whole);
	if (len != strlen(r->sample) || strncmp(line, r->sample, len) != 0)
		return "a sample outside its family";
	if (*at == '{')
		why = read_labels(&at);
	if (why)
		return why;
	if (was_before(r, whole, line, (size_t)(at - line), true))
		return "the sample was there before";
	if (!r->first_sample)
		r->first_sample = whole;
	return read_value(at);
}

/* Does a line of the family begin so, before this one? "All": of its name and
 * labels. */
static bool was_before(const struct reading *r, const char *whole,
		       const char *line, size_t len, bool all)
{
	const char *before = r->first_sample;

	for (; before && before < whole;
	     before = (const char *)rawmemchr(before, '\n') + 1)
		if (!memcmp(before, line, len) && (!all || before[len] == ' '))
			return true;
	return false;
}

/* A line of a histogram. Only the first bucket is looked for before it: the
 * others must follow at once. */
static const char *read_histogram(struct reading *r, const char *line,
				  const char *whole)
{
	const char *labels = line + strcspn(line, "{ "), *at = labels, *why;
	size_t len = strlen(r->family);
	bool begins = metrics_histogram_is_whole(&r->histogram);

	if (strncmp(line, r->family, len) != 0 || *at != '{')
		return "a sample outside its family";
	why = read_labels(&at);
	if (!why)
		why = read_value(at);
	if (!why)
		why = metrics_histogram_line(&r->histogram, line + len, labels,
					     at);
	if (why)
		return why;
	if (begins &&
	    was_before(r, whole, line,
		       (size_t)(labels - line) + strlen(r->histogram.labels),
		       false))
		return "the histogram was there before";
	if (!r->first_sample)
		r->first_sample = whole;
	return NULL;
}

/* From "{" to behind "}". */
static const char *read_labels(const char **at)
{
	const char *p = *at, *name;

	do {
		name = ++p;
		p += strcspn(p, "=");
		if (!is_name(name, (size_t)(p - name)) || p[0] != '=' ||
		    p[1] != '"')
			return "a label has no name";
		for (p += 2; *p && *p != '"'; p++)
			if (*p == '\\' && !strchr("\\\"n", *++p))
				return "an unknown escape";
		if (*p++ != '"')
			return "a label does not end";
	} while (*p == ',');
	*at = p + 1;
	return *p == '}' ? NULL : "the labels do not end";
}

static const char *read_value(const char *at)
{
	char *end;

	if (*at != ' ' || isspace((unsigned char)at[1]))
		return "there is no value";
	strtod(at + 1, &end);
	return end == at + 1 || *end ? "that is no value" : NULL;
}

/* The number before the end of the line. */
static double number_at(const char *text)
{
	char number[64];
	size_t len = 0;

	while (len < sizeof(number) - 1 && text[len] && text[len] != '\n')
		len++;
	memcpy(number, text, len);
	number[len] = '\0';
	return strtod(number, NULL);
}

static bool is_name(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalpha((unsigned char)text[i]) && text[i] != '_' &&
		    (!i || !isdigit((unsigned char)text[i])))
			return false;
	return len > 0;
}

/* null and no sample agree too. */
static bool agrees(const char *text, json_t *vring, const char *name,
		   const char *more, json_t *value)
{
	char sample[256];
	double is;

	snprintf(sample, sizeof(sample),
		 "vringd_vring_%s{port=\"%s\",vring=\"%s\",index=\"%d\"%s}",
		 name, json_string_value(json_object_get(vring, "port")),
		 json_string_value(json_object_get(vring, "vring")),
		 (int)json_integer_value(json_object_get(vring, "index")),
		 more);
	is = metrics_value(text, sample);
	snprintf(compared, sizeof(compared), "%s is %g, not %lld", sample, is,
		 (long long)json_integer_value(value));
	if (!json_is_integer(value))
		return isnan(is);
	return is == (double)json_integer_value(value);
}

static bool group_agrees(const char *text, json_t *vring, const char *group,
			 const char *label)
{
	json_t *values =
		json_object_get(json_object_get(vring, "counters"), group);
	char name[METRICS_NAME_MAX], more[METRICS_NAME_MAX];
	const char *key;
	json_t *value;

	snprintf(name, sizeof(name), "%s_total", group);
	json_object_foreach(values, key, value) {
		snprintf(more, sizeof(more), ",%s=\"%s\"", label, key);
		if (!agrees(text, vring, name, more, value))
			return false;
	}
	snprintf(compared, sizeof(compared), "there are no %s", group);
	return json_object_size(values) > 0;
}

/* Over all values of the label; so much less will do too. */
static bool sum_agrees(const char *text, json_t *vring, const char *family,
		       const char *label, const char *counter,
		       unsigned int less)
{
	const char *const behind = text + strlen(text), *at = text;
	double wanted = (double)json_integer_value(
		json_object_get(json_object_get(vring, "counters"), counter));
	unsigned int cnt = 0;
	char begin[256];
	double sum = 0;

	snprintf(
		begin, sizeof(begin),
		"vringd_vring_%s_total{port=\"%s\",vring=\"%s\",index=\"%d\",%s=",
		family, json_string_value(json_object_get(vring, "port")),
		json_string_value(json_object_get(vring, "vring")),
		(int)json_integer_value(json_object_get(vring, "index")),
		label);
	for (; (at = memmem(at, (size_t)(behind - at), begin, strlen(begin)));
	     at += strlen(begin), cnt++)
		sum += number_at(strchr(at, '}') + 1);
	snprintf(compared, sizeof(compared), "%s of %u samples is %g, not %g",
		 begin, cnt, sum, wanted);
	return cnt > 0 && sum <= wanted && sum >= wanted - less;
}

/* The number of times that were measured. What is not measured on a vring has
 * no histogram there. */
static bool latency_agrees(const char *text, json_t *vring, const char *kind,
			   json_t *count)
{
	char name[METRICS_NAME_MAX];

	snprintf(name, sizeof(name), "%s_seconds_count",
		 metrics_latency_family_of(kind));
	return agrees(text, vring, name, "", count) ||
	       (!json_integer_value(count) &&
		agrees(text, vring, name, "", NULL));
}
