/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_rx.h - frames that a guest receives: uplink → driver.
 *
 * Two ways in, one tail. guest_rx_poll() reads from an uplink straight into
 * the guest's buffers; guest_rx_deliver() copies a frame that somebody has in
 * hand. Both write the header, use the chains and leave the publish for the
 * end of the burst.
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

/* Gives the guest a copy of a frame, or drops and counts it. The packet's
 * iovecs may be changed. Visible after guest_rx_flush(). */
void guest_rx_deliver(struct guest_pair *pair, struct burst *burst, struct packet *packet);

/* Publishes what was delivered and calls the driver if it wants that. */
void guest_rx_flush(struct guest_pair *pair, uint64_t now_ns);

#endif
