/* SPDX-License-Identifier: BSD-3-Clause */
/* top_story.h - answers of a daemon, made up, for the tests of `top`.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_TOP_STORY_H
#define TESTS_UNIT_TOP_STORY_H

#include <jansson.h>

#include "top_model.h"

/* A running vring as vring.list has it, all counters 0. */
json_t *story_vring(const char *port, const char *vring, int index);

/* Sets the member at a path such as "counters.drops.uplink". Returns `vring`. */
json_t *story_set(json_t *vring, const char *path, json_t *value);
json_t *story_count(json_t *vring, const char *path, json_int_t value);

/* {"vrings": [the vring, if it is not NULL], "workers": []}, and another vring in
 * it. They take the vring. */
json_t *story_answers(json_t *vring);
json_t *story_more(json_t *answers, json_t *vring);

/* Adds them to the model as seen at this second, and takes them; looks at them. */
void story_seen(struct top_model *model, double at_s, json_t *answers);
void story_seen_after_gap(struct top_model *model, double at_s, json_t *answers);

#endif
