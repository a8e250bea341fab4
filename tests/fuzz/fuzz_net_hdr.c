/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_net_hdr.c - a virtio-net header and a frame, cut in pieces anyhow.
 *
 * Each piece is an allocation of its own, so that AddressSanitizer sees a step
 * outside; the frame in one piece says what the checksum ought to be.
 */
#include <string.h>

#include "fuzz_input.h"
#include "net/net_hdr.h"

#define PIECES_MAX 16

struct frame {
	uint8_t whole[FRAME_LEN_MAX];
	struct iovec pieces[PIECES_MAX];
	unsigned cnt;
	uint32_t len;
};

static void make(struct frame *frame, struct fuzz_input *in)
{
	uint32_t left, i;

	frame->cnt = 1 + fuzz_u8(in) % PIECES_MAX;
	frame->len = left = fuzz_u8(in) >= 0xf0 ? fuzz_u32(in) % (FRAME_LEN_MAX + 1) : fuzz_u8(in);
	for (i = 0; i < frame->cnt; i++) {
		uint32_t len = i + 1 == frame->cnt ? left : fuzz_u16(in);

		frame->pieces[i].iov_len = len < left ? len : left;
		left -= (uint32_t)frame->pieces[i].iov_len;
	}
	for (i = 0; i < frame->len; i++)
		frame->whole[i] = in->len ? in->at[i % in->len] : 0xff;
}

static void cut(struct frame *frame)
{
	const uint8_t *at = frame->whole;
	unsigned i;

	for (i = 0; i < frame->cnt; i++) {
		struct iovec *piece = &frame->pieces[i];

		piece->iov_base = malloc(piece->iov_len);
		if (!piece->iov_base)
			abort();
		memcpy(piece->iov_base, at, piece->iov_len);
		at += piece->iov_len;
	}
}

/* The frame is again what the header asked for, and nothing else has changed. */
static void compare(const struct frame *frame)
{
	const uint8_t *at = frame->whole;
	unsigned i;

	for (i = 0; i < frame->cnt; i++) {
		FUZZ_REQUIRE(memcmp(frame->pieces[i].iov_base, at, frame->pieces[i].iov_len) == 0);
		at += frame->pieces[i].iov_len;
		free(frame->pieces[i].iov_base);
	}
}

/* "Packet Transmission": what a device may rely on. */
static void check_accepted(const struct virtio_net_hdr *hdr, uint32_t len, uint64_t features)
{
	FUZZ_REQUIRE(!(hdr->flags & ~VIRTIO_NET_HDR_F_NEEDS_CSUM));
	if (hdr->flags)
		FUZZ_REQUIRE((features & FEATURE_BIT(VIRTIO_NET_F_CSUM)) &&
			     hdr->csum_start + hdr->csum_offset + 2u <= len);
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		FUZZ_REQUIRE(hdr->flags && hdr->gso_size > 0 && hdr->hdr_len <= len);
	if (hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN)
		FUZZ_REQUIRE(features & FEATURE_BIT(VIRTIO_NET_F_HOST_ECN));
}

static void complete(struct frame *frame, struct virtio_net_hdr hdr)
{
	uint32_t start = hdr.csum_start;
	uint8_t *field = &frame->whole[start + hdr.csum_offset];
	uint32_t total = 0, i;

	net_hdr_complete_csum(&hdr, iov_begin(frame->pieces, frame->cnt), frame->len);
	FUZZ_REQUIRE(hdr.flags == 0 && hdr.csum_start == 0 && hdr.csum_offset == 0);
	for (i = start; i < frame->len; i++) {
		total += (i - start) % 2 ? frame->whole[i] : frame->whole[i] << 8;
		total = (total & 0xffff) + (total >> 16);
	}
	total = total == 0xffff ? 0xffff : ~total & 0xffff;
	field[0] = (uint8_t)(total >> 8);
	field[1] = (uint8_t)total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct frame frame;
	struct fuzz_input in = { data, len };
	struct packet packet = { .iov = frame.pieces };
	uint64_t features = fuzz_u16(&in); /* those above bit 15 are not its concern */
	uint8_t *byte = (uint8_t *)&packet.hdr;
	unsigned i;

	for (i = 0; i < sizeof(packet.hdr); i++)
		byte[i] = fuzz_u8(&in);
	make(&frame, &in);
	cut(&frame);
	packet.len = frame.len;
	packet.iov_cnt = frame.cnt;
	net_hdr_acceptable(&packet.hdr, features);
	if (net_hdr_check(&packet, features)) {
		check_accepted(&packet.hdr, frame.len, features);
		if (packet.hdr.flags)
			complete(&frame, packet.hdr);
	}
	compare(&frame);
	return 0;
}
