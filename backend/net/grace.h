/* SPDX-License-Identifier: BSD-3-Clause */
/* grace.h - how a thread takes something away from running workers.
 *
 * A reader (a worker between two turns of its loop, or the control thread
 * while it looks at a ring) holds a slot and is *inside* while it may touch
 * what others can take away. Whoever takes something away first makes it
 * unreachable, then calls grace_wait(): when that returns, every reader that
 * could have seen it has since been outside or begun a new turn.
 *
 * grace_turn() costs one load and one store and needs no fence: it copies a
 * count that the taker raised after making the thing unreachable, so whoever
 * has seen the new count sees the thing gone. Only coming in needs a full fence
 * (the taker may find us outside and not wait).
 *
 * Thread: a slot belongs to one thread; grace_wait() may be called by any that
 * is not inside itself.
 */
#ifndef VRINGD_NET_GRACE_H
#define VRINGD_NET_GRACE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "compiler.h"

#define GRACE_SLOTS_MAX 65

struct grace_slot {
	_Atomic uint64_t seen; /* the count copied last; 0: outside */
} CACHE_ALIGNED;

struct grace {
	_Atomic uint64_t count; /* starts at 1 */
	unsigned slot_cnt;
	struct grace_slot slots[GRACE_SLOTS_MAX];
};

static inline void grace_init(struct grace *grace, unsigned slot_cnt)
{
	unsigned i;

	atomic_init(&grace->count, 1);
	grace->slot_cnt = slot_cnt;
	for (i = 0; i < slot_cnt; i++)
		atomic_init(&grace->slots[i].seen, 0);
}

static inline void grace_enter(struct grace *grace, struct grace_slot *slot)
{
	uint64_t count = atomic_load_explicit(&grace->count, memory_order_acquire);

	atomic_store_explicit(&slot->seen, count, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* G, with grace_wait() */
}

static inline void grace_turn(struct grace *grace, struct grace_slot *slot)
{
	uint64_t count = atomic_load_explicit(&grace->count, memory_order_acquire);

	atomic_store_explicit(&slot->seen, count, memory_order_release);
}

static inline void grace_leave(struct grace_slot *slot)
{
	atomic_store_explicit(&slot->seen, 0, memory_order_release);
}

static inline void grace_wait_for(struct grace_slot *slot, uint64_t target)
{
	uint64_t copied;

	for (;;) {
		copied = atomic_load_explicit(&slot->seen, memory_order_acquire);
		if (copied == 0 || copied >= target)
			return;
		sched_yield();
	}
}

static inline void grace_wait(struct grace *grace)
{
	uint64_t target = atomic_fetch_add_explicit(&grace->count, 1, memory_order_acq_rel) + 1;
	unsigned i;

	atomic_thread_fence(memory_order_seq_cst); /* G, with grace_enter() */
	for (i = 0; i < grace->slot_cnt; i++)
		grace_wait_for(&grace->slots[i], target);
}

#endif
