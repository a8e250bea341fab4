/* SPDX-License-Identifier: BSD-3-Clause */
/* gauges.c - what readers are told of a vring between two bursts; see gauges.h. */
#include "net/guest_port.h"
#include "ring/notify.h"

static void store_positions(struct vring_gauges *gauges, const struct vring_end *end)
{
	counter_set(&gauges->next_avail, end->vring.next_avail);
	counter_set(&gauges->next_used, end->vring.next_used);
	counter_set(&gauges->decided_used, end->vring.decided_used);
	counter_set(&gauges->called_used, end->called_used);
	counter_set(&gauges->avail_event, end->vring.avail_event);
	counter_set(&gauges->avail_seen, end->vring.avail_seen);
	counter_set(&gauges->device_flags, end->vring.device_flags);
	counter_set(&gauges->unsignalled, end->used_cnt - end->called_cnt);
}

static void store_judge(struct vring_gauges *gauges, struct vring_end *end)
{
	const struct stall *stall = &end->stall;
	struct stall_config config = vring_end_stall_config(end);
	const struct stall_view *view = &end->view;
	const struct vring_wish wish = { .event = (uint16_t)view->event, .flags = view->flags };

	counter_set(&gauges->unanswered, stall->unanswered);
	counter_set(&gauges->unanswered_since_ns, stall->unanswered_since_ns);
	counter_set(&gauges->last_move_ns, stall->last_move_ns);
	counter_set(&gauges->last_force_ns, stall->last_force_ns);
	counter_set(&gauges->forced_in_a_row, stall->forced);
	counter_set(&gauges->last_answer_ns, stall->last_answer_ns);
	counter_set(&gauges->health,
		    stall_health(stall, &config, view, notify_suppressed(&end->vring, wish)));
	counter_set(&gauges->spent, stall_spent(stall, &config, view));
}

void vring_end_store_gauges(struct vring_end *end)
{
	if (!INSTRUMENTED || !end->started)
		return;
	store_positions(&end->gauges, end);
	store_judge(&end->gauges, end);
}
