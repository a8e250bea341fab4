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
#include "net/room.h"
#include "net/uplink.h"

/* readv() takes 1024 iovecs: header, spill and the room between. */
#define ROOM_IOVECS 1000
#define ROOM_AT_LEAST 2048

static void log_written(const struct room *room, const struct iovec *iov, unsigned cnt,
			uint64_t len)
{
	const struct vring *vring = &room->rx->vring;

	dirty_log_iov(vring->log, vring->mem, iov, cnt, len);
}

/* The tail of both ways: num_buffers, header, counters. */
static void frame_finish(struct room *room, const struct hdr_place *place,
			 struct virtio_net_hdr *hdr, uint32_t len)
{
	struct vring_end *rx = room->rx;
	struct iov_at at = iov_begin(place->iov, place->cnt);
	unsigned chains = room_use(room, len);

	hdr->num_buffers = (uint16_t)chains;
	iov_put(&at, hdr, rx->pair->port->hdr_len);
	log_written(room, place->iov, place->cnt, rx->pair->port->hdr_len);

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
	log_written(room, room_iov(room), room->iov_cnt, hdr_len + (uint64_t)len);
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
	return slots * 4 >= rx->vring.shape.size * 3u;
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
	unsigned cnt = pair->port->mergeable ? room->iov_cnt
					     : room->burst->rx_chains[room->first].writable_cnt;
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
	log_written(room, frame, cnt, len);
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
	uint64_t bytes_before = counter_read(&pair->rx.counters.bytes);
	struct room room;
	unsigned cnt = 0;

	pair->rx_starved = false;
	if (!receiving(pair))
		return 0;

	room_open(&room, pair, burst);
	while (cnt < BURST_FRAMES && !room_full(&room) &&
	       counter_read(&pair->rx.counters.bytes) - bytes_before < BURST_BYTES) {
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
	pair->rx_starved_at = pair->rx.vring.avail_seen;
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

static enum drop_reason short_of_room(const struct room *room)
{
	if (room->rx->vring.fault != VRING_FAULT_none)
		return DROP_faulted;
	return hopeless(room) ? DROP_oversize : DROP_no_buffer;
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
	if (pair->rx_short)
		count(&rx->counters.drops[short_of_room(&room)], 1);
	else
		frame_copy(&room, &packet->hdr, iov_begin(packet->iov, packet->iov_cnt),
			   packet->len);
	pair->rx_short_at = rx->vring.avail_seen;
	room_close(&room);
}

void guest_rx_flush(struct guest_pair *pair, uint64_t now_ns)
{
	if (pair->rx.started)
		call_publish(&pair->rx, now_ns);
}
