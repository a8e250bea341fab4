/* SPDX-License-Identifier: BSD-3-Clause */
/* packed.h - the packed layout: one ring of descriptors, written by both ends.
 *
 * The verbs of vring.h, for this layout; called by vring.c and notify.c only.
 * What a split ring tells by its indices is here told by two flags of each
 * descriptor against the wrap counter: available if AVAIL is the counter and
 * USED is not, used if both are. So the ring has no index that says how far the
 * driver has come; avail_seen is how far we have seen it come.
 *
 * Virtio 1.2, "Packed Virtqueues".
 */
#ifndef VRINGD_RING_PACKED_H
#define VRINGD_RING_PACKED_H

#include "vring.h"

const char *packed_check(const struct vring_config *config);
void packed_attach(struct vring *vring);
void packed_look(struct vring *vring);
unsigned packed_ahead(const struct vring *vring, uint16_t next_avail, uint16_t next_used);
unsigned packed_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		     unsigned max);
void packed_put_back(struct vring *vring, const struct chain *chains, unsigned cnt);
void packed_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
		unsigned cnt);
void packed_publish(struct vring *vring);

/* Stores the device's event suppression structure. */
void packed_store_event(struct vring *vring, uint16_t position, uint16_t flags);

#endif
