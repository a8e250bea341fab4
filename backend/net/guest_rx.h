/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_rx.h - frames read from an uplink straight into a guest's buffers.
 *
 * Frames that somebody has at hand come by deliver.h.
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_GUEST_RX_H
#define VRINGD_NET_GUEST_RX_H

#include <stdbool.h>
#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"

/* Reads frames until the uplink has none or the guest has no room. Returns
 * how many were received. */
unsigned guest_rx_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns);

#endif
