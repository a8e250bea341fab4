/* SPDX-License-Identifier: BSD-3-Clause */
/* trace.h - the flight recorder: what happened to a vring, event by event.
 *
 * Every notification decision with its operands, every kick, call, arming,
 * stall and fault of a vring is one record of 32 bytes in a ring of its own,
 * always. The ring lies in memory that may be a mapped file (trace_file.h), so
 * that it can be read when the daemon is gone.
 *
 * One writer: whoever owns the vring. Any number of readers, in this process or
 * another, who never stop the writer: a reader copies, looks again how far the
 * writer has come, and drops what may have been overwritten meanwhile. `put`
 * counts events for ever, so that a reader knows how many it has missed.
 *
 * Thread: trace_put() by the owner; trace_read() by any.
 */
#ifndef VRINGD_TRACE_H
#define VRINGD_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "position.h"

/* clang-format off */
#define TRACE_KINDS(X)                                                                            \
	X(none,        "nothing")                                                                 \
	X(start,       "the vring started")                                                       \
	X(stop,        "the vring stopped")                                                       \
	X(call,        "decided to call, and called")                                             \
	X(suppress,    "decided not to call")                                                     \
	X(call_failed, "decided to call, and could not")                                          \
	X(first_call,  "called once, after a start or a new descriptor")                          \
	X(probe,       "called by force, once: the driver does not move")                         \
	X(force,       "called by force: the vring is stalled")                                   \
	X(hand_call,   "called by hand")                                                          \
	X(move,        "the driver moved after a call")                                           \
	X(kick,        "the driver kicked")                                                       \
	X(kick_ignored, "a kick was ignored")                                                     \
	X(kick_missed, "buffers were available and no kick had come")                             \
	X(arm,         "asked the driver to kick")                                                \
	X(stalled,     "a stall began")                                                           \
	X(revived,     "a stall ended with a move after a forced call")                           \
	X(moved_later, "a stall ended with a move that no forced call explains")                  \
	X(gave_up,     "forced calls had no effect")                                              \
	X(polls,       "the driver was found to poll")                                            \
	X(blocked,     "the uplink takes nothing of what the driver sends")                       \
	X(unblocked,   "the uplink takes frames again")                                           \
	X(late,        "the worker looked late while the driver waited")                          \
	X(fault,       "the driver's mistake stopped the vring")
/* clang-format on */

enum trace_kind {
#define X(name, english) TRACE_##name,
	TRACE_KINDS(X)
#undef X
		TRACE_KIND_CNT
};

const char *trace_kind_name(enum trace_kind kind);
const char *trace_kind_english(enum trace_kind kind);

/* What is true of the vring, or of this event alone. */
enum {
	TRACE_PACKED = 1 << 0,
	TRACE_EVENT_IDX = 1 << 1,
	TRACE_GUEST_TX = 1 << 2,
	TRACE_INJECTED = 1 << 3, /* a fault put in on purpose struck here */
	TRACE_COARSE = 1 << 4,	 /* move: found by the periodic look, so `us` is too long */
};

/* Positions as in vring.h, words as in vring_wish. */
struct trace_event {
	uint64_t at_ns;	       /* CLOCK_MONOTONIC; of the worker's turn, not of the instant */
	uint16_t old, new;     /* decisions: decided_used before and after; else new: next_used */
	uint16_t event;	       /* decisions: the driver's event word; arm: ours */
	uint16_t driver_flags; /* decisions: as read for them */
	uint8_t kind, flags;
	uint16_t size;	/* of the ring */
	uint16_t avail; /* behind the last available entry that was seen */
	uint16_t next_avail;
	uint32_t count; /* buffers: published, unanswered, missed; fault: which */
	uint32_t us;	/* how long: unanswered, or from a call to the move */
};

/* A power of two. */
#define TRACE_EVENTS 4096

struct trace_ring {
	_Atomic uint64_t put CACHE_ALIGNED; /* events ever put */
	_Atomic uint64_t
		words[TRACE_EVENTS * sizeof(struct trace_event) / sizeof(uint64_t)] CACHE_ALIGNED;
};

