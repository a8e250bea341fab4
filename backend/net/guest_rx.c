/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_rx.c - room → frame → header → use → publish → decide; see guest_rx.h.
 *
 * An uplink does not say how long its next frame is. So chains are taken that
 * hold a frame as large as those seen of late, with a spill area of our own
 * behind them: whatever comes is read whole. A frame that went into the spill
 * is kept *in waiting* and copied when the guest has room; all others lie
 * where they belong without a copy. Chains that no frame needed are put back.
 */
#include "net/guest_rx.h"

#include <string.h>

#include "net/call.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "net/uplink.h"

/* readv() takes 1024 iovecs: header, spill and the room between. */
#define ROOM_IOVECS 1000
#define ROOM_AT_LEAST 2048
/* Chains taken at a time, while more room is wanted. */
#define ROOM_STEP 16

/* Chains taken for frames to come: rx_chains[first … cnt). */
struct room {
	struct vring_end *rx;
	struct burst *burst;
	unsigned first, cnt;
	uint64_t len; /* bytes these chains hold, headers included */
	unsigned iov_cnt;
};

/* Where a header goes: it may be cut over as many pieces as it has bytes. */
struct hdr_place {
	struct iovec iov[sizeof(struct virtio_net_hdr)];
	unsigned cnt;
};

static void room_open(struct room *room, struct guest_pair *pair, struct burst *burst)
{
	*room = (struct room){ .rx = &pair->rx, .burst = burst };
	burst_scratch_clear(&burst->rx_scratch);
}

static void room_close(struct room *room)
{
	vring_put_back(&room->rx->vring, room->cnt - room->first);
	room->cnt = room->first;
}

/* The iovecs of a room that a frame was read into are changed: walk afresh. */
static void room_reopen(struct room *room)
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

/* Takes a few more chains. False: there are none, or no place for them. */
static bool room_grow(struct room *room, unsigned want)
{
	struct burst *burst = room->burst;
	struct vring *vring = &room->rx->vring;
	unsigned left = BURST_ROOM - room->cnt;
	unsigned taken = vring_take(vring, &burst->rx_scratch, &burst->rx_chains[room->cnt],
				    want < left ? want : left);
	unsigned i;

	for (i = 0; i < taken; i++) {
		const struct chain *chain = &burst->rx_chains[room->cnt];
		enum vring_fault fault = check_chain(chain, room->rx->pair->port->hdr_len);

		if (fault != VRING_FAULT_none) {
			vring_set_fault(vring, fault);
			vring_put_back(vring, taken - i);
			return false;
		}
		room->len += chain->writable_len;
		room->iov_cnt += chain->writable_cnt;
		room->cnt++;
	}
	return taken > 0;
}

/* Makes the room hold `want` bytes if the guest has them. False: not one chain. */
static bool room_for(struct room *room, uint64_t want, unsigned most_iovecs)
{
	if (!room->rx->pair->port->mergeable)
		return room->cnt > room->first || room_grow(room, 1);
	while (room->len < want && room->iov_cnt < most_iovecs)
		if (!room_grow(room, ROOM_STEP))
			break;
	return room->cnt > room->first;
}

/* Bytes of a frame that fit: without the one header, in one chain or in all. */
static uint64_t room_frame_len(const struct room *room)
{
	uint32_t hdr_len = room->rx->pair->port->hdr_len;

	if (room->cnt == room->first)
		return 0;
	if (room->rx->pair->port->mergeable)
		return room->len - hdr_len;
	return room->burst->rx_chains[room->first].writable_len - hdr_len;
}

static struct iovec *room_iov(const struct room *room)
{
	return room->burst->rx_chains[room->first].iov;
}

static void hdr_place_save(struct hdr_place *place, const struct iovec *iov, uint32_t hdr_len)
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

