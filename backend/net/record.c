/* SPDX-License-Identifier: BSD-3-Clause */
/* record.c - see record.h. */
#include "net/record.h"

#include "clock.h"
#include "net/probes.h"

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
	if (kind == TRACE_suppress)
		PROBE5(vring__suppress, end, now_ns, event.old, event.new, event.event, kind,
		       event.avail);
	else
		PROBE5(vring__call, end, now_ns, event.old, event.new, event.event, kind,
		       event.avail);
}

void record_event(struct vring_end *end, enum trace_kind kind, uint64_t now_ns)
{
	record_count(end, kind, 0, now_ns);
	if (kind == TRACE_kick)
		PROBE2(vring__kick, end, now_ns, end->vring.avail_seen, end->vring.next_avail);
	else if (kind == TRACE_start || kind == TRACE_stop)
		PROBE1(vring__state, end, now_ns, kind == TRACE_start);
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
	PROBE2(vring__arm, end, now_ns, event.event, event.next_avail);
}

static void probe_judged(const struct vring_end *end, enum trace_kind kind, uint64_t count,
			 uint64_t span_ns, uint64_t now_ns)
{
	switch (kind) {
	case TRACE_probe:
	case TRACE_force:
		PROBE4(vring__force, end, now_ns, end->vring.next_used, count, span_ns, kind);
		break;
	case TRACE_stalled:
		PROBE2(vring__stall, end, now_ns, count, span_ns);
		break;
	case TRACE_blocked:
		PROBE2(uplink__backpressure, end, now_ns, count, span_ns);
		break;
	case TRACE_revived:
	case TRACE_moved_later:
	case TRACE_gave_up:
		PROBE2(vring__force__result, end, now_ns, kind, span_ns);
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
	PROBE1(vring__move, end, now_ns, span_ns);
}
