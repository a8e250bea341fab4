/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_frame.h - large TCP frames as a driver sends them, and their checksums byte by byte.
 *
 * Nothing here is shared with the code that is tested: a frame is written field
 * by field, and sums are those of RFC 1071.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_TCP_FRAME_H
#define TESTS_UNIT_TCP_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "net/packet.h"

#define FIN 0x01
#define PSH 0x08
#define ACK 0x10
#define CWR 0x80

/* IPv6 extension headers, as bits; they stand in this order. */
#define HOP_BY_HOP 1
#define ROUTING 2 /* the pseudo header has its address as destination */
#define DESTINATION 4

struct tcp_shape {
	bool ipv6;
	unsigned tags;	      /* of VLANs */
	unsigned ip_options;  /* bytes, a multiple of 4 */
	unsigned extensions;  /* bits as above */
	unsigned tcp_options; /* bytes, a multiple of 4 */
	uint32_t payload;     /* bytes */
	uint16_t gso_size;
	uint8_t flags;
	bool ecn;
};

struct tcp_frame {
	struct virtio_net_hdr hdr;
	uint8_t bytes[FRAME_LEN_MAX + 1];
	uint32_t len, ip, tcp, hdr_len; /* of all; where headers begin, where they end */
	bool ipv6;
	uint8_t addresses[32]; /* of the pseudo header */
	unsigned addresses_len;
};

void tcp_frame_make(struct tcp_frame *frame, const struct tcp_shape *shape, uint32_t *dice);

/* The pseudo header's sum for a TCP segment of so many bytes. */
uint16_t tcp_frame_pseudo(const struct tcp_frame *frame, uint32_t tcp_len);

/* RFC 1071: the sum over `bytes`, going on from `sum`. */
uint16_t naive_sum(uint16_t sum, const uint8_t *bytes, size_t len);

void put_be16(uint8_t *at, uint32_t number);
void put_be32(uint8_t *at, uint32_t number);
uint32_t get_be16(const uint8_t *at);
uint32_t get_be32(const uint8_t *at);

#endif
