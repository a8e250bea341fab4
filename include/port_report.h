/* SPDX-License-Identifier: BSD-3-Clause */
/* port_report.h - one port at one moment, as plain words and numbers.
 *
 * What the house knows of a port, copied out for those who show it: the control
 * socket, metrics, DPDK's telemetry.
 *
 * Thread: any; a report belongs to whoever asked for it.
 */
#ifndef VRINGD_PORT_REPORT_H
#define VRINGD_PORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "vring_report.h"

struct port_report {
	char name[PORT_NAME_MAX];
	char type[16];		      /* "vhost-user", "tap", "echo", "null" */
	char wired_to[PORT_NAME_MAX]; /* a port or a switch; "" when unwired */
	bool is_guest;

	/* vhost-user */
	char socket[108];
	char mode[8]; /* "server", "client" */
	bool connected;
	int pid;	   /* of the front end; 0: unknown */
	uint64_t connects; /* since the daemon started */
	uint64_t features; /* negotiated, virtio bits; 0 when not connected */
	uint64_t features_offered;
	uint64_t protocol_features; /* negotiated, vhost-user bits */
	unsigned queues;	    /* pairs */
	unsigned mtu;		    /* 0: not set */
	bool force;
	uint64_t stall_after_ms;
	char last_disconnect[64]; /* why, or "" */

	/* tap */
	char ifname[16];
	char link[16]; /* "up", "down", "no carrier", or "" where it can not be told */

	char mac[18]; /* vhost-user: the guest's address if the port was given one, or "" */
};

#endif
