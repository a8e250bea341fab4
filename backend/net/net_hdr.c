/* SPDX-License-Identifier: BSD-3-Clause */
/* net_hdr.c - see net_hdr.h. */
#include "net/net_hdr.h"

#include "net/csum.h"
#include "net/drop.h"

static bool has(uint64_t features, unsigned bit)
{
	return features & FEATURE_BIT(bit);
}

static bool csum_true(const struct virtio_net_hdr *hdr, uint32_t len)
{
	return (uint32_t)hdr->csum_start + hdr->csum_offset + sizeof(uint16_t) <= len;
}

static bool gso_true(const struct virtio_net_hdr *hdr, uint32_t len, uint64_t features)
{
	unsigned type = hdr->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
	bool ecn =
		!(hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN) || has(features, VIRTIO_NET_F_HOST_ECN);
	bool tcp4 = type == VIRTIO_NET_HDR_GSO_TCPV4 && has(features, VIRTIO_NET_F_HOST_TSO4);
	bool tcp6 = type == VIRTIO_NET_HDR_GSO_TCPV6 && has(features, VIRTIO_NET_F_HOST_TSO6);

	/* A segment needs a checksum of its own, hence the partial one. */
	return (tcp4 || tcp6) && ecn && hdr->gso_size > 0 && hdr->hdr_len <= len &&
	       (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
}

bool net_hdr_check(struct packet *packet, uint64_t features)
{
	struct virtio_net_hdr *hdr = &packet->hdr;

	hdr->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (hdr->flags && !(has(features, VIRTIO_NET_F_CSUM) && csum_true(hdr, packet->len)))
		return false;
	return hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE || gso_true(hdr, packet->len, features);
}

bool net_hdr_pass_any(const struct sender *from, struct packet *packet)
{
	enum drop_reason why;

	if (packet->len > FRAME_LEN_MAX)
		why = DROP_oversize;
	else if (packet->len < ETH_HEADER_LEN)
		why = DROP_uplink;
	else if (!net_hdr_check(packet, from->features))
		why = DROP_bad_header;
	else
		return true;
	drop_sent(from, why, 1);
	return false;
}

bool net_hdr_acceptable(const struct virtio_net_hdr *hdr, uint64_t features)
{
	if ((hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN) && !has(features, VIRTIO_NET_F_GUEST_ECN))
		return false;
	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return true;
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return has(features, VIRTIO_NET_F_GUEST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return has(features, VIRTIO_NET_F_GUEST_TSO6);
	default:
		return false;
	}
}

/* The sender left the pseudo header's sum in the field, so the sum over
 * everything from csum_start on includes it. 0 is sent as all ones: for UDP 0
 * would mean "none", for TCP both are the same number. */
void net_hdr_complete_csum(struct virtio_net_hdr *hdr, struct iov_at frame, uint32_t len)
{
	struct iov_at field = frame;
	struct csum sum = { 0 };
	uint16_t csum;
	uint8_t bytes[2];

	iov_skip(&frame, hdr->csum_start);
	csum_add_iov(&sum, frame, len - hdr->csum_start);
	csum = (uint16_t)~csum_fold(&sum);
	if (csum == 0)
		csum = 0xffff;
	bytes[0] = (uint8_t)(csum >> 8);
	bytes[1] = (uint8_t)csum;

	iov_skip(&field, (size_t)hdr->csum_start + hdr->csum_offset);
	iov_put(&field, bytes, sizeof(bytes));
	hdr->flags = 0;
	hdr->csum_start = 0;
	hdr->csum_offset = 0;
}
