/* SPDX-License-Identifier: BSD-3-Clause */
/* tap_setup.h - what tap.c and tap_setup.c share: the tap itself. */
#ifndef VRINGD_PORT_TAP_SETUP_H
#define VRINGD_PORT_TAP_SETUP_H

#include <net/if.h>

#include "compiler.h"
#include "port/tap.h"

struct tap {
	struct uplink uplink; /* first: see tap_of() */
	char ifname[IFNAMSIZ];
	unsigned queue_cnt;
	int fds[TAP_QUEUES_MAX];
};

extern const struct uplink_ops tap_ops;

static inline struct tap *tap_of(struct uplink *uplink)
{
	return CONTAINER_OF(uplink, struct tap, uplink);
}

#endif