/* Where the line that is asked for is written so many events later: two lines of two. */
#define TRACE_FETCH_AHEAD 4

#define TRACE_WORDS (sizeof(struct trace_event) / sizeof(uint64_t))

/* Parts of a struct as the word they lie in, the first lowest (virtio_spec.h asserts the
 * order of bytes). Made in registers: a word that is read where its parts were just
 * written waits until all writes before them are done. */
static inline uint64_t trace_word(uint16_t first, uint16_t second, uint16_t third, uint16_t fourth)
{
	return first | (uint64_t)second << 16 | (uint64_t)third << 32 | (uint64_t)fourth << 48;
}

/* Fence T. Writer: store put, fence, overwrite the oldest event. Reader: copy,
 * fence, load put. A reader that saw a word of a new event sees the put that
 * came before it, and so knows that the old event is gone. */
static ALWAYS_INLINE void trace_put(struct trace_ring *trace, const struct trace_event *event)
{
	const uint64_t put = atomic_load_explicit(&trace->put, memory_order_relaxed);
	_Atomic uint64_t *place = &trace->words[put % TRACE_EVENTS * TRACE_WORDS];

	if (!INSTRUMENTED)
		return;
	/* Its line was last written a whole ring ago: it may be in no near cache. */
	prefetch_write(&trace->words[(put + TRACE_FETCH_AHEAD) % TRACE_EVENTS * TRACE_WORDS]);
	atomic_thread_fence(memory_order_release); /* T */
	atomic_store_explicit(&place[0], event->at_ns, memory_order_relaxed);
	atomic_store_explicit(&place[1],
			      trace_word(event->old, event->new, event->event, event->driver_flags),
			      memory_order_relaxed);
	atomic_store_explicit(&place[2],
			      trace_word((uint16_t)(event->kind | event->flags << 8), event->size,
					 event->avail, event->next_avail),
			      memory_order_relaxed);
	atomic_store_explicit(&place[3], event->count | (uint64_t)event->us << 32,
			      memory_order_relaxed);
	atomic_store_explicit(&trace->put, put + 1, memory_order_release);
}

/* Copies up to `max` events, oldest first, from number `from` on (numbers count
 * from 0, for ever; older than what is kept: from the oldest). Returns how many;
 * *first is the number of the first, so that *first - from were missed. */
unsigned trace_read(const struct trace_ring *trace, uint64_t from, struct trace_event *events,
		    unsigned max, uint64_t *first);

/* Events ever put. */
static inline uint64_t trace_end(const struct trace_ring *trace)
{
	return atomic_load_explicit(&trace->put, memory_order_acquire);
}

static inline struct ring_shape trace_shape(const struct trace_event *event)
{
	return (struct ring_shape){ .size = event->size, .packed = event->flags & TRACE_PACKED };
}

static inline bool trace_is_decision(const struct trace_event *event)
{
	return event->kind == TRACE_call || event->kind == TRACE_suppress ||
	       event->kind == TRACE_call_failed;
}

/* One event in words, with its arithmetic where it has one. Returns the length
 * as snprintf() does. */
int trace_text(const struct trace_event *event, char *text, size_t size);

/* ---- is a recorded decision the one that the specification asks for? ---- */

/* clang-format off */
#define TRACE_JUDGEMENTS(X)                                                                       \
	X(right, "the decision is the one that the specification asks for")                       \
	X(wrong, "the decision is not the one that the specification asks for")                   \
	X(raced, "right by what was read, and the driver's word moved before the next one")
/* clang-format on */

enum trace_judgement {
#define X(name, english) TRACE_JUDGED_##name,
	TRACE_JUDGEMENTS(X)
#undef X
		TRACE_JUDGED_CNT
};

const char *trace_judgement_name(enum trace_judgement judgement);
const char *trace_judgement_english(enum trace_judgement judgement);

/* Does the driver want to be called, by the operands of this decision? */
bool trace_wanted(const struct trace_event *decision);

/* `later`: the driver's word as the next decision of the same run read it; NULL: there is none. A
 * suppression is raced if the word then read would have wanted the call. */
enum trace_judgement trace_judge(const struct trace_event *decision,
				 const struct trace_event *later);

#endif
