/* SPDX-License-Identifier: BSD-3-Clause */
/* deliver.h - frames at hand, copied into a guest's receive buffers.
 *
 * The way of all frames that somebody has in memory: another guest's, an echo, a
 * device's. This copy is the only one. A burst is begun, frames are put one by
 * one, and the end makes them visible and decides once about a call.
 *
 * A vring that several workers may deliver to is locked from begin to end.
 *
 * Thread: any worker, inside its grace slot.
 */
#ifndef VRINGD_NET_DELIVER_H
#define VRINGD_NET_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"
#include "net/net_hdr.h"
#include "net/room.h"

enum delivery_state {
	DELIVERY_OPEN,
	DELIVERY_PAUSED,  /* not ours to write just now */
	DELIVERY_REFUSED, /* all frames are dropped for one reason */
};

struct delivery {
	struct room room;
	struct guest_pair *to;
	enum delivery_state state;
	enum drop_reason refusal;
	unsigned cnt;	      /* frames that were announced */
	unsigned short_after; /* how many were put when one found no room; UINT_MAX: none did */
	bool whole; /* it is open, frames are written and that is all: nobody logs or captures it */
};

/* Begins a burst of about `cnt` frames. `burst` is the running worker's. */
void delivery_begin(struct delivery *delivery, struct guest_pair *to, struct burst *burst,
		    unsigned cnt);

/* Copies a frame, or drops it and counts that on the receiving vring. False: it
 * is neither, the guest has too few buffers for now, or is paused. */
bool delivery_put(struct delivery *delivery, struct packet *packet);

/* The same for as many of `cnt` frames as are what nearly all of a load of small ones
 * is: in one piece, asking for nothing, into the one buffer that is next. Returns how
 * many these were; the next one is for delivery_put(). */
unsigned delivery_put_row(struct delivery *delivery, const struct packet *packets, unsigned cnt);

/* Where the frame lies that such a row put `back` frames before the next: 1 is the last.
 * It may be changed until the end. */
static inline uint8_t *delivery_row_frame(const struct delivery *delivery, unsigned back)
{
	const struct room *room = &delivery->room;
	const struct chain *chain = &room->burst->rx_chains[room->first - back];

	return (uint8_t *)chain->iov->iov_base + room->hdr_len;
}

/* It could not be put: is it worth waiting? Not for a guest that has given no
 * buffer, or was paused, for long. */
bool delivery_patient(const struct delivery *delivery, uint64_t now_ns);

/* Drops frames for which there was no room. */
void delivery_drop(struct delivery *delivery, unsigned cnt);

/* Publishes, and calls the driver if it wants that. */
void delivery_end(struct delivery *delivery, uint64_t now_ns);

#endif
