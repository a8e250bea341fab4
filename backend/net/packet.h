/* SPDX-License-Identifier: BSD-3-Clause */
/* packet.h - a frame, as borrowed memory.
 *
 * A packet is a virtio-net header, copied once, and iovecs that point at the
 * frame where it lies: in a guest's pages. It is valid until the chain it came
 * from is used or put back; nobody copies, keeps or frees it.
 *
 * The iovec in front of the first one belongs to whoever handles the packet:
 * an uplink puts a header there and has one list for writev(). Packets of a
 * burst are handled in order, so it is never one still needed.
 *
 * Thread: the worker that took the chain.
 */
#ifndef VRINGD_NET_PACKET_H
#define VRINGD_NET_PACKET_H

#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "virtio_spec.h"

/* The largest frame: 64 KiB of IP behind an Ethernet header with two tags. */
#define FRAME_LEN_MAX (65535 + 14 + 8)
#define ETH_HEADER_LEN 14
#define ETH_ADDRESSES_LEN 12

struct packet {
	struct virtio_net_hdr hdr;
	uint32_t len; /* bytes of the frame, without the header */
	unsigned iov_cnt;
	struct iovec *iov; /* the frame; iov[-1] is free to use */
};

/* Copies a frame that lies in one piece. Those of the smallest sizes are all in a few
 * registers; what is read twice in the middle is the same twice, or the guest's own fault. */
static inline void frame_copy(uint8_t *to, const uint8_t *from, uint32_t len)
{
	typedef uint64_t block __attribute__((vector_size(16)));
	block front, front_next, back, back_next;

	if (len < 2 * sizeof(block) || len > 4 * sizeof(block)) {
		memmove(to, from, len);
		return;
	}
	memcpy(&front, from, sizeof(block));
	memcpy(&front_next, from + sizeof(block), sizeof(block));
	memcpy(&back, from + len - 2 * sizeof(block), sizeof(block));
	memcpy(&back_next, from + len - sizeof(block), sizeof(block));
	memcpy(to, &front, sizeof(block));
	memcpy(to + sizeof(block), &front_next, sizeof(block));
	memcpy(to + len - 2 * sizeof(block), &back, sizeof(block));
	memcpy(to + len - sizeof(block), &back_next, sizeof(block));
}

#endif
