/* SPDX-License-Identifier: BSD-3-Clause */
/* segment.c - see segment.h.
 *
 * First the headers: each function reads one of them and says where the next
 * begins, and csum_start must agree. Then the cutting, from what is noted in
 * struct segmenting; the guest's headers are not read again.
 *
 * Lengths of IP in the frame are not looked at. They are what is to be changed,
 * a sender may leave them to the NIC, and the length of the frame is known.
 */
#include "net/segment.h"

#include <string.h>

#define TAGS_MAX 2
#define TAG_LEN 4
#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_IPV6 0x86dd
#define ETH_TYPE_VLAN 0x8100
#define ETH_TYPE_SERVICE_VLAN 0x88a8

/* RFC 791, "Internet Header Format" */
#define IPV4_LEN_MIN 20
#define IPV4_TOTAL_LENGTH 2
#define IPV4_IDENTIFICATION 4
#define IPV4_FRAGMENT 6
#define IPV4_FRAGMENT_MASK 0x3fff /* more fragments, and the offset */
#define IPV4_PROTOCOL 9
#define IPV4_CHECKSUM 10

/* RFC 8200, "IPv6 Header Format" and "IPv6 Extension Headers" */
#define IPV6_LEN 40
#define IPV6_PAYLOAD_LENGTH 4
#define IPV6_NEXT_HEADER 6
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING 43
#define IPV6_DESTINATION 60

/* RFC 9293, "Header Format" */
#define IP_PROTOCOL_TCP 6
#define TCP_LEN_MIN 20
#define TCP_SEQUENCE 4
#define TCP_DATA_OFFSET 12
#define TCP_FLAGS 13
#define TCP_CHECKSUM 16
#define TCP_FIN 0x01
#define TCP_PSH 0x08
#define TCP_CWR 0x80

#define IP_PACKET_LEN_MAX 65535

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint16_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void put32(uint8_t *at, uint32_t number)
{
	put16(at, (uint16_t)(number >> 16));
	put16(at + 2, (uint16_t)number);
}

/* What needs no look at the frame. Behind this test a whole header of TCP, and
 * before it Ethernet and the least of IP, are within the copied bytes. */
static bool shape_true(const struct packet *whole, size_t copied)
{
	const struct virtio_net_hdr *hdr = &whole->hdr;

	return hdr->gso_size >= SEGMENT_SIZE_MIN && hdr->csum_offset == TCP_CHECKSUM &&
	       hdr->csum_start >= ETH_HEADER_LEN + IPV4_LEN_MIN &&
	       (size_t)hdr->csum_start + TCP_LEN_MIN <= copied;
}

static bool is_tag(uint16_t type)
{
	return type == ETH_TYPE_VLAN || type == ETH_TYPE_SERVICE_VLAN;
}

/* Notes where IP begins, which must be the one that is to be segmented. As all of
 * it must be of a length that IP can tell, the frame is none above FRAME_LEN_MAX. */
static bool link_true(struct segmenting *cut, uint32_t len, uint8_t gso_type)
{
	unsigned at = ETH_ADDRESSES_LEN;
	unsigned tags;

	cut->ipv4 = (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) == VIRTIO_NET_HDR_GSO_TCPV4;
	for (tags = 0; tags < TAGS_MAX && is_tag(get16(cut->headers + at)); tags++)
		at += TAG_LEN;
	cut->ip = at + (ETH_HEADER_LEN - ETH_ADDRESSES_LEN);
	return get16(cut->headers + at) == (cut->ipv4 ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6) &&
	       len - cut->ip <= IP_PACKET_LEN_MAX;
}

/* A fragment has no whole TCP segment to be cut. */
static bool ipv4_true(const struct segmenting *cut)
{
	const uint8_t *ip = cut->headers + cut->ip;
	unsigned len = (ip[0] & 15) * 4;

	return ip[0] >> 4 == 4 && len >= IPV4_LEN_MIN && cut->ip + len == cut->tcp &&
	       !(get16(ip + IPV4_FRAGMENT) & IPV4_FRAGMENT_MASK) &&
	       ip[IPV4_PROTOCOL] == IP_PROTOCOL_TCP;
}

/* Those that may stand in each segment as they stand in the whole: a fragment's
 * or an authenticated packet's may not. */
static bool is_repeatable(uint8_t header)
{
	return header == IPV6_HOP_BY_HOP || header == IPV6_ROUTING || header == IPV6_DESTINATION;
}

static bool ipv6_true(const struct segmenting *cut)
{
	const uint8_t *headers = cut->headers;
	uint8_t next = headers[cut->ip + IPV6_NEXT_HEADER];
	unsigned at = cut->ip + IPV6_LEN;

	while (at < cut->tcp && is_repeatable(next)) {
		next = headers[at];
		at += (headers[at + 1] + 1u) * 8;
	}
	return headers[cut->ip] >> 4 == 6 && at == cut->tcp && next == IP_PROTOCOL_TCP;
}

/* Notes where the payload begins. */
static bool tcp_true(struct segmenting *cut, size_t copied)
{
	unsigned len = (cut->headers[cut->tcp + TCP_DATA_OFFSET] >> 4) * 4;

	cut->hdr_len = cut->tcp + len;
	return len >= TCP_LEN_MIN && cut->hdr_len <= copied;
}

