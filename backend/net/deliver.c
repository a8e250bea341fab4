/* SPDX-License-Identifier: BSD-3-Clause */
/* deliver.c - room → copy → header → use → publish → decide; see deliver.h. */
#include "net/deliver.h"

#include <limits.h>
#include <string.h>

#include "clock.h"
#include "net/call.h"
#include "net/drop.h"
#include "net/frame_put.h"
#include "net/tell.h"

/* How long a sender may be kept waiting by a guest that gives no buffers: longer
 * than a virtual CPU is away, shorter than what its own driver calls a hang. */
#define PATIENCE_NS (100 * NS_PER_MS)

/* So much of a frame is asked for before it is copied. */
#define FETCH_LEN_MAX 1536

/* Its front end is changing something and will give it back in a moment. */
static bool paused(const struct guest_port *port)
{
	return atomic_load_explicit(&port->connected, memory_order_relaxed);
}

/* A pair whose turn it is stays ours to the end of the turn, whatever comes. */
static enum delivery_state state_of(const struct vring_end *rx, const struct burst *burst,
				    enum drop_reason *refusal)
{
	*refusal = DROP_stopped;
	if (rx->pair != burst->turn && !guest_port_live(rx->pair->port))
		return paused(rx->pair->port) ? DELIVERY_PAUSED : DELIVERY_REFUSED;
	if (!rx->started)
		return DELIVERY_REFUSED;
	*refusal = rx->enabled ? DROP_faulted : DROP_disabled;
	return rx->enabled && rx->vring.fault == VRING_FAULT_none ? DELIVERY_OPEN
								  : DELIVERY_REFUSED;
}

void delivery_begin(struct delivery *delivery, struct guest_pair *to, struct burst *burst,
		    unsigned cnt)
{
	vring_end_lock(&to->rx);
	delivery->to = to;
	delivery->state = state_of(&to->rx, burst, &delivery->refusal);
	delivery->cnt = cnt;
	delivery->short_after = UINT_MAX;
	delivery->whole = delivery->state == DELIVERY_OPEN && !to->rx.vring.log && !to->rx.capture;
	room_open(&delivery->room, to, burst);
}

/* Is there nothing to be done about a frame for a guest with these features? */
static bool taken_as_it_is(const struct virtio_net_hdr *hdr, uint64_t features)
{
	if (hdr->flags == 0 && hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return true;
	return (features & FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM)) &&
	       net_hdr_acceptable(hdr, features);
}

static bool is_simple(const struct packet *packet)
{
	return net_hdr_plain(&packet->hdr) && packet->iov_cnt == 1 &&
	       packet->len - ETH_HEADER_LEN <= FRAME_LEN_MAX - ETH_HEADER_LEN;
}

/* The lines of the next frame, and of where it goes, are asked for while one is copied: a
 * CPU notices by itself that memory is read in a row, but some lines late, and anew for
 * each frame. The first two have been asked for with their burst. */
static inline void fetch_next(const struct packet *packet, const struct chain *chain)
{
	const uint8_t *from = packet->iov->iov_base;
	const uint8_t *to = chain->iov->iov_base;
	uint32_t at;

	for (at = 2 * CACHE_LINE; at < packet->len && at < FETCH_LEN_MAX; at += CACHE_LINE) {
		prefetch_read(from + at);
		prefetch_write(to + at);
	}
}

/* Longer than what has been asked for with the burst. */
static bool is_long(uint32_t len)
{
	return len > 2 * CACHE_LINE;
}

/* What is counted stays in registers while frames are copied. Compiled twice, for frames
 * that are long and for those that are not; ends at the first of the other kind. */
