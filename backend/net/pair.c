/* SPDX-License-Identifier: BSD-3-Clause */
/* pair.c - see pair.h. */
#include "net/pair.h"

#include <string.h>
#include <sys/epoll.h>

#include "net/call.h"
#include "net/guest_rx.h"
#include "net/guest_tx.h"
#include "net/kick.h"
#include "net/news.h"
#include "net/uplink.h"
#include "net/worker.h"
#include "ring/notify.h"

static bool works(const struct vring_end *end)
{
	return end->started && end->vring.fault == VRING_FAULT_none;
}

void pair_wake(struct guest_pair *pair, uint64_t now_ns)
{
	pair->hot_until_ns = now_ns;
	if (pair->hot)
		return;
	pair->hot = true;
	if (works(&pair->tx))
		kick_spare(&pair->tx);
	if (works(&pair->rx))
		kick_spare(&pair->rx);
}

/* What a worker reads of lost memory is nonsense, whatever it looks like. */
static void check_memory(struct vring_end *end)
{
	if (end->started && atomic_load_explicit(&end->pair->port->mem_lost, memory_order_relaxed))
		end->vring.fault = VRING_FAULT_memory_lost;
}

static void tell_fault(struct vring_end *end)
{
	struct news news = {
		.kind = NEWS_FAULTED,
		.fault = end->vring.fault,
		.guest_tx = end->guest_tx,
		.index = end->index,
	};

	check_memory(end);
	if (end->vring.fault == VRING_FAULT_none || end->fault_told)
		return;
	end->fault_told = true;
	count(&end->counters.faults[end->vring.fault], 1);
	memcpy(news.port, end->pair->port->name, sizeof(news.port));
	memcpy(news.vring, end->name, sizeof(news.vring));
	news_put(worker_news(end->pair->worker), &news);
}

static void settle(struct vring_end *end, uint64_t now_ns)
{
	if (end->first_call_due && end->started)
		call_first(end, now_ns);
	tell_fault(end);
}

unsigned pair_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	unsigned cnt = 0;

	if (pair->rx.first_call_due || pair->tx.first_call_due) {
		settle(&pair->rx, now_ns);
		settle(&pair->tx, now_ns);
		pair_store_gauges(pair);
	}
	if (works(&pair->tx))
		cnt += guest_tx_poll(pair, burst, now_ns);
	if (works(&pair->rx))
		cnt += guest_rx_poll(pair, burst, now_ns);
	tell_fault(&pair->tx);
	tell_fault(&pair->rx);
	if (cnt > 0)
		pair_store_gauges(pair);
	return cnt;
}

bool pair_sleep(struct guest_pair *pair)
{
	bool work = false;

	if (works(&pair->tx) && !pair->tx_blocked)
		work |= kick_ask(&pair->tx, pair->tx.vring.next_avail);
	if (works(&pair->rx) && pair->rx_starved)
		work |= kick_ask(&pair->rx, pair->rx_starved_at);
	return work;
}

uint32_t pair_uplink_events(const struct guest_pair *pair)
{
	uint32_t events = 0;

	if (works(&pair->rx) && pair->rx.enabled && !pair->rx_starved)
		events |= EPOLLIN;
	if (pair->tx_blocked)
		events |= EPOLLOUT;
	return events;
}

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
	struct stall_view view = vring_end_view(end);

	counter_set(&gauges->unanswered, stall->unanswered);
	counter_set(&gauges->unanswered_since_ns, stall->unanswered_since_ns);
	counter_set(&gauges->last_move_ns, stall->last_move_ns);
	counter_set(&gauges->last_force_ns, stall->last_force_ns);
	counter_set(&gauges->forced_in_a_row, stall->forced);
	counter_set(&gauges->last_answer_ns, stall->last_answer_ns);
	counter_set(&gauges->health,
		    stall_health(stall, &config, &view, notify_suppressed(&end->vring)));
	counter_set(&gauges->spent, stall_spent(stall, &config, &view));
}

void pair_store_gauges(struct guest_pair *pair)
{
	struct vring_end *const ends[] = { &pair->rx, &pair->tx };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!ends[i]->started)
			continue;
		store_positions(&ends[i]->gauges, ends[i]);
		store_judge(&ends[i]->gauges, ends[i]);
	}
}
