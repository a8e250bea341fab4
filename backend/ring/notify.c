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
 */
#include "notify.h"

#include "guest_word.h"

struct notify_decision notify_decide(struct vring *vring, const uint16_t *stale_event)
{
	struct notify_decision decision = {
		.old = vring->decided_used,
		.new = vring->next_used,
	};

	vring->decided_used = vring->next_used;
	guest_fence(); /* A */

	if (!vring->event_idx) {
		uint16_t flags = guest_load16(&vring->parts.avail->flags);

		decision.wanted = !(flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
		return decision;
	}
	decision.used_event = stale_event ? *stale_event : guest_load16(vring->used_event);
	decision.wanted = notify_event_passed(decision.used_event, decision.new, decision.old);
	return decision;
}

bool notify_suppressed(const struct vring *vring)
{
	if (!vring->event_idx)
		return guest_load16(&vring->parts.avail->flags) & VIRTQ_AVAIL_F_NO_INTERRUPT;
	return !notify_event_passed(guest_load16(vring->used_event),
				    (uint16_t)(vring->next_used + 1), vring->decided_used);
}

static void store_used_flags(struct vring *vring, uint16_t flags)
{
	vring->used_flags = flags;
	guest_store16(&vring->parts.used->flags, flags);
}

bool notify_ask_for_kicks(struct vring *vring)
{
	uint16_t seen = vring->avail_seen;

	if (vring->event_idx) {
		vring->avail_event = seen;
		guest_store16(vring->avail_event_word, seen);
	} else {
		store_used_flags(vring, 0);
	}
	guest_fence(); /* B */

	(void)vring_backlog(vring);
	return vring->avail_seen != seen;
}

void notify_spare_kicks(struct vring *vring)
{
	/* With the event index, avail_event just stays behind: one kick in
	 * 65,536 is the price, and the driver's cache line stays its own. */
	if (!vring->event_idx && vring->used_flags != VIRTQ_USED_F_NO_NOTIFY)
		store_used_flags(vring, VIRTQ_USED_F_NO_NOTIFY);
}
