/* SPDX-License-Identifier: BSD-3-Clause */
/* room.c - see room.h. */
#include "net/room.h"

/* Chains taken at a time, while more room is wanted. */
#define ROOM_STEP 16

void room_open(struct room *room, struct guest_pair *pair, struct burst *burst)
{
	*room = (struct room){
		.rx = &pair->rx,
		.burst = burst,
		.hdr_len = pair->port->hdr_len,
	};
	burst_scratch_clear(&burst->rx_scratch);
}

static void use_and_count(struct room *room)
{
	const struct burst *burst = room->burst;
	struct vring_end *rx = room->rx;
	uint32_t slots = 0;
	unsigned i;

	vring_use(&rx->vring, burst->rx_chains, burst->rx_written, room->first);
	for (i = 0; i < room->first; i++)
		slots += burst->rx_chains[i].slots;
	rx->unpublished_slots += slots;
	rx->unpublished += room->first;
	rx->used_cnt += room->first;
	count(&rx->counters.chains, room->first);
	count(&rx->counters.packets, room->frames);
	count(&rx->counters.bytes, room->frame_bytes);
}

void room_close(struct room *room)
{
	if (room->first > 0)
		use_and_count(room);
	vring_put_back(&room->rx->vring, &room->burst->rx_chains[room->first],
		       room->cnt - room->first);
	room->cnt = room->first;
}

void room_reopen(struct room *room)
{
	room_close(room);
	room_open(room, room->rx->pair, room->burst);
}

/* "Setting Up Receive Buffers": device-writable parts only, each able to hold
 * a header. */
static enum vring_fault check_chain(const struct chain *chain, uint32_t hdr_len)
{
	if (chain->readable_cnt > 0)
		return VRING_FAULT_direction;
	if (chain->writable_len < hdr_len)
		return VRING_FAULT_header_short;
	return VRING_FAULT_none;
}

/* A line that ends with the header is rarely written, see deliver.c. */
static void fetch_buffer(const uint8_t *buffer, uint32_t hdr_len)
{
	if ((uintptr_t)buffer % CACHE_LINE + hdr_len == CACHE_LINE)
		prefetch_read(buffer);
	else
		prefetch_write(buffer);
	prefetch_write(buffer + CACHE_LINE);
}

/* Counts those of `cnt` chains in that may be there, up to the first that may not. */
static enum vring_fault add_chains(struct room *room, unsigned cnt)
{
	const struct chain *chain = &room->burst->rx_chains[room->cnt];
	const struct chain *const end = chain + cnt;
	enum vring_fault fault = VRING_FAULT_none;
	unsigned pieces = 0;
	uint64_t len = 0;

	for (; chain < end; chain++) {
		fault = check_chain(chain, room->hdr_len);
		if (fault != VRING_FAULT_none)
			break;
		fetch_buffer(chain->iov->iov_base, room->hdr_len);
		len += chain->writable_len;
		pieces += chain->writable_cnt;
		room->cnt++;
	}
	room->len += len;
	room->iov_cnt += pieces;
	return fault;
}

bool room_grow(struct room *room, unsigned want)
{
	struct burst *burst = room->burst;
	struct vring *vring = &room->rx->vring;
	unsigned left = BURST_ROOM - room->cnt;
	struct chain *chains = &burst->rx_chains[room->cnt];
	unsigned taken = vring_take(vring, &burst->rx_scratch, chains, want < left ? want : left);
	unsigned before = room->cnt;
	enum vring_fault fault = add_chains(room, taken);
	unsigned fine = room->cnt - before;

	if (fault != VRING_FAULT_none) {
		vring_set_fault(vring, fault);
		vring_put_back(vring, chains + fine, taken - fine);
		return false;
	}
	return taken > 0;
}

bool room_for(struct room *room, uint64_t want, unsigned most_iovecs)
{
	if (!room->rx->pair->port->mergeable)
		return room->cnt > room->first || room_grow(room, 1);
	while (room->len < want && room->iov_cnt < most_iovecs)
		if (!room_grow(room, ROOM_STEP))
			break;
	return room->cnt > room->first;
}

uint64_t room_frame_len(const struct room *room)
{
	uint32_t hdr_len = room->hdr_len;

	if (room->cnt == room->first)
		return 0;
	if (room->rx->pair->port->mergeable)
		return room->len - hdr_len;
	return room->burst->rx_chains[room->first].writable_len - hdr_len;
}

bool room_hopeless(const struct room *room)
{
	const struct vring_end *rx = room->rx;
	unsigned slots = 0;
	unsigned i;

	if (!rx->pair->port->mergeable)
		return room->cnt > room->first;
	for (i = room->first; i < room->cnt; i++)
		slots += room->burst->rx_chains[i].slots;
	return slots * 4 >= rx->vring.shape.size * 3u;
}

struct iovec *room_iov(const struct room *room)
{
	return room->burst->rx_chains[room->first].iov;
}

void hdr_place_save(struct hdr_place *place, const struct iovec *iov, uint32_t hdr_len)
{
	place->cnt = 0;
	for (; hdr_len > 0; iov++) {
		uint32_t piece = iov->iov_len < hdr_len ? (uint32_t)iov->iov_len : hdr_len;

		if (piece == 0)
			continue;
		place->iov[place->cnt++] =
			(struct iovec){ .iov_base = iov->iov_base, .iov_len = piece };
		hdr_len -= piece;
	}
}

unsigned room_use(struct room *room, uint32_t len)
{
	uint32_t front = room->hdr_len; /* in the first chain only */
	unsigned cnt = 0;

	room->frames++;
	room->frame_bytes += len;

	do {
		const struct chain *chain = &room->burst->rx_chains[room->first];
		uint64_t fits = chain->writable_len - front;
		uint32_t part = fits < len ? (uint32_t)fits : len;

		room->burst->rx_written[room->first] = front + part;
		room->len -= chain->writable_len;
		room->iov_cnt -= chain->writable_cnt;
		room->first++;
		cnt++;
		len -= part;
		front = 0;
	} while (len > 0);
	return cnt;
}
