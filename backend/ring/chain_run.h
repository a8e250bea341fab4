/* SPDX-License-Identifier: BSD-3-Clause */
/* chain_run.h - the shape that nearly all chains have, without a walk.
 *
 * A run gathers chains that follow one another, each of one descriptor and one
 * piece of memory, all readable or all writable and in one region. It ends at the first that is
 * not so, for whom there is the walk of gather_desc(). All is inline: a run
 * lives in registers, and each packet pays for what is written here.
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_RING_CHAIN_RUN_H
#define VRINGD_RING_CHAIN_RUN_H

#include "chain.h"
#include "compiler.h"
#include "virtio_spec.h"

struct chain_run {
	struct guest_region region; /* that holds all buffers of the run */
	struct chain *chain;	    /* the next one */
	struct iovec *iov;	    /* likewise */
};

/* A run in the region of `addr`; nothing can be added if there is none. The scratch
 * must have room for as many iovecs as chains will be added. */
static inline struct chain_run chain_run_begin(const struct guest_mem *mem,
					       const struct chain_scratch *scratch,
					       struct chain *chains, uint64_t addr)
{
	static const struct guest_region none = { 0 };
	const struct guest_region *region = guest_mem_region(mem, addr);

	if (!region)
		region = &none;
	return (struct chain_run){
		.region = *region,
		.chain = chains,
		.iov = &scratch->iov[scratch->used],
	};
}

/* What a descriptor of a run has of its flags: NEXT and INDIRECT end it, and so
 * does another direction. */
#define CHAIN_RUN_FLAGS (VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT)

static inline uint16_t chain_run_flags(bool writable)
{
	return writable ? VIRTQ_DESC_F_WRITE : 0;
}

/* Does [addr, addr + len) lie inside the region, and is it not empty? */
static inline bool chain_run_fits(const struct chain_run *run, uint64_t addr, uint32_t len)
{
	uint64_t offset = addr - run->region.gpa;

	return offset < run->region.size && (uint64_t)len - 1 < run->region.size - offset;
}

/* Adds the chain of one descriptor, whose flags are the run's. `writable` is a
 * constant where this is called. False: its buffer is not in the region, and nothing
 * was added. */
static ALWAYS_INLINE bool chain_run_add(struct chain_run *run, bool writable, uint16_t id,
					uint64_t addr, uint32_t len)
{
	const struct chain common = { .slots = 1,
				      .readable_cnt = !writable,
				      .writable_cnt = writable };

	if (!chain_run_fits(run, addr, len))
		return false;
	run->iov->iov_base = run->region.base + (addr - run->region.gpa);
	run->iov->iov_len = len;
	run->chain->shape = common.shape | id;
	run->chain->readable_len = writable ? 0 : len;
	run->chain->writable_len = writable ? len : 0;
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