static ALWAYS_INLINE unsigned put_row(struct delivery *delivery, const struct packet *packets,
				      unsigned cnt, bool are_long)
{
	static const struct virtio_net_hdr hdr = { .num_buffers = 1 };
	struct room *room = &delivery->room;
	const struct chain *chains = &room->burst->rx_chains[room->first];
	uint32_t *written = &room->burst->rx_written[room->first];
	const uint32_t hdr_len = room->hdr_len;
	unsigned most = room->cnt - room->first < cnt ? room->cnt - room->first : cnt;
	uint64_t room_len = 0, bytes = 0;
	unsigned i;

	for (i = 0; i < most && is_simple(&packets[i]); i++) {
		const uint32_t len = packets[i].len;
		uint8_t *to = chains[i].iov->iov_base;

		if (is_long(len) != are_long || chains[i].writable_cnt != 1 ||
		    chains[i].writable_len < hdr_len + (uint64_t)len)
			break;
		if (are_long && i + 1 < most)
			fetch_next(&packets[i + 1], &chains[i + 1]);
		net_hdr_store(to, &hdr, hdr_len);
		frame_copy(to + hdr_len, packets[i].iov->iov_base, len);
		written[i] = hdr_len + len;
		room_len += chains[i].writable_len;
		bytes += len;
	}
	room_use_row(room, i, room_len, bytes);
	return i;
}

/* Functions of their own, since each loop needs all registers. */
static NEVER_INLINE unsigned put_short_row(struct delivery *delivery, const struct packet *packets,
					   unsigned cnt)
{
	return put_row(delivery, packets, cnt, false);
}

static NEVER_INLINE unsigned put_long_row(struct delivery *delivery, const struct packet *packets,
					  unsigned cnt)
{
	return put_row(delivery, packets, cnt, true);
}

/* Frames to come, at least one. */
static unsigned expected(const struct delivery *delivery)
{
	return delivery->cnt > delivery->room.frames ? delivery->cnt - delivery->room.frames : 1;
}

/* Where none is left: a buffer for each frame to come. */
static void more_room(struct delivery *delivery)
{
	struct room *room = &delivery->room;

	if (room->first == room->cnt)
		room_grow(room, expected(delivery));
}

unsigned delivery_put_row(struct delivery *delivery, const struct packet *packets, unsigned cnt)
{
	unsigned put = 0;
	unsigned before;

	if (!delivery->whole)
		return 0;
	more_room(delivery);
	do {
		before = put;
		put += put_short_row(delivery, &packets[put], cnt - put);
		if (put < cnt)
			put += put_long_row(delivery, &packets[put], cnt - put);
	} while (put > before && put < cnt);
	return put;
}

/* A frame in pieces that fits into the one buffer that is next. False: it is not so,
 * and nothing has been done. */
static bool put_pieces(struct delivery *delivery, const struct packet *packet)
{
	struct room *room = &delivery->room;
	const struct chain *chain = &room->burst->rx_chains[room->first];
	struct virtio_net_hdr hdr = packet->hdr;
	uint8_t *to;
	unsigned i;

	if (room->first == room->cnt || !delivery->whole || chain->writable_cnt != 1 ||
	    chain->writable_len < packet->len + (uint64_t)room->hdr_len ||
	    !taken_as_it_is(&packet->hdr, delivery->to->port->features))
		return false;
	hdr.num_buffers = 1;
	to = chain->iov->iov_base;
	net_hdr_store(to, &hdr, room->hdr_len);
	to += room->hdr_len;
	for (i = 0; i < packet->iov_cnt; i++) {
		memmove(to, packet->iov[i].iov_base, packet->iov[i].iov_len);
		to += packet->iov[i].iov_len;
	}
	room_use_one(room, packet->len);
	return true;
}

static bool put_any(struct delivery *delivery, struct packet *packet)
{
	struct room *room = &delivery->room;

	room_for(room, packet->len + (uint64_t)delivery->to->port->hdr_len, BURST_ROOM);
	if (room_frame_len(room) < packet->len)
		return false;
	frame_put(room, &packet->hdr, iov_begin(packet->iov, packet->iov_cnt), packet->len);
	return true;
}

/* Are there buffers for so many segments? */
static bool room_for_segments(struct room *room, unsigned cnt)
{
	while (room->cnt - room->first < cnt)
		if (!room_grow(room, cnt))
			return room_hopeless(room);
	return true;
}

/* For a guest that takes no such segments. What a ring is too small for is lost, as
 * a frame on a network may be; but not for want of a little patience. */
