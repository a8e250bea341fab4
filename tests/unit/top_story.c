/* SPDX-License-Identifier: BSD-3-Clause */
/* top_story.c - answers made up; see the header. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "top_story.h"

static const char model_vring[] =
	"{\"direction\": \"tx\", \"layout\": \"split\", \"size\": 256, \"event_idx\": true,"
	" \"state\": \"running\", \"health\": \"ok\", \"avail_idx\": 30402, \"next_avail\": 30402,"
	" \"used_idx\": 30402, \"next_used\": 30402, \"decided_used\": 30402,"
	" \"called_used\": 30146, \"used_event\": 0, \"avail_event\": 30402,"
	" \"driver_flags\": 0, \"device_flags\": 0,"
	" \"last_decision\": {\"old\": 30401, \"new\": 30402, \"used_event\": 0,"
	" \"called\": false}, \"unsignalled\": 256, \"unanswered\": 0, \"unanswered_ms\": 0,"
	" \"backlog\": 0, \"spent\": false, \"fault\": null, \"injected\": {}, \"force\": true,"
	" \"stall_after_ms\": 50, \"forced_in_a_row\": 0, \"uplink\": \"tap0\","
	" \"counters\": {\"packets\": 0, \"bytes\": 0, \"publishes\": 0, \"kicks\": 0,"
	" \"calls\": 0, \"calls_suppressed\": 0, \"calls_forced\": 0, \"stalls\": 0,"
	" \"drops\": {\"no_buffer\": 0, \"uplink\": 0}, \"faults\": {\"loop\": 0}}}";

json_t *story_vring(const char *port, const char *vring, int index)
{
	json_t *object = json_loads(model_vring, 0, NULL);

	assert_non_null(object);
	story_set(object, "port", json_string(port));
	story_set(object, "vring", json_string(vring));
	return story_count(object, "index", index);
}

json_t *story_set(json_t *vring, const char *path, json_t *value)
{
	json_t *object = vring;
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		object = json_object_get(object, key);
		path = dot + 1;
	}
	assert_int_equal(json_object_set_new(object, path, value), 0);
	return vring;
}

json_t *story_count(json_t *vring, const char *path, json_int_t value)
{
	return story_set(vring, path, json_integer(value));
}

json_t *story_answers(json_t *vring)
{
	json_t *answers = json_pack("{s:[], s:[]}", "vrings", "workers");

	return vring ? story_more(answers, vring) : answers;
}

json_t *story_more(json_t *answers, json_t *vring)
{
	json_array_append_new(json_object_get(answers, "vrings"), vring);
	return answers;
}

static void seen(struct top_model *model, double at_s, json_t *answers, bool gap)
{
	const struct top_time when = { .at_s = at_s, .wall_s = 1000000 + (int64_t)at_s };

	top_model_add(model, answers, when, gap);
	json_decref(answers);
	assert_true(top_model_look(model, top_model_newest(model)));
}

void story_seen(struct top_model *model, double at_s, json_t *answers)
{
	seen(model, at_s, answers, false);
}

void story_seen_after_gap(struct top_model *model, double at_s, json_t *answers)
{
	seen(model, at_s, answers, true);
}
