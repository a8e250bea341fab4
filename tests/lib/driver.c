/* SPDX-License-Identifier: BSD-3-Clause */
/* driver.c - the driver's end of a virtqueue: what both layouts have in common.
 *
 * See driver.h; what differs is in driver_split.c and driver_packed.c, the
 * invariants in driver_check.c. The atomics are spelled here on purpose and not
 * borrowed from include/guest_word.h: a fence lost there must not be lost on
 * both ends. What must stay true: each of the two fences stands between our
 * store and our look at the other end's word.
 */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver_layout.h"

static int make_records(struct driver *d);
static bool fence_then_pending(struct driver *d);
static void store_wish(struct driver *d, uint16_t event, uint16_t flags);

/* ---- life ---- */

size_t driver_bytes(const struct driver_config *cfg)
{
	size_t tables =
		(size_t)cfg->size * cfg->indirect_parts * DRIVER_DESC_LEN;

	return tables + (cfg->packed ? driver_packed_bytes(cfg)
				     : driver_split_bytes(cfg));
}

int driver_init(struct driver *d, const struct driver_config *cfg,
		struct driver_mem *mem)
{
	size_t tables =
		(size_t)cfg->size * cfg->indirect_parts * DRIVER_DESC_LEN;
	int err = 0;

	if (cfg->size < 2 || (!cfg->packed && (cfg->size & (cfg->size - 1))))
		return -EINVAL;

	memset(d, 0, sizeof(*d));
	d->cfg = *cfg;
	d->shape =
		(struct ring_shape){ .size = cfg->size, .packed = cfg->packed };
	d->mem = mem;
	d->staged = d->published = d->kick_asked = d->reaped = cfg->start;
	if (tables) {
		d->indirect = driver_mem_alloc(mem, tables, DRIVER_DESC_LEN);
		err = d->indirect ? 0 : -ENOMEM;
	}
	if (!err)
		err = make_records(d);
	if (!err)
		err = cfg->packed ? driver_packed_lay(d) : driver_split_lay(d);
	if (err)
		driver_free(d);
	return err;
}

static int make_records(struct driver *d)
{
	d->free_cnt = d->cfg.size;
	d->head = calloc(d->cfg.size, sizeof(*d->head));
	d->free_next = calloc(d->cfg.size, sizeof(*d->free_next));
	d->pending_mark = calloc(d->cfg.size, 1);
	if (d->cfg.packed)
		d->packed_shadow =
			calloc(d->cfg.size, sizeof(*d->packed_shadow));
	else
		d->shadow = calloc(d->cfg.size, sizeof(*d->shadow));
	return d->head && d->free_next && d->pending_mark &&
			       (d->shadow || d->packed_shadow)
		       ? 0
		       : -ENOMEM;
}

void driver_free(struct driver *d)
{
	free(d->head);
	free(d->free_next);
	free(d->shadow);
	free(d->packed_shadow);
	free(d->pending_mark);
	d->head = NULL;
	d->free_next = NULL;
	d->shadow = NULL;
	d->packed_shadow = NULL;
	d->pending_mark = NULL;
}

void *driver_table(const struct driver *d, uint16_t slot)
{
	return d->indirect +
	       (size_t)slot * d->cfg.indirect_parts * DRIVER_DESC_LEN;
}

/* ---- offers ---- */

int driver_stage(struct driver *d, const struct driver_chain *chain)
{
	uint16_t slots = chain->indirect ? 1 : chain->part_cnt;
	struct driver_head head = { .token = chain->token, .desc_cnt = slots };
	unsigned int i;
	uint16_t id;

	if (!slots || slots > d->free_cnt)
		return -ENOSPC;
	if (chain->indirect && chain->part_cnt > d->cfg.indirect_parts)
		return -ENOSPC;
	for (i = 0; i < chain->part_cnt; i++)
		if (chain->part[i].writable)
			head.writable_len += chain->part[i].len;

	head.nth = d->offered_total++;
	d->head[d->free_first] = head;
	id = d->cfg.packed ? driver_packed_stage(d, chain)
			   : driver_split_stage(d, chain);
	d->free_cnt -= slots;
	d->in_flight++;
	return id;
}

void driver_publish(struct driver *d)
{
	if (d->cfg.packed)
		driver_packed_publish(d);
	else
		driver_split_publish(d);
	d->published = d->staged;
	driver_check_step(d);
}

int driver_offer(struct driver *d, const struct driver_chain *chain)
{
	int id = driver_stage(d, chain);

	if (id >= 0)
		driver_publish(d);
	return id;
}

uint32_t driver_room(const struct driver *d)
{
	return d->free_cnt;
}

uint16_t driver_step(const struct driver *d, uint16_t position, int slots)
{
	return slots < 0 ? position_before(d->shape, position,
					   (unsigned int)-slots)
			 : position_after(d->shape, position,
					  (unsigned int)slots);
}

