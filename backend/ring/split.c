/* SPDX-License-Identifier: BSD-3-Clause */
/* split.c - see split.h. The walk is a staircase: chain → table → descriptor,
 * and from there on gather_desc(). Descriptors are copied before they are
 * checked, since the driver may rewrite them at any time.
 */
#include "split.h"

#include "chain_run.h"
#include "compiler.h"
#include "guest_word.h"
#include "vring_private.h"

/* ---- where the areas lie ---- */

static uint64_t desc_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_desc) * (uint64_t)config->shape.size;
}

/* Both rings have an event word behind their entries if it was negotiated. */
static uint64_t avail_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_avail) + sizeof(uint16_t) * (uint64_t)config->shape.size +
	       (config->event_idx ? sizeof(uint16_t) : 0);
}

static uint64_t used_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_used) +
	       sizeof(struct virtq_used_elem) * (uint64_t)config->shape.size +
	       (config->event_idx ? sizeof(uint16_t) : 0);
}

const char *split_check(const struct vring_config *config)
{
	const char *wrong;

	if (config->shape.size & (config->shape.size - 1))
		return "the size of a split virtqueue is not a power of two";
	wrong = vring_check_area(config, config->parts.desc, 16, desc_bytes(config));
	if (!wrong)
		wrong = vring_check_area(config, config->parts.avail, 2, avail_bytes(config));
	if (!wrong)
		wrong = vring_check_area(config, config->parts.used, 4, used_bytes(config));
	return wrong;
}

void split_attach(struct vring *vring)
{
	vring->used_event = &vring->parts.avail->ring[vring->shape.size];
	vring->avail_event_word = (uint16_t *)&vring->parts.used->ring[vring->shape.size];

	guest_store16(&vring->parts.used->flags, 0);
	dirty_log_bytes(vring->log, vring->mem, &vring->parts.used->flags, sizeof(uint16_t));
	if (!vring->event_idx)
		return;
	guest_store16(vring->avail_event_word, vring->avail_event);
	dirty_log_bytes(vring->log, vring->mem, vring->avail_event_word, sizeof(uint16_t));
}

/* ---- the walk ---- */

static enum chain_walk walk_indirect_table(struct gathering *gathering,
					   const struct indirect *indirect)
{
	uint16_t slot = 0;

	for (;;) {
		struct virtq_desc desc;
		enum chain_walk step;

		if (!indirect_read(gathering, indirect, slot, &desc))
			return gather_refuse(gathering, VRING_FAULT_unmapped);
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return gather_refuse(gathering, VRING_FAULT_indirect_nested);
		step = gather_desc(gathering, desc.addr, desc.len, desc.flags & VIRTQ_DESC_F_WRITE);
		if (step != CHAIN_WALK_DONE)
			return step;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return CHAIN_WALK_DONE;
		if (desc.next >= indirect->cnt)
			return gather_refuse(gathering, VRING_FAULT_next_range);
		slot = desc.next;
	}
}

static enum chain_walk walk_indirect(const struct vring *vring, struct gathering *gathering,
				     const struct virtq_desc *desc)
{
	const struct indirect indirect = { .gpa = desc->addr, .cnt = desc->len / DESC_LEN };
	enum chain_walk step = gather_indirect(gathering, vring->indirect, desc->flags, desc->len);

	return step == CHAIN_WALK_DONE ? walk_indirect_table(gathering, &indirect) : step;
}

static enum chain_walk walk_table(const struct vring *vring, struct gathering *gathering,
				  uint16_t slot)
{
	for (;;) {
		struct virtq_desc desc = guest_load_desc(&vring->parts.desc[slot]);
		enum chain_walk step;

		gathering->chain->slots++;
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return walk_indirect(vring, gathering, &desc);
		step = gather_desc(gathering, desc.addr, desc.len, desc.flags & VIRTQ_DESC_F_WRITE);
		if (step != CHAIN_WALK_DONE)
			return step;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return CHAIN_WALK_DONE;
		if (desc.next >= vring->shape.size)
			return gather_refuse(gathering, VRING_FAULT_next_range);
		slot = desc.next;
	}
}

/* ---- the verbs ---- */

void split_look(struct vring *vring)
{
	/* Acquire: the entries and descriptors behind the index we see. */
	vring->avail_seen = guest_load16_acquire(&vring->parts.avail->idx);
	if (vring_distance(vring, vring->avail_seen, vring->next_avail) > vring->shape.size)
		vring_set_fault(vring, VRING_FAULT_avail_jump);
}

unsigned split_ahead(const struct vring *vring, uint16_t next_avail)
{
	unsigned ahead = vring_distance(vring, guest_load16(&vring->parts.avail->idx), next_avail);

	return ahead <= vring->shape.size ? ahead : 0;
}

/* Looks at the driver's index only when what we knew of does not suffice: its
 * cache line is the one the driver writes. */
static unsigned available(struct vring *vring, unsigned wanted)
{
	unsigned known = vring_distance(vring, vring->avail_seen, vring->next_avail);

	if (known < wanted) {
		split_look(vring);
		known = vring_distance(vring, vring->avail_seen, vring->next_avail);
	}
	if (vring->fault != VRING_FAULT_none)
		return 0;
	return known < wanted ? known : wanted;
}

static uint16_t head_at(const struct vring *vring, uint16_t position)
{
	return guest_load16(&vring->parts.avail->ring[position & (vring->shape.size - 1)]);
}

static enum chain_walk take_one(struct vring *vring, struct gathering *gathering)
{
	uint16_t head = head_at(vring, vring->next_avail);

