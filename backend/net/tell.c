/* SPDX-License-Identifier: BSD-3-Clause */
/* tell.c - see tell.h. */
#include "net/tell.h"

#include <string.h>

#include "net/news.h"
#include "net/worker.h"

/* Says whose news it is, and puts it where the running worker's go. */
static void put(const struct vring_end *end, struct news *news)
{
	news->guest_tx = end->guest_tx;
	news->index = end->index;
	memcpy(news->port, end->pair->port->name, sizeof(news->port));
	memcpy(news->vring, end->name, sizeof(news->vring));
	news_put(worker_own_news(), news);
}

static enum news_kind kind_of(enum stall_news news)
{
	switch (news) {
	case STALL_NEWS_STALLED:
		return NEWS_STALLED;
	case STALL_NEWS_REVIVED:
		return NEWS_REVIVED;
	case STALL_NEWS_MOVED_LATER:
		return NEWS_MOVED_LATER;
	case STALL_NEWS_GAVE_UP:
		return NEWS_GAVE_UP;
	default:
		return NEWS_POLLS;
	}
}

void tell_verdict(struct vring_end *end, const struct stall_verdict *verdict)
{
	if (verdict->probe_answered)
		count(&end->counters.probes_answered, 1);
	if (verdict->stall_begins)
		count(&end->counters.stalls, 1);
	if (verdict->revived)
		count(&end->counters.stalls_revived, 1);
	if (verdict->news == STALL_NEWS_NONE)
		return;
	put(end,
	    &(struct news){
		    .kind = kind_of(verdict->news),
		    .force = atomic_load_explicit(&end->pair->port->force, memory_order_relaxed),
		    .unanswered = verdict->unanswered,
		    .unanswered_ns = verdict->unanswered_ns,
		    .answer_ns = verdict->answer_ns,
	    });
}

/* What a worker reads of lost memory is nonsense, whatever it looks like. */
static void check_memory(struct vring_end *end)
{
	if (end->started && atomic_load_explicit(&end->pair->port->mem_lost, memory_order_relaxed))
		end->vring.fault = VRING_FAULT_memory_lost;
}

void tell_fault(struct vring_end *end)
{
	check_memory(end);
	if (end->vring.fault == VRING_FAULT_none || end->fault_told)
		return;
	end->fault_told = true;
	count(&end->counters.faults[end->vring.fault], 1);
	put(end, &(struct news){ .kind = NEWS_FAULTED, .fault = end->vring.fault });
}
