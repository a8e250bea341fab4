/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_grace.h - a device that takes its memory away waits for the workers.
 *
 * When the other end of a memif goes away, DPDK's interrupt thread unmaps the memory
 * they share. First it says that the device is not connected, which a burst looks at when
 * it begins; but it does not wait for a burst that has begun, and a worker in one would
 * end the daemon with SIGSEGV. Between the two stands a call of
 * rte_intr_callback_unregister(), which is defined here, waits one grace period, and
 * goes on to DPDK's.
 *
 * Thread: main; the waiting is done by whoever unregisters, never a worker.
 */
#ifndef VRINGD_PORT_ETHDEV_GRACE_H
#define VRINGD_PORT_ETHDEV_GRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/grace.h"

/* Stops a device. One with a peer is stopped on DPDK's interrupt thread, where the peer's
 * death is handled: the driver does not keep the two apart. */
void ethdev_stop(uint16_t port, bool has_peer);

/* While a port is open. The last one that is closed waits for who waits. */
void ethdev_grace_begin(struct grace *grace);
void ethdev_grace_end(void);

#endif
