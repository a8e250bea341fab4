/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_packed.c - a packed ring of any size, whose driver writes what it likes. */
#include "fuzz_ring.h"

/* Both positions come from a front end, which may name two of different laps. */
static void number(struct fuzz_ring *ring)
{
	struct vring_config *config = &ring->guest.config;
	uint16_t wrap = fuzz_u8(&ring->in) & 1 ? POSITION_WRAP : 0;
	uint8_t gap = fuzz_u8(&ring->in);

	config->shape.size = 1 + fuzz_u8(&ring->in) % FUZZ_SIZE_MAX;
	config->next_avail = wrap | fuzz_u8(&ring->in) % config->shape.size;
	config->next_used = gap < 0x80 ? config->next_avail : fuzz_u16(&ring->in);
}

/* Marks slots available, one after the other, whatever they hold; some in the
 * wrong lap. */
static void offer(struct fuzz_ring *ring)
{
	uint8_t cnt = fuzz_u8(&ring->in);
	unsigned i;

	if (cnt >= 0xc0)
		ring->driver = ring->vring.next_avail ^ (cnt >= 0xf0 ? POSITION_WRAP : 0);
	for (i = 0; i < cnt % 32; i++) {
		struct pvirtq_desc *desc =
			&ring->guest.config.parts.pdesc[ring->driver & POSITION_SLOT];
		uint16_t flags = desc->flags & ~(VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED);

		flags |= ring->driver & POSITION_WRAP ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED;
		fuzz_guest_write(&ring->guest, &desc->flags, &flags, 2);
		ring->driver = vring_after(&ring->vring, ring->driver, 1);
	}
}

static void move_event(struct fuzz_ring *ring)
{
	struct pvirtq_event_suppress event = { .flags = fuzz_u8(&ring->in) };
	uint8_t step = fuzz_u8(&ring->in);

	event.desc = step < 0x80 ? vring_after(&ring->vring, ring->vring.next_used,
					       step % ring->vring.shape.size)
				 : fuzz_u16(&ring->in);
	fuzz_guest_write(&ring->guest, ring->guest.config.parts.driver_event, &event,
			 sizeof(event));
}

static void check_position(struct ring_shape shape, uint16_t position)
{
	uint16_t ahead = position_after(shape, position, shape.size - 1);

	FUZZ_REQUIRE((position & POSITION_SLOT) < shape.size);
	FUZZ_REQUIRE(position_distance(shape, ahead, position) == shape.size - 1);
	FUZZ_REQUIRE(position_before(shape, ahead, shape.size - 1) == position);
}

static void check(const struct fuzz_ring *ring)
{
	const struct vring *vring = &ring->vring;
	unsigned in_flight = ring->start_gap;
	unsigned seen = vring_distance(vring, vring->avail_seen, vring->next_used);
	unsigned i;

	for (i = 0; i < ring->flight_cnt; i++)
		in_flight += ring->flight[i].slots;
	check_position(vring->shape, vring->next_avail);
	check_position(vring->shape, vring->next_used);
	check_position(vring->shape, vring->decided_used);
	check_position(vring->shape, vring->avail_seen);
	check_position(vring->shape, vring->avail_event);
	FUZZ_REQUIRE(vring_distance(vring, vring->next_avail, vring->next_used) == in_flight);
	FUZZ_REQUIRE(in_flight <= vring->shape.size || in_flight == ring->start_gap);
	FUZZ_REQUIRE(seen >= in_flight && (seen <= vring->shape.size || seen == ring->start_gap));
}

static void check_published(const struct fuzz_ring *ring)
{
	FUZZ_REQUIRE(ring->vring.shown_used == ring->vring.next_used);
}

static const struct fuzz_layout packed = {
	.packed = true,
	.number = number,
	.offer = offer,
	.move_event = move_event,
	.check = check,
	.check_published = check_published,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_ring_run(&packed, data, len);
	return 0;
}
