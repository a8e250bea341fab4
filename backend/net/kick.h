/* SPDX-License-Identifier: BSD-3-Clause */
/* kick.h - the available buffer notification: ask for it, drain it, spare it.
 *
 * The descriptor is drained before the ring is looked at: a kick that comes
 * after the drain is seen again, one before it is answered by the look.
 *
 * Thread: the owning worker.
 */
#ifndef VRINGD_NET_KICK_H
#define VRINGD_NET_KICK_H

#include <stdbool.h>

#include "net/guest_port.h"

/* Reads the descriptor empty and counts. True if it was signalled. A
 * descriptor that has failed is given up and the ring is only looked at. */
bool kick_drain(struct vring_end *end, uint64_t now_ns);

/* Asks the driver to kick; true if buffers came in the meantime. */
bool kick_ask(struct vring_end *end, uint16_t considered, uint64_t now_ns);

/* Says that kicks are not needed while the ring is polled. */
void kick_spare(struct vring_end *end);

#endif
