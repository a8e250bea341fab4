/* SPDX-License-Identifier: BSD-3-Clause */
/* trace_json.c - see trace_json.h. */
#include "trace_json.h"

#include <string.h>
#include <time.h>

#include "clock.h"
#include "verbs.h"

#define TEXT_MAX 256

static int kind_of(const char *name)
{
	int kind;

	for (kind = 0; kind < TRACE_KIND_CNT; kind++)
		if (strcmp(trace_kind_name((enum trace_kind)kind), name) == 0)
			return kind;
	return -1;
}

static unsigned flag_of(const json_t *object, const char *key, unsigned flag)
{
	return json_is_true(json_object_get(object, key)) ? flag : 0;
}

bool trace_from_json(const json_t *object, struct trace_event *event)
{
	int kind = kind_of(text_of(object, "event"));

	if (kind < 0)
		return false;
	*event = (struct trace_event){
		.at_ns = (uint64_t)number_of(object, "at_ns"),
		.kind = (uint8_t)kind,
		.flags = (uint8_t)(flag_of(object, "packed", TRACE_PACKED) |
				   flag_of(object, "event_idx", TRACE_EVENT_IDX) |
				   flag_of(object, "injected", TRACE_INJECTED) |
				   flag_of(object, "coarse", TRACE_COARSE)),
		.size = (uint16_t)number_of(object, "size"),
		.old = (uint16_t)number_of(object, "old"),
		.new = (uint16_t)number_of(object, "new"),
		.event = (uint16_t)number_of(object, "used_event"),
		.driver_flags = (uint16_t)number_of(object, "driver_flags"),
		.avail = (uint16_t)number_of(object, "avail_idx"),
		.next_avail = (uint16_t)number_of(object, "next_avail"),
		.count = (uint32_t)number_of(object, "buffers"),
		.us = (uint32_t)number_of(object, "us"),
	};
	return true;
}

void trace_print(FILE *out, const struct trace_event *event, int64_t realtime_offset_ns)
{
	const int64_t at_ns = (int64_t)event->at_ns + realtime_offset_ns;
	const time_t second = (time_t)(at_ns / (int64_t)NS_PER_SECOND);
	char text[TEXT_MAX], clock[16] = "";
	struct tm local;

	if (localtime_r(&second, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	trace_text(event, text, sizeof(text));
	fprintf(out, "%s.%06d  %s\n", clock,
		(int)(at_ns % (int64_t)NS_PER_SECOND / (int64_t)NS_PER_US), text);
}
