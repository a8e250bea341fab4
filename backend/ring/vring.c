/* SPDX-License-Identifier: BSD-3-Clause */
/* vring.c - see vring.h: which layout, and what both have in common. */
#include "vring.h"

#include <string.h>

#include "guest_word.h"
#include "packed.h"
#include "split.h"
#include "vring_private.h"

/* ---- attach ---- */

static bool aligned(const void *pointer, uintptr_t to)
{
	return ((uintptr_t)pointer & (to - 1)) == 0;
}

const char *vring_check_area(const struct vring_config *config, const void *area, uintptr_t align,
			     uint64_t bytes)
{
	if (!area)
		return "a ring has no address";
	if (!aligned(area, align))
		return "a ring is not aligned";
	if (!guest_mem_holds(config->mem, area, bytes))
		return "a ring is not inside one memory region";
	return NULL;
}

const char *vring_check(const struct vring_config *config)
{
	if (config->shape.size == 0 || config->shape.size > VIRTQ_SIZE_MAX)
		return "the size is not from 1 to 32768";
	return config->shape.packed ? packed_check(config) : split_check(config);
}

void vring_attach(struct vring *vring, const struct vring_config *config)
{
	memset(vring, 0, sizeof(*vring));
	vring->parts = config->parts;
	vring->mem = config->mem;
	vring->log = config->log;
	vring->shape = config->shape;
	vring->event_idx = config->event_idx;
	vring->indirect = config->indirect;

	vring->next_avail = config->next_avail;
	vring->avail_seen = config->next_avail;
	vring->next_used = config->next_used;
	vring->decided_used = config->next_used;
	vring->avail_event = config->next_avail;

	if (vring->shape.packed)
		packed_attach(vring);
	else
		split_attach(vring);
}

void vring_detach(struct vring *vring)
{
	vring->parts = (struct vring_parts){ 0 };
	vring->mem = NULL;
	vring->log = NULL;
	vring->shape.size = 0;
}

/* ---- what is shared ---- */

void vring_set_fault(struct vring *vring, enum vring_fault fault)
{
	if (vring->fault == VRING_FAULT_none)
		vring->fault = fault;
}

bool vring_taken(struct vring *vring, struct gathering *gathering, enum chain_walk walk,
		 unsigned taken)
{
	switch (walk) {
	case CHAIN_WALK_DONE:
		gather_keep(gathering);
		return true;
	case CHAIN_WALK_NO_ROOM:
		/* No later try would have more room. */
		if (taken == 0 && gathering->scratch->used <= CHAIN_SCRATCH_FRONT)
			vring_set_fault(vring, VRING_FAULT_pieces);
		return false;
	default:
		vring_set_fault(vring, gathering->fault);
		return false;
	}
}

/* ---- the verbs ---- */

void vring_look(struct vring *vring)
{
	if (vring->fault != VRING_FAULT_none)
		return;
	if (vring->shape.packed)
		packed_look(vring);
	else
		split_look(vring);
}

unsigned vring_ahead(const struct vring *vring, uint16_t next_avail, uint16_t next_used)
{
	return vring->shape.packed ? packed_ahead(vring, next_avail, next_used)
				   : split_ahead(vring, next_avail);
}

unsigned vring_backlog(struct vring *vring)
{
	vring_look(vring);
	if (vring->fault != VRING_FAULT_none)
		return 0;
	return vring_ahead(vring, vring->next_avail, vring->next_used);
}

unsigned vring_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max)
{
	if (vring->fault != VRING_FAULT_none)
		return 0;
	return vring->shape.packed ? packed_take(vring, scratch, chains, max)
				   : split_take(vring, scratch, chains, max);
}

void vring_put_back(struct vring *vring, const struct chain *chains, unsigned cnt)
{
	if (vring->shape.packed)
		packed_put_back(vring, chains, cnt);
	else
		vring->next_avail = (uint16_t)(vring->next_avail - cnt);
}

void vring_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
	       unsigned cnt)
{
	if (vring->shape.packed)
		packed_use(vring, chains, written, cnt);
	else
		split_use(vring, chains, written, cnt);
}

void vring_publish(struct vring *vring)
{
	if (vring->shape.packed)
		packed_publish(vring);
	else
		split_publish(vring);
}

struct vring_wish vring_wish(const struct vring *vring)
{
	struct pvirtq_event_suppress event;

	if (!vring->shape.packed)
		return (struct vring_wish){
			.event = vring->event_idx ? guest_load16(vring->used_event) : 0,
			.flags = guest_load16(&vring->parts.avail->flags),
		};
	event = guest_load_event(vring->parts.driver_event);
	return (struct vring_wish){ .event = event.desc,
				    .flags = event.flags & RING_EVENT_FLAGS_MASK };
}
