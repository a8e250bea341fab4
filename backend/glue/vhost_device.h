/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_device.h - one connection of a front end: what it has told us so far.
 *
 * Kept from its messages, so that a vring starts when the specification says
 * it does and not when the library calls a device ready: addresses, a kick
 * descriptor, and DRIVER_OK where the status protocol was negotiated.
 *
 * Thread: the library's message thread.
 */
#ifndef VRINGD_GLUE_VHOST_DEVICE_H
#define VRINGD_GLUE_VHOST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/guest_port.h"

struct vhost_msg;

struct vhost_device_ring {
	bool kick_set; /* SET_VRING_KICK came since the last stop */
	bool enabled;
	bool queried; /* GET_VRING_BASE was answered without a stop */
};

struct vhost_device {
	/* Set once. */
	struct guest_port *guest;
	void (*started)(void *context, struct guest_port *guest, uint64_t features);
	void *context;

	pid_t peer_pid;	      /* of the front end; 0 unknown */
	int vid;	      /* -1: no connection */
	struct dirty_log log; /* marks by vid */
	uint64_t features, protocol_features;
	uint8_t status;
	struct vhost_device_ring rings[GUEST_PAIRS_MAX * 2];
};

void vhost_device_connect(struct vhost_device *device, int vid);
void vhost_device_disconnect(struct vhost_device *device);

/* Before and after the library acts on a message; returns what its handlers
 * return (enum rte_vhost_msg_result). */
int vhost_device_before(struct vhost_device *device, struct vhost_msg *msg);
int vhost_device_after(struct vhost_device *device, struct vhost_msg *msg);

#endif
