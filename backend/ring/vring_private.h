/* SPDX-License-Identifier: BSD-3-Clause */
/* vring_private.h - what the two layouts share: for split.c and packed.c only. */
#ifndef VRINGD_RING_VRING_PRIVATE_H
#define VRINGD_RING_VRING_PRIVATE_H

#include "vring.h"

/* Is an area aligned, and inside one region? Says what is wrong, or NULL. */
const char *vring_check_area(const struct vring_config *config, const void *area, uintptr_t align,
			     uint64_t bytes);

/* Ends the walk of the chain after `taken` others: keeps it, or notes the
 * fault. False: nothing was taken. */
bool vring_taken(struct vring *vring, struct gathering *gathering, enum chain_walk walk,
		 unsigned taken);

#endif
