/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_frame.c - see tcp_frame.h. */
#include "check.h"

#include <string.h>

#include "tcp_frame.h"

void put_be16(uint8_t *at, uint32_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

void put_be32(uint8_t *at, uint32_t number)
{
	put_be16(at, number >> 16);
	put_be16(at + 2, number);
}

uint32_t get_be16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

uint32_t get_be32(const uint8_t *at)
{
	return get_be16(at) << 16 | get_be16(at + 2);
}

uint16_t naive_sum(uint16_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t total = sum;
	size_t i;

	for (i = 0; i < len; i++)
		total += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)total;
}

uint16_t tcp_frame_pseudo(const struct tcp_frame *frame, uint32_t tcp_len)
{
	uint8_t tail[8] = { 0 };

	put_be32(tail, tcp_len);
	tail[7] = 6;
	return naive_sum(naive_sum(0, tail, sizeof(tail)), frame->addresses, frame->addresses_len);
}

static uint8_t *link_header(struct tcp_frame *frame, const struct tcp_shape *shape)
{
	uint8_t *at = frame->bytes + 12;
	unsigned i;

	for (i = 0; i < shape->tags; i++, at += 4)
		put_be16(at, i + 1 < shape->tags ? 0x88a8 : 0x8100);
	put_be16(at, shape->ipv6 ? 0x86dd : 0x0800);
	return at + 2;
}

static uint8_t *ipv4_header(struct tcp_frame *frame, const struct tcp_shape *shape, uint8_t *ip)
{
	unsigned len = 20 + shape->ip_options;

	ip[0] = (uint8_t)(0x40 | len / 4);
	put_be16(ip + 2, len + 20 + shape->tcp_options + shape->payload);
	put_be16(ip + 6, 0x4000); /* don't fragment */
	ip[9] = 6;
	put_be16(ip + 10, 0);
	put_be16(ip + 10, (uint16_t)~naive_sum(0, ip, len));
	frame->addresses_len = 8;
	memcpy(frame->addresses, ip + 12, 8);
	return ip + len;
}

/* An extension header of `len` bytes at `at`, named by the byte at `*next`. */
static uint8_t *extension(uint8_t **next, uint8_t *at, uint8_t type, unsigned len)
{
	**next = type;
	*next = at;
	at[1] = (uint8_t)(len / 8 - 1);
	return at + len;
}

static uint8_t *ipv6_header(struct tcp_frame *frame, const struct tcp_shape *shape, uint8_t *ip)
{
	uint8_t *next = ip + 6, *at = ip + 40;

	ip[0] = 0x60 | (ip[0] & 15);
	frame->addresses_len = 32;
	memcpy(frame->addresses, ip + 8, 32);
	if (shape->extensions & HOP_BY_HOP)
		at = extension(&next, at, 0, 8);
	if (shape->extensions & ROUTING) {
		memcpy(frame->addresses + 16, at + 8, 16);
		at = extension(&next, at, 43, 24);
	}
	if (shape->extensions & DESTINATION)
		at = extension(&next, at, 60, 16);
	*next = 6;
	put_be16(ip + 4, (uint32_t)(at - ip) - 40 + 20 + shape->tcp_options + shape->payload);
	return at;
}

static uint8_t *tcp_header(struct tcp_frame *frame, const struct tcp_shape *shape, uint8_t *tcp)
{
	unsigned len = 20 + shape->tcp_options;

	tcp[12] = (uint8_t)(len / 4 << 4);
	tcp[13] = shape->flags;
	put_be16(tcp + 16, tcp_frame_pseudo(frame, len + shape->payload));
	return tcp + len;
}

/* What is not written is random. */
void tcp_frame_make(struct tcp_frame *frame, const struct tcp_shape *shape, uint32_t *dice)
{
	uint8_t *ip, *tcp, *payload;
	size_t i;

	for (i = 0; i < sizeof(frame->bytes); i++)
		frame->bytes[i] = (uint8_t)dice_next(dice);
	ip = link_header(frame, shape);
	tcp = shape->ipv6 ? ipv6_header(frame, shape, ip) : ipv4_header(frame, shape, ip);
	payload = tcp_header(frame, shape, tcp);

	frame->ipv6 = shape->ipv6;
	frame->ip = (uint32_t)(ip - frame->bytes);
	frame->tcp = (uint32_t)(tcp - frame->bytes);
	frame->hdr_len = (uint32_t)(payload - frame->bytes);
	frame->len = frame->hdr_len + shape->payload;
	assert_true(frame->len <= sizeof(frame->bytes));
	frame->hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = shape->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)frame->hdr_len,
		.gso_size = shape->gso_size,
		.csum_start = (uint16_t)frame->tcp,
		.csum_offset = 16,
	};
	if (shape->ecn)
		frame->hdr.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}
