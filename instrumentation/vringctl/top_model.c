/* SPDX-License-Identifier: BSD-3-Clause */
/* top_model.c - samples in a ring, and what lies between two of them.
 *
 * See top_model.h.
 */
#include "top_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

struct sample {
	char *text;
	size_t len;
	struct top_time when;
	bool gap; /* no rate leads from the one before to this one */
};

struct top_model {
	struct sample ring[TOP_SAMPLES_MAX]; /* sample n lies at n modulo the size */
	uint64_t oldest, newest;	     /* oldest > newest: none */
	size_t bytes, bytes_max;

	/* What is looked at, and the sample before it, or NULL. */
	uint64_t looked_at;
	json_t *answers, *before;
	struct top_time when;
	double span_s;
};

static void drop_oldest(struct top_model *model);
static struct sample *sample_of(const struct top_model *model, uint64_t nth);
static bool is_kept(const struct top_model *model, uint64_t nth);
static json_t *read_sample(const struct top_model *model, uint64_t nth);
static const json_t *find_vring(const json_t *answers, const char *label);
static bool all_grew(const json_t *now, const json_t *then);
static double rate_of(const json_t *now, const json_t *then, const char *key, double span_s);

struct top_model *top_model_new(size_t bytes_max)
{
	struct top_model *model = top_memory(calloc(1, sizeof(*model)));

	model->oldest = 1;
	model->bytes_max = bytes_max;
	return model;
}

void top_model_free(struct top_model *model)
{
	while (model->oldest <= model->newest)
		drop_oldest(model);
	json_decref(model->answers);
	json_decref(model->before);
	free(model);
}

void top_model_add(struct top_model *model, const json_t *answers, struct top_time when, bool gap)
{
	char *text = top_memory(json_dumps(answers, JSON_COMPACT));
	struct sample *sample;

	if (model->newest - model->oldest + 1 == TOP_SAMPLES_MAX)
		drop_oldest(model);
	sample = sample_of(model, ++model->newest);
	*sample = (struct sample){ .text = text, .len = strlen(text), .when = when, .gap = gap };
	model->bytes += sample->len;
	while (model->oldest < model->newest &&
	       (model->bytes > model->bytes_max ||
		when.at_s - sample_of(model, model->oldest)->when.at_s > TOP_HISTORY_S))
		drop_oldest(model);
}

uint64_t top_model_newest(const struct top_model *model)
{
	return model->newest;
}

uint64_t top_model_oldest(const struct top_model *model)
{
	return model->newest ? model->oldest : 0;
}

uint64_t top_model_step(const struct top_model *model, uint64_t nth, int steps)
{
	if (!model->newest)
		return 0;
	if (steps < 0 && nth <= model->oldest + (uint64_t)-steps)
		return model->oldest;
	nth += (uint64_t)steps; /* wraps as it should */
	if (nth < model->oldest)
		return model->oldest;
	return nth > model->newest ? model->newest : nth;
}

uint64_t top_model_jump(const struct top_model *model, uint64_t nth, double seconds)
{
	const int step = seconds < 0 ? -1 : 1;
	uint64_t from = top_model_step(model, nth, 0), at = from;

	if (!from)
		return 0;
	while (top_model_step(model, at, step) != at) {
		const double away =
			sample_of(model, at)->when.at_s - sample_of(model, from)->when.at_s;

		if (seconds < 0 ? away <= seconds : away >= seconds)
			break;
		at = top_model_step(model, at, step);
	}
	return at;
}

bool top_model_look(struct top_model *model, uint64_t nth)
{
	const bool has_before =
		is_kept(model, nth) && is_kept(model, nth - 1) && !sample_of(model, nth)->gap;
	json_t *answers;

	if (nth && nth == model->looked_at)
		return true;
	answers = is_kept(model, nth) ? read_sample(model, nth) : NULL;
	if (!answers)
		return false;
	json_decref(model->answers);
	json_decref(model->before);
	model->answers = answers;
	model->before = has_before ? read_sample(model, nth - 1) : NULL;
	model->looked_at = nth;
	model->when = sample_of(model, nth)->when;
	model->span_s = has_before ? model->when.at_s - sample_of(model, nth - 1)->when.at_s : 0;
	return true;
}

const json_t *top_model_answers(const struct top_model *model)
{
	return model->answers;
}

struct top_time top_model_time(const struct top_model *model)
{
	return model->when;
}

const json_t *top_model_vring(const struct top_model *model, const char *label)
{
	return find_vring(model->answers, label);
}

bool top_model_rates(const struct top_model *model, const json_t *vring, struct top_rates *rates)
{
	char label[64];
	const json_t *now = json_object_get(vring, "counters"), *then;
	const json_t *drops = json_object_get(now, "drops");
	const double span_s = model->span_s;
	const char *reason;
	json_t *value;

	then = json_object_get(find_vring(model->before, vring_label(vring, label, sizeof(label))),
			       "counters");
	*rates = (struct top_rates){ 0 };
	if (!then || span_s <= 0 || !all_grew(now, then))
		return false;
	rates->packets = rate_of(now, then, "packets", span_s);
	rates->bytes = rate_of(now, then, "bytes", span_s);
	rates->kicks = rate_of(now, then, "kicks", span_s);
	rates->calls = rate_of(now, then, "calls", span_s);
	rates->publishes = rate_of(now, then, "publishes", span_s);
	rates->suppressed = rate_of(now, then, "calls_suppressed", span_s);
	json_object_foreach((json_t *)drops, reason, value)
		rates->drops += rate_of(drops, json_object_get(then, "drops"), reason, span_s);
	return true;
}

void *top_memory(void *memory)
{
	if (memory)
		return memory;
	fputs("vringctl: no memory\n", stderr);
	exit(EXIT_FAILED);
}

static void drop_oldest(struct top_model *model)
{
	struct sample *sample = sample_of(model, model->oldest++);

	model->bytes -= sample->len;
	free(sample->text);
	*sample = (struct sample){ 0 };
}

static struct sample *sample_of(const struct top_model *model, uint64_t nth)
{
	return (struct sample *)&model->ring[nth % TOP_SAMPLES_MAX];
}

static bool is_kept(const struct top_model *model, uint64_t nth)
{
	return nth >= model->oldest && nth <= model->newest;
}

static json_t *read_sample(const struct top_model *model, uint64_t nth)
{
	const struct sample *sample = sample_of(model, nth);

	return json_loadb(sample->text, sample->len, 0, NULL);
}

static const json_t *find_vring(const json_t *answers, const char *label)
{
	const json_t *vring;
	char other[64];
	size_t i;

	json_array_foreach(json_object_get(answers, "vrings"), i, vring)
		if (strcmp(vring_label(vring, other, sizeof(other)), label) == 0)
			return vring;
	return NULL;
}

/* A port that was removed and added again counts from 0: then one counter that
 * is smaller speaks for all of them. */
static bool all_grew(const json_t *now, const json_t *then)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)then, key, value)
		if (json_is_integer(value) && number_of(now, key) < json_integer_value(value))
			return false;
	return true;
}

static double rate_of(const json_t *now, const json_t *then, const char *key, double span_s)
{
	const json_int_t grown = number_of(now, key) - number_of(then, key);

	return grown > 0 ? (double)grown / span_s : 0;
}
