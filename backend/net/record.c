/* SPDX-License-Identifier: BSD-3-Clause */
/* record.c - see record.h. */
#include "net/record.h"

#include "clock.h"
#include "net/probes.h"

void record_begin(struct vring_end *end, uint64_t now_ns)
{
	end->trace_flags = (uint8_t)((end->vring.shape.packed ? TRACE_PACKED : 0) |
				     (end->vring.event_idx ? TRACE_EVENT_IDX : 0) |
				     (end->guest_tx ? TRACE_GUEST_TX : 0));
	record_event(end, TRACE_start, now_ns);
}

static ALWAYS_INLINE struct trace_event event_of(const struct vring_end *end, enum trace_kind kind,
						 uint64_t now_ns)
{
	return (struct trace_event){
		.at_ns = now_ns,
		.kind = (uint8_t)kind,
		.flags = end->trace_flags,
		.size = end->vring.shape.size,
		.new = end->vring.next_used,
		.avail = end->vring.avail_seen,
		.next_avail = end->vring.next_avail,
	};
}

static ALWAYS_INLINE void put(struct vring_end *end, struct trace_event *event, bool injected)
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

void record_decision(struct vring_end *end, enum trace_kind kind, struct notify_decision decision,
		     uint32_t buffers, bool injected, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	event.old = decision.old;
	event.new = decision.new;
	event.event = decision.wish.event;
	event.driver_flags = decision.wish.flags;
	event.count = buffers;
	put(end, &event, injected);
	if (kind == TRACE_suppress)
		PROBE5(vring__suppress, end, event.old, event.new, event.event, event.avail,
		       now_ns);
	else if (kind == TRACE_call)
		PROBE5(vring__call, end, event.old, event.new, event.event, event.avail, now_ns);
	else
		PROBE2(vring__call__failed, end, event.new, now_ns);
}

static void probe_event(const struct vring_end *end, enum trace_kind kind,
			const struct trace_event *event)
{
	switch (kind) {
	case TRACE_kick:
		PROBE3(vring__kick, end, event->avail, event->next_avail, event->at_ns);
		break;
	case TRACE_start:
		PROBE2(vring__state, end, 1, event->at_ns);
		break;
	case TRACE_stop:
		PROBE2(vring__state, end, 0, event->at_ns);
		break;
	case TRACE_first_call:
		PROBE1(vring__call__first, end, event->at_ns);
		break;
	case TRACE_hand_call:
		PROBE1(vring__call__hand, end, event->at_ns);
		break;
	default:
		break;
	}
}

void record_event(struct vring_end *end, enum trace_kind kind, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	put(end, &event, false);
	probe_event(end, kind, &event);
}

void record_injected(struct vring_end *end, enum trace_kind kind, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	put(end, &event, true);
}

void record_fault(struct vring_end *end, uint64_t now_ns)
{
	struct trace_event event = event_of(end, TRACE_fault, now_ns);

	event.count = end->vring.fault;
	put(end, &event, false);
	PROBE2(vring__fault, end, event.count, now_ns);
}

void record_arm(struct vring_end *end, uint64_t now_ns)
{
	struct trace_event event = event_of(end, TRACE_arm, now_ns);

	event.event = end->vring.avail_event;
	put(end, &event, false);
	PROBE3(vring__arm, end, event.event, event.next_avail, now_ns);
}

static void probe_judged(const struct vring_end *end, enum trace_kind kind, uint64_t count,
			 uint64_t span_ns, uint64_t now_ns)
{
	switch (kind) {
	case TRACE_probe:
	case TRACE_force:
		PROBE5(vring__force, end, end->vring.next_used, count, span_ns, kind, now_ns);
		break;
	case TRACE_stalled:
		PROBE3(vring__stall, end, count, span_ns, now_ns);
		break;
	case TRACE_blocked:
		PROBE3(uplink__backpressure, end, count, span_ns, now_ns);
		break;
	case TRACE_kick_missed:
		PROBE3(vring__kick__missed, end, count, span_ns, now_ns);
		break;
	case TRACE_revived:
	case TRACE_moved_later:
	case TRACE_gave_up:
		PROBE3(vring__force__result, end, kind, span_ns, now_ns);
		break;
	default:
		break;
	}
}

void record_judged(struct vring_end *end, enum trace_kind kind, uint64_t count, uint64_t span_ns,
		   bool injected, uint64_t now_ns)
{
	struct trace_event event = event_of(end, kind, now_ns);

	event.count = at_most_u32(count);
	event.us = at_most_u32(span_ns / NS_PER_US);
	put(end, &event, injected);
	probe_judged(end, kind, count, span_ns, now_ns);
}

void record_move(struct vring_end *end, uint64_t span_ns, bool coarse, uint64_t now_ns)
{
	struct trace_event event = event_of(end, TRACE_move, now_ns);

	event.us = at_most_u32(span_ns / NS_PER_US);
	if (coarse)
		event.flags |= TRACE_COARSE;
	put(end, &event, false);
	PROBE3(vring__move, end, span_ns, coarse, now_ns);
}