/* Uses the chains that a frame of `len` bytes fills, from the first on. */
static unsigned use_chains(struct room *room, uint32_t len)
{
	struct vring_end *rx = room->rx;
	uint32_t front = rx->pair->port->hdr_len; /* in the first chain only */
	unsigned cnt = 0;

	do {
		const struct chain *chain = &room->burst->rx_chains[room->first];
		uint64_t fits = chain->writable_len - front;
		uint32_t part = fits < len ? (uint32_t)fits : len;

		vring_use(&rx->vring, chain, front + part);
		rx->unpublished_slots += chain->slots;
		room->len -= chain->writable_len;
		room->iov_cnt -= chain->writable_cnt;
		room->first++;
		cnt++;
		len -= part;
		front = 0;
	} while (len > 0);
	return cnt;
}

/* The tail of both ways: num_buffers, header, counters. */
static void frame_finish(struct room *room, const struct hdr_place *place,
			 struct virtio_net_hdr *hdr, uint32_t len)
{
	struct vring_end *rx = room->rx;
	struct iov_at at = iov_begin(place->iov, place->cnt);
	unsigned chains = use_chains(room, len);

	hdr->num_buffers = (uint16_t)chains;
	iov_put(&at, hdr, rx->pair->port->hdr_len);

	rx->unpublished += chains;
	rx->used_cnt += chains;
	count(&rx->counters.chains, chains);
	count(&rx->counters.packets, 1);
	count(&rx->counters.bytes, len);
}

/* Copies a frame into the room, which is large enough. */
static void frame_copy(struct room *room, struct virtio_net_hdr *hdr, struct iov_at from,
		       uint32_t len)
{
	uint64_t features = room->rx->pair->port->features;
	uint32_t hdr_len = room->rx->pair->port->hdr_len;
	struct iov_at to = iov_begin(room_iov(room), room->iov_cnt);
	struct iov_at frame;
	struct hdr_place place;

	hdr_place_save(&place, room_iov(room), hdr_len);
	iov_skip(&to, hdr_len);
	frame = to;
	iov_copy(&to, &from, len);
	if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    !(features & FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM)))
		net_hdr_complete_csum(hdr, frame, len);
	frame_finish(room, &place, hdr, len);
}

/* Will a frame never fit? Then the guest has given most of its ring, or its
 * one buffer, and that is not enough. */
static bool hopeless(const struct room *room)
{
	const struct vring_end *rx = room->rx;
	unsigned slots = 0;
	unsigned i;

	if (!rx->pair->port->mergeable)
		return room->cnt > room->first;
	for (i = room->first; i < room->cnt; i++)
		slots += room->burst->rx_chains[i].slots;
	return slots * 4 >= rx->vring.size * 3u;
}

/* False: the frame still waits. */
static bool deliver_waiting(struct room *room)
{
	struct frame_in_waiting *waiting = &room->rx->pair->waiting;
	const struct iovec source = { .iov_base = waiting->data, .iov_len = waiting->len };
	uint64_t want = waiting->len + (uint64_t)room->rx->pair->port->hdr_len;

	room_for(room, want, BURST_ROOM);
	if (room_frame_len(room) >= waiting->len) {
		frame_copy(room, &waiting->hdr, iov_begin(&source, 1), waiting->len);
	} else if (hopeless(room)) {
		count(&room->rx->counters.drops[DROP_oversize], 1);
	} else {
		return false;
	}
	waiting->waits = false;
	return true;
}

/* The frame was longer than the room: put it together and let it wait. */
static void keep_spilled(struct room *room, const struct virtio_net_hdr *hdr, struct iov_at from,
			 uint64_t in_room, uint32_t len)
{
	struct frame_in_waiting *waiting = &room->rx->pair->waiting;

	iov_get(&from, waiting->data, in_room);
	memcpy(waiting->data + in_room, room->burst->spill, len - in_room);
	waiting->hdr = *hdr;
	waiting->len = len;
	waiting->waits = true;
}

static void note_frame_len(struct guest_pair *pair, uint32_t len)
{
	pair->frame_len_seen -= pair->frame_len_seen >> 8;
	if (pair->frame_len_seen < len)
		pair->frame_len_seen = len;
}

/* Reads one frame into the room. The iovec list for it is made in place: the
 * header's where the guest's header is, or in the free slot in front; the
 * spill's behind the last. Returns false when there is no frame. */