bool driver_wants_kick(struct driver *d)
{
	uint16_t asked = d->kick_asked;

	/* What we made available before the device's wish. Pairs with the
	 * device, which writes its wish and then looks again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	d->kick_asked = d->published;
	return d->cfg.packed ? driver_packed_wants_kick(d, asked)
			     : driver_split_wants_kick(d, asked);
}

/* ---- used entries ---- */

static uint16_t look_used(struct driver *d, uint16_t *position)
{
	return d->cfg.packed ? driver_packed_pending(d, position)
			     : driver_split_pending(d, position);
}

uint16_t driver_pending(struct driver *d)
{
	uint16_t position;

	return look_used(d, &position);
}

uint16_t driver_used_position(struct driver *d)
{
	uint16_t position;

	look_used(d, &position);
	return position;
}

/* To count them takes a walk on a packed ring. */
static bool any_used(struct driver *d)
{
	return d->cfg.packed ? driver_packed_any_used(d)
			     : driver_pending(d) != 0;
}

/* "IN_ORDER": the one offered first of all that are in flight. */
static void check_order(struct driver *d, const struct driver_head *head)
{
	if (d->cfg.in_order && head->nth != d->reaped_total - 1)
		driver_fail(d, "buffer %lu was used in place of %lu",
			    (unsigned long)head->nth,
			    (unsigned long)d->reaped_total - 1);
}

bool driver_reap(struct driver *d, struct driver_reaped *reaped)
{
	struct driver_head *head;
	uint32_t id, len;

	while (any_used(d)) {
		if (d->cfg.packed)
			driver_packed_read_used(d, &id, &len);
		else
			driver_split_read_used(d, &id, &len);
		d->reaped_total++;
		if (id >= d->cfg.size || !d->head[id].desc_cnt) {
			driver_fail(d, "used id %u is not in flight", id);
			d->reaped = driver_step(d, d->reaped, 1);
			continue;
		}
		head = &d->head[id];
		check_order(d, head);
		if (len > head->writable_len)
			driver_fail(d, "used len %u of %u writable", len,
				    head->writable_len);
		*reaped = (struct driver_reaped){ head->token, len,
						  head->writable_len,
						  (uint16_t)id };
		d->reaped = driver_step(d, d->reaped,
					d->cfg.packed ? head->desc_cnt : 1);
		d->free_cnt += head->desc_cnt;
		d->in_flight--;
		if (d->cfg.packed)
			driver_packed_release(d, (uint16_t)id);
		else
			driver_split_release(d, (uint16_t)id);
		head->desc_cnt = 0;
		driver_check_step(d);
		return true;
	}
	return false;
}

/* ---- calls ---- */

bool driver_arm(struct driver *d)
{
	if (d->cfg.event_idx)
		return driver_arm_at(d, d->reaped);

	if (!d->frozen)
		store_wish(
			d, d->used_event,
			d->cfg.packed
				? RING_EVENT_FLAGS_ENABLE
				: d->flags &
					  (uint16_t)~VIRTQ_AVAIL_F_NO_INTERRUPT);
	return fence_then_pending(d);
}

bool driver_arm_at(struct driver *d, uint16_t event)
{
	if (!d->frozen)
		store_wish(d, event,
			   d->cfg.packed ? RING_EVENT_FLAGS_DESC : d->flags);
	return fence_then_pending(d);
}

void driver_disarm(struct driver *d)
{
	if (d->frozen || (d->cfg.event_idx && !d->cfg.packed))
		return;
	store_wish(d, d->used_event,
		   d->cfg.packed ? RING_EVENT_FLAGS_DISABLE
				 : d->flags | VIRTQ_AVAIL_F_NO_INTERRUPT);
}

void driver_freeze(struct driver *d, bool frozen)
{
	d->frozen = frozen;
}

uint16_t *driver_used_event(const struct driver *d)
{
	return d->cfg.packed ? &d->driver_event->desc
			     : &d->avail->ring[d->cfg.size];
}

uint16_t *driver_avail_event(const struct driver *d)
{
	return d->cfg.packed ? &d->device_event->desc
			     : (uint16_t *)&d->used->ring[d->cfg.size];
}

void *driver_desc_area(const struct driver *d)
{
	return d->cfg.packed ? (void *)d->ring : (void *)d->desc;
}

void *driver_driver_area(const struct driver *d)
{
	return d->cfg.packed ? (void *)d->driver_event : (void *)d->avail;
}

void *driver_device_area(const struct driver *d)
{
	return d->cfg.packed ? (void *)d->device_event : (void *)d->used;
}

static void store_wish(struct driver *d, uint16_t event, uint16_t flags)
{
	struct pvirtq_event_suppress both = { .desc = event, .flags = flags };

	d->used_event = event;
	d->flags = flags;
	if (d->cfg.packed) {
		__atomic_store(d->driver_event, &both, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&d->avail->flags, flags, __ATOMIC_RELAXED);
	if (d->cfg.event_idx)
		__atomic_store_n(driver_used_event(d), event, __ATOMIC_RELAXED);
}

/* Our wish before what is used. Pairs with the device, which shows that and
 * then reads our wish. */
static bool fence_then_pending(struct driver *d)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return any_used(d);
}
