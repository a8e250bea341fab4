/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_ring.c - see fuzz_ring.h. */
#include "fuzz_ring.h"

#include <string.h>

#include "compiler.h"
#include "fuzz_walk.h"

/* ---- the driver ---- */

static void write_anywhere(struct fuzz_ring *ring)
{
	uint64_t gpa = fuzz_guest_gpa(&ring->in);
	uint8_t bytes[16];
	unsigned len = 1 + fuzz_u8(&ring->in) % sizeof(bytes);
	unsigned i;

	for (i = 0; i < len; i++)
		bytes[i] = fuzz_u8(&ring->in);
	fuzz_guest_write_gpa(&ring->guest, gpa, bytes, len);
}

/* Of either layout: what stands behind the length is named otherwise. */
static struct virtq_desc some_desc(struct fuzz_ring *ring)
{
	struct virtq_desc desc = { .addr = fuzz_guest_gpa(&ring->in) };
	uint16_t flags, other;

	desc.len = fuzz_u16(&ring->in);
	if (desc.len >= 0xf000)
		desc.len = fuzz_u32(&ring->in);
	flags = fuzz_u8(&ring->in);
	other = fuzz_u8(&ring->in);
	if (flags & 0x40)
		flags |= VIRTQ_DESC_F_USED;
	desc.flags = ring->layout->packed ? other : flags;
	desc.next = ring->layout->packed ? flags : other;
	return desc;
}

static void write_desc(struct fuzz_ring *ring)
{
	unsigned slot = fuzz_u8(&ring->in) % ring->vring.shape.size;
	struct virtq_desc desc = some_desc(ring);

	fuzz_guest_write(&ring->guest, &ring->guest.config.parts.desc[slot], &desc, sizeof(desc));
}

/* A few descriptors in a row, in free memory: a table to be. */
static void write_table(struct fuzz_ring *ring)
{
	uint64_t gpa = fuzz_guest_gpa(&ring->in);
	unsigned cnt = 1 + fuzz_u8(&ring->in) % 8;

	for (; cnt > 0; cnt--, gpa += sizeof(struct virtq_desc)) {
		struct virtq_desc desc = some_desc(ring);

		fuzz_guest_write_gpa(&ring->guest, gpa, &desc, sizeof(desc));
	}
}

static void offer(struct fuzz_ring *ring)
{
	ring->layout->offer(ring);
}

static void move_event(struct fuzz_ring *ring)
{
	ring->layout->move_event(ring);
}

/* ---- the device ---- */

/* What the plain walk makes of the chain at a position. */
static enum vring_fault walk_at(const struct fuzz_ring *ring, uint16_t position,
				struct fuzz_walk *walk)
{
	static struct iovec pieces[FUZZ_PIECES_MAX];
	const struct vring_config *config = &ring->guest.config;
	uint16_t slot = position & POSITION_SLOT;

	*walk = (struct fuzz_walk){ .guest = &ring->guest, .pieces = pieces };
	if (!ring->layout->packed)
		slot = config->parts.avail->ring[position & (config->shape.size - 1)];
	return slot < config->shape.size ? fuzz_walk(walk, slot) : VRING_FAULT_head_range;
}

static unsigned check_taken(const struct fuzz_ring *ring, uint16_t position,
			    const struct chain *chain)
{
	unsigned cnt = chain->readable_cnt + chain->writable_cnt;
	struct fuzz_walk walk;

	fuzz_guest_check_chain(&ring->guest, chain);
	FUZZ_REQUIRE(walk_at(ring, position, &walk) == VRING_FAULT_none);
	FUZZ_REQUIRE(walk.slots == chain->slots && walk.cnt == cnt);
	FUZZ_REQUIRE(memcmp(walk.pieces, chain->iov, cnt * sizeof(struct iovec)) == 0);
	return cnt;
}

/* A take that ended with a fault: is it the one of the chain it came to? */
static void check_fault(const struct fuzz_ring *ring)
{
	const struct vring *vring = &ring->vring;
	unsigned in_flight = vring_distance(vring, vring->next_avail, vring->next_used);
	struct fuzz_walk walk;
	enum vring_fault fault;

	if (vring->fault == VRING_FAULT_avail_jump || vring->fault == VRING_FAULT_pieces)
		return;
	fault = walk_at(ring, vring->next_avail, &walk);
	if (ring->layout->packed && fault == VRING_FAULT_none &&
	    in_flight + walk.slots > vring->shape.size)
		fault = VRING_FAULT_loop;
	FUZZ_REQUIRE(vring->fault == fault);
}

