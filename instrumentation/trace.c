/* SPDX-License-Identifier: BSD-3-Clause */
/* trace.c - reading a flight recorder while it is written; see trace.h. */
#include "trace.h"

#include <string.h>

#include "names.h"

NAME_TABLE(trace_kind, TRACE_KINDS)
NAME_TABLE(trace_judgement, TRACE_JUDGEMENTS)

static void copy_one(const struct trace_ring *trace, uint64_t number, struct trace_event *event)
{
	const _Atomic uint64_t *place = &trace->words[number % TRACE_EVENTS * TRACE_WORDS];
	uint64_t words[TRACE_WORDS] = { 0 };
	unsigned i;

	for (i = 0; i < TRACE_WORDS; i++)
		words[i] = atomic_load_explicit(&place[i], memory_order_relaxed);
	memcpy(event, words, sizeof(*event));
	if (event->kind >= TRACE_KIND_CNT) /* a file may hold anything */
		event->kind = TRACE_none;
}

/* The oldest event that is whole while the writer stands at `put`: it may be
 * writing over the one before. */
static uint64_t oldest_whole(uint64_t put)
{
	return put < TRACE_EVENTS ? 0 : put - TRACE_EVENTS + 1;
}

unsigned trace_read(const struct trace_ring *trace, uint64_t from, struct trace_event *events,
		    unsigned max, uint64_t *first)
{
	const uint64_t end = trace_end(trace);
	uint64_t oldest = oldest_whole(end);
	unsigned cnt, gone, i;

	*first = from > end ? end : from < oldest ? oldest : from;
	cnt = end - *first < max ? (unsigned)(end - *first) : max;
	for (i = 0; i < cnt; i++)
		copy_one(trace, *first + i, &events[i]);

	atomic_thread_fence(memory_order_acquire); /* T */
	oldest = oldest_whole(atomic_load_explicit(&trace->put, memory_order_relaxed));
	if (oldest <= *first)
		return cnt;
	gone = oldest - *first < cnt ? (unsigned)(oldest - *first) : cnt;
	memmove(events, &events[gone], (cnt - gone) * sizeof(*events));
	*first += gone;
	return cnt - gone;
}
