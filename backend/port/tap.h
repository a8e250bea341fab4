/* SPDX-License-Identifier: BSD-3-Clause */
/* tap.h - a kernel tap device, virtio-net header passed through.
 *
 * The kernel speaks the same header as the guest (IFF_VNET_HDR), so a 64 KiB
 * segment with a partial checksum crosses whole in both directions, written
 * from the guest's pages and read into them.
 *
 * Thread: open and close by the control thread; the rest as uplink.h says.
 */
#ifndef VRINGD_PORT_TAP_H
#define VRINGD_PORT_TAP_H

#include <stdbool.h>

#include "error_text.h"
#include "net/uplink.h"

#define TAP_QUEUES_MAX 16

struct tap_config {
	const char *ifname; /* "" or NULL: the kernel chooses */
	unsigned queues;
	const char *bridge; /* enslaved to it; NULL: none */
	unsigned mtu;	    /* 0: as it is */
	bool up;
	int persist; /* 1, 0, or -1: as it is */
};

struct uplink *tap_open(const char *name, const struct tap_config *config,
			struct error_text *error);
void tap_close(struct uplink *uplink);

const char *tap_ifname(const struct uplink *uplink);
/* "up", "down" or "no carrier"; "" if the device is in another network namespace by now. */
const char *tap_link(const struct uplink *uplink);

#endif
