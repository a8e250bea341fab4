/* SPDX-License-Identifier: BSD-3-Clause */
/* report.c - a vring as a reader sees it: gauges, counters, and the driver's words.
 *
 * Only the words that the driver writes are read from the ring, inside a grace
 * slot of the reader's own, so that the memory can not go away meanwhile.
 */
#include <string.h>

#include "clock.h"
#include "guest_word.h"
#include "net/guest_port.h"
#include "net/uplink.h"

static uint64_t gauge(const counter_t *counter)
{
	return counter_read(counter);
}

static void report_words(struct vring_end *end, struct vring_report *report)
{
	const struct vring *vring = &end->vring;
	const struct vring_gauges *gauges = &end->gauges;
	struct vring_wish wish = vring_wish(vring);

	report->driver_flags = wish.flags;
	report->used_event = wish.event;
	report->avail_idx = (uint16_t)gauge(&gauges->avail_seen);
	report->used_idx = (uint16_t)gauge(&gauges->next_used);
	if (!vring->shape.packed) {
		report->avail_idx = guest_load16(&vring->parts.avail->idx);
		report->used_idx = guest_load16(&vring->parts.used->idx);
	}
	report->backlog = vring_ahead(vring, (uint16_t)gauge(&gauges->next_avail),
				      (uint16_t)gauge(&gauges->next_used));
	report->shape = vring->shape;
	report->event_idx = vring->event_idx;
	report->indirect = vring->indirect;
	report->mrg_rxbuf = end->pair->port->mergeable;
	report->has_call_fd = end->call_fd >= 0;
	report->has_kick_fd = end->kick_fd >= 0;
	report->fault = vring->fault;
	report->state = vring->fault != VRING_FAULT_none ? VRING_STATE_faulted
			: end->enabled			 ? VRING_STATE_running
							 : VRING_STATE_disabled;
}

static void report_positions(const struct vring_gauges *gauges, struct vring_report *report)
{
	report->next_avail = (uint16_t)gauge(&gauges->next_avail);
	report->next_used = (uint16_t)gauge(&gauges->next_used);
	report->decided_used = (uint16_t)gauge(&gauges->decided_used);
	report->called_used = (uint16_t)gauge(&gauges->called_used);
	report->avail_event = (uint16_t)gauge(&gauges->avail_event);
	report->device_flags = (uint16_t)gauge(&gauges->device_flags);
	report->last_decision = (struct vring_decision){
		.old = (uint16_t)gauge(&gauges->decision_old),
		.new = (uint16_t)gauge(&gauges->decision_new),
		.used_event = (uint16_t)gauge(&gauges->decision_event),
		.flags = (uint16_t)gauge(&gauges->decision_flags),
		.called = gauge(&gauges->decision_called),
		.any = gauge(&gauges->decision_any),
	};
}

static uint64_t ago(uint64_t now_ns, uint64_t then_ns, uint64_t unit_ns)
{
	return then_ns && now_ns > then_ns ? (now_ns - then_ns) / unit_ns : 0;
}

static void report_judge(const struct vring_gauges *gauges, uint64_t now_ns,
			 struct vring_report *report)
{
	report->health = (enum stall_health)gauge(&gauges->health);
	report->spent = gauge(&gauges->spent);
	report->unsignalled = gauge(&gauges->unsignalled);
	report->unanswered = gauge(&gauges->unanswered);
	if (report->unanswered)
		report->unanswered_ms = ago(now_ns, gauge(&gauges->unanswered_since_ns), NS_PER_MS);
	report->forced_in_a_row = (unsigned)gauge(&gauges->forced_in_a_row);
	report->last_forced_ago_ms = ago(now_ns, gauge(&gauges->last_force_ns), NS_PER_MS);
	report->last_move_ago_ms = ago(now_ns, gauge(&gauges->last_move_ns), NS_PER_MS);
	report->last_revival_us = gauge(&gauges->last_answer_ns) / NS_PER_US;
}

static void report_settings(struct guest_port *port, struct vring_report *report)
{
	report->force = atomic_load_explicit(&port->force, memory_order_relaxed);
	report->stall_after_ms =
		atomic_load_explicit(&port->stall_after_ns, memory_order_relaxed) / NS_PER_MS;
}

void vring_end_report(struct vring_end *end, struct grace_slot *slot, uint64_t now_ns,
		      struct vring_report *report)
{
	struct guest_port *port = end->pair->port;
	unsigned i;

	memset(report, 0, sizeof(*report));
	memcpy(report->port, port->name, sizeof(report->port));
	memcpy(report->vring, end->name, sizeof(report->vring));
	report->index = end->index;
	report->guest_tx = end->guest_tx;
	report->state = atomic_load_explicit(&port->connected, memory_order_relaxed)
				? VRING_STATE_stopped
				: VRING_STATE_absent;
	report_settings(port, report);
	counters_read(&end->counters, &report->counters);
	inject_read(&end->inject, report->inject);
	for (i = 0; i < LATENCY_KIND_CNT; i++)
		latency_read(&end->latency[i], &report->latency[i]);

	grace_enter(port->grace, slot);
	if (guest_port_live(port) && end->started)
		report_words(end, report);
	grace_leave(slot);
	if (report->shape.size == 0)
		return;
	report_positions(&end->gauges, report);
	report_judge(&end->gauges, now_ns, report);
}
