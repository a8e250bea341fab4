/* SPDX-License-Identifier: BSD-3-Clause */
/* gauges.c - what readers are told of a vring between two bursts; see gauges.h. */
#include "clock.h"
#include "net/guest_port.h"
#include "ring/notify.h"

#define SHOW_EVERY_NS (50 * NS_PER_US)

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

static void store_decision(struct vring_gauges *gauges, const struct notify_decision *decision)
{
	counter_set(&gauges->decision_old, decision->old);
	counter_set(&gauges->decision_new, decision->new);
	counter_set(&gauges->decision_event, decision->wish.event);
	counter_set(&gauges->decision_flags, decision->wish.flags);
	counter_set(&gauges->decision_called, decision->wanted);
}

void vring_end_store_gauges(struct vring_end *end)
{
	end->rest_in = 0;
	if (!INSTRUMENTED || !end->started)
		return;
	store_positions(&end->gauges, end);
	store_decision(&end->gauges, &end->decision);
	counter_set(&end->gauges.decision_any, end->decided);
	store_judge(&end->gauges, end);
}

void vring_end_show_now(struct vring_end *end, uint64_t now_ns)
{
	vring_end_store_gauges(end);
	end->show_at_ns = now_ns + SHOW_EVERY_NS;
}
