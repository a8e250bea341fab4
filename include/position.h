/* SPDX-License-Identifier: BSD-3-Clause */
/* position.h - where in a ring something is, in both layouts.
 *
 * Split: the index of an entry; it runs freely and wraps at 65,536.
 *
 * Packed: a slot of the ring and, in the highest bit, the wrap counter of
 * whoever stands there. It is the form of the event suppression structure
 * ("Event Suppression Structure Format") and of vhost-user's vring base. A
 * count that ran freely would be useless, since a size need not divide 65,536.
 *
 * Thread: any; no state.
 */
#ifndef VRINGD_POSITION_H
#define VRINGD_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#define POSITION_SLOT 0x7fff
#define POSITION_WRAP 0x8000

/* A virtqueue's way of counting. */
struct ring_shape {
	uint16_t size;
	bool packed;
};

/* The position `entries` (at most the size) after `position`. */
static inline uint16_t position_after(struct ring_shape shape, uint16_t position, unsigned entries)
{
	unsigned slot = (position & POSITION_SLOT) + entries;

	if (!shape.packed)
		return (uint16_t)(position + entries);
	if (slot < shape.size)
		return (uint16_t)((position & POSITION_WRAP) | slot);
	return (uint16_t)(((position & POSITION_WRAP) ^ POSITION_WRAP) | (slot - shape.size));
}

/* The position `entries` (at most the size) before `position`. */
static inline uint16_t position_before(struct ring_shape shape, uint16_t position, unsigned entries)
{
	if (!shape.packed)
		return (uint16_t)(position - entries);
	/* On by the rest of a lap, and a whole one back. */
	return position_after(shape, position, shape.size - entries) ^ POSITION_WRAP;
}

/* How many entries `ahead` is in front of `behind`; packed: within two laps. */
static inline uint16_t position_distance(struct ring_shape shape, uint16_t ahead, uint16_t behind)
{
	int slots = (ahead & POSITION_SLOT) - (behind & POSITION_SLOT);

	if (!shape.packed)
		return (uint16_t)(ahead - behind);
	if ((ahead ^ behind) & POSITION_WRAP)
		slots += shape.size;
	return (uint16_t)(slots < 0 ? slots + 2 * shape.size : slots);
}

#endif
