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
 * before, whose used entries are written when the room is closed, from `done` on. */
struct room {
	struct vring_end *rx;
	struct burst *burst;
	unsigned done, first, cnt;
	uint64_t len; /* bytes these chains hold, headers included */
	unsigned iov_cnt;
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

/* Makes the room hold `want` bytes if the guest has them. False: not one chain. */
bool room_for(struct room *room, uint64_t want, unsigned most_iovecs);

/* Bytes of a frame that fit: without the one header, in one chain or in all. */
uint64_t room_frame_len(const struct room *room);

/* No more chains can be taken before those that are used are done with. */
static inline bool room_full(const struct room *room)
{
	return room->cnt == BURST_ROOM;
}

struct iovec *room_iov(const struct room *room);

/* Uses the chains that a frame of `len` bytes fills, from the first on, and
 * returns how many these are. */
unsigned room_use(struct room *room, uint32_t len);

/* Notes where the header of a frame goes before the iovecs are changed. */
void hdr_place_save(struct hdr_place *place, const struct iovec *iov, uint32_t hdr_len);

#endif
