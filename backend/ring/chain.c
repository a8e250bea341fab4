/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.c - see chain.h: descriptor → buffer → piece, the steps of both layouts. */
#include "chain.h"

#include "virtio_spec.h"

void gather_begin(struct gathering *gathering, const struct guest_mem *mem,
		  struct chain_scratch *scratch, struct chain *chain, unsigned desc_max)
{
	*gathering = (struct gathering){
		.mem = mem,
		.scratch = scratch,
		.chain = chain,
		.used = scratch->used,
		.desc_max = desc_max,
	};
	*chain = (struct chain){ .iov = &scratch->iov[scratch->used] };
}

enum chain_walk gather_refuse(struct gathering *gathering, enum vring_fault fault)
{
	gathering->fault = fault;
	return CHAIN_WALK_FAULT;
}

static enum chain_walk add_piece(struct gathering *gathering, void *base, uint64_t len)
{
	if (gathering->used == gathering->scratch->cap ||
	    gathering->used - gathering->scratch->used == CHAIN_PARTS_MAX)
		return CHAIN_WALK_NO_ROOM;
	gathering->scratch->iov[gathering->used++] =
		(struct iovec){ .iov_base = base, .iov_len = len };
	return CHAIN_WALK_DONE;
}

/* A buffer is contiguous in the guest, and in pieces where regions meet. */
static enum chain_walk add_pieces(struct gathering *gathering, uint64_t gpa, uint64_t len)
{
	while (len > 0) {
		uint64_t piece;
		void *base = guest_mem_at(gathering->mem, gpa, &piece);
		enum chain_walk step;

		if (!base)
			return gather_refuse(gathering, VRING_FAULT_unmapped);
		if (piece > len)
			piece = len;
		step = add_piece(gathering, base, piece);
		if (step != CHAIN_WALK_DONE)
			return step;
		gpa += piece;
		len -= piece;
	}
	return CHAIN_WALK_DONE;
}

enum chain_walk gather_desc(struct gathering *gathering, uint64_t addr, uint32_t len, bool writable)
{
	struct chain *chain = gathering->chain;
	unsigned before = gathering->used;
	enum chain_walk step;

	if (++gathering->desc_cnt > gathering->desc_max)
		return gather_refuse(gathering, VRING_FAULT_loop);
	if (!writable && chain->writable_cnt > 0)
		return gather_refuse(gathering, VRING_FAULT_order);
	step = add_pieces(gathering, addr, len);
	if (writable) {
		chain->writable_cnt += (uint16_t)(gathering->used - before);
		chain->writable_len += len;
	} else {
		chain->readable_cnt += (uint16_t)(gathering->used - before);
		chain->readable_len += len;
	}
	return step;
}

/* "Indirect Descriptors": negotiated, without NEXT, at least one entry. */
enum chain_walk gather_indirect(struct gathering *gathering, bool negotiated, uint16_t flags,
				uint32_t len)
{
	if (!negotiated)
		return gather_refuse(gathering, VRING_FAULT_not_negotiated);
	if (flags & VIRTQ_DESC_F_NEXT)
		return gather_refuse(gathering, VRING_FAULT_indirect_next);
	if (gathering->desc_max < CHAIN_INDIRECT_MAX)
		gathering->desc_max = CHAIN_INDIRECT_MAX;
	if (len == 0 || len % DESC_LEN || len / DESC_LEN > gathering->desc_max)
		return gather_refuse(gathering, VRING_FAULT_indirect_size);
	return CHAIN_WALK_DONE;
}

bool indirect_read(const struct gathering *gathering, const struct indirect *indirect,
		   uint32_t slot, void *desc)
{
	return guest_mem_copy(gathering->mem, desc, indirect->gpa + (uint64_t)slot * DESC_LEN,
			      DESC_LEN);
}
