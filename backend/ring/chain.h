/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.h - one descriptor chain as the buffers it names, and its safe walk.
 *
 * A chain is what a driver makes available as one buffer: device-readable
 * parts, then device-writable ones ("Message Framing": the device makes no
 * assumption on how they are cut). The walk checks everything a driver can
 * get wrong on its own copy of each descriptor; its result is iovecs in a
 * scratch area that the caller owns and that lives for one burst.
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_RING_CHAIN_H
#define VRINGD_RING_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "guest_mem.h"
#include "virtio_spec.h"
#include "vring_fault.h"

struct chain {
	uint16_t head;	/* what the driver calls this buffer */
	uint16_t slots; /* descriptors of the ring it occupies; an indirect chain is one */
	unsigned readable_cnt, writable_cnt;
	uint64_t readable_len, writable_len; /* bytes */
	struct iovec *iov; /* readable parts, then writable ones; in the scratch */
};

/* The longest indirect chain, where the virtqueue is smaller. "A driver MUST NOT
 * create a descriptor chain longer than the Queue Size", yet Linux does so on
 * small rings, and QEMU takes 1024 of any. */
#define CHAIN_INDIRECT_MAX 1024

/* Room for the iovecs of a burst of chains. */
struct chain_scratch {
	struct iovec *iov;
	unsigned cap, used;
};

/* Where a walk finds descriptors. */
struct chain_table {
	const struct virtq_desc *desc;
	uint16_t size; /* of the virtqueue: also the longest chain in it there may be */
	bool indirect_ok;
	const struct guest_mem *mem;
};

/* What a walk says of one head. */
enum chain_walk {
	CHAIN_WALK_DONE,
	CHAIN_WALK_NO_ROOM, /* the scratch is full: try again with an empty one */
	CHAIN_WALK_FAULT,
};

/* Walks the chain at `head` into `chain`. On CHAIN_WALK_FAULT, *fault says
 * why. The scratch is left as it was unless the walk is done. */
enum chain_walk chain_walk(const struct chain_table *table, uint16_t head,
			   struct chain_scratch *scratch, struct chain *chain,
			   enum vring_fault *fault);

#endif
