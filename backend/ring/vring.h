/* SPDX-License-Identifier: BSD-3-Clause */
/* vring.h - the device's end of one virtqueue.
 *
 * The life of a buffer, in verbs: the driver makes it available; we *take*
 * the chain, perhaps *put it back* untouched; we *use* it (write its used
 * entry, invisible yet); we *publish* (all used entries become visible). After
 * each publish notify.h decides once whether the driver is called.
 *
 * Positions run freely and wrap at 65,536: next_avail is the next available
 * entry to take, next_used the next used entry to write.
 *
 * A mistake of the driver is a value: the first one makes the vring faulted,
 * and take() yields nothing until the next attach.
 *
 * Virtio 1.2, "Split Virtqueues". Knows no I/O, no clock, no log.
 *
 * Thread: only the worker that owns the vring; attach and detach by whoever
 * took the vring away from it.
 */
#ifndef VRINGD_RING_VRING_H
#define VRINGD_RING_VRING_H

#include <stdbool.h>
#include <stdint.h>

#include "chain.h"
#include "compiler.h"
#include "guest_mem.h"
#include "virtio_spec.h"

struct vring_parts {
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
};

struct vring {
	/* Written by the owner with every burst. */
	uint16_t next_avail;   /* next available entry to take */
	uint16_t next_used;    /* next used entry to write */
	uint16_t decided_used; /* next_used at the last decision, called or not */
	uint16_t avail_seen;   /* the driver's avail idx when we last looked */
	uint16_t avail_event;  /* what we last asked the driver to kick at */
	uint16_t used_flags;   /* what we last stored in used->flags */
	enum vring_fault fault;

	/* Set by attach. */
	struct vring_parts parts;
	const struct guest_mem *mem;
	uint16_t size;
	bool event_idx, indirect;
	uint16_t *used_event;	    /* the driver's word, behind the avail ring */
	uint16_t *avail_event_word; /* ours, behind the used ring */
} CACHE_ALIGNED;

struct vring_config {
	struct vring_parts parts;
	const struct guest_mem *mem; /* must outlive the attachment */
	uint16_t size;
	bool event_idx, indirect;
	uint16_t next_avail, next_used; /* where to go on */
};

/* Is the size allowed, is everything aligned and inside the guest's memory?
 * Says what is wrong, or NULL. */
const char *vring_check(const struct vring_config *config);

/* Starts on rings that passed vring_check(). Event words are written afresh,
 * since those of an earlier device may still stand in the guest. */
void vring_attach(struct vring *vring, const struct vring_config *config);
void vring_detach(struct vring *vring);

/* Takes up to `max` chains, in order. Fewer: none left, the scratch is full,
 * or the vring is faulted now. */
unsigned vring_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max);

/* Undoes the latest `cnt` takes that were not used. */
void vring_put_back(struct vring *vring, unsigned cnt);

/* Writes the used entry of a chain; `written` bytes went into its writable part. */
void vring_use(struct vring *vring, const struct chain *chain, uint32_t written);

/* Makes all used entries visible. */
void vring_publish(struct vring *vring);

/* Buffers that are available and not taken; looks at the driver's index. A
 * nonsensical index makes the vring faulted and yields 0. */
unsigned vring_backlog(struct vring *vring);

void vring_set_fault(struct vring *vring, enum vring_fault fault);

/* How many entries `ahead` is in front of `behind`; positions wrap. */
static inline uint16_t vring_distance(uint16_t ahead, uint16_t behind)
{
	return (uint16_t)(ahead - behind);
}

#endif
