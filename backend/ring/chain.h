/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.h - one descriptor chain as the buffers it names, and how it is gathered.
 *
 * A chain is what a driver makes available as one buffer: device-readable
 * parts, then device-writable ones ("Message Framing": the device makes no
 * assumption on how they are cut). A layout walks its descriptors and hands
 * its own copy of each to a *gathering*, which checks what is the same in both
 * layouts and collects iovecs in a scratch area that the caller owns and that
 * lives for one burst.
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_RING_CHAIN_H
#define VRINGD_RING_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "guest_mem.h"
#include "vring_fault.h"

struct chain {
	union {
		struct {
			/* What the driver calls it. split: its head; packed: its buffer id. */
			uint16_t id;
			/* Descriptors of the ring it occupies; an indirect chain is one. */
			uint16_t slots;
			uint16_t readable_cnt, writable_cnt; /* parts */
		};
		uint64_t shape; /* all of these, for who writes them at once */
	};
	uint64_t readable_len, writable_len; /* bytes */
	struct iovec *iov; /* readable parts, then writable ones; in the scratch */
};

/* The most parts that can be counted. */
#define CHAIN_PARTS_MAX UINT16_MAX

/* The longest indirect chain, where the virtqueue is smaller. "A driver MUST NOT
 * create a descriptor chain longer than the Queue Size", yet Linux does so on
 * small rings, and QEMU takes 1024 of any. */
#define CHAIN_INDIRECT_MAX 1024

/* Room for the iovecs of a burst of chains. A caller may keep as many free in
 * front of the first chain as CHAIN_SCRATCH_FRONT says. */
#define CHAIN_SCRATCH_FRONT 1

struct chain_scratch {
	struct iovec *iov;
	unsigned cap, used;
};

/* What a step of a walk, or a whole one, came to. */
enum chain_walk {
	CHAIN_WALK_DONE,
	CHAIN_WALK_NO_ROOM, /* the scratch is full: try again with an empty one */
	CHAIN_WALK_FAULT,
};

/* A chain being gathered. */
struct gathering {
	const struct guest_mem *mem;
	struct chain_scratch *scratch;
	struct chain *chain;
	unsigned used; /* iovecs of the scratch, not yet the chain's */
	unsigned desc_cnt, desc_max;
	enum vring_fault fault;
};

/* Begins an empty chain; at most `desc_max` descriptors make it up. */
void gather_begin(struct gathering *gathering, const struct guest_mem *mem,
		  struct chain_scratch *scratch, struct chain *chain, unsigned desc_max);

/* Adds the buffer of one descriptor. */
enum chain_walk gather_desc(struct gathering *gathering, uint64_t addr, uint32_t len,
			    bool writable);

/* Bytes of a descriptor, of either layout. */
#define DESC_LEN 16

/* An indirect table: as many descriptors at `gpa`, which may be unaligned and
 * cross regions. */
struct indirect {
	uint64_t gpa;
	uint32_t cnt;
};

/* Looks at an indirect descriptor: may there be one, does it not continue, is
 * its table of a size that may be? */
enum chain_walk gather_indirect(struct gathering *gathering, bool negotiated, uint16_t flags,
				uint32_t len);

/* Copies one descriptor, of either layout, out of it. */
bool indirect_read(const struct gathering *gathering, const struct indirect *indirect,
		   uint32_t slot, void *desc);

/* Ends the walk with a fault; returns CHAIN_WALK_FAULT. */
enum chain_walk gather_refuse(struct gathering *gathering, enum vring_fault fault);

/* Ends the walk well: the scratch holds the chain from now on. */
static inline void gather_keep(struct gathering *gathering)
{
	gathering->scratch->used = gathering->used;
}

#endif
