/* SPDX-License-Identifier: BSD-3-Clause */
/* record.c - see record.h. */
#include "net/record.h"

#include "clock.h"

static uint8_t standing_flags(const struct vring_end *end)
{
	return (uint8_t)((end->vring.shape.packed ? TRACE_PACKED : 0) |
			 (end->vring.event_idx ? TRACE_EVENT_IDX : 0) |
			 (end->guest_tx ? TRACE_GUEST_TX : 0));
}

static struct trace_event event_of(const struct vring_end *end, enum trace_kind kind,
				   uint64_t now_ns)
{
	return (struct trace_event){
		.at_ns = now_ns,
		.kind = (uint8_t)kind,
		.flags = standing_flags(end),
		.size = end->vring.shape.size,
		.new = end->vring.next_used,
		.avail = end->vring.avail_seen,
		.next_avail = end->vring.next_avail,
	};
}

static void put(struct vring_end *end, struct trace_event *event, bool injected)
{
	if (injected)
		event->flags |= TRACE_INJECTED;
	if (end->trace)
		trace_put(end->trace, event);
}

static uint32_t at_most_u32(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void record_decision(struct vring_end *end, enum trace_kind kind,
		     const struct notify_decision *decision, uint32_t count, bool injected,
		     uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	event.old = decision->old;
	event.new = decision->new;
	event.event = decision->wish.event;
	event.driver_flags = decision->wish.flags;
	event.count = count;
	put(end, &event, injected);
}

void record_event(struct vring_end *end, enum trace_kind kind, uint64_t now_ns)
{
	record_count(end, kind, 0, now_ns);
}

void record_injected(struct vring_end *end, enum trace_kind kind, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	put(end, &event, true);
}

void record_count(struct vring_end *end, enum trace_kind kind, uint64_t count, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	event.count = at_most_u32(count);
	put(end, &event, false);
}

void record_arm(struct vring_end *end, uint64_t now_ns)
{
	struct trace_event event = event_of(end, TRACE_arm, now_ns);

	event.event = end->vring.avail_event;
	put(end, &event, false);
}

void record_judged(struct vring_end *end, enum trace_kind kind, uint64_t count, uint64_t span_ns,
		   bool injected, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	event.count = at_most_u32(count);
	event.us = at_most_u32(span_ns / NS_PER_US);
	put(end, &event, injected);
}

void record_move(struct vring_end *end, uint64_t span_ns, bool coarse, uint64_t now_ns)
{
	struct trace_event event = event_of(end, TRACE_move, now_ns);

	event.us = at_most_u32(span_ns / NS_PER_US);
	if (coarse)
		event.flags |= TRACE_COARSE;
	put(end, &event, false);
}