	gathering->chain->id = head;
	if (head >= vring->shape.size)
		return gather_refuse(gathering, VRING_FAULT_head_range);
	return walk_table(vring, gathering, head);
}

/* As many of the next `cnt` chains as belong to a run. */
static ALWAYS_INLINE unsigned add_heads(const struct vring *vring, struct chain_run *run,
					unsigned cnt, bool writable)
{
	/* Copies, since what is stored could be the vring's, for all that the compiler knows. */
	const struct virtq_desc *table = vring->parts.desc;
	const uint16_t *ring = vring->parts.avail->ring;
	const uint32_t size = vring->shape.size;
	uint32_t at = vring->next_avail;
	struct chain_run next = *run;
	unsigned i;

	for (i = 0; i < cnt; i++, at++) {
		uint16_t head = guest_load16(&ring[at & (size - 1)]);
		struct virtq_desc desc;

		if (head >= size)
			break;
		desc = guest_load_desc(&table[head]);
		if ((desc.flags & CHAIN_RUN_FLAGS) != chain_run_flags(writable) ||
		    !chain_run_add(&next, writable, head, desc.addr, desc.len))
			break;
	}
	*run = next;
	return i;
}

/* Compiled once for each direction, and alone, so that all it needs is in registers. */
static NEVER_INLINE unsigned add_readable(const struct vring *vring, struct chain_run *run,
					  unsigned cnt)
{
	return add_heads(vring, run, cnt, false);
}

static NEVER_INLINE unsigned add_writable(const struct vring *vring, struct chain_run *run,
					  unsigned cnt)
{
	return add_heads(vring, run, cnt, true);
}

/* As many of the next `cnt` chains as make a run. */
static unsigned take_run(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
			 unsigned cnt)
{
	uint16_t head = head_at(vring, vring->next_avail) & (vring->shape.size - 1);
	const struct virtq_desc first = guest_load_desc(&vring->parts.desc[head]);
	struct chain_run run = chain_run_begin(vring->mem, scratch, chains, first.addr);

	cnt = cnt < scratch->cap - scratch->used ? cnt : scratch->cap - scratch->used;
	if (first.flags & VIRTQ_DESC_F_WRITE)
		cnt = add_writable(vring, &run, cnt);
	else
		cnt = add_readable(vring, &run, cnt);
	vring->next_avail = (uint16_t)(vring->next_avail + cnt);
	return chain_run_end(&run, scratch);
}

/* Any other. False: nothing was taken. */
static bool take_any(struct vring *vring, struct chain_scratch *scratch, struct chain *chain,
		     unsigned taken)
{
	struct gathering gathering;

	gather_begin(&gathering, vring->mem, scratch, chain, vring->shape.size);
	if (!vring_taken(vring, &gathering, take_one(vring, &gathering), taken))
		return false;
	vring->next_avail++;
	return true;
}

/* Descriptors that the driver's CPU has written, and used entries that it has read, are
 * far away: their cache lines are asked for all at once. */
static void fetch(const struct vring *vring, unsigned cnt)
{
	const uint16_t mask = vring->shape.size - 1;
	unsigned i;

	for (i = 0; i < cnt; i++)
		prefetch_read(&vring->parts.desc[head_at(vring, vring->next_avail + i) & mask]);
	for (i = 0; i < cnt; i += CACHE_LINE / sizeof(struct virtq_used_elem))
		prefetch_write(&vring->parts.used->ring[(vring->next_used + i) & mask]);
}

unsigned split_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max)
{
	unsigned cnt = available(vring, max);
	unsigned taken = 0;

	if (cnt > 1)
		fetch(vring, cnt);
	while (taken < cnt) {
		unsigned in_run = take_run(vring, scratch, &chains[taken], cnt - taken);

		if (in_run == 0 && !take_any(vring, scratch, &chains[taken], taken))
			break;
		taken += in_run > 0 ? in_run : 1;
	}
	vring->drained = taken == cnt && cnt < max;
	return taken;
}

/* Compiled twice, with lengths and without. */
static ALWAYS_INLINE void write_used(const struct vring *vring, const struct chain *chains,
				     const uint32_t *written, unsigned cnt)
{
	struct virtq_used_elem *ring = vring->parts.used->ring;
	const uint32_t mask = vring->shape.size - 1u;
	uint32_t at = vring->next_used;
	unsigned i;

	for (i = 0; i < cnt; i++, at++) {
		guest_store32(&ring[at & mask].id, chains[i].id);
		guest_store32(&ring[at & mask].len, written ? written[i] : 0);
	}
}

static void log_used(const struct vring *vring, unsigned cnt)
{
	const uint32_t mask = vring->shape.size - 1u;
	unsigned i;

	for (i = 0; i < cnt; i++)
		dirty_log_bytes(vring->log, vring->mem,
				&vring->parts.used->ring[(vring->next_used + i) & mask],
				sizeof(struct virtq_used_elem));
}

void split_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
	       unsigned cnt)
{
	if (written)
		write_used(vring, chains, written, cnt);
	else
		write_used(vring, chains, NULL, cnt);
	if (vring->log)
		log_used(vring, cnt);
	vring->next_used = (uint16_t)(vring->next_used + cnt);
}

void split_publish(struct vring *vring)
{
	/* Release: the used entries, and what was written into the buffers,
	 * before the index that makes them the driver's. */
	guest_store16_release(&vring->parts.used->idx, vring->next_used);
	dirty_log_bytes(vring->log, vring->mem, &vring->parts.used->idx, sizeof(uint16_t));
}
