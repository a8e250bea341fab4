/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_split.c - the driver's end of a split virtqueue.
 *
 * See driver_layout.h. What must stay true: the device sees a chain whole
 * before its avail index, and `shadow` says at any time what the descriptor
 * table holds.
 */
#include <errno.h>
#include <string.h>

#include "driver_layout.h"

#define RING_ALIGN 64

static uint16_t write_parts(struct driver *d, const struct driver_chain *chain,
			    uint16_t head);
static void write_indirect(struct driver *d, const struct driver_chain *chain,
			   uint16_t head);
static struct virtq_desc part_desc(const struct driver *d,
				   const struct driver_part *part);
static void put_desc(struct driver *d, uint16_t slot, struct virtq_desc desc);

size_t driver_split_bytes(const struct driver_config *cfg)
{
	size_t size = cfg->size;

	return size * sizeof(struct virtq_desc) + sizeof(struct virtq_avail) +
	       (size + 1) * 2 + sizeof(struct virtq_used) +
	       size * sizeof(struct virtq_used_elem) + 2 +
	       (size_t)4 * RING_ALIGN;
}

int driver_split_lay(struct driver *d)
{
	size_t size = d->cfg.size;
	size_t avail_len = sizeof(*d->avail) + (size + 1) * 2;
	size_t used_len =
		sizeof(*d->used) + size * sizeof(d->used->ring[0]) + 2;
	uint32_t i;

	d->desc = driver_mem_alloc(d->mem, size * sizeof(*d->desc), RING_ALIGN);
	d->avail = driver_mem_alloc(d->mem, avail_len, RING_ALIGN);
	d->used = driver_mem_alloc(d->mem, used_len, RING_ALIGN);
	if (!d->desc || !d->avail || !d->used)
		return -ENOMEM;

	memset(d->avail, 0, avail_len);
	memset(d->used, 0, used_len);
	for (i = 0; i < size; i++)
		put_desc(d, (uint16_t)i,
			 (struct virtq_desc){ .next = (uint16_t)(i + 1) });
	d->used_seen = d->cfg.start;
	__atomic_store_n(&d->avail->idx, d->cfg.start, __ATOMIC_RELAXED);
	__atomic_store_n(&d->used->idx, d->cfg.start, __ATOMIC_RELEASE);
	return 0;
}

uint16_t driver_split_stage(struct driver *d, const struct driver_chain *chain)
{
	uint16_t head = d->free_first;

	if (chain->indirect)
		write_indirect(d, chain, head);
	else
		d->head[head].last = write_parts(d, chain, head);
	__atomic_store_n(&d->avail->ring[d->staged & (d->cfg.size - 1)], head,
			 __ATOMIC_RELAXED);
	d->staged++;
	return head;
}

void driver_split_publish(struct driver *d)
{
	__atomic_store_n(&d->avail->idx, d->staged, __ATOMIC_RELEASE);
}

void driver_offer_raw(struct driver *d, uint16_t head)
{
	d->lawless = true;
	__atomic_store_n(&d->avail->ring[d->staged & (d->cfg.size - 1)], head,
			 __ATOMIC_RELAXED);
	d->published = ++d->staged;
	__atomic_store_n(&d->avail->idx, d->published, __ATOMIC_RELEASE);
}

/* Did the event lie among the entries prev … next − 1? All three run freely
 * and wrap at 65,536. */
static bool event_passed(uint16_t event, uint16_t next, uint16_t prev)
{
	return (uint16_t)(next - event - 1) < (uint16_t)(next - prev);
}

bool driver_split_wants_kick(struct driver *d, uint16_t asked)
{
	uint16_t event, flags;

	if (d->cfg.event_idx) {
		event = __atomic_load_n(driver_avail_event(d),
					__ATOMIC_RELAXED);
		return event_passed(event, d->published, asked);
	}
	flags = __atomic_load_n(&d->used->flags, __ATOMIC_RELAXED);
	return d->published != asked && !(flags & VIRTQ_USED_F_NO_NOTIFY);
}

uint16_t driver_split_pending(struct driver *d, uint16_t *position)
{
	uint16_t used = __atomic_load_n(&d->used->idx, __ATOMIC_ACQUIRE);
	uint16_t pending = used - d->reaped;

	*position = used;
	if (pending > (uint16_t)(d->published - d->reaped)) {
		driver_fail(d, "used index %u is ahead of avail index %u", used,
			    d->published);
		return 0;
	}
	if (pending < (uint16_t)(d->used_seen - d->reaped))
		driver_fail(d, "used index went back from %u to %u",
			    d->used_seen, used);
	d->used_seen = used;
	return pending;
}

void driver_split_read_used(struct driver *d, uint32_t *id, uint32_t *len)
{
	struct virtq_used_elem elem =
		d->used->ring[d->reaped & (d->cfg.size - 1)];

	*id = elem.id;
	*len = elem.len;
}

void driver_split_release(struct driver *d, uint16_t id)
{
	uint16_t last = d->head[id].last;

	d->shadow[last].next = d->free_first;
	if (!d->unchecked)
		d->desc[last] = d->shadow[last];
	d->free_first = id;
}