static bool room_receive(struct room *room)
{
	struct guest_pair *pair = room->rx->pair;
	uint32_t hdr_len = pair->port->hdr_len;
	uint64_t fits = room_frame_len(room);
	unsigned cnt = pair->port->mergeable ? room->iov_cnt :
					       room->burst->rx_chains[room->first].writable_cnt;
	struct virtio_net_hdr hdr = { 0 };
	struct hdr_place place;
	struct iovec *frame;
	ssize_t got;
	uint32_t len;

	hdr_place_save(&place, room_iov(room), hdr_len);
	frame = iov_trim_front(room_iov(room), &cnt, hdr_len);
	frame[-1] = (struct iovec){ .iov_base = &hdr, .iov_len = UPLINK_HDR_LEN };
	frame[cnt] = (struct iovec){ .iov_base = room->burst->spill, .iov_len = FRAME_LEN_MAX };

	got = pair->uplink->ops->receive(pair->uplink, pair->index, frame - 1, cnt + 2);
	pair->uplink_failed = got < 0;
	if (got < UPLINK_HDR_LEN)
		return false;
	len = (uint32_t)got - UPLINK_HDR_LEN;
	note_frame_len(pair, len);
	if (len > FRAME_LEN_MAX)
		count(&room->rx->counters.drops[DROP_oversize], 1);
	else if (len <= fits)
		frame_finish(room, &place, &hdr, len);
	else
		keep_spilled(room, &hdr, iov_begin(frame, cnt), fits, len);
	return true;
}

static bool receiving(const struct guest_pair *pair)
{
	return pair->rx.enabled && pair->uplink && pair->uplink->ops->receive;
}

unsigned guest_rx_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	struct room room;
	unsigned cnt = 0;

	pair->rx_starved = false;
	if (!receiving(pair))
		return 0;

	room_open(&room, pair, burst);
	while (cnt < BURST_FRAMES && room.cnt < BURST_ROOM - ROOM_STEP) {
		uint64_t want = pair->frame_len_seen + pair->port->hdr_len;

		pair->rx_starved = pair->waiting.waits && !deliver_waiting(&room);
		if (pair->rx_starved)
			break;
		pair->rx_starved =
			!room_for(&room, want < ROOM_AT_LEAST ? ROOM_AT_LEAST : want, ROOM_IOVECS);
		if (pair->rx_starved || !room_receive(&room))
			break;
		if (pair->waiting.waits)
			room_reopen(&room);
		cnt++;
	}
	room_close(&room);
	guest_rx_flush(pair, now_ns);
	return cnt;
}

static bool refused(struct vring_end *rx, const struct packet *packet, enum drop_reason *why)
{
	if (!rx->started)
		*why = DROP_stopped;
	else if (!rx->enabled)
		*why = DROP_disabled;
	else if (rx->vring.fault != VRING_FAULT_none)
		*why = DROP_faulted;
	else if (!net_hdr_acceptable(&packet->hdr, rx->pair->port->features))
		*why = DROP_oversize; /* too large for a guest that takes no such segments */
	else
		return false;
	return true;
}

void guest_rx_deliver(struct guest_pair *pair, struct burst *burst, struct packet *packet)
{
	struct vring_end *rx = &pair->rx;
	enum drop_reason why;
	struct room room;

	if (refused(rx, packet, &why)) {
		count(&rx->counters.drops[why], 1);
		return;
	}
	room_open(&room, pair, burst);
	room_for(&room, packet->len + (uint64_t)pair->port->hdr_len, BURST_ROOM);
	pair->rx_short = room.cnt == 0 || room_frame_len(&room) < packet->len;
	if (!pair->rx_short)
		frame_copy(&room, &packet->hdr, iov_begin(packet->iov, packet->iov_cnt),
			   packet->len);
	else
		count(&rx->counters.drops[hopeless(&room) ? DROP_oversize : DROP_no_buffer], 1);
	pair->rx_short_at = rx->vring.avail_seen;
	room_close(&room);
}

void guest_rx_flush(struct guest_pair *pair, uint64_t now_ns)
{
	if (pair->rx.started)
		call_publish(&pair->rx, now_ns);
}
