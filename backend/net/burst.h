/* SPDX-License-Identifier: BSD-3-Clause */
/* burst.h - a worker's room for the burst at hand.
 *
 * Everything the data path needs beside the rings themselves, allocated once
 * and valid for one burst: nothing is allocated while packets move. Transmit
 * and receive have areas of their own, since a frame is handed from one to the
 * other.
 *
 * Thread: one worker each.
 */
#ifndef VRINGD_NET_BURST_H
#define VRINGD_NET_BURST_H

#include "net/packet.h"
#include "net/segment.h"
#include "ring/chain.h"

#define BURST_FRAMES 64
/* A burst also ends when it has this many bytes: a driver that sends large
 * segments should not wait for its buffers until all of them are through. */
#define BURST_BYTES (UINT64_C(256) * 1024)

/* The longest chain there can be, cut where all regions meet, and the slot in
 * front and behind. */
#define BURST_IOVECS (65536 + 2)

/* Receive buffers of one frame: 64 KiB in buffers of 16 bytes. */
#define BURST_ROOM 4096

struct guest_pair;

struct burst {
	const struct guest_pair *turn; /* that is polled just now */
	struct chain_scratch tx_scratch, rx_scratch;
	struct chain tx_chains[BURST_FRAMES];
	struct chain rx_chains[BURST_ROOM];
	uint32_t rx_written[BURST_ROOM]; /* bytes that went into each */
	struct packet packets[BURST_FRAMES];
	struct packet taken[BURST_FRAMES]; /* that an uplink yields */
	uint8_t *spill; /* FRAME_LEN_MAX bytes: a frame that finds no room, or in too many pieces */
	struct segmenting cut;
};

struct burst *burst_new(void);
void burst_free(struct burst *burst);

/* Empties a scratch; the slot in front of the first iovec stays free. */
static inline void burst_scratch_clear(struct chain_scratch *scratch)
{
	scratch->used = 1;
}

#endif
