/* SPDX-License-Identifier: BSD-3-Clause */
/* split_driver_check.c - what must be true of a split virtqueue at any time.
 *
 * See split_driver.h. Every rule is one function that records a breach and
 * goes on. The device may run while we look: only words that it may not touch
 * are compared whole, its own are read once. What must stay true: the checks
 * cost little enough to run after each operation, so on large rings the table
 * is compared window by window and whole only on demand.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "split_driver.h"

#define SMALL_RING 256
#define WINDOW 64

static void check_counts(struct split_driver *d);
static void check_our_words(struct split_driver *d);
static void check_device_flags(struct split_driver *d);
static void check_table(struct split_driver *d, uint32_t first, uint32_t cnt);
static void check_pending_unique(struct split_driver *d);
static void check_in_flight(struct split_driver *d);

void split_driver_check_step(struct split_driver *d)
{
	if (d->lawless)
		return;
	if (d->cfg.size <= SMALL_RING) {
		split_driver_check(d);
		return;
	}
	check_counts(d);
	check_our_words(d);
	check_device_flags(d);
	split_driver_pending(d);
	check_table(d, d->check_next, WINDOW);
	d->check_next = (d->check_next + WINDOW) % d->cfg.size;
}

void split_driver_check(struct split_driver *d)
{
	if (d->lawless)
		return;
	check_counts(d);
	check_our_words(d);
	check_device_flags(d);
	check_table(d, 0, d->cfg.size);
	check_in_flight(d);
	check_pending_unique(d);
}

bool split_driver_ok(struct split_driver *d)
{
	split_driver_check(d);
	return d->violation_cnt == 0;
}

void split_driver_fail(struct split_driver *d, const char *fmt, ...)
{
	va_list args;

	if (d->violation_cnt++)
		return;

	va_start(args, fmt);
	vsnprintf(d->violation, sizeof(d->violation), fmt, args);
	va_end(args);
}

static void check_counts(struct split_driver *d)
{
	if (d->in_flight > d->cfg.size || d->free_cnt > d->cfg.size)
		split_driver_fail(d, "%u in flight, %u free, size %u",
				  d->in_flight, d->free_cnt, d->cfg.size);
	if (d->in_flight != (uint16_t)(d->staged - d->reaped))
		split_driver_fail(d, "%u in flight, positions say %u",
				  d->in_flight,
				  (uint16_t)(d->staged - d->reaped));
}

/* "The device MUST NOT write" to the avail ring. */
static void check_our_words(struct split_driver *d)
{
	uint16_t idx = __atomic_load_n(&d->avail->idx, __ATOMIC_RELAXED);
	uint16_t flags = __atomic_load_n(&d->avail->flags, __ATOMIC_RELAXED);
	uint16_t event =
		__atomic_load_n(split_driver_used_event(d), __ATOMIC_RELAXED);

	if (idx != d->published)
		split_driver_fail(d, "avail index is %u, we wrote %u", idx,
				  d->published);
	if (flags != d->flags)
		split_driver_fail(d, "avail flags are %#x, we wrote %#x", flags,
				  d->flags);
	if (event != d->used_event)
		split_driver_fail(d, "used_event is %u, we wrote %u", event,
				  d->used_event);
}

/* "Available Buffer Notification Suppression": 0 with the event index, else
 * 0 or 1. */
static void check_device_flags(struct split_driver *d)
{
	uint16_t flags = __atomic_load_n(&d->used->flags, __ATOMIC_RELAXED);
	uint16_t allowed = d->cfg.event_idx ? 0 : VIRTQ_USED_F_NO_NOTIFY;

	if (flags & ~allowed)
		split_driver_fail(d, "used flags are %#x", flags);
}

static void check_table(struct split_driver *d, uint32_t first, uint32_t cnt)
{
	if (cnt > d->cfg.size - first)
		cnt = d->cfg.size - first;
	if (memcmp(&d->desc[first], &d->shadow[first],
		   cnt * sizeof(d->desc[0])) != 0)
		split_driver_fail(d, "the device wrote to descriptors %u … %u",
				  first, first + cnt - 1);
}

/* What is in flight and what is free make up the table. */
static void check_in_flight(struct split_driver *d)
{
	uint32_t slots = 0, chains = 0, i;

	for (i = 0; i < d->cfg.size; i++) {
		slots += d->head[i].desc_cnt;
		chains += d->head[i].desc_cnt != 0;
	}
	if (slots + d->free_cnt != d->cfg.size || chains != d->in_flight)
		split_driver_fail(d, "%u slots of %u chains, %u free, size %u",
				  slots, chains, d->free_cnt, d->cfg.size);
}

/* Each entry not reaped yet names a chain in flight, and none twice. */
static void check_pending_unique(struct split_driver *d)
{
	uint16_t pending = split_driver_pending(d);
	uint16_t mask = d->cfg.size - 1;
	uint16_t i;

	memset(d->pending_mark, 0, d->cfg.size);
	for (i = 0; i < pending; i++) {
		const struct virtq_used_elem *elem =
			&d->used->ring[(uint16_t)(d->reaped + i) & mask];

		if (elem->id >= d->cfg.size || !d->head[elem->id].desc_cnt)
			split_driver_fail(d, "used id %u is not in flight",
					  elem->id);
		else if (d->pending_mark[elem->id]++)
			split_driver_fail(d, "used id %u is there twice",
					  elem->id);
		else if (elem->len > d->head[elem->id].writable_len)
			split_driver_fail(d, "used len %u of %u writable",
					  elem->len,
					  d->head[elem->id].writable_len);
	}
}
