/* SPDX-License-Identifier: BSD-3-Clause */
/* vring.c - attach, take, use and publish on the split layout; see vring.h. */
#include "vring.h"

#include <string.h>

#include "guest_word.h"

static bool aligned(const void *pointer, uintptr_t to)
{
	return ((uintptr_t)pointer & (to - 1)) == 0;
}

static uint64_t desc_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_desc) * (uint64_t)config->size;
}

/* Both rings have an event word behind their entries if it was negotiated. */
static uint64_t avail_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_avail) + sizeof(uint16_t) * (uint64_t)config->size +
	       (config->event_idx ? sizeof(uint16_t) : 0);
}

static uint64_t used_bytes(const struct vring_config *config)
{
	return sizeof(struct virtq_used) + sizeof(struct virtq_used_elem) * (uint64_t)config->size +
	       (config->event_idx ? sizeof(uint16_t) : 0);
}

static const char *check_part(const struct vring_config *config, const void *part, uintptr_t align,
			      uint64_t bytes)
{
	if (!part)
		return "a ring has no address";
	if (!aligned(part, align))
		return "a ring is not aligned";
	if (!guest_mem_holds(config->mem, part, bytes))
		return "a ring is not inside one memory region";
	return NULL;
}

const char *vring_check(const struct vring_config *config)
{
	const struct vring_parts *parts = &config->parts;
	const char *wrong;

	if (config->size == 0 || config->size > VIRTQ_SPLIT_SIZE_MAX ||
	    (config->size & (config->size - 1)))
		return "the size is not a power of two from 1 to 32768";
	wrong = check_part(config, parts->desc, 16, desc_bytes(config));
	if (!wrong)
		wrong = check_part(config, parts->avail, 2, avail_bytes(config));
	if (!wrong)
		wrong = check_part(config, parts->used, 4, used_bytes(config));
	return wrong;
}

void vring_attach(struct vring *vring, const struct vring_config *config)
{
	memset(vring, 0, sizeof(*vring));
	vring->parts = config->parts;
	vring->mem = config->mem;
	vring->size = config->size;
	vring->event_idx = config->event_idx;
	vring->indirect = config->indirect;
	vring->used_event = &config->parts.avail->ring[config->size];
	vring->avail_event_word = (uint16_t *)&config->parts.used->ring[config->size];

	vring->next_avail = config->next_avail;
	vring->avail_seen = config->next_avail;
	vring->next_used = config->next_used;
	vring->decided_used = config->next_used;
	vring->avail_event = config->next_avail;

	guest_store16(&vring->parts.used->flags, 0);
	if (vring->event_idx)
		guest_store16(vring->avail_event_word, vring->avail_event);
}

void vring_detach(struct vring *vring)
{
	vring->parts = (struct vring_parts){ 0 };
	vring->mem = NULL;
	vring->size = 0;
}

void vring_set_fault(struct vring *vring, enum vring_fault fault)
{
	if (vring->fault == VRING_FAULT_none)
		vring->fault = fault;
}

unsigned vring_backlog(struct vring *vring)
{
	uint16_t ahead;

	if (vring->fault != VRING_FAULT_none)
		return 0;
	/* Acquire: the entries and descriptors behind the index we see. */
	vring->avail_seen = guest_load16_acquire(&vring->parts.avail->idx);
	ahead = vring_distance(vring->avail_seen, vring->next_avail);
	if (ahead > vring->size) {
		vring_set_fault(vring, VRING_FAULT_avail_jump);
		return 0;
	}
	return ahead;
}

static uint16_t head_at(const struct vring *vring, uint16_t position)
{
	return guest_load16(&vring->parts.avail->ring[position & (vring->size - 1)]);
}

/* Looks at the driver's index only when what we knew of does not suffice: its
 * cache line is the one the driver writes. */
static unsigned available(struct vring *vring, unsigned wanted)
{
	unsigned known = vring_distance(vring->avail_seen, vring->next_avail);

	if (vring->fault != VRING_FAULT_none)
		return 0;
	if (known < wanted)
		known = vring_backlog(vring);
	return known < wanted ? known : wanted;
}

unsigned vring_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max)
{
	const struct chain_table table = {
		.desc = vring->parts.desc,
		.size = vring->size,
		.indirect_ok = vring->indirect,
		.mem = vring->mem,
	};
	unsigned cnt = available(vring, max);
	unsigned taken;

	for (taken = 0; taken < cnt; taken++) {
		uint16_t head = head_at(vring, vring->next_avail);
		enum vring_fault fault;
		enum chain_walk walk = chain_walk(&table, head, scratch, &chains[taken], &fault);

		if (walk == CHAIN_WALK_NO_ROOM && taken == 0)
			fault = VRING_FAULT_pieces; /* no later try would have more room */
		vring_set_fault(vring, fault);
		if (walk != CHAIN_WALK_DONE)
			break;
		vring->next_avail++;
	}
	return taken;
}

void vring_put_back(struct vring *vring, unsigned cnt)
{
	vring->next_avail = (uint16_t)(vring->next_avail - cnt);
}

void vring_use(struct vring *vring, const struct chain *chain, uint32_t written)
{
	struct virtq_used_elem *elem =
		&vring->parts.used->ring[vring->next_used & (vring->size - 1)];

	guest_store32(&elem->id, chain->head);
	guest_store32(&elem->len, written);
	vring->next_used++;
}

void vring_publish(struct vring *vring)
{
	/* Release: the used entries, and what was written into the buffers,
	 * before the index that makes them the driver's. */
	guest_store16_release(&vring->parts.used->idx, vring->next_used);
}
