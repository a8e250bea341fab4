/* SPDX-License-Identifier: BSD-3-Clause */
/* segment.h - one large TCP frame cut into small ones, for a receiver that takes no large ones.
 *
 * What a NIC with TSO does, or a kernel for a NIC without: each segment has the
 * headers of the whole frame, changed where they must be, and gso_size bytes of
 * its payload, the last one what is left. Its TCP checksum stays partial: a
 * receiver with GUEST_CSUM takes it as it is, for others net_hdr_complete_csum()
 * finishes it.
 *
 * Virtio 1.2, "Packet Transmission" (gso_type) and "Processing of Incoming Packets".
 *
 * The frame is a guest's and may change meanwhile. Its headers are copied once,
 * and the copy is checked and used. Payload is never looked at; it is borrowed
 * where it lies, so the chain it is in must not be used or put back before the
 * last segment is done with.
 *
 * Thread: one worker each. Nothing is allocated.
 */
#ifndef VRINGD_NET_SEGMENT_H
#define VRINGD_NET_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/csum.h"
#include "net/iov.h"
#include "net/packet.h"

/* All headers of a frame, in bytes. Without extension headers of IPv6 there are
 * at most 142: Ethernet with two tags 22, IPv4 60, TCP 60. With them there are
 * 390 left for these, which is a segment routing header of 23 addresses. */
#define SEGMENT_HEADERS_MAX 512

/* The least gso_size. Linux sends nothing smaller: an MSS of 48 (tcp_min_snd_mss)
 * less 40 bytes of options. A frame is less than 8192 segments then; with a size
 * of 1 one chain of a guest would make 65 thousand frames' work. */
#define SEGMENT_SIZE_MIN 8

/* The most pieces of a segment's payload that are borrowed. One in more pieces is copied. */
#define SEGMENT_PIECES 64

/* 66 KiB; belongs to a worker, as burst.h does. Its members are segment.c's. */
struct segmenting {
	struct virtio_net_hdr hdr; /* of each segment */
	unsigned ip, tcp;	   /* where these headers begin */
	unsigned hdr_len;	   /* bytes of all headers */
	bool ipv4;
	bool more; /* not the last segment was given */

	/* What the next segment begins with. */
	struct iov_at payload;
	uint32_t left; /* bytes of it */
	uint32_t size; /* bytes of it for each segment but the last */
	uint32_t seq;
	uint16_t id; /* IPv4's identification */
	uint8_t flags;
	struct csum pseudo; /* the pseudo header's sum, but for the length */

	uint8_t headers[SEGMENT_HEADERS_MAX];	  /* the copy, changed for each segment */
	struct iovec iov[1 + 1 + SEGMENT_PIECES]; /* free to use, headers, payload */
	uint8_t joined[UINT16_MAX];		  /* payload in too many pieces */
};

/* `whole` has passed net_hdr_check(), has a gso_type, and its iovecs hold `len`
 * bytes; they must not be changed before the last segment. False: the frame is
 * not what its header says, and to be dropped as one with a bad header. */
bool segment_begin(struct segmenting *cut, const struct packet *whole);

/* How many there are to come. */
static inline unsigned segment_cnt(const struct segmenting *cut)
{
	return cut->left == 0 ? 1 : (cut->left + cut->size - 1) / cut->size;
}

/* The next segment; there is at least one. It is valid until the next call, and
 * its iovecs may be changed. False: there are no more. */
bool segment_next(struct segmenting *cut, struct packet *segment);

#endif
