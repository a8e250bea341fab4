/* SPDX-License-Identifier: BSD-3-Clause */
/* frame_put.h - a frame and its header, written into a room.
 *
 * Virtio 1.2, "Processing of Incoming Packets": the header in front of the first
 * buffer, num_buffers, and what a driver is given that negotiated no checksum.
 *
 * Thread: the worker that fills the room.
 */
#ifndef VRINGD_NET_FRAME_PUT_H
#define VRINGD_NET_FRAME_PUT_H

#include "net/iov.h"
#include "net/room.h"

/* Ends a frame of `len` bytes that lies in the room already: its header is written
 * at `place`, its chains are used. */
void frame_put_header(struct room *room, const struct hdr_place *place, struct virtio_net_hdr *hdr,
		      uint32_t len);

/* Copies a frame into the room, which is large enough. */
void frame_put(struct room *room, struct virtio_net_hdr *hdr, struct iov_at from, uint32_t len);

/* Copies a frame that was just ended in one of these ways for a capture, which there is. */
void frame_put_capture(const struct room *room, struct iov_at frame,
		       const struct virtio_net_hdr *hdr, uint32_t len);

/* Tells the dirty log of the first `len` bytes behind some iovecs. */
void frame_put_log(const struct room *room, const struct iovec *iov, unsigned cnt, uint64_t len);

#endif
