/* SPDX-License-Identifier: BSD-3-Clause */
/* notify.c - see notify.h.
 *
 * Fence A. Device: store used idx, fence, load the driver's event word or
 * flags. Driver: store its event word or flags, fence, load used idx. One of
 * the two sees what the other stored; without the fence both may miss it,
 * nobody calls, and the ring hangs.
 *
 * Fence B. Device: store avail_event or used flags, fence, load avail idx.
 * Driver: store avail idx, fence, load avail_event or used flags. The same
 * for kicks.
 *
 * In the packed layout the flags of a descriptor stand for both indices, and
 * an event suppression structure for the words.
 */
#include "notify.h"

#include "compiler.h"
#include "guest_word.h"
#include "packed.h"

/* ---- calls ---- */

/* A flag of a packed ring that was not negotiated or is reserved wants a call:
 * one too many does no harm. */
static ALWAYS_INLINE bool asks_by_flag(const struct vring *vring, struct vring_wish wish)
{
	if (vring->shape.packed)
		return wish.flags != RING_EVENT_FLAGS_DISABLE;
	return !(wish.flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
}

/* With asks_by_flag() a part of its callers: each publish pays for it. */
static ALWAYS_INLINE bool wanted(const struct vring *vring, struct vring_wish wish, uint16_t old,
				 uint16_t new)
{
	if (!notify_by_event(vring, wish))
		return asks_by_flag(vring, wish);
	return notify_event_passed(vring_distance(vring, new, wish.event),
				   vring_distance(vring, new, old));
}

struct notify_decision notify_decide(struct vring *vring, const uint16_t *stale_event)
{
	struct notify_decision decision = {
		.old = vring->decided_used,
		.new = vring->next_used,
	};

	vring->decided_used = vring->next_used;
	guest_fence(); /* A */

	decision.wish = vring_wish(vring);
	if (stale_event)
		decision.wish = (struct vring_wish){ .event = *stale_event,
						     .flags = RING_EVENT_FLAGS_DESC };
	decision.wanted = wanted(vring, decision.wish, decision.old, decision.new);
	return decision;
}

bool notify_suppressed(const struct vring *vring, struct vring_wish wish)
{
	return !wanted(vring, wish, vring->decided_used, vring_after(vring, vring->next_used, 1));
}

/* ---- kicks ---- */

static void store_used_flags(struct vring *vring, uint16_t flags)
{
	vring->device_flags = flags;
	guest_store16(&vring->parts.used->flags, flags);
	dirty_log_bytes(vring->log, vring->mem, &vring->parts.used->flags, sizeof(flags));
}

static void store_avail_event(struct vring *vring, uint16_t position)
{
	vring->avail_event = position;
	guest_store16(vring->avail_event_word, position);
	dirty_log_bytes(vring->log, vring->mem, vring->avail_event_word, sizeof(position));
}

bool notify_ask_for_kicks(struct vring *vring, uint16_t considered)
{
	if (vring->shape.packed)
		packed_store_event(vring, vring->avail_seen,
				   vring->event_idx ? RING_EVENT_FLAGS_DESC
						    : RING_EVENT_FLAGS_ENABLE);
	else if (vring->event_idx)
		store_avail_event(vring, vring->avail_seen);
	else
		store_used_flags(vring, 0);
	guest_fence(); /* B */

	vring_look(vring);
	return vring->avail_seen != considered;
}

void notify_spare_kicks(struct vring *vring)
{
	/* With the event index, avail_event of a split ring just stays behind:
	 * one kick in 65,536 is the price, and the driver's cache line stays its
	 * own. */
	if (!notify_spares_by_flag(vring))
		return;
	if (vring->shape.packed && vring->device_flags != RING_EVENT_FLAGS_DISABLE)
		packed_store_event(vring, vring->avail_event, RING_EVENT_FLAGS_DISABLE);
	else if (!vring->shape.packed && vring->device_flags != VIRTQ_USED_F_NO_NOTIFY)
		store_used_flags(vring, VIRTQ_USED_F_NO_NOTIFY);
}
