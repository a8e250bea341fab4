/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_tx.h - frames that a guest transmits: driver → uplink, a burst at a time.
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_GUEST_TX_H
#define VRINGD_NET_GUEST_TX_H

#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"

/* Takes what the guest made available and offers it to the uplink. Returns
 * how many frames were dealt with; 0: nothing to do, or the uplink is blocked. */
unsigned guest_tx_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns);

#endif
