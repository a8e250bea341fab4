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
#include "net/drop.h"
#include "net/frame_put.h"
#include "net/iov.h"
#include "net/room.h"
#include "net/uplink.h"

/* readv() takes 1024 iovecs: header, spill and the room between. */
#define ROOM_IOVECS 1000
#define ROOM_AT_LEAST 2048

/* False: the frame still waits. */
static bool deliver_waiting(struct room *room)
{
	struct frame_in_waiting *waiting = &room->rx->pair->waiting;
	const struct iovec source = { .iov_base = waiting->data, .iov_len = waiting->len };
	uint64_t want = waiting->len + (uint64_t)room->rx->pair->port->hdr_len;

	room_for(room, want, BURST_ROOM);
	if (room_frame_len(room) >= waiting->len) {
		frame_put(room, &waiting->hdr, iov_begin(&source, 1), waiting->len);
	} else if (room_hopeless(room)) {
		drop(room->rx, DROP_oversize, 1);
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
	frame_put_log(room, frame, cnt, len);
	note_frame_len(pair, len);
	if (len > FRAME_LEN_MAX) {
		drop(room->rx, DROP_oversize, 1);
	} else if (len > fits) {
		keep_spilled(room, &hdr, iov_begin(frame, cnt), fits, len);
	} else {
		frame_put_header(room, &place, &hdr, len);
		if (room->rx->capture)
			frame_put_capture(room, iov_begin(frame, cnt), &hdr, len);
	}
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
	while (cnt < BURST_FRAMES && !room_full(&room) && room.frame_bytes < BURST_BYTES) {
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
	call_publish(&pair->rx, now_ns);
	return cnt;
}
