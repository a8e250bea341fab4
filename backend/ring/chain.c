/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.c - the walk, as a staircase: chain → table → descriptor → buffer → piece.
 *
 * Each step has one job and its own reasons to refuse. Descriptors are copied
 * before they are checked, since the driver may rewrite them at any time.
 */
#include "chain.h"

#include "guest_word.h"

/* A walk under way. */
struct walk {
	const struct chain_table *table;
	struct chain *chain;
	struct chain_scratch *scratch;
	unsigned used; /* iovecs of the scratch, not yet the chain's */
	unsigned desc_cnt, desc_max;
	enum vring_fault fault;
};

/* The table of an indirect descriptor; it may be unaligned and cross regions. */
struct indirect {
	uint64_t gpa;
	uint32_t cnt;
};

static enum chain_walk refuse(struct walk *walk, enum vring_fault fault)
{
	walk->fault = fault;
	return CHAIN_WALK_FAULT;
}

static enum chain_walk add_piece(struct walk *walk, void *base, uint64_t len, bool writable)
{
	struct chain *chain = walk->chain;

	if (walk->used == walk->scratch->cap)
		return CHAIN_WALK_NO_ROOM;
	walk->scratch->iov[walk->used++] = (struct iovec){ .iov_base = base, .iov_len = len };
	if (writable) {
		chain->writable_cnt++;
		chain->writable_len += len;
	} else {
		chain->readable_cnt++;
		chain->readable_len += len;
	}
	return CHAIN_WALK_DONE;
}

/* A buffer is contiguous in the guest, and in pieces where regions meet. */
static enum chain_walk add_buffer(struct walk *walk, uint64_t gpa, uint64_t len, bool writable)
{
	while (len > 0) {
		uint64_t piece;
		void *base = guest_mem_at(walk->table->mem, gpa, &piece);
		enum chain_walk step;

		if (!base)
			return refuse(walk, VRING_FAULT_unmapped);
		if (piece > len)
			piece = len;
		step = add_piece(walk, base, piece, writable);
		if (step != CHAIN_WALK_DONE)
			return step;
		gpa += piece;
		len -= piece;
	}
	return CHAIN_WALK_DONE;
}

static enum chain_walk add_desc(struct walk *walk, const struct virtq_desc *desc)
{
	bool writable = desc->flags & VIRTQ_DESC_F_WRITE;

	if (++walk->desc_cnt > walk->desc_max)
		return refuse(walk, VRING_FAULT_loop);
	if (!writable && walk->chain->writable_cnt > 0)
		return refuse(walk, VRING_FAULT_order);
	return add_buffer(walk, desc->addr, desc->len, writable);
}

static bool indirect_read(const struct walk *walk, const struct indirect *indirect, uint16_t slot,
			  struct virtq_desc *desc)
{
	return guest_mem_copy(walk->table->mem, desc, indirect->gpa + slot * sizeof(*desc),
			      sizeof(*desc));
}

static enum chain_walk walk_indirect_table(struct walk *walk, const struct indirect *indirect)
{
	uint16_t slot = 0;

	for (;;) {
		struct virtq_desc desc;
		enum chain_walk step;

		if (!indirect_read(walk, indirect, slot, &desc))
			return refuse(walk, VRING_FAULT_unmapped);
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return refuse(walk, VRING_FAULT_indirect_nested);
		step = add_desc(walk, &desc);
		if (step != CHAIN_WALK_DONE)
			return step;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return CHAIN_WALK_DONE;
		if (desc.next >= indirect->cnt)
			return refuse(walk, VRING_FAULT_next_range);
		slot = desc.next;
	}
}

/* "Indirect Descriptors": a table has at least one entry, and its descriptor
 * does not continue. */
static enum chain_walk walk_indirect(struct walk *walk, const struct virtq_desc *desc)
{
	struct indirect indirect = { .gpa = desc->addr, .cnt = desc->len / sizeof(*desc) };

	if (!walk->table->indirect_ok)
		return refuse(walk, VRING_FAULT_not_negotiated);
	if (desc->flags & VIRTQ_DESC_F_NEXT)
		return refuse(walk, VRING_FAULT_indirect_next);
	if (walk->desc_max < CHAIN_INDIRECT_MAX)
		walk->desc_max = CHAIN_INDIRECT_MAX;
	if (indirect.cnt == 0 || desc->len % sizeof(*desc) || indirect.cnt > walk->desc_max)
		return refuse(walk, VRING_FAULT_indirect_size);
	return walk_indirect_table(walk, &indirect);
}

static enum chain_walk walk_table(struct walk *walk, uint16_t slot)
{
	for (;;) {
		struct virtq_desc desc = guest_load_desc(&walk->table->desc[slot]);
		enum chain_walk step;

		walk->chain->slots++;
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return walk_indirect(walk, &desc);
		step = add_desc(walk, &desc);
		if (step != CHAIN_WALK_DONE)
			return step;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return CHAIN_WALK_DONE;
		if (desc.next >= walk->table->size)
			return refuse(walk, VRING_FAULT_next_range);
		slot = desc.next;
	}
}

enum chain_walk chain_walk(const struct chain_table *table, uint16_t head,
			   struct chain_scratch *scratch, struct chain *chain,
			   enum vring_fault *fault)
{
	struct walk walk = {
		.table = table,
		.chain = chain,
		.scratch = scratch,
		.used = scratch->used,
		.desc_max = table->size,
	};
	enum chain_walk result;

	*chain = (struct chain){ .head = head, .iov = &scratch->iov[scratch->used] };
	if (head >= table->size)
		result = refuse(&walk, VRING_FAULT_head_range);
	else
		result = walk_table(&walk, head);

	if (result == CHAIN_WALK_DONE)
		scratch->used = walk.used;
	*fault = walk.fault;
	return result;
}
