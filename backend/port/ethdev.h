/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev.h - a port on any device that DPDK drives: a NIC, af_packet, pcap, memif …
 *
 * The one place that knows mbufs. A frame of a guest is copied into them, and one of
 * the device is copied from them into the guest's buffers. What a virtio-net header
 * asks for is left to the device where it can, and done in software where it can
 * not.
 *
 * Most of these devices can not tell of frames. A worker that sleeps asks them every
 * two milliseconds; `--poll always` asks for ever.
 *
 * Thread: open and close by the main thread.
 */
#ifndef VRINGD_PORT_ETHDEV_H
#define VRINGD_PORT_ETHDEV_H

#include "error_text.h"
#include "net/grace.h"
#include "net/uplink.h"

struct ethdev_config {
	const char *dev; /* as DPDK names it: "net_pcap0", or a PCI address */
	unsigned queues;
	struct grace *grace; /* over all workers */
};

/* Starts the device. NULL with `error` filled: there is none of that name, or it can
 * not be what a port needs. */
struct uplink *ethdev_open(const char *name, const struct ethdev_config *config,
			   struct error_text *error);
void ethdev_close(struct uplink *uplink);

#endif
