/* SPDX-License-Identifier: BSD-3-Clause */
/* capture.h - copies of a vring's frames, for a thread that writes them to a file.
 *
 * A ring of bytes between the worker that moves the frames and the one reader,
 * backend/capture/. The worker copies and never waits nor allocates: a frame that
 * finds no room is counted as lost. It rings the bell when the ring becomes half
 * full; a reader that looks now and then anyway needs no more.
 *
 * A vring is captured while vring_end.capture is not NULL; where it is, nothing of
 * this is called, and the data path has one branch a burst.
 *
 * Thread: said with each group.
 */
#ifndef VRINGD_NET_CAPTURE_H
#define VRINGD_NET_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "compiler.h"
#include "counters.h"
#include "net/iov.h"
#include "net/packet.h"

/* A frame where it lies, on its way over a vring. */
struct capture_frame {
	uint64_t wall_ns; /* of capture_wall_ns() */
	uint16_t head;	  /* of its (first) chain; packed: the buffer id */
	uint32_t len;
	const struct virtio_net_hdr *hdr;
	struct iov_at at;
};

/* The same in the ring: the first kept_len bytes of it. */
struct captured {
	uint64_t wall_ns;
	uint32_t len, kept_len;
	uint16_t head;
	struct virtio_net_hdr hdr; /* tx: without num_buffers */
	uint8_t data[];
};

struct capture_ring {
	/* The worker's. Places count bytes for ever. */
	_Atomic uint64_t put CACHE_ALIGNED;
	counter_t lost;
	uint64_t next; /* behind what was put and is not published */
	unsigned unpublished;
	bool full; /* a frame found no room since the last publish */

	/* The reader's. */
	_Atomic uint64_t taken CACHE_ALIGNED;

	/* Set once. */
	uint8_t *data CACHE_ALIGNED; /* mapped twice, one behind the other */
	size_t size;		     /* a power of two, of whole pages */
	uint32_t snap_len;	     /* bytes of a frame that are kept, at most */
	int64_t wall_offset_ns;	     /* from clock_now_ns(): one for all rings of a capture */
	int bell_fd;		     /* an eventfd; not ours to close */
};

/* ---- the owner: before and after all others ---- */

/* All memory is there from the start. NULL with errno set. */
struct capture_ring *capture_ring_new(size_t size, uint32_t snap_len, int bell_fd);
void capture_ring_free(struct capture_ring *ring); /* NULL is fine */

/* ---- the worker ---- */

/* The time on the wall, which does not jump while a capture lasts, so that frames of
 * several vrings can be put in order. */
static inline uint64_t capture_wall_ns(const struct capture_ring *ring)
{
	return clock_now_ns() + (uint64_t)ring->wall_offset_ns;
}

/* Copies a frame, which the reader does not see yet. */
void capture_put(struct capture_ring *ring, const struct capture_frame *frame);

/* Shows the first `cnt` of the frames put since the last time and forgets the rest,
 * which were not sent. Those that had no room are lost. */
void capture_publish(struct capture_ring *ring, unsigned cnt);

/* ---- the reader ---- */

/* The oldest frame, valid until capture_next(); NULL: there is none. */
const struct captured *capture_peek(const struct capture_ring *ring);
void capture_next(struct capture_ring *ring);

/* Any thread. */
static inline uint64_t capture_lost(const struct capture_ring *ring)
{
	return counter_read(&ring->lost);
}

#endif