static void take(struct fuzz_ring *ring)
{
	struct chain *chains = &ring->flight[ring->flight_cnt];
	unsigned max = fuzz_u8(&ring->in) % (FUZZ_FLIGHT_MAX - ring->flight_cnt + 1);
	unsigned used = ring->scratch.used;
	uint16_t at = ring->vring.next_avail;
	bool faulted = ring->vring.fault != VRING_FAULT_none;
	unsigned taken = vring_take(&ring->vring, &ring->scratch, chains, max);
	unsigned i;

	FUZZ_REQUIRE(taken <= max && !(taken && faulted));
	for (i = 0; i < taken; i++) {
		FUZZ_REQUIRE(chains[i].iov == &ring->scratch.iov[used]);
		used += check_taken(ring, at, &chains[i]);
		at = vring_after(&ring->vring, at, ring->layout->packed ? chains[i].slots : 1);
	}
	FUZZ_REQUIRE(ring->vring.next_avail == at);
	FUZZ_REQUIRE(ring->scratch.used == used && used <= ring->scratch.cap);
	if (!faulted && ring->vring.fault != VRING_FAULT_none)
		check_fault(ring);
	ring->flight_cnt += taken;
	ring->newest += taken;
}

/* A burst ends, and the next one has a scratch of another size. */
static void renew_scratch(struct fuzz_ring *ring)
{
	unsigned cap = 1 + fuzz_u8(&ring->in);

	free(ring->scratch.iov);
	if (cap > 128)
		cap *= 16;
	ring->scratch = (struct chain_scratch){ .iov = malloc(cap * sizeof(struct iovec)),
						.cap = cap,
						.used = cap > 1 ? CHAIN_SCRATCH_FRONT : 0 };
	if (!ring->scratch.iov)
		abort();
}

static void put_back(struct fuzz_ring *ring)
{
	unsigned cnt = fuzz_u8(&ring->in) % (ring->newest + 1);

	vring_put_back(&ring->vring, &ring->flight[ring->flight_cnt - cnt], cnt);
	ring->flight_cnt -= cnt;
	ring->newest -= cnt;
}

/* In any order, though a position can not go back over one that was used. */
static void use(struct fuzz_ring *ring)
{
	unsigned i = fuzz_u8(&ring->in);
	uint32_t written;

	if (ring->flight_cnt == 0)
		return;
	i %= ring->flight_cnt;
	written = fuzz_u16(&ring->in);
	vring_use(&ring->vring, &ring->flight[i], &written, 1);
	ring->fresh += ring->layout->packed ? ring->flight[i].slots : 1;
	ring->flight_cnt--;
	if (ring->newest > ring->flight_cnt - i)
		ring->newest = ring->flight_cnt - i;
	memmove(&ring->flight[i], &ring->flight[i + 1],
		(ring->flight_cnt - i) * sizeof(ring->flight[0]));
}

/* ---- notifications ---- */

/* By going over every entry: did the driver name one? */
static bool named(const struct fuzz_ring *ring, const struct notify_decision *decision)
{
	uint16_t at = decision->old;

	for (; at != decision->new; at = vring_after(&ring->vring, at, 1))
		if (at == decision->wish.event)
			return true;
	return false;
}

static void check_decision(const struct fuzz_ring *ring, const struct notify_decision *decision)
{
	const struct vring *vring = &ring->vring;
	bool by_event = vring->event_idx;
	uint16_t flags = decision->wish.flags;

	if (ring->layout->packed)
		by_event &= flags == RING_EVENT_FLAGS_DESC;
	if (!by_event) {
		bool silent = ring->layout->packed ? flags == RING_EVENT_FLAGS_DISABLE
						   : flags & VIRTQ_AVAIL_F_NO_INTERRUPT;

		FUZZ_REQUIRE(decision->wanted == !silent);
		return;
	}
	/* An event outside the ring, or a lap late, may be answered as one likes. */
	if (ring->layout->packed && ((decision->wish.event & POSITION_SLOT) >= vring->shape.size ||
				     ring->fresh > vring->shape.size))
		return;
	FUZZ_REQUIRE(decision->wanted == named(ring, decision));
}

/* "To be asked exactly once after each publish." */
static void publish(struct fuzz_ring *ring)
{
	uint16_t decided = ring->vring.decided_used;
	uint8_t how = fuzz_u8(&ring->in);
	uint16_t stale = how == 0xff ? fuzz_u16(&ring->in) : 0;
	struct notify_decision decision;

	vring_publish(&ring->vring);
	ring->layout->check_published(ring);
	decision = notify_decide(&ring->vring, how == 0xff ? &stale : NULL);
	FUZZ_REQUIRE(decision.old == decided && decision.new == ring->vring.next_used);
	FUZZ_REQUIRE(ring->vring.decided_used == ring->vring.next_used);
	check_decision(ring, &decision);
	ring->fresh = 0;
}

