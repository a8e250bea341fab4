/* SPDX-License-Identifier: BSD-3-Clause */
/* notify.h - when to call the driver, and when to ask for its kicks.
 *
 * Pure decisions over two words of shared memory on each side; who writes the
 * call descriptor is net/call.c. Both fences that the notification protocol
 * needs stand in notify.c, each with its letter and its partner.
 *
 * Virtio 1.2, split: "Used Buffer Notification Suppression" and "Available
 * Buffer Notification Suppression"; packed: "Driver and Device Event
 * Suppression".
 *
 * Thread: only the worker that owns the vring.
 */
#ifndef VRINGD_RING_NOTIFY_H
#define VRINGD_RING_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "vring.h"

/* One decision, with the operands it was made from. */
struct notify_decision {
	uint16_t old;		/* next_used at the decision before */
	uint16_t new;		/* next_used now */
	struct vring_wish wish; /* the driver's words as read */
	bool wanted;		/* the driver wants to be called */
};

/* Did an event lie among the entries old … new − 1? `behind` is how far it is
 * behind new, `step` how far old is; both wrap. */
static inline bool notify_event_passed(uint16_t behind, uint16_t step)
{
	return (uint16_t)(behind - 1) < step;
}

/* Does the driver want to hear of what was published since the last decision?
 * To be asked exactly once after each publish; decided_used moves with it.
 * `stale_event`, if given, is read in place of the driver's event word. */
struct notify_decision notify_decide(struct vring *vring, const uint16_t *stale_event);

/* Is the event word of these wishes compared with positions? Else a flag alone
 * says whether the driver wants to be called. */
static inline bool notify_by_event(const struct vring *vring, struct vring_wish wish)
{
	if (vring->shape.packed)
		return vring->event_idx && wish.flags == RING_EVENT_FLAGS_DESC;
	return vring->event_idx;
}

/* Would the driver want no call for one more used buffer, by these words of its? */
bool notify_suppressed(const struct vring *vring, struct vring_wish wish);

/* Asks the driver to kick for the next buffer it makes available, then looks
 * again. `considered` is the position up to which the caller knew of available
 * buffers when it decided to sleep. True if there are more: go on working. */
bool notify_ask_for_kicks(struct vring *vring, uint16_t considered);

/* Tells the driver that kicks are not needed for now. */
void notify_spare_kicks(struct vring *vring);

/* Is that told by a flag? Then a driver that stood between its index and a
 * look at ours may rightly not kick. Else the event word just stays behind. */
static inline bool notify_spares_by_flag(const struct vring *vring)
{
	return vring->shape.packed || !vring->event_idx;
}

#endif
