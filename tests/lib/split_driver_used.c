/* SPDX-License-Identifier: BSD-3-Clause */
/* split_driver_used.c - the driver's end of a split virtqueue: used entries
 * and the two notifications.
 *
 * See split_driver.h. The atomics are spelled here on purpose and not
 * borrowed from include/guest_word.h: a fence lost there must not be lost on
 * both ends. What must stay true: each of the two fences stands between our
 * store and our look at the other end's word.
 */
#include "split_driver.h"

static void release_head(struct split_driver *d, uint16_t head);
static bool event_passed(uint16_t event, uint16_t next, uint16_t prev);
static bool fence_then_pending(struct split_driver *d);

bool split_driver_wants_kick(struct split_driver *d)
{
	uint16_t asked = d->kick_asked;
	uint16_t event, flags;

	/* Our avail index before the device's wish. Pairs with the device,
	 * which writes its wish and then looks at the avail index again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	d->kick_asked = d->published;
	if (d->cfg.event_idx) {
		event = __atomic_load_n(split_driver_avail_event(d),
					__ATOMIC_RELAXED);
		return event_passed(event, d->published, asked);
	}
	flags = __atomic_load_n(&d->used->flags, __ATOMIC_RELAXED);
	return d->published != asked && !(flags & VIRTQ_USED_F_NO_NOTIFY);
}

uint16_t split_driver_pending(struct split_driver *d)
{
	uint16_t used = __atomic_load_n(&d->used->idx, __ATOMIC_ACQUIRE);
	uint16_t pending = used - d->reaped;

	if (pending > (uint16_t)(d->published - d->reaped)) {
		split_driver_fail(d, "used index %u is ahead of avail index %u",
				  used, d->published);
		return 0;
	}
	if (pending < (uint16_t)(d->used_seen - d->reaped))
		split_driver_fail(d, "used index went back from %u to %u",
				  d->used_seen, used);
	d->used_seen = used;
	return pending;
}

bool split_driver_reap(struct split_driver *d, struct split_reaped *reaped)
{
	uint16_t mask = d->cfg.size - 1;
	struct virtq_used_elem elem;
	struct split_head *head;

	while (split_driver_pending(d)) {
		elem = d->used->ring[d->reaped & mask];
		d->reaped++;
		d->reaped_total++;
		if (elem.id >= d->cfg.size || !d->head[elem.id].desc_cnt) {
			split_driver_fail(d, "used id %u is not in flight",
					  elem.id);
			continue;
		}
		head = &d->head[elem.id];
		if (elem.len > head->writable_len)
			split_driver_fail(d, "used len %u of %u writable",
					  elem.len, head->writable_len);
		*reaped = (struct split_reaped){ head->token, elem.len,
						 head->writable_len,
						 (uint16_t)elem.id };
		release_head(d, (uint16_t)elem.id);
		split_driver_check_step(d);
		return true;
	}
	return false;
}

bool split_driver_arm(struct split_driver *d)
{
	if (d->cfg.event_idx)
		return split_driver_arm_at(d, d->reaped);

	if (!d->frozen) {
		d->flags &= (uint16_t)~VIRTQ_AVAIL_F_NO_INTERRUPT;
		__atomic_store_n(&d->avail->flags, d->flags, __ATOMIC_RELAXED);
	}
	return fence_then_pending(d);
}

bool split_driver_arm_at(struct split_driver *d, uint16_t event)
{
	if (!d->frozen) {
		d->used_event = event;
		__atomic_store_n(split_driver_used_event(d), event,
				 __ATOMIC_RELAXED);
	}
	return fence_then_pending(d);
}

void split_driver_disarm(struct split_driver *d)
{
	if (d->frozen || d->cfg.event_idx)
		return;
	d->flags |= VIRTQ_AVAIL_F_NO_INTERRUPT;
	__atomic_store_n(&d->avail->flags, d->flags, __ATOMIC_RELAXED);
}

void split_driver_freeze(struct split_driver *d, bool frozen)
{
	d->frozen = frozen;
}

uint16_t *split_driver_used_event(const struct split_driver *d)
{
	return &d->avail->ring[d->cfg.size];
}

uint16_t *split_driver_avail_event(const struct split_driver *d)
{
	return (uint16_t *)&d->used->ring[d->cfg.size];
}

static void release_head(struct split_driver *d, uint16_t head)
{
	uint16_t last = d->head[head].last;

	d->shadow[last].next = d->free_first;
	d->desc[last] = d->shadow[last];
	d->free_first = head;
	d->free_cnt += d->head[head].desc_cnt;
	d->head[head].desc_cnt = 0;
	d->in_flight--;
}

/* Did the event lie among the entries prev … next − 1? All three run freely
 * and wrap at 65,536. */
static bool event_passed(uint16_t event, uint16_t next, uint16_t prev)
{
	return (uint16_t)(next - event - 1) < (uint16_t)(next - prev);
}

/* Our wish before the used index. Pairs with the device, which moves the used
 * index and then reads our wish. */
static bool fence_then_pending(struct split_driver *d)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return split_driver_pending(d) != 0;
}