/* Returns the last slot. */
static uint16_t write_parts(struct driver *d, const struct driver_chain *chain,
			    uint16_t head)
{
	struct virtq_desc desc;
	uint16_t slot = head, last = head;
	uint16_t next, i;

	for (i = 0; i < chain->part_cnt; i++) {
		next = d->shadow[slot].next;
		desc = part_desc(d, &chain->part[i]);
		desc.next = next;
		if (i + 1 < chain->part_cnt)
			desc.flags |= VIRTQ_DESC_F_NEXT;
		put_desc(d, slot, desc);
		last = slot;
		slot = next;
	}
	d->free_first = slot;
	return last;
}

static void write_indirect(struct driver *d, const struct driver_chain *chain,
			   uint16_t head)
{
	struct virtq_desc *table = driver_table(d, head);
	struct virtq_desc desc = {
		.addr = driver_mem_gpa(d->mem, table),
		.len = chain->part_cnt * (uint32_t)sizeof(*table),
		.flags = VIRTQ_DESC_F_INDIRECT,
		.next = d->shadow[head].next,
	};
	uint16_t i;

	for (i = 0; i < chain->part_cnt; i++) {
		table[i] = part_desc(d, &chain->part[i]);
		if (i + 1 < chain->part_cnt) {
			table[i].flags |= VIRTQ_DESC_F_NEXT;
			table[i].next = i + 1;
		}
	}
	d->free_first = desc.next;
	d->head[head].last = head;
	put_desc(d, head, desc);
}

static struct virtq_desc part_desc(const struct driver *d,
				   const struct driver_part *part)
{
	return (struct virtq_desc){
		.addr = driver_mem_gpa(d->mem, part->host),
		.len = part->len,
		.flags = part->writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

static void put_desc(struct driver *d, uint16_t slot, struct virtq_desc desc)
{
	d->shadow[slot] = desc;
	d->desc[slot] = desc;
}

/* ---- invariants ---- */

/* "The device MUST NOT write" to the avail ring. */
static void check_our_words(struct driver *d)
{
	uint16_t idx = __atomic_load_n(&d->avail->idx, __ATOMIC_RELAXED);
	uint16_t flags = __atomic_load_n(&d->avail->flags, __ATOMIC_RELAXED);
	uint16_t event =
		__atomic_load_n(driver_used_event(d), __ATOMIC_RELAXED);

	if (idx != d->published)
		driver_fail(d, "avail index is %u, we wrote %u", idx,
			    d->published);
	if (flags != d->flags)
		driver_fail(d, "avail flags are %#x, we wrote %#x", flags,
			    d->flags);
	if (event != d->used_event)
		driver_fail(d, "used_event is %u, we wrote %u", event,
			    d->used_event);
}

/* "Available Buffer Notification Suppression": 0 with the event index, else
 * 0 or 1. */
static void check_device_flags(struct driver *d)
{
	uint16_t flags = __atomic_load_n(&d->used->flags, __ATOMIC_RELAXED);
	uint16_t allowed = d->cfg.event_idx ? 0 : VIRTQ_USED_F_NO_NOTIFY;

	if (flags & ~allowed)
		driver_fail(d, "used flags are %#x", flags);
}

/* On large rings the table is compared window by window and whole only on
 * demand. */
static void check_table(struct driver *d, uint32_t first, uint32_t cnt)
{
	if (cnt > d->cfg.size - first)
		cnt = d->cfg.size - first;
	if (memcmp(&d->desc[first], &d->shadow[first],
		   cnt * sizeof(d->desc[0])) != 0)
		driver_fail(d, "the device wrote to descriptors %u … %u", first,
			    first + cnt - 1);
}

/* Each entry not reaped yet names a chain in flight, and none twice. */
static void check_pending_unique(struct driver *d)
{
	uint16_t pending = driver_pending(d);
	uint16_t mask = d->cfg.size - 1;
	uint16_t i;

	memset(d->pending_mark, 0, d->cfg.size);
	for (i = 0; i < pending; i++) {
		const struct virtq_used_elem *elem =
			&d->used->ring[(uint16_t)(d->reaped + i) & mask];

		if (elem->id >= d->cfg.size || !d->head[elem->id].desc_cnt)
			driver_fail(d, "used id %u is not in flight", elem->id);
		else if (d->pending_mark[elem->id]++)
			driver_fail(d, "used id %u is there twice", elem->id);
		else if (elem->len > d->head[elem->id].writable_len)
			driver_fail(d, "used len %u of %u writable", elem->len,
				    d->head[elem->id].writable_len);
	}
}

void driver_split_check(struct driver *d, bool whole)
{
	const uint32_t window = 64;

	if (d->in_flight != (uint16_t)(d->staged - d->reaped))
		driver_fail(d, "%u in flight, positions say %u", d->in_flight,
			    (uint16_t)(d->staged - d->reaped));
	check_our_words(d);
	check_device_flags(d);
	if (whole) {
		check_table(d, 0, d->cfg.size);
		check_pending_unique(d);
		return;
	}
	driver_pending(d);
	check_table(d, d->check_next, window);
	d->check_next = (d->check_next + window) % d->cfg.size;
}