static void ask_for_kicks(struct fuzz_ring *ring)
{
	uint16_t considered = ring->vring.avail_seen;

	FUZZ_REQUIRE(notify_ask_for_kicks(&ring->vring, considered) ==
		     (ring->vring.avail_seen != considered));
	notify_suppressed(&ring->vring, vring_wish(&ring->vring));
}

static void spare_kicks(struct fuzz_ring *ring)
{
	notify_spare_kicks(&ring->vring);
}

static void look_ahead(struct fuzz_ring *ring)
{
	struct vring *vring = &ring->vring;
	unsigned backlog = vring_backlog(vring);

	FUZZ_REQUIRE(backlog <= vring->shape.size);
	if (vring->fault != VRING_FAULT_none)
		FUZZ_REQUIRE(backlog == 0);
	else
		FUZZ_REQUIRE(backlog == vring_ahead(vring, vring->next_avail, vring->next_used));
	FUZZ_REQUIRE(vring_ahead(vring, vring->decided_used, vring->decided_used) <=
		     vring->shape.size);
}

/* ---- a life ---- */

static void attach(struct fuzz_ring *ring)
{
	const struct vring_config *config = &ring->guest.config;

	vring_attach(&ring->vring, config);
	ring->start_gap = vring_distance(&ring->vring, config->next_avail, config->next_used);
	ring->fault = VRING_FAULT_none;
	ring->flight_cnt = 0;
	ring->newest = 0;
	ring->fresh = 0;
}

/* A mistake that is seen above the ring; the first one counts. */
static void set_fault(struct fuzz_ring *ring)
{
	uint8_t which = fuzz_u8(&ring->in);

	if (ring->fault != VRING_FAULT_none || which >= 0xf0)
		vring_set_fault(&ring->vring, which % VRING_FAULT_CNT);
}

/* The driver resets the ring, and it goes on where it was. */
static void attach_again(struct fuzz_ring *ring)
{
	struct vring_config *config = &ring->guest.config;

	config->next_avail = ring->vring.next_avail;
	config->next_used = ring->vring.next_avail;
	vring_detach(&ring->vring);
	attach(ring);
}

static void check(struct fuzz_ring *ring)
{
	const struct vring *vring = &ring->vring;

	if (ring->fault != VRING_FAULT_none)
		FUZZ_REQUIRE(vring->fault == ring->fault);
	ring->fault = vring->fault;
	ring->layout->check(ring);
	fuzz_guest_check(&ring->guest);
}

/* clang-format off */
static void (*const operations[])(struct fuzz_ring *ring) = {
	write_anywhere, write_desc, write_table, offer, move_event,
	take, put_back, use, publish,
	ask_for_kicks, spare_kicks, look_ahead,
	renew_scratch, attach_again, set_fault, take,
};
/* clang-format on */

static void run_program(struct fuzz_ring *ring)
{
	attach(ring);
	renew_scratch(ring);
	while (ring->in.len > 0) {
		operations[fuzz_u8(&ring->in) % ARRAY_SIZE(operations)](ring);
		check(ring);
	}
	free(ring->scratch.iov);
}

/* One area in sixteen is moved: the ring may not start then, or the device may
 * write over what the driver wrote. */
static void place(struct fuzz_ring *ring)
{
	uint8_t how = fuzz_u8(&ring->in);

	fuzz_guest_place(&ring->guest, how);
	if (how >= 0xf0)
		fuzz_guest_misplace(&ring->guest, how, (int8_t)fuzz_u8(&ring->in));
}

void fuzz_ring_run(const struct fuzz_layout *layout, const uint8_t *data, size_t len)
{
	static struct fuzz_ring ring;
	struct vring_config *config = &ring.guest.config;
	uint8_t flags;

	ring = (struct fuzz_ring){ .layout = layout, .in = { data, len } };
	flags = fuzz_u8(&ring.in);
	fuzz_guest_open(&ring.guest, flags);
	config->shape.packed = layout->packed;
	config->event_idx = flags & 4;
	config->indirect = flags & 8;
	layout->number(&ring);
	ring.driver = config->next_avail;
	place(&ring);
	if (!vring_check(config))
		run_program(&ring);
}
