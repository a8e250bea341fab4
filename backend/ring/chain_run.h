/* SPDX-License-Identifier: BSD-3-Clause */
/* chain_run.h - the shape that nearly all chains have, without a walk.
 *
 * A run gathers chains that follow one another, each of one descriptor and one
 * piece of memory, all readable or all writable. It ends at the first that is
 * not so, for whom there is the walk of gather_desc(). All is inline: a run
 * lives in registers, and each packet pays for what is written here.
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_RING_CHAIN_RUN_H
#define VRINGD_RING_CHAIN_RUN_H

#include "chain.h"
#include "virtio_spec.h"

struct chain_run {
	const struct guest_mem *mem;
	const struct guest_region *region; /* that held the last buffer */
	struct chain *chain;		   /* the next one */
	struct iovec *iov;		   /* likewise */
	uint64_t shape;			   /* what chains of the run have in common */
	bool writable;
	uint16_t flags; /* what a descriptor of the run has of those below */
};

/* NEXT and INDIRECT end a run, and so does another direction. */
#define CHAIN_RUN_FLAGS (VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT)

/* A run in the direction of a descriptor with these flags. The scratch must have
 * room for as many iovecs as chains will be added. */
static inline struct chain_run chain_run_begin(const struct guest_mem *mem,
					       const struct chain_scratch *scratch,
					       struct chain *chains, uint16_t flags)
{
	bool writable = flags & VIRTQ_DESC_F_WRITE;
	const struct chain common = { .slots = 1,
				      .readable_cnt = !writable,
				      .writable_cnt = writable };

	return (struct chain_run){
		.mem = mem,
		.region = &mem->regions[0],
		.chain = chains,
		.iov = &scratch->iov[scratch->used],
		.shape = common.shape,
		.writable = writable,
		.flags = writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

/* Does [addr, addr + len) lie inside a region, and is it not empty? */
static inline bool chain_run_fits(const struct guest_region *region, uint64_t addr, uint32_t len)
{
	uint64_t offset = addr - region->gpa;

	return offset < region->size && len - 1u < region->size - offset;
}

/* False: it does not belong to the run, and nothing was added. */
static inline bool chain_run_add(struct chain_run *run, uint16_t id, uint16_t flags, uint64_t addr,
				 uint32_t len)
{
	if ((flags & CHAIN_RUN_FLAGS) != run->flags)
		return false;
	if (!chain_run_fits(run->region, addr, len)) {
		const struct guest_region *region = guest_mem_region(run->mem, addr);

		if (!region || !chain_run_fits(region, addr, len))
			return false;
		run->region = region;
	}
	run->iov->iov_base = run->region->base + (addr - run->region->gpa);
	run->iov->iov_len = len;
	run->chain->shape = run->shape | id;
	run->chain->len[run->writable] = len;
	run->chain->len[!run->writable] = 0;
	run->chain->iov = run->iov;
	run->iov++;
	run->chain++;
	return true;
}

/* How many were added; the scratch holds them from now on. */
static inline unsigned chain_run_end(const struct chain_run *run, struct chain_scratch *scratch)
{
	unsigned cnt = (unsigned)(run->iov - &scratch->iov[scratch->used]);

	scratch->used += cnt;
	return cnt;
}

#endif