static bool headers_true(struct segmenting *cut, const struct packet *whole)
{
	struct iov_at at = iov_begin(whole->iov, whole->iov_cnt);
	size_t most = whole->len < SEGMENT_HEADERS_MAX ? whole->len : SEGMENT_HEADERS_MAX;
	size_t copied = iov_get(&at, cut->headers, most);

	cut->tcp = whole->hdr.csum_start;
	return shape_true(whole, copied) && link_true(cut, whole->len, whole->hdr.gso_type) &&
	       (cut->ipv4 ? ipv4_true(cut) : ipv6_true(cut)) && tcp_true(cut, copied);
}

/* The sender's sum is for the length of the whole, which is taken out of it. The
 * addresses are not summed afresh: a routing header may put others in the place
 * of those that stand in IPv6's, and only the sender knows. */
static struct csum pseudo_without_length(const struct segmenting *cut, uint32_t len)
{
	uint32_t tcp_len = len - cut->tcp;
	struct csum pseudo = { 0 };

	csum_add_word(&pseudo, get16(cut->headers + cut->tcp + TCP_CHECKSUM));
	csum_add_word(&pseudo, (uint16_t)~tcp_len);
	return pseudo;
}

bool segment_begin(struct segmenting *cut, const struct packet *whole)
{
	cut->more = headers_true(cut, whole);
	if (!cut->more)
		return false;

	cut->hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_NONE,
		.csum_start = whole->hdr.csum_start,
		.csum_offset = whole->hdr.csum_offset,
	};
	cut->payload = iov_begin(whole->iov, whole->iov_cnt);
	iov_skip(&cut->payload, cut->hdr_len);
	cut->left = whole->len - cut->hdr_len;
	cut->size = whole->hdr.gso_size;
	cut->seq = get32(cut->headers + cut->tcp + TCP_SEQUENCE);
	cut->id = get16(cut->headers + cut->ip + IPV4_IDENTIFICATION);
	cut->flags = cut->headers[cut->tcp + TCP_FLAGS];
	cut->pseudo = pseudo_without_length(cut, whole->len);
	return true;
}

static void write_ipv4(struct segmenting *cut, uint32_t len)
{
	uint8_t *ip = cut->headers + cut->ip;
	struct csum csum = { 0 };

	put16(ip + IPV4_TOTAL_LENGTH, (uint16_t)(cut->hdr_len - cut->ip + len));
	put16(ip + IPV4_IDENTIFICATION, cut->id);
	put16(ip + IPV4_CHECKSUM, 0);
	csum_add(&csum, ip, cut->tcp - cut->ip);
	put16(ip + IPV4_CHECKSUM, (uint16_t)~csum_fold(&csum));
	cut->id++;
}

static void write_ipv6(struct segmenting *cut, uint32_t len)
{
	uint8_t *ip = cut->headers + cut->ip;

	put16(ip + IPV6_PAYLOAD_LENGTH, (uint16_t)(cut->hdr_len - cut->ip - IPV6_LEN + len));
}

/* FIN and PSH mean what comes after the payload, so they are the last one's. CWR
 * answers one mark of congestion, so it is the first one's (RFC 3168, "The TCP Sender"). */
static void write_tcp(struct segmenting *cut, uint32_t len)
{
	uint8_t *tcp = cut->headers + cut->tcp;
	unsigned not_yet = cut->left > len ? TCP_FIN | TCP_PSH : 0;
	struct csum pseudo = cut->pseudo;

	put32(tcp + TCP_SEQUENCE, cut->seq);
	tcp[TCP_FLAGS] = (uint8_t)(cut->flags & ~not_yet);
	csum_add_word(&pseudo, (uint16_t)(cut->hdr_len - cut->tcp + len));
	put16(tcp + TCP_CHECKSUM, csum_fold(&pseudo));
	cut->seq += len;
	cut->flags = (uint8_t)(cut->flags & ~TCP_CWR);
}

/* Copies the payload of one segment to where it is in one piece. */
static unsigned join(struct segmenting *cut, struct iovec *iov, struct iov_at from, uint32_t len)
{
	cut->payload = from;
	*iov = (struct iovec){ cut->joined, iov_get(&cut->payload, cut->joined, len) };
	return 1;
}

/* Points at the next `len` bytes of payload and moves past them. Returns how many
 * iovecs that took. */
static unsigned borrow(struct segmenting *cut, struct iovec *iov, uint32_t len)
{
	const struct iov_at from = cut->payload;
	uint32_t wanted = len;
	unsigned cnt;

	for (cnt = 0; wanted > 0; cnt++) {
		if (cnt == SEGMENT_PIECES)
			return join(cut, iov, from, len);
		iov[cnt] = iov_next(&cut->payload, wanted);
		wanted -= (uint32_t)iov[cnt].iov_len;
	}
	return cnt;
}

bool segment_next(struct segmenting *cut, struct packet *segment)
{
	uint32_t len = cut->left < cut->size ? cut->left : cut->size;

	if (!cut->more)
		return false;
	if (cut->ipv4)
		write_ipv4(cut, len);
	else
		write_ipv6(cut, len);
	write_tcp(cut, len);

	segment->hdr = cut->hdr;
	segment->len = cut->hdr_len + len;
	segment->iov = &cut->iov[1];
	segment->iov[0] = (struct iovec){ cut->headers, cut->hdr_len };
	segment->iov_cnt = 1 + borrow(cut, segment->iov + 1, len);
	cut->left -= len;
	cut->more = cut->left > 0;
	return true;
}
