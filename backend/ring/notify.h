/* SPDX-License-Identifier: BSD-3-Clause */
/* notify.h - when to call the driver, and when to ask for its kicks.
 *
 * Pure decisions over two words of shared memory on each side; who writes the
 * call descriptor is net/call.c. Both fences that the notification protocol
 * needs stand in notify.c, each with its letter and its partner.
 *
 * Virtio 1.2, "Used Buffer Notification Suppression" and "Available Buffer
 * Notification Suppression".
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
	uint16_t old;	     /* next_used at the decision before */
	uint16_t new;	     /* next_used now */
	uint16_t used_event; /* the driver's word as read (0 without event index) */
	bool wanted;	     /* the driver wants to be called */
};

/* Did `event` lie among the entries old … new − 1? All three wrap. */
static inline bool notify_event_passed(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

/* Does the driver want to hear of what was published since the last decision?
 * To be asked exactly once after each publish; decided_used moves with it.
 * `stale_event`, if given, is read in place of the driver's word. */
struct notify_decision notify_decide(struct vring *vring, const uint16_t *stale_event);

/* Would the driver want no call for one more used buffer, by its words now? */
bool notify_suppressed(const struct vring *vring);

/* Asks the driver to kick for the next buffer it makes available, then looks
 * again. True if buffers are available that were not when we decided to
 * sleep: go on working instead. */
bool notify_ask_for_kicks(struct vring *vring);

/* Tells the driver that kicks are not needed for now. */
void notify_spare_kicks(struct vring *vring);

#endif
