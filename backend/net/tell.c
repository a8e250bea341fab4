/* SPDX-License-Identifier: BSD-3-Clause */
/* tell.c - see tell.h. */
#include "net/tell.h"

#include <string.h>

#include "net/news.h"
#include "net/record.h"
#include "net/worker.h"

/* Says whose news it is, and puts it where the running worker's go. */
static void put(const struct vring_end *end, struct news *news)
{
	news->guest_tx = end->guest_tx;
	news->index = end->index;
	news->calls_forced = counter_read(&end->counters.calls_forced);
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

static enum trace_kind trace_of(enum news_kind kind)
{
	switch (kind) {
	case NEWS_STALLED:
		return TRACE_stalled;
	case NEWS_REVIVED:
		return TRACE_revived;
	case NEWS_MOVED_LATER:
		return TRACE_moved_later;
	case NEWS_GAVE_UP:
		return TRACE_gave_up;
	case NEWS_POLLS:
		return TRACE_polls;
	case NEWS_KICK_MISSED:
		return TRACE_kick_missed;
	case NEWS_BLOCKED:
		return TRACE_blocked;
	case NEWS_UNBLOCKED:
		return TRACE_unblocked;
	case NEWS_LATE:
		return TRACE_late;
	case NEWS_FAULTED:
		return TRACE_fault;
	}
	return TRACE_none;
}

/* Of a forced call. */
static void count_outcome(struct vring_end *end, const struct stall_verdict *verdict)
{
	count(&end->counters.forced[verdict->revived ? FORCED_revived : FORCED_answered], 1);
	if (verdict->probe_answered)
		count(&end->counters.probes_answered, 1);
	if (verdict->revived)
		count(&end->counters.stalls_revived, 1);
}

/* Moves found by the periodic look were made at any time since the one before. */
static void tell_answer(struct vring_end *end, const struct stall_verdict *verdict, bool coarse,
			uint64_t now_ns)
{
	if (verdict->forced_answered)
		count_outcome(end, verdict);
	record_move(end, verdict->answer_ns, coarse, now_ns);
	if (coarse)
		count(&end->counters.moves_coarse, 1);
	else
		latency_add(&end->latency[LATENCY_call_to_progress], verdict->answer_ns);
}

void tell_verdict(struct vring_end *end, const struct stall_verdict *verdict, bool coarse,
		  uint64_t now_ns)
{
	if (verdict->answered)
		tell_answer(end, verdict, coarse, now_ns);
	if (verdict->news == STALL_NEWS_NONE)
		return;
	if (verdict->stall_begins)
		count(&end->counters.stalls, 1);
	record_judged(end, trace_of(kind_of(verdict->news)), verdict->unanswered,
		      verdict->unanswered_ns, false, now_ns);
	put(end,
	    &(struct news){
		    .kind = kind_of(verdict->news),
		    .force = atomic_load_explicit(&end->pair->port->force, memory_order_relaxed),
		    .unanswered = verdict->unanswered,
		    .unanswered_ns = verdict->unanswered_ns,
		    .unsignalled = verdict->unsignalled,
		    .answer_ns = verdict->answer_ns,
	    });
}

/* What a worker reads of lost memory is nonsense, whatever it looks like. */
static void check_memory(struct vring_end *end)
{
	if (end->started && atomic_load_explicit(&end->pair->port->mem_lost, memory_order_relaxed))
		end->vring.fault = VRING_FAULT_memory_lost;
}

void tell_fault(struct vring_end *end, uint64_t now_ns)
{
	check_memory(end);
	if (end->vring.fault == VRING_FAULT_none || end->fault_told)
		return;
	end->fault_told = true;
	count(&end->counters.faults[end->vring.fault], 1);
	record_fault(end, now_ns);
	put(end, &(struct news){ .kind = NEWS_FAULTED, .fault = end->vring.fault });
}

void tell_found(struct vring_end *end, enum news_kind kind, uint64_t buffers, uint64_t span_ns,
		uint64_t now_ns)
{
	record_judged(end, trace_of(kind), buffers, span_ns, false, now_ns);
	put(end, &(struct news){ .kind = kind, .unanswered = buffers, .unanswered_ns = span_ns });
}
