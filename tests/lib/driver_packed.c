/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_packed.c - the driver's end of a packed virtqueue.
 *
 * See driver_layout.h. Ids are handed out last in, first out, so that they soon
 * have nothing to do with slots. What must stay true: the flags that make the
 * first of the staged chains available are stored last; a slot that is free
 * holds what `packed_shadow` says, since the device writes used descriptors
 * only over chains in flight.
 */
#include <errno.h>
#include <string.h>

#include "driver_layout.h"

#define RING_ALIGN 64

size_t driver_packed_bytes(const struct driver_config *cfg)
{
	return (size_t)cfg->size * sizeof(struct pvirtq_desc) +
	       (size_t)4 * RING_ALIGN;
}

/* A free descriptor is one that looks used by the wrap counter of the lap
 * before: on a first lap all flags are 0. */
static uint16_t used_flags(uint16_t position)
{
	return position & POSITION_WRAP ? VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED
					: 0;
}

static uint16_t avail_flags(uint16_t position)
{
	return position & POSITION_WRAP ? VIRTQ_DESC_F_AVAIL
					: VIRTQ_DESC_F_USED;
}

static void store_wish_afresh(struct driver *d)
{
	struct pvirtq_event_suppress none = { 0, RING_EVENT_FLAGS_ENABLE };

	d->flags = RING_EVENT_FLAGS_ENABLE;
	__atomic_store(d->driver_event, &none, __ATOMIC_RELAXED);
	__atomic_store(d->device_event, &none, __ATOMIC_RELEASE);
}

int driver_packed_lay(struct driver *d)
{
	size_t len = d->cfg.size * sizeof(*d->ring);
	uint16_t position = d->cfg.start;
	uint32_t i;

	d->ring = driver_mem_alloc(d->mem, len, RING_ALIGN);
	d->driver_event =
		driver_mem_alloc(d->mem, sizeof(*d->driver_event), RING_ALIGN);
	d->device_event =
		driver_mem_alloc(d->mem, sizeof(*d->device_event), RING_ALIGN);
	if (!d->ring || !d->driver_event || !d->device_event)
		return -ENOMEM;

	memset(d->ring, 0, len);
	for (i = 0; i < d->cfg.size; i++) {
		uint16_t lap_before =
			position_before(d->shape, position, d->cfg.size);

		d->ring[position & POSITION_SLOT].flags =
			used_flags(lap_before);
		position = driver_step(d, position, 1);
		d->free_next[i] = (uint16_t)(i + 1);
	}
	memcpy(d->packed_shadow, d->ring, len);
	store_wish_afresh(d);
	return 0;
}

/* ---- offers ---- */

static void put_desc(struct driver *d, uint16_t position,
		     struct pvirtq_desc desc, bool hold)
{
	uint16_t slot = position & POSITION_SLOT;
	uint16_t flags = desc.flags | avail_flags(position);

	desc.flags = d->ring[slot].flags;
	d->ring[slot] = desc;
	if (hold)
		d->held_flags = flags;
	else
		__atomic_store_n(&d->ring[slot].flags, flags, __ATOMIC_RELAXED);
}

