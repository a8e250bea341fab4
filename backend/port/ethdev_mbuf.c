/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_mbuf.c - a frame as mbufs and back, and its header as offload flags.
 *
 * A virtio-net header says where a checksum begins and where it goes; an mbuf says
 * which protocol it is of and how long the headers are. Both leave the sum of the
 * pseudo header in the field, but for a large frame, of which a device wants that
 * sum without the length.
 *
 * Virtio 1.2, "Packet Transmission".
 */
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/ethdev_private.h"

#define TSO_V4 (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM)

/* Headers of a frame, as far as a device must know them. */
struct layers {
	unsigned l2_len, l3_len;
	bool ipv4;
};

/* False: csum_start is not where a transport header behind plain IP would be, or
 * these headers are not in one piece. */
static bool find_layers(const struct rte_mbuf *mbuf, const struct virtio_net_hdr *hdr,
			struct layers *layers)
{
	const struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, const struct rte_ether_hdr *);
	rte_be16_t type = ether->ether_type;

	*layers = (struct layers){ .l2_len = sizeof(*ether) };
	if (rte_pktmbuf_data_len(mbuf) < (unsigned)hdr->csum_start + sizeof(struct rte_tcp_hdr))
		return false;
	while (type == rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN) ||
	       type == rte_cpu_to_be_16(RTE_ETHER_TYPE_QINQ)) {
		const struct rte_vlan_hdr *vlan =
			rte_pktmbuf_mtod_offset(mbuf, const struct rte_vlan_hdr *, layers->l2_len);

		layers->l2_len += sizeof(*vlan);
		if (layers->l2_len >= hdr->csum_start)
			return false;
		type = vlan->eth_proto;
	}
	if (layers->l2_len >= hdr->csum_start)
		return false;
	layers->l3_len = hdr->csum_start - layers->l2_len;
	layers->ipv4 = type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	return layers->ipv4 ? layers->l3_len >= sizeof(struct rte_ipv4_hdr)
			    : type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6) &&
				      layers->l3_len >= sizeof(struct rte_ipv6_hdr);
}

bool ethdev_can(const struct ethdev *ethdev, const struct virtio_net_hdr *hdr)
{
	unsigned gso = hdr->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;

	if (gso == VIRTIO_NET_HDR_GSO_TCPV4)
		return (ethdev->offloads & TSO_V4) == TSO_V4;
	if (gso == VIRTIO_NET_HDR_GSO_TCPV6)
		return ethdev->offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO;
	if (hdr->csum_offset == offsetof(struct rte_tcp_hdr, cksum))
		return ethdev->offloads & RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	if (hdr->csum_offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		return ethdev->offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
	return false;
}

static void ask_for_segments(struct rte_mbuf *mbuf, const struct virtio_net_hdr *hdr,
			     const struct layers *layers)
{
	struct rte_tcp_hdr *tcp =
		rte_pktmbuf_mtod_offset(mbuf, struct rte_tcp_hdr *, hdr->csum_start);
	void *ip = rte_pktmbuf_mtod_offset(mbuf, void *, layers->l2_len);

	mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	mbuf->l4_len = (uint64_t)(tcp->data_off >> 4) * 4;
	mbuf->tso_segsz = hdr->gso_size;
	if (layers->ipv4) {
		mbuf->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		((struct rte_ipv4_hdr *)ip)->hdr_checksum = 0;
		tcp->cksum = rte_ipv4_phdr_cksum(ip, mbuf->ol_flags);
	} else {
		tcp->cksum = rte_ipv6_phdr_cksum(ip, mbuf->ol_flags);
	}
}

/* False: the device can not be told, so it must be done here. */
static bool leave_to_device(const struct ethdev *ethdev, struct rte_mbuf *mbuf,
			    const struct virtio_net_hdr *hdr)
{
	struct layers layers;

	if (!ethdev_can(ethdev, hdr) || !find_layers(mbuf, hdr, &layers))
		return false;
	mbuf->l2_len = layers.l2_len;
	mbuf->l3_len = layers.l3_len;
	mbuf->ol_flags |= layers.ipv4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		ask_for_segments(mbuf, hdr, &layers);
	else if (hdr->csum_offset == offsetof(struct rte_tcp_hdr, cksum))
		mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
	else
		mbuf->ol_flags |= RTE_MBUF_F_TX_UDP_CKSUM;
	return true;
}

static void complete_here(struct rte_mbuf *mbuf, struct virtio_net_hdr *hdr)
{
	struct iovec iov[ETHDEV_PIECES * 4];
	const uint32_t len = rte_pktmbuf_pkt_len(mbuf);
	struct rte_mbuf *piece;
	unsigned cnt = 0;

	for (piece = mbuf; piece && cnt < RTE_DIM(iov); piece = piece->next)
		iov[cnt++] = (struct iovec){ rte_pktmbuf_mtod(piece, void *),
					     rte_pktmbuf_data_len(piece) };
	net_hdr_complete_csum(hdr, iov_begin(iov, cnt), len);
}

/* NULL: no memory for all of it. */
static struct rte_mbuf *copy(struct rte_mempool *pool, const struct packet *packet)
{
	struct iov_at from = iov_begin(packet->iov, packet->iov_cnt);
	struct rte_mbuf *first = rte_pktmbuf_alloc(pool);
	struct rte_mbuf *last = first;
	uint32_t left = packet->len;

	while (last) {
		uint32_t room = rte_pktmbuf_tailroom(last);
		uint32_t part = left < room ? left : room;

		iov_get(&from, rte_pktmbuf_mtod(last, void *), part);
		last->data_len = (uint16_t)part;
		left -= part;
		if (left == 0)
			break;
		last->next = rte_pktmbuf_alloc(pool);
		last = last->next;
		first->nb_segs++;
	}
	if (!last) {
		if (first)
			first->nb_segs--; /* the one that is not there */
		rte_pktmbuf_free(first);
		return NULL;
	}
	first->pkt_len = packet->len;
	return first;
}

struct rte_mbuf *ethdev_mbuf(const struct ethdev *ethdev, struct packet *packet)
{
	struct rte_mbuf *mbuf = copy(ethdev->pool, packet);

	if (mbuf && (packet->hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    !leave_to_device(ethdev, mbuf, &packet->hdr) &&
	    packet->hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE)
		complete_here(mbuf, &packet->hdr);
	return mbuf;
}

bool ethdev_packet(struct packet *packet, const struct rte_mbuf *mbuf, struct iovec *iov)
{
	const struct rte_mbuf *piece;
	unsigned cnt = 0;

	if (mbuf->nb_segs > ETHDEV_PIECES)
		return false;
	for (piece = mbuf; piece; piece = piece->next)
		iov[1 + cnt++] = (struct iovec){ rte_pktmbuf_mtod(piece, void *),
						 rte_pktmbuf_data_len(piece) };
	*packet = (struct packet){
		.len = rte_pktmbuf_pkt_len(mbuf),
		.iov_cnt = cnt,
		.iov = &iov[1],
	};
	if ((mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		packet->hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	return true;
}
