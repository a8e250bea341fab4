/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_walk.c - see fuzz_walk.h. */
#include "fuzz_walk.h"

static enum vring_fault walk_buffer(struct fuzz_walk *walk, const struct virtq_desc *desc,
				    uint16_t flags)
{
	uint64_t addr = desc->addr, left = desc->len, len;

	if (++walk->desc_cnt > walk->desc_max)
		return VRING_FAULT_loop;
	if (walk->writable && !(flags & VIRTQ_DESC_F_WRITE))
		return VRING_FAULT_order;
	/* An empty buffer is of neither direction. */
	if (left > 0)
		walk->writable = flags & VIRTQ_DESC_F_WRITE;
	for (; left > 0; addr += len, left -= len) {
		uint8_t *base = fuzz_guest_at(walk->guest, addr, &len);

		if (!base)
			return VRING_FAULT_unmapped;
		len = len < left ? len : left;
		walk->pieces[walk->cnt++] = (struct iovec){ base, len };
	}
	return VRING_FAULT_none;
}

static bool read_desc(const struct fuzz_guest *guest, uint64_t gpa, struct virtq_desc *desc)
{
	uint64_t len;
	unsigned i;

	for (i = 0; i < sizeof(*desc); i++) {
		const uint8_t *byte = fuzz_guest_at(guest, gpa + i, &len);

		if (!byte)
			return false;
		((uint8_t *)desc)[i] = *byte;
	}
	return true;
}

static enum vring_fault walk_table(struct fuzz_walk *walk, const struct virtq_desc *table)
{
	bool packed = walk->guest->config.shape.packed;
	unsigned cnt = table->len / 16, slot = 0;
	enum vring_fault fault = VRING_FAULT_none;

	if (cnt == 0 || table->len % 16 || cnt > CHAIN_INDIRECT_MAX)
		return VRING_FAULT_indirect_size;
	walk->desc_max = CHAIN_INDIRECT_MAX;
	while (fault == VRING_FAULT_none) {
		struct virtq_desc desc;
		uint16_t flags;

		if (!read_desc(walk->guest, table->addr + UINT64_C(16) * slot, &desc))
			return VRING_FAULT_unmapped;
		flags = packed ? desc.next : desc.flags;
		if (flags & VIRTQ_DESC_F_INDIRECT)
			return VRING_FAULT_indirect_nested;
		fault = walk_buffer(walk, &desc, flags);
		if (packed ? slot + 1 == cnt : !(flags & VIRTQ_DESC_F_NEXT))
			return fault;
		slot = packed ? slot + 1 : desc.next;
		if (fault == VRING_FAULT_none && slot >= cnt)
			return VRING_FAULT_next_range;
	}
	return fault;
}

enum vring_fault fuzz_walk(struct fuzz_walk *walk, unsigned slot)
{
	const struct vring_config *config = &walk->guest->config;
	bool packed = config->shape.packed;
	enum vring_fault fault = VRING_FAULT_none;

	walk->desc_max = config->shape.size;
	while (fault == VRING_FAULT_none) {
		struct virtq_desc desc = config->parts.desc[slot];
		uint16_t flags = packed ? desc.next : desc.flags;

		walk->slots++;
		if (flags & VIRTQ_DESC_F_INDIRECT) {
			if (!config->indirect)
				return VRING_FAULT_not_negotiated;
			return flags & VIRTQ_DESC_F_NEXT ? VRING_FAULT_indirect_next
							 : walk_table(walk, &desc);
		}
		fault = walk_buffer(walk, &desc, flags);
		if (!(flags & VIRTQ_DESC_F_NEXT))
			break;
		slot = packed ? (slot + 1) % config->shape.size : desc.next;
		if (fault == VRING_FAULT_none && slot >= config->shape.size)
			return VRING_FAULT_next_range;
	}
	return fault;
}