static bool put_cut(struct delivery *delivery, const struct packet *whole)
{
	struct segmenting *cut = &delivery->room.burst->cut;
	struct vring_end *rx = &delivery->to->rx;
	struct packet segment;

	if (!segment_begin(cut, whole)) {
		drop(rx, DROP_bad_header, 1);
		return true;
	}
	if (!room_for_segments(&delivery->room, segment_cnt(cut)))
		return false;
	while (segment_next(cut, &segment)) {
		if (put_pieces(delivery, &segment) || put_any(delivery, &segment))
			continue;
		drop(rx, DROP_no_buffer, 1);
		break;
	}
	return true;
}

static bool put_whole_or_cut(struct delivery *delivery, struct packet *packet)
{
	if (net_hdr_acceptable(&packet->hdr, delivery->to->port->features))
		return put_any(delivery, packet);
	return put_cut(delivery, packet);
}

/* There is too little room, perhaps for ever. True: the frame is dropped. */
static bool give_up(struct delivery *delivery)
{
	struct vring_end *rx = &delivery->to->rx;
	enum drop_reason why = rx->vring.fault == VRING_FAULT_none ? DROP_oversize : DROP_faulted;

	delivery->short_after = delivery->room.frames;
	if (why == DROP_oversize && !room_hopeless(&delivery->room))
		return false;
	drop(rx, why, 1);
	return true;
}

bool delivery_put(struct delivery *delivery, struct packet *packet)
{
	struct vring_end *rx = &delivery->to->rx;

	if (delivery->state != DELIVERY_OPEN) {
		if (delivery->state == DELIVERY_REFUSED)
			drop(rx, delivery->refusal, 1);
		return delivery->state == DELIVERY_REFUSED;
	}
	more_room(delivery);
	if (put_pieces(delivery, packet) || put_whole_or_cut(delivery, packet))
		return true;
	return give_up(delivery);
}

void delivery_drop(struct delivery *delivery, unsigned cnt)
{
	drop(&delivery->to->rx, DROP_no_buffer, cnt);
}

/* Since when nothing can be put; 0: this burst is the first. */
static uint64_t waiting_since_ns(const struct delivery *delivery)
{
	const struct guest_pair *to = delivery->to;

	if (delivery->state == DELIVERY_PAUSED)
		return to->rx_paused_since_ns;
	return to->rx_short && delivery->room.frames == 0 ? to->rx_short_since_ns : 0;
}

bool delivery_patient(const struct delivery *delivery, uint64_t now_ns)
{
	uint64_t since_ns = waiting_since_ns(delivery);

	return since_ns == 0 || now_ns < since_ns + PATIENCE_NS;
}

static void note_paused(const struct delivery *delivery, uint64_t now_ns)
{
	struct guest_pair *to = delivery->to;

	if (delivery->state != DELIVERY_PAUSED)
		to->rx_paused_since_ns = 0;
	else if (to->rx_paused_since_ns == 0)
		to->rx_paused_since_ns = now_ns;
}

/* Was there no room for the last frame? */
static void note_short(const struct delivery *delivery, bool full, uint64_t now_ns)
{
	struct guest_pair *to = delivery->to;
	unsigned frames = delivery->room.frames;
	bool too_short = delivery->short_after == frames;

	if (too_short && (frames > 0 || !to->rx_short))
		to->rx_short_since_ns = now_ns;
	if (too_short || frames > 0)
		to->rx_short = too_short;
	/* A full room is our lack, not the guest's: there may be more. */
	to->rx_short_at = full ? to->rx.vring.next_avail : to->rx.vring.avail_seen;
}

void delivery_end(struct delivery *delivery, uint64_t now_ns)
{
	struct vring_end *rx = &delivery->to->rx;

	note_paused(delivery, now_ns);
	if (delivery->state == DELIVERY_OPEN) {
		bool full = room_full(&delivery->room);

		room_close(&delivery->room);
		note_short(delivery, full, now_ns);
		call_publish(rx, now_ns);
		tell_fault(rx, now_ns);
		vring_end_show(rx, now_ns);
	}
	vring_end_unlock(rx);
}
