/* SPDX-License-Identifier: BSD-3-Clause */
/* call.h - the used buffer notification: decide, write, count.
 *
 * The call descriptor is an eventfd of the front end, and this is the one
 * place that writes it. librte_vhost's own vring_call can not be used: it
 * decides on ring positions that only the library moves, so that it would
 * never force a call, and after the first never make one.
 *
 * Thread: the owning worker.
 */
#ifndef VRINGD_NET_CALL_H
#define VRINGD_NET_CALL_H

#include <stdint.h>

#include "net/guest_port.h"

/* Makes all used buffers visible, and calls the driver if it wants that. Does
 * nothing if nothing was used since the last time. */
void call_publish(struct vring_end *end, uint64_t now_ns);

/* The one call after a start, a new descriptor or re-mapped memory. */
void call_first(struct vring_end *end, uint64_t now_ns);

/* A call the driver did not ask for: by the watchdog, or by hand. False: it
 * could not be made. */
bool call_forced(struct vring_end *end, enum stall_act why, uint64_t now_ns);
bool call_by_hand(struct vring_end *end, uint64_t now_ns);

/* What came of the last call will not be seen: the vring stops. While paused. */
void call_leave(struct vring_end *end);

#endif
