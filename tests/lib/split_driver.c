/* SPDX-License-Identifier: BSD-3-Clause */
/* split_driver.c - the driver's end of a split virtqueue: the ring and offers.
 *
 * See split_driver.h. Used entries and notifications are in
 * split_driver_used.c, the invariants in split_driver_check.c. What must stay
 * true: the device sees a chain whole before its avail index, and `shadow`
 * says at any time what the descriptor table holds.
 */
#include "split_driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_ALIGN 64

static int lay_ring(struct split_driver *d);
static int make_records(struct split_driver *d);
static void write_parts(struct split_driver *d, const struct split_chain *chain,
			uint16_t head);
static void write_indirect(struct split_driver *d,
			   const struct split_chain *chain, uint16_t head);
static struct virtq_desc part_desc(const struct split_driver *d,
				   const struct driver_part *part);
static void put_desc(struct split_driver *d, uint16_t slot,
		     struct virtq_desc desc);

size_t split_driver_bytes(const struct split_config *cfg)
{
	size_t size = cfg->size;
	size_t ring = size * sizeof(struct virtq_desc) +
		      sizeof(struct virtq_avail) + (size + 1) * 2 +
		      sizeof(struct virtq_used) +
		      size * sizeof(struct virtq_used_elem) + 2;
	size_t tables = size * cfg->indirect_parts * sizeof(struct virtq_desc);

	return ring + tables + (size_t)4 * RING_ALIGN;
}

int split_driver_init(struct split_driver *d, const struct split_config *cfg,
		      struct driver_mem *mem)
{
	int err;

	if (cfg->size < 2 || (cfg->size & (cfg->size - 1)))
		return -EINVAL;

	memset(d, 0, sizeof(*d));
	d->cfg = *cfg;
	d->mem = mem;
	err = lay_ring(d);
	if (!err)
		err = make_records(d);
	if (err)
		split_driver_free(d);
	return err;
}

void split_driver_free(struct split_driver *d)
{
	free(d->head);
	free(d->shadow);
	free(d->pending_mark);
	d->head = NULL;
	d->shadow = NULL;
	d->pending_mark = NULL;
}

int split_driver_stage(struct split_driver *d, const struct split_chain *chain)
{
	uint16_t slots = chain->indirect ? 1 : chain->part_cnt;
	uint16_t head = d->free_first;
	uint16_t mask = d->cfg.size - 1;
	unsigned int i;

	if (!slots || slots > d->free_cnt)
		return -ENOSPC;
	if (chain->indirect && chain->part_cnt > d->cfg.indirect_parts)
		return -ENOSPC;

	d->head[head] =
		(struct split_head){ .token = chain->token, .desc_cnt = slots };
	for (i = 0; i < chain->part_cnt; i++)
		if (chain->part[i].writable)
			d->head[head].writable_len += chain->part[i].len;

	if (chain->indirect)
		write_indirect(d, chain, head);
	else
		write_parts(d, chain, head);

	__atomic_store_n(&d->avail->ring[d->staged & mask], head,
			 __ATOMIC_RELAXED);
	d->staged++;
	d->in_flight++;
	d->offered_total++;
	return head;
}

void split_driver_publish(struct split_driver *d)
{
	d->published = d->staged;
	__atomic_store_n(&d->avail->idx, d->published, __ATOMIC_RELEASE);
	split_driver_check_step(d);
}

int split_driver_offer(struct split_driver *d, const struct split_chain *chain)
{
	int head = split_driver_stage(d, chain);

	if (head >= 0)
		split_driver_publish(d);
	return head;
}

void split_driver_offer_raw(struct split_driver *d, uint16_t head)
{
	d->lawless = true;
	__atomic_store_n(&d->avail->ring[d->staged & (d->cfg.size - 1)], head,
			 __ATOMIC_RELAXED);
	d->published = ++d->staged;
	__atomic_store_n(&d->avail->idx, d->published, __ATOMIC_RELEASE);
}

uint32_t split_driver_room(const struct split_driver *d)
{
	return d->free_cnt;
}

static int lay_ring(struct split_driver *d)
{
	size_t size = d->cfg.size;
	size_t tables = size * d->cfg.indirect_parts;

	d->desc = driver_mem_alloc(d->mem, size * sizeof(*d->desc), RING_ALIGN);
	d->avail = driver_mem_alloc(d->mem, sizeof(*d->avail) + (size + 1) * 2,
				    RING_ALIGN);
	d->used = driver_mem_alloc(
		d->mem, sizeof(*d->used) + size * sizeof(d->used->ring[0]) + 2,
		RING_ALIGN);
	if (tables)
		d->indirect = driver_mem_alloc(
			d->mem, tables * sizeof(*d->indirect), RING_ALIGN);
	if (!d->desc || !d->avail || !d->used || (tables && !d->indirect))
		return -ENOMEM;

	memset(d->avail, 0, sizeof(*d->avail) + (size + 1) * 2);
	memset(d->used, 0,
	       sizeof(*d->used) + size * sizeof(d->used->ring[0]) + 2);

	d->staged = d->published = d->kick_asked = d->cfg.start;
	d->reaped = d->used_seen = d->cfg.start;
	__atomic_store_n(&d->avail->idx, d->cfg.start, __ATOMIC_RELAXED);
	__atomic_store_n(&d->used->idx, d->cfg.start, __ATOMIC_RELEASE);
	return 0;
}

static int make_records(struct split_driver *d)
{
	uint32_t i;

	d->head = calloc(d->cfg.size, sizeof(*d->head));
	d->shadow = calloc(d->cfg.size, sizeof(*d->shadow));
	d->pending_mark = calloc(d->cfg.size, 1);
	if (!d->head || !d->shadow || !d->pending_mark)
		return -ENOMEM;

	for (i = 0; i < d->cfg.size; i++)
		put_desc(d, (uint16_t)i,
			 (struct virtq_desc){ .next = (uint16_t)(i + 1) });
	d->free_cnt = d->cfg.size;
	return 0;
}

static void write_parts(struct split_driver *d, const struct split_chain *chain,
			uint16_t head)
{
	struct virtq_desc desc;
	uint16_t slot = head;
	uint16_t next, i;

	for (i = 0; i < chain->part_cnt; i++) {
		next = d->shadow[slot].next;
		desc = part_desc(d, &chain->part[i]);
		desc.next = next;
		if (i + 1 < chain->part_cnt)
			desc.flags |= VIRTQ_DESC_F_NEXT;
		put_desc(d, slot, desc);
		d->head[head].last = slot;
		slot = next;
	}
	d->free_first = slot;
	d->free_cnt -= chain->part_cnt;
}

static void write_indirect(struct split_driver *d,
			   const struct split_chain *chain, uint16_t head)
{
	struct virtq_desc *table =
		&d->indirect[(size_t)head * d->cfg.indirect_parts];
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
	d->free_cnt--;
	d->head[head].last = head;
	put_desc(d, head, desc);
}

static struct virtq_desc part_desc(const struct split_driver *d,
				   const struct driver_part *part)
{
	return (struct virtq_desc){
		.addr = driver_mem_gpa(d->mem, part->host),
		.len = part->len,
		.flags = part->writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

static void put_desc(struct split_driver *d, uint16_t slot,
		     struct virtq_desc desc)
{
	d->shadow[slot] = desc;
	d->desc[slot] = desc;
}
