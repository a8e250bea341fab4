/* SPDX-License-Identifier: BSD-3-Clause */
/* top_model.h - what `top` has seen: samples of the last ten minutes, and rates.
 *
 * A sample is what the daemon answered at one moment. It is kept as text, since
 * a tree of it takes several times the room, and read again when somebody looks
 * at it: the newest one while the view is live, an older one when it goes back.
 * Rates are those between a sample and the one before it.
 *
 * What must stay true: it is pure (time is an argument, nothing is asked or
 * drawn), what it keeps is bounded by age, number and bytes, and a rate that can
 * not be known is not told: none over a gap, and none of a vring that is new or
 * counts from 0 again.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_TOP_MODEL_H
#define VRINGCTL_TOP_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TOP_HISTORY_S 600
#define TOP_SAMPLES_MAX 6000
#define TOP_BYTES_MAX ((size_t)64 << 20)

struct top_model;

/* When a sample was taken: by a clock that is never set, and by that on the wall. */
struct top_time {
	double at_s;
	int64_t wall_s;
};

/* Of one vring, a second. */
struct top_rates {
	double packets, bytes, kicks, calls, publishes, suppressed, drops;
};

/* What it keeps has not more bytes than this, but for the newest sample. */
struct top_model *top_model_new(size_t bytes_max);
void top_model_free(struct top_model *model);

/* Adds {"vrings": [...], "workers": [...]}, and what else a look asked for. The
 * object stays the caller's. `gap`: nothing is known of the time before it. */
void top_model_add(struct top_model *model, const json_t *answers, struct top_time when, bool gap);

/* Samples have numbers, from 1 on; 0: there is none. */
uint64_t top_model_newest(const struct top_model *model);
uint64_t top_model_oldest(const struct top_model *model);

/* The number `steps` after or, if negative, before `nth`, of those that are kept. */
uint64_t top_model_step(const struct top_model *model, uint64_t nth, int steps);
/* The same by time: the first one that is `seconds` or more away. */
uint64_t top_model_jump(const struct top_model *model, uint64_t nth, double seconds);

/* Chooses the sample that the functions below tell of. It stays readable until
 * another one is chosen, though it may be too old to be kept by then. */
bool top_model_look(struct top_model *model, uint64_t nth);
/* NULL before the first look. */
const json_t *top_model_answers(const struct top_model *model);
struct top_time top_model_time(const struct top_model *model);
/* A vring of it by "PORT/VRING"; NULL if there is none. */
const json_t *top_model_vring(const struct top_model *model, const char *label);
/* False: they can not be known. `vring` is one of the sample's. */
bool top_model_rates(const struct top_model *model, const json_t *vring, struct top_rates *rates);

/* Returns `memory`; ends the program if that is NULL. */
void *top_memory(void *memory);

#endif
