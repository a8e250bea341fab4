/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_trace.c - trace.get, trace.follow and record; see ctl_trace.h.
 *
 * A reader copies what there is and never stops the writer: what was overwritten
 * meanwhile is counted as missed.
 */
#include "control/ctl_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"

#define EVENTS_DEFAULT 100
/* In one lot of notifications. */
#define FOLLOW_EVENTS 256
#define TEXT_MAX 256

json_t *ctl_trace_event(const struct trace_event *event, uint64_t number)
{
	char text[TEXT_MAX];

	trace_text(event, text, sizeof(text));
	return json_pack("{s:I, s:I, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:b, s:b, "
			 "s:b, s:b, s:s}",
			 "number", (json_int_t)number, "at_ns", (json_int_t)event->at_ns,  /* */
			 "event", trace_kind_name((enum trace_kind)event->kind),	   /* */
			 "old", event->old, "new", event->new, "used_event", event->event, /* */
			 "driver_flags", event->driver_flags, "avail_idx", event->avail,   /* */
			 "next_avail", event->next_avail,				   /* */
			 "buffers", (json_int_t)event->count, "us", (json_int_t)event->us, /* */
			 "size", event->size, "packed", !!(event->flags & TRACE_PACKED),   /* */
			 "event_idx", !!(event->flags & TRACE_EVENT_IDX),		   /* */
			 "injected", !!(event->flags & TRACE_INJECTED),			   /* */
			 "coarse", !!(event->flags & TRACE_COARSE), "text", text);
}

/* The events of a reading, with what tells where they stand. Frees the events. */
static json_t *lot(const char *port, const char *vring, unsigned index,
		   struct trace_reading *reading)
{
	uint64_t missed = reading->first > reading->from ? reading->first - reading->from : 0;
	const json_int_t next = (json_int_t)reading->first + reading->cnt;
	json_t *events = json_array();
	unsigned i;

	for (i = 0; i < reading->cnt; i++)
		json_array_append_new(events,
				      ctl_trace_event(&reading->events[i], reading->first + i));
	free(reading->events);
	reading->events = NULL;
	return json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:o}", "port", port, "vring", vring,
			 "index", (int)index, "first", (json_int_t)reading->first, "next", next,
			 "missed", (json_int_t)missed, "realtime_offset_ns",
			 (json_int_t)reading->realtime_offset_ns, "events", events);
}

static enum ctl_code read_trace(const struct ctl_call *call, const struct vring_report *vring,
				struct trace_reading *reading, struct error_text *error)
{
	enum ctl_code code = CTL_INTERNAL;

	reading->events = malloc(reading->max * sizeof(*reading->events));
	if (reading->events)
		code = ctl_code_of(
			call->ops->trace_read(call->house, vring->port, vring->index, reading),
			error);
	else
		error_set(error, 0, "the daemon has no memory for %u events", reading->max);
	if (code != CTL_OK)
		free(reading->events);
	return code;
}

/* A whole number from 0 up, or the default; "always" is as many as there are. */
static uint64_t param_count(const struct ctl_call *call, const char *name, uint64_t fallback)
{
	const json_t *value = json_object_get(call->params, name);

	if (!value)
		return fallback;
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX;
}

enum ctl_code ctl_trace_get(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	bool from_given = json_object_get(call->params, "from");
	uint64_t wanted = param_count(call, "count", from_given ? TRACE_EVENTS : EVENTS_DEFAULT);
	struct trace_reading reading = {
		.max = wanted < TRACE_EVENTS ? (unsigned)wanted : TRACE_EVENTS,
		.from = param_count(call, "from", 0),
		.latest = !from_given,
	};
	struct vring_report vring;
	enum ctl_code code = ctl_find_vring(call, &vring, error);

	if (code == CTL_OK && reading.max == 0) {
		error_set(error, 0, "trace.get: parameter 'count' must be 1 or more");
		code = CTL_INVALID_PARAMS;
	}
	if (code == CTL_OK)
		code = read_trace(call, &vring, &reading, error);
	if (code == CTL_OK)
		*result = lot(vring.port, vring.vring, vring.index, &reading);
	return code;
}

/* ---- record ---- */

struct recording {
	const struct ctl_call *call;
	json_t *list;
	enum ctl_code code;
	struct error_text *error;
};

static void record_one(void *context, const struct port_report *port,
		       const struct vring_report *vring)
{
	struct recording *recording = context;
	struct trace_reading reading = { .max = TRACE_EVENTS, .latest = true };

	(void)port;
	if (recording->code == CTL_OK)
		recording->code = read_trace(recording->call, vring, &reading, recording->error);
	if (recording->code == CTL_OK)
		json_array_append_new(recording->list,
				      lot(vring->port, vring->vring, vring->index, &reading));
}

enum ctl_code ctl_record(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	struct recording recording = {
		.call = call,
		.list = json_array(),
		.error = error,
	};
	enum ctl_code code = ctl_each_vring(call, record_one, &recording, error);

	*result = json_pack("{s:s, s:i, s:o}", "recording", "vringd", "format", 1, "vrings",
			    recording.list);
	return code == CTL_OK ? recording.code : code;
}

/* ---- follow ---- */

enum ctl_code ctl_trace_follow(const struct ctl_call *call, json_t **result,
			       struct error_text *error)
{
	struct trace_reading reading = { .max = 1, .latest = true };
	struct ctl_follow *follow = call->follow;
	struct vring_report vring;
	enum ctl_code code = ctl_find_vring(call, &vring, error);

	if (code == CTL_OK)
		code = read_trace(call, &vring, &reading, error);
	if (code != CTL_OK)
		return code;
	free(reading.events);
	*follow = (struct ctl_follow){
		.on = true,
		.index = vring.index,
		.next = param_count(call, "from", reading.end),
	};
	snprintf(follow->port, sizeof(follow->port), "%s", vring.port);
	snprintf(follow->vring, sizeof(follow->vring), "%s", vring.vring);
	*result = json_pack("{s:s, s:s, s:I, s:I}", "port", vring.port, "vring", vring.vring,
			    "next", (json_int_t)follow->next, "realtime_offset_ns",
			    (json_int_t)reading.realtime_offset_ns);
	return CTL_OK;
}

static char *notification(const char *method, json_t *params)
{
	json_t *object =
		json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params);
	char *text = json_dumps(object, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	json_decref(object);
	if (line)
		memcpy(line + len, "\n", 2);
	else
		free(text);
	return line;
}

char *ctl_trace_news(const struct ctl_call *house, struct ctl_follow *follow)
{
	struct trace_event *events = malloc(FOLLOW_EVENTS * sizeof(*events));
	struct trace_reading reading = {
		.events = events,
		.max = FOLLOW_EVENTS,
		.from = follow->next,
	};

	if (!events)
		return NULL;
	if (house->ops->trace_read(house->house, follow->port, follow->index, &reading) != 0) {
		follow->on = false;
		free(events);
		return notification("trace.end", json_pack("{s:s, s:s}", "port", follow->port,
							   "reason", "the port is gone"));
	}
	if (reading.cnt == 0) {
		free(events);
		return NULL;
	}
	follow->next = reading.first + reading.cnt;
	return notification("trace.events",
			    lot(follow->port, follow->vring, follow->index, &reading));
}