static struct pvirtq_desc part_desc(const struct driver *d,
				    const struct driver_part *part, uint16_t id)
{
	return (struct pvirtq_desc){
		.addr = driver_mem_gpa(d->mem, part->host),
		.len = part->len,
		.id = id,
		.flags = part->writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

/* "In a table only WRITE is valid": ids and NEXT are nonsense on purpose. */
static struct pvirtq_desc
write_table(struct driver *d, const struct driver_chain *chain, uint16_t id)
{
	struct pvirtq_desc *table = driver_table(d, id);
	uint16_t i;

	for (i = 0; i < chain->part_cnt; i++)
		table[i] = part_desc(d, &chain->part[i], (uint16_t)~id);
	return (struct pvirtq_desc){
		.addr = driver_mem_gpa(d->mem, table),
		.len = chain->part_cnt * (uint32_t)sizeof(*table),
		.id = id,
		.flags = VIRTQ_DESC_F_INDIRECT,
	};
}

/* "Only the last descriptor of a chain need have the id": the others lie. */
static void write_parts(struct driver *d, const struct driver_chain *chain,
			uint16_t id)
{
	uint16_t i;

	for (i = 0; i < chain->part_cnt; i++) {
		bool last = i + 1 == chain->part_cnt;
		struct pvirtq_desc desc = part_desc(d, &chain->part[i],
						    last ? id : (uint16_t)~id);

		if (!last)
			desc.flags |= VIRTQ_DESC_F_NEXT;
		put_desc(d, d->staged, desc, d->staged == d->published);
		d->staged = driver_step(d, d->staged, 1);
	}
}

uint16_t driver_packed_stage(struct driver *d, const struct driver_chain *chain)
{
	uint16_t id = d->free_first;

	d->free_first = d->free_next[id];
	if (chain->indirect) {
		put_desc(d, d->staged, write_table(d, chain, id),
			 d->staged == d->published);
		d->staged = driver_step(d, d->staged, 1);
	} else {
		write_parts(d, chain, id);
	}
	return id;
}

void driver_packed_publish(struct driver *d)
{
	if (d->published != d->staged)
		__atomic_store_n(&d->ring[d->published & POSITION_SLOT].flags,
				 d->held_flags, __ATOMIC_RELEASE);
}

void driver_offer_raw_packed(struct driver *d, const struct pvirtq_desc *desc,
			     unsigned int cnt)
{
	unsigned int i;

	d->lawless = true;
	for (i = 0; i < cnt; i++) {
		put_desc(d, d->staged, desc[i], i == 0);
		d->staged = driver_step(d, d->staged, 1);
	}
	driver_packed_publish(d);
	d->published = d->staged;
}

bool driver_packed_wants_kick(struct driver *d, uint16_t asked)
{
	struct pvirtq_event_suppress event;
	uint16_t position;

	__atomic_load(d->device_event, &event, __ATOMIC_RELAXED);
	if (event.flags == RING_EVENT_FLAGS_DISABLE || asked == d->published)
		return false;
	if (event.flags == RING_EVENT_FLAGS_ENABLE)
		return true;
	for (position = asked; position != d->published;
	     position = driver_step(d, position, 1))
		if (position == event.desc)
			return true;
	return false;
}

/* ---- used entries ---- */

/* The used entry at a position; false if there is none. */
static bool used_at(const struct driver *d, uint16_t position,
		    struct pvirtq_desc *desc)
{
	const struct pvirtq_desc *there = &d->ring[position & POSITION_SLOT];
	uint16_t both = VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
	uint16_t flags = __atomic_load_n(&there->flags, __ATOMIC_ACQUIRE);

	if ((flags & both) != used_flags(position))
		return false;
	*desc = (struct pvirtq_desc){ .id = there->id,
				      .len = there->len,
				      .flags = flags };
	return true;
}

uint16_t driver_packed_pending(struct driver *d, uint16_t *position)
{
	uint16_t cnt = 0;
	struct pvirtq_desc desc;

	*position = d->reaped;
	while (cnt < d->in_flight && *position != d->published &&
	       used_at(d, *position, &desc)) {
		uint16_t slots =
			desc.id < d->cfg.size ? d->head[desc.id].desc_cnt : 0;

		*position = driver_step(d, *position, slots ? slots : 1);
		cnt++;
	}
	return cnt;
}

bool driver_packed_any_used(const struct driver *d)
{
	struct pvirtq_desc desc;

	return d->in_flight > 0 && d->reaped != d->published &&
	       used_at(d, d->reaped, &desc);
}

void driver_packed_read_used(struct driver *d, uint32_t *id, uint32_t *len)
{
	struct pvirtq_desc desc = { 0 };

	used_at(d, d->reaped, &desc);
	*id = desc.id;
	*len = desc.len;
	if (!(desc.flags & VIRTQ_DESC_F_WRITE) != !desc.len)
		driver_fail(d, "used flags %#x with used len %u", desc.flags,
			    desc.len);
}

/* The slots are free now and must stay as they are. */
void driver_packed_release(struct driver *d, uint16_t id)
{
	uint16_t position =
		position_before(d->shape, d->reaped, d->head[id].desc_cnt);

	for (; !d->unchecked && position != d->reaped;
	     position = driver_step(d, position, 1))
		d->packed_shadow[position & POSITION_SLOT] =
			d->ring[position & POSITION_SLOT];
	d->free_next[id] = d->free_first;
	d->free_first = id;
}

/* ---- invariants ---- */

static void check_our_words(struct driver *d)
{
	struct pvirtq_event_suppress event;

	__atomic_load(d->driver_event, &event, __ATOMIC_RELAXED);
	if (event.desc != d->used_event || event.flags != d->flags)
		driver_fail(d, "driver event is %#x %u, we wrote %#x %u",
			    event.desc, event.flags, d->used_event, d->flags);
}

/* "Event Suppression Structure Format" */
static void check_device_event(struct driver *d)
{
	struct pvirtq_event_suppress event;

	__atomic_load(d->device_event, &event, __ATOMIC_RELAXED);
	if (event.flags > (d->cfg.event_idx ? RING_EVENT_FLAGS_DESC
					    : RING_EVENT_FLAGS_DISABLE))
		driver_fail(d, "device event flags are %u", event.flags);
	if ((event.desc & POSITION_SLOT) >= d->cfg.size)
		driver_fail(d, "device event offset is %u",
			    event.desc & POSITION_SLOT);
}

static void check_free(struct driver *d, uint32_t most)
{
	uint16_t position = d->staged;
	uint32_t i;

	for (i = 0; i < d->free_cnt && i < most; i++) {
		uint16_t slot = position & POSITION_SLOT;

		if (memcmp(&d->ring[slot], &d->packed_shadow[slot],
			   sizeof(d->ring[0])) != 0) {
			driver_fail(d, "the device wrote to free slot %u",
				    slot);
			return;
		}
		position = driver_step(d, position, 1);
	}
}

/* Each entry not reaped yet names a chain in flight, and none twice. */
static void check_pending(struct driver *d)
{
	uint16_t position = d->reaped;
	struct pvirtq_desc desc;
	uint32_t i;

	memset(d->pending_mark, 0, d->cfg.size);
	for (i = 0; i < d->in_flight && position != d->published; i++) {
		if (!used_at(d, position, &desc))
			return;
		if (desc.id >= d->cfg.size || !d->head[desc.id].desc_cnt) {
			driver_fail(d, "used id %u is not in flight", desc.id);
			return;
		}
		if (d->pending_mark[desc.id]++)
			driver_fail(d, "used id %u is there twice", desc.id);
		if (desc.len > d->head[desc.id].writable_len)
			driver_fail(d, "used len %u of %u writable", desc.len,
				    d->head[desc.id].writable_len);
		position = driver_step(d, position, d->head[desc.id].desc_cnt);
	}
}

void driver_packed_check(struct driver *d, bool whole)
{
	uint32_t slots = position_distance(d->shape, d->staged, d->reaped);

	if (slots + d->free_cnt != d->cfg.size)
		driver_fail(d,
			    "%u slots in flight by positions, %u free, size %u",
			    slots, d->free_cnt, d->cfg.size);
	check_our_words(d);
	check_device_event(d);
	check_free(d, whole ? d->cfg.size : 16);
	if (whole)
		check_pending(d);
}
