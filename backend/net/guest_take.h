/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_take.h - frames that an uplink has in memory: copied to the guest.
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_GUEST_TAKE_H
#define VRINGD_NET_GUEST_TAKE_H

#include "net/burst.h"
#include "net/guest_port.h"

/* Takes a burst from the pair's uplink and delivers it; what finds no room stays
 * there. Returns how many frames crossed. */
unsigned guest_take_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns);

#endif
