/* SPDX-License-Identifier: BSD-3-Clause */
/* drop.h - a frame that goes nowhere: it is counted by reason, and probed.
 *
 * Thread: as for count(), the worker that owns the counters.
 */
#ifndef VRINGD_NET_DROP_H
#define VRINGD_NET_DROP_H

#include "net/guest_port.h"
#include "net/uplink.h"

/* Frames that were for a vring or from one. */
void drop(struct vring_end *end, enum drop_reason why, unsigned cnt);

/* Frames that an uplink was offered. */
void drop_sent(const struct sender *from, enum drop_reason why, unsigned cnt);

#endif
