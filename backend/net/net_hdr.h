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

#endif
