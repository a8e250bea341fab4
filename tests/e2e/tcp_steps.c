/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_steps.c - see tcp_steps.h. */
#include "tcp_steps.h"

#include <string.h>

#define ETHER_LEN 14

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static uint32_t sum(uint32_t sum, const unsigned char *data, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo_sum(const unsigned char *ip, uint32_t len)
{
	return sum(6 + len - ETHER_LEN - 20, ip + 12, 8);
}

void tcp_make(struct net_frame *frame, uint32_t len, uint16_t gso_size)
{
	unsigned char *ip = frame->data + ETHER_LEN;

	net_frame_make(frame, len, len);
	put16(ip - 2, 0x0800);
	memset(ip, 0, 40);
	ip[0] = 0x45;
	put16(ip + 2, len - ETHER_LEN);
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	put16(ip + 10, ~sum(0, ip, 20));
	ip[32] = 0x50;
	put16(ip + 36, pseudo_sum(ip, len));
	frame->hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = gso_size ? VIRTIO_NET_HDR_GSO_TCPV4 : 0,
		.hdr_len = TCP_HEADERS_LEN,
		.gso_size = gso_size,
		.csum_start = ETHER_LEN + 20,
		.csum_offset = 16,
	};
}

void tcp_expect(const struct net_frame *frame, uint32_t len)
{
	const unsigned char *ip = frame->data + ETHER_LEN;

	assert_int_equal(frame->len, len);
	assert_int_equal(sum(0, ip, 20), 0xffff);
	assert_int_equal(
		sum(pseudo_sum(ip, len), ip + 20, len - ETHER_LEN - 20),
		0xffff);
}
