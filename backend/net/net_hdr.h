/* SPDX-License-Identifier: BSD-3-Clause */
/* net_hdr.h - the virtio-net header: is it true, and what if a receiver can not use it.
 *
 * Virtio 1.2, "Packet Transmission" and "Processing of Incoming Packets".
 *
 * Thread: any.
 */
#ifndef VRINGD_NET_NET_HDR_H
#define VRINGD_NET_NET_HDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "net/iov.h"
#include "net/packet.h"
#include "net/uplink.h"

/* Does the header agree with the length of its frame, and ask only for what
 * the sender negotiated? Clears flags that mean nothing from a sender. */
bool net_hdr_check(struct packet *packet, uint64_t features);

/* Does the header ask for nothing? */
static inline bool net_hdr_plain(const struct virtio_net_hdr *hdr)
{
	return hdr->flags == 0 && hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE;
}

/* A frame that may not be passed on is counted among the sender's drops: false. */
bool net_hdr_pass_any(const struct sender *from, struct packet *packet);

static inline bool net_hdr_pass(const struct sender *from, struct packet *packet)
{
	if (net_hdr_plain(&packet->hdr) &&
	    packet->len - ETH_HEADER_LEN <= FRAME_LEN_MAX - ETH_HEADER_LEN)
		return true;
	return net_hdr_pass_any(from, packet);
}

/* May a guest with these features be given this header as it is? */
bool net_hdr_acceptable(const struct virtio_net_hdr *hdr, uint64_t features);

/* The Internet checksum that the header leaves to the receiver, put into the
 * frame at `frame`; the header then asks for nothing. */
void net_hdr_complete_csum(struct virtio_net_hdr *hdr, struct iov_at frame, uint32_t len);

/* Writes a header of 10 or 12 bytes in front of a frame, where it is another than what
 * lies there: most are not, since buffers come back, and a cache line that nobody
 * writes stays with both CPUs. */
static inline void net_hdr_store(uint8_t *to, const struct virtio_net_hdr *hdr, uint32_t hdr_len)
{
	const uint8_t *from = (const uint8_t *)hdr;
	uint64_t front, old_front;
	uint32_t rest, old_rest;

	memcpy(&front, from, sizeof(front));
	memcpy(&old_front, to, sizeof(front));
	memcpy(&rest, from + hdr_len - sizeof(rest), sizeof(rest));
	memcpy(&old_rest, to + hdr_len - sizeof(rest), sizeof(rest));
	if (front == old_front && rest == old_rest)
		return;
	memcpy(to, &front, sizeof(front));
	memcpy(to + hdr_len - sizeof(rest), &rest, sizeof(rest));
}

#endif
