/* SPDX-License-Identifier: BSD-3-Clause */
/* trace_text.c - a recorded event in words, and whether its decision was right.
 *
 * The rule is worked out here once more from the operands that were recorded:
 * what the data path did is not taken for granted.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "trace.h"
#include "virtio_spec.h"
#include "vring_fault.h"

/* ---- the rule ---- */

static bool by_event(const struct trace_event *event)
{
	if (!(event->flags & TRACE_EVENT_IDX))
		return false;
	return !(event->flags & TRACE_PACKED) || event->driver_flags == RING_EVENT_FLAGS_DESC;
}

/* How far the event word lies behind new - 1, and how far old behind new. */
static unsigned behind(const struct trace_event *event)
{
	return (uint16_t)(position_distance(trace_shape(event), event->new, event->event) - 1);
}

static unsigned step(const struct trace_event *event)
{
	return position_distance(trace_shape(event), event->new, event->old);
}

bool trace_wanted(const struct trace_event *decision)
{
	if (by_event(decision))
		return behind(decision) < step(decision);
	if (decision->flags & TRACE_PACKED)
		return decision->driver_flags != RING_EVENT_FLAGS_DISABLE;
	return !(decision->driver_flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
}

enum trace_judgement trace_judge(const struct trace_event *decision,
				 const struct trace_event *later)
{
	bool called = decision->kind != TRACE_suppress;
	struct trace_event then = *decision;

	if (called != trace_wanted(decision))
		return TRACE_JUDGED_wrong;
	if (called || !later)
		return TRACE_JUDGED_right;
	then.event = later->event;
	then.driver_flags = later->driver_flags;
	return trace_wanted(&then) ? TRACE_JUDGED_raced : TRACE_JUDGED_right;
}

/* ---- words ---- */

struct text {
	char *at;
	size_t size, len;
};

static void add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(struct text *text, const char *format, ...)
{
	bool room = text->len < text->size;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(room ? text->at + text->len : NULL, room ? text->size - text->len : 0,
			format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len;
}

/* A slot and its wrap counter, or an index. */
static void add_position(struct text *text, const struct trace_event *event, const char *name,
			 uint16_t position)
{
	if (event->flags & TRACE_PACKED)
		add(text, " %s=%d/%d", name, position & POSITION_SLOT,
		    position & POSITION_WRAP ? 1 : 0);
	else
		add(text, " %s=%u", name, position);
}

static void add_event_sum(struct text *text, const struct trace_event *event)
{
	const char *cast = event->flags & TRACE_PACKED ? "" : "(uint16)";
	const char *word = event->flags & TRACE_PACKED ? "event" : "used_event";

	add_position(text, event, word, event->event);
	add(text, ": %s(new-event-1)=%u < %s(new-old)=%u is %s", cast, behind(event), cast,
	    step(event), trace_wanted(event) ? "true" : "false");
}

static void add_decision(struct text *text, const struct trace_event *event)
{
	add_position(text, event, "old", event->old);
	add_position(text, event, "new", event->new);
	if (by_event(event))
		add_event_sum(text, event);
	else
		add(text, " flags=%u: the driver wants %s", event->driver_flags,
		    trace_wanted(event) ? "a call" : "no call");
	if (event->kind == TRACE_call_failed)
		add(text, "; the call descriptor took nothing");
}

static void add_where(struct text *text, const struct trace_event *event)
{
	add_position(text, event, "avail", event->avail);
	add_position(text, event, "next_avail", event->next_avail);
	add_position(text, event, "next_used", event->new);
}

static void add_unanswered(struct text *text, const struct trace_event *event)
{
	add_position(text, event, "next_used", event->new);
	add(text, " unanswered=%" PRIu32 " for %" PRIu32 ".%03" PRIu32 " ms", event->count,
	    event->us / 1000, event->us % 1000);
}

static void add_move(struct text *text, const struct trace_event *event)
{
	add_position(text, event, "avail", event->avail);
	add(text, " %" PRIu32 " us after the call%s", event->us,
	    event->flags & TRACE_COARSE ? " at most: found by the periodic look" : "");
}

static void add_fault(struct text *text, const struct trace_event *event)
{
	if (event->count < VRING_FAULT_CNT)
		add(text, " %s: %s", vring_fault_name((enum vring_fault)event->count),
		    vring_fault_english((enum vring_fault)event->count));
	add_where(text, event);
}

int trace_text(const struct trace_event *event, char *at, size_t size)
{
	struct text text = { .at = at, .size = size };

	add(&text, "%-11s", trace_kind_name((enum trace_kind)event->kind));
	switch (event->kind) {
	case TRACE_call:
	case TRACE_suppress:
	case TRACE_call_failed:
		add_decision(&text, event);
		break;
	case TRACE_move:
		add_move(&text, event);
		break;
	case TRACE_arm:
		add_position(&text, event, "avail_event", event->event);
		add_position(&text, event, "next_avail", event->next_avail);
		break;
	case TRACE_kick_missed:
		add(&text, " %" PRIu32 " buffers", event->count);
		add_where(&text, event);
		break;
	case TRACE_probe:
	case TRACE_force:
	case TRACE_stalled:
	case TRACE_revived:
	case TRACE_moved_later:
	case TRACE_gave_up:
	case TRACE_polls:
	case TRACE_blocked:
	case TRACE_unblocked:
	case TRACE_late:
		add_unanswered(&text, event);
		break;
	case TRACE_fault:
		add_fault(&text, event);
		break;
	default:
		add_where(&text, event);
	}
	if (event->flags & TRACE_INJECTED)
		add(&text, " [injected]");
	return (int)text.len;
}
