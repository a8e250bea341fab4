/* SPDX-License-Identifier: BSD-3-Clause */
/* room.h - receive buffers set aside for the frames of one burst.
 *
 * A window over chains that were taken: the first ones are used as frames
 * fill them, the rest are put back when the room is closed.
 *
 * Virtio 1.2, "Setting Up Receive Buffers" and "Processing of Incoming Packets".
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_ROOM_H
#define VRINGD_NET_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"

/* Chains taken for frames to come: rx_chains[first … cnt). Frames are in those
 * before, which are used and counted when the room is closed. */
struct room {
	struct vring_end *rx;
	struct burst *burst;
	uint32_t hdr_len; /* of the port */
	unsigned first, cnt;
	uint64_t len; /* bytes these chains hold, headers included */
	unsigned iov_cnt;
	unsigned frames;      /* that lie in those before … */
	uint64_t frame_bytes; /* … and their bytes, without headers */
};

/* Where a header goes: it may be cut over as many pieces as it has bytes. */
struct hdr_place {
	struct iovec iov[sizeof(struct virtio_net_hdr)];
	unsigned cnt;
};

void room_open(struct room *room, struct guest_pair *pair, struct burst *burst);
void room_close(struct room *room);
/* The iovecs of a room that a frame was read into are changed: walk afresh. */
void room_reopen(struct room *room);

/* Takes up to `want` chains more. False: there are none, or no place for them. */
bool room_grow(struct room *room, unsigned want);

/* Makes the room hold `want` bytes if the guest has them. False: not one chain. */
bool room_for(struct room *room, uint64_t want, unsigned most_iovecs);

/* Bytes of a frame that fit: without the one header, in one chain or in all. */
uint64_t room_frame_len(const struct room *room);

/* No more chains can be taken before those that are used are done with. */
static inline bool room_full(const struct room *room)
{
	return room->cnt == BURST_ROOM;
}

/* A frame that does not fit now: will it never? Then the guest has given most of
 * its ring, or its one buffer, and that is not enough. */
bool room_hopeless(const struct room *room);

struct iovec *room_iov(const struct room *room);

/* Uses the chains that a frame of `len` bytes fills, from the first on, and
 * returns how many these are. */
unsigned room_use(struct room *room, uint32_t len);

/* The same for a frame that fits into the first chain. */
static inline void room_use_one(struct room *room, uint32_t len)
{
	const struct chain *chain = &room->burst->rx_chains[room->first];

	room->burst->rx_written[room->first] = room->hdr_len + len;
	room->len -= chain->writable_len;
	room->iov_cnt -= chain->writable_cnt;
	room->first++;
	room->frames++;
	room->frame_bytes += len;
}

/* The same for frames in the next `cnt` chains, one in each, of one buffer; in these
 * chains are `len` bytes, `bytes` of them frames. How much was written is noted. */
static inline void room_use_row(struct room *room, unsigned cnt, uint64_t len, uint64_t bytes)
{
	room->len -= len;
	room->iov_cnt -= cnt;
	room->first += cnt;
	room->frames += cnt;
	room->frame_bytes += bytes;
}

/* Notes where the header of a frame goes before the iovecs are changed. */
void hdr_place_save(struct hdr_place *place, const struct iovec *iov, uint32_t hdr_len);

#endif
