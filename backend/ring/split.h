/* SPDX-License-Identifier: BSD-3-Clause */
/* split.h - the split layout: descriptor table, available ring, used ring.
 *
 * The verbs of vring.h, for this layout; called by vring.c and notify.c only.
 *
 * Virtio 1.2, "Split Virtqueues".
 */
#ifndef VRINGD_RING_SPLIT_H
#define VRINGD_RING_SPLIT_H

#include "vring.h"

const char *split_check(const struct vring_config *config);
void split_attach(struct vring *vring);
void split_look(struct vring *vring);
unsigned split_ahead(const struct vring *vring, uint16_t next_avail);
unsigned split_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max);
void split_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
	       unsigned cnt);
void split_publish(struct vring *vring);

#endif
