/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_split.c - a split ring, whose driver writes what it likes. */
#include "fuzz_ring.h"

static void number(struct fuzz_ring *ring)
{
	struct vring_config *config = &ring->guest.config;
	uint8_t size = fuzz_u8(&ring->in);

	/* One in eight is no power of two: vring_check() must see it. */
	config->shape.size = size < 0xe0 ? 1 << size % 8 : 1 + size % FUZZ_SIZE_MAX;
	config->next_avail = fuzz_u16(&ring->in);
	config->next_used = (uint16_t)(config->next_avail - fuzz_u8(&ring->in));
}

/* Most heads are in the table, a few just behind it, a few far away. */
static uint16_t some_head(struct fuzz_ring *ring)
{
	uint16_t head = fuzz_u8(&ring->in);
	uint16_t size = ring->vring.shape.size;

	if (head < 0xe0)
		return head & (size - 1);
	return head < 0xf0 ? size + head % 4 : head << 8;
}

/* Heads, one after the other, or an index that jumps. */
static void offer(struct fuzz_ring *ring)
{
	uint8_t cnt = fuzz_u8(&ring->in);

	if (cnt >= 0xf0) {
		ring->driver = (uint16_t)(ring->driver + (int8_t)fuzz_u8(&ring->in));
		cnt = 0;
	}
	for (cnt %= 16; cnt > 0; cnt--) {
		uint16_t head = some_head(ring);
		uint16_t entry = ring->driver++ & (ring->vring.shape.size - 1);

		fuzz_guest_write(&ring->guest, &ring->guest.config.parts.avail->ring[entry], &head,
				 2);
	}
	fuzz_guest_write(&ring->guest, &ring->guest.config.parts.avail->idx, &ring->driver, 2);
}

static void move_event(struct fuzz_ring *ring)
{
	struct virtq_avail *avail = ring->guest.config.parts.avail;
	uint16_t flags = fuzz_u8(&ring->in) & 3;
	uint16_t event = (uint16_t)(ring->vring.next_used + (int8_t)fuzz_u8(&ring->in));

	fuzz_guest_write(&ring->guest, &avail->flags, &flags, 2);
	if (ring->vring.event_idx)
		fuzz_guest_write(&ring->guest, &avail->ring[ring->vring.shape.size], &event, 2);
}

/* An available index far ahead is a fault, so the seen one is not, short of that. */
static void check(const struct fuzz_ring *ring)
{
	const struct vring *vring = &ring->vring;

	FUZZ_REQUIRE((uint16_t)(vring->next_avail - vring->next_used) ==
		     (uint16_t)(ring->start_gap + ring->flight_cnt));
	FUZZ_REQUIRE((uint16_t)(vring->next_used - vring->decided_used) == ring->fresh);
	if (vring->fault == VRING_FAULT_none)
		FUZZ_REQUIRE((uint16_t)(vring->avail_seen - vring->next_avail) <=
			     vring->shape.size + ring->flight_cnt + FUZZ_FLIGHT_MAX);
}

static void check_published(const struct fuzz_ring *ring)
{
	FUZZ_REQUIRE(ring->guest.config.parts.used->idx == ring->vring.next_used);
}

static const struct fuzz_layout split = {
	.packed = false,
	.number = number,
	.offer = offer,
	.move_event = move_event,
	.check = check,
	.check_published = check_published,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_ring_run(&split, data, len);
	return 0;
}
