/* SPDX-License-Identifier: BSD-3-Clause */
/* net_frame.c - frames of the scripted guest: made, cut, compared.
 *
 * See net_guest.h and net_frame.h. What must stay true: two frames of
 * different seed or length differ in many bytes, so that a frame delivered in
 * another's place, or with another's tail, is seen.
 */
#include "net_frame.h"

#include <string.h>

#define MAC_LEN 6
#define ETHER_LEN 14

static const unsigned char ether_header[ETHER_LEN] = {
	0x52, 0x54, 0x00, 0x00, 0x00, 0x02, /* to */
	0x52, 0x54, 0x00, 0x00, 0x00, 0x01, /* from */
	0x88, 0xb5,			    /* local experimental */
};

void net_frame_make(struct net_frame *frame, uint32_t len, uint32_t seed)
{
	uint32_t state = seed * 2654435761U + len + 1;
	uint32_t i;

	memset(&frame->hdr, 0, sizeof(frame->hdr));
	frame->len = len;
	frame->buffer_cnt = 1;
	for (i = 0; i < len; i++) {
		state = state * 1664525U + 1013904223U;
		frame->data[i] = (unsigned char)(state >> 24);
	}
	memcpy(frame->data, ether_header, sizeof(ether_header));
}

bool net_frame_is_echo(const struct net_frame *got,
		       const struct net_frame *sent)
{
	return got->len == sent->len &&
	       memcmp(got->data, sent->data + MAC_LEN, MAC_LEN) == 0 &&
	       memcmp(got->data + MAC_LEN, sent->data, MAC_LEN) == 0 &&
	       memcmp(got->data + ETHER_LEN - 2, sent->data + ETHER_LEN - 2,
		      sent->len - (ETHER_LEN - 2)) == 0;
}

uint16_t net_frame_cut(const struct driver_part *whole, uint32_t hdr_len,
		       enum net_layout layout, struct driver_part *part)
{
	/* Two pieces of the header, one across its end, then the frame. */
	const uint32_t chopped[] = { 3, hdr_len - 4, 6, 17, 1 };
	uint32_t at = 0, left = whole->len, len, tail;
	uint16_t n = 0;

	tail = left / 8 < 16 ? 16 : left / 8;
	while (left) {
		len = left;
		if (layout == NET_SPLIT_HEADER && n == 0)
			len = hdr_len;
		if (layout == NET_CHOPPED)
			len = n < 5 ? chopped[n] : tail;
		if (len > left || n == NET_PARTS_MAX - 1)
			len = left;
		part[n++] =
			(struct driver_part){ (unsigned char *)whole->host + at,
					      len, whole->writable };
		at += len;
		left -= len;
	}
	return n;
}
