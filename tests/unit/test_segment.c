/* SPDX-License-Identifier: BSD-3-Clause */
/* test_segment.c - large TCP frames of every shape, cut in every way; and those that are none.
 *
 * Each piece of a frame has memory of its own, with nothing behind it: under a
 * sanitizer a byte too much is found.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "net/net_hdr.h"
#include "net/segment.h"
#include "tcp_frame.h"

/* Both too large for a stack; a test has one of each. */
static struct tcp_frame frame;
static struct segmenting segmenting;

struct pieces {
	struct iovec *iov; /* the one in front is free to use */
	unsigned cnt;
};

static void *allocate(size_t len)
{
	void *memory = malloc(len ? len : 1);

	assert_non_null(memory);
	return memory;
}

/* Pieces of up to `most` bytes, some of them empty; if that is 1, of one byte each. */
static struct pieces cut(uint32_t len, uint32_t most, uint32_t *dice)
{
	struct pieces pieces = { .iov = allocate((2 * len + 2) * sizeof(struct iovec)) };
	uint32_t done = 0;

	pieces.iov++;
	while (done < len) {
		uint32_t piece = most == 1 ? 1 : dice_next(dice) % (most + 1);

		piece = piece < len - done ? piece : len - done;
		if (piece == 0 && pieces.cnt > len)
			continue;
		pieces.iov[pieces.cnt] = (struct iovec){ allocate(piece), piece };
		memcpy(pieces.iov[pieces.cnt++].iov_base, frame.bytes + done, piece);
		done += piece;
	}
	return pieces;
}

static void pieces_free(struct pieces *pieces)
{
	unsigned i;

	for (i = 0; i < pieces->cnt; i++)
		free(pieces->iov[i].iov_base);
	free(pieces->iov - 1);
}

static struct packet whole(const struct pieces *pieces)
{
	return (struct packet){ frame.hdr, frame.len, pieces->cnt, pieces->iov };
}

static void flatten(uint8_t *flat, const struct packet *segment)
{
	struct iov_at at = iov_begin(segment->iov, segment->iov_cnt);

	assert_true(segment->len <= FRAME_LEN_MAX);
	assert_true(segment->iov_cnt <= 1 + SEGMENT_PIECES);
	assert_int_equal(iov_len(segment->iov, segment->iov_cnt), segment->len);
	assert_int_equal(iov_get(&at, flat, segment->len), segment->len);
	/* Whoever handles it may do what a packet's owner may. */
	segment->iov[-1] = (struct iovec){ NULL, 1000 };
}

static void check_net_hdr(const struct virtio_net_hdr *hdr)
{
	const struct virtio_net_hdr wanted = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)frame.tcp,
		.csum_offset = 16,
	};

	assert_memory_equal(hdr, &wanted, sizeof(wanted));
}

/* The whole's headers, but for what must differ in segment `index`, whose payload
 * is `len` bytes from `start` on. The checksums are looked at apart. */
static void check_headers(const uint8_t *flat, unsigned index, uint32_t start, uint32_t len)
{
	uint8_t wanted[SEGMENT_HEADERS_MAX], got[SEGMENT_HEADERS_MAX];
	uint8_t *ip = wanted + frame.ip, *tcp = wanted + frame.tcp;

	memcpy(wanted, frame.bytes, frame.hdr_len);
	memcpy(got, flat, frame.hdr_len);
	if (frame.ipv6) {
		put_be16(ip + 4, frame.hdr_len - frame.ip - 40 + len);
	} else {
		put_be16(ip + 2, frame.hdr_len - frame.ip + len);
		put_be16(ip + 4, get_be16(ip + 4) + index);
		memset(ip + 10, 0, 2);
		memset(got + frame.ip + 10, 0, 2);
	}
	put_be32(tcp + 4, get_be32(tcp + 4) + start);
	if (index > 0)
		tcp[13] &= 0xff ^ CWR;
	if (frame.hdr_len + start + len < frame.len)
		tcp[13] &= 0xff ^ (FIN | PSH);
	memset(tcp + 16, 0, 2);
	memset(got + frame.tcp + 16, 0, 2);
	assert_memory_equal(got, wanted, frame.hdr_len);
}

/* The partial sum is the pseudo header's, and what a receiver makes of it is
 * right; so is IPv4's own. */
static void check_sums(uint8_t *flat, struct virtio_net_hdr hdr, uint32_t len)
{
	const struct iovec iov = { flat, len };
	uint16_t pseudo = tcp_frame_pseudo(&frame, len - frame.tcp);

	assert_int_equal(get_be16(flat + frame.tcp + 16) % 0xffff, pseudo % 0xffff);
	net_hdr_complete_csum(&hdr, iov_begin(&iov, 1), len);
	assert_int_equal(naive_sum(pseudo, flat + frame.tcp, len - frame.tcp), 0xffff);
	if (!frame.ipv6)
		assert_int_equal(naive_sum(0, flat + frame.ip, (flat[frame.ip] & 15) * 4u), 0xffff);
}

/* Returns how many segments there are. */
static unsigned check_all(const struct packet *packet)
{
	static uint8_t flat[FRAME_LEN_MAX];
	uint32_t payload = frame.len - frame.hdr_len, start = 0;
	struct packet segment;
	unsigned cnt = 0;

	assert_true(segment_begin(&segmenting, packet));
	do {
		uint32_t len = payload - start;

		len = len < frame.hdr.gso_size ? len : frame.hdr.gso_size;
		assert_true(segment_next(&segmenting, &segment));
		assert_int_equal(segment.len, frame.hdr_len + len);
		flatten(flat, &segment);
		check_net_hdr(&segment.hdr);
		check_headers(flat, cnt, start, len);
		assert_memory_equal(flat + frame.hdr_len, frame.bytes + frame.hdr_len + start, len);
		check_sums(flat, segment.hdr, segment.len);
		start += len;
		cnt++;
	} while (start < payload);
	assert_false(segment_next(&segmenting, &segment));
	assert_false(segment_next(&segmenting, &segment));
	return cnt;
}

static unsigned cut_and_check(const struct tcp_shape *shape, uint32_t most, uint32_t *dice)
{
	struct pieces pieces;
	struct packet packet;
	unsigned cnt;

	tcp_frame_make(&frame, shape, dice);
	pieces = cut(frame.len, most, dice);
	packet = whole(&pieces);
	cnt = check_all(&packet);
	pieces_free(&pieces);
	return cnt;
}

/* clang-format off */
static const struct tcp_shape shapes[] = {
	{ .payload = 9000, .gso_size = 1448, .flags = ACK },
	{ .payload = 9000, .gso_size = 1448, .flags = ACK | PSH, .tcp_options = 12 },
	{ .payload = 9000, .gso_size = 1447, .flags = ACK | FIN | PSH, .tags = 1 },
	{ .payload = 4001, .gso_size = 1000, .flags = ACK | PSH, .tags = 2, .tcp_options = 40 },
	{ .payload = 4000, .gso_size = 1000, .flags = ACK | PSH, .ip_options = 4 },
	{ .payload = 4000, .gso_size = 536, .flags = ACK, .ip_options = 40, .tcp_options = 40,
	  .tags = 2 },
	{ .payload = 5000, .gso_size = 1448, .flags = ACK | CWR | PSH, .ecn = true },
	{ .payload = 5000, .gso_size = 1448, .flags = 0xff },
	{ .payload = 9000, .gso_size = 1428, .flags = ACK | PSH, .ipv6 = true },
	{ .payload = 9000, .gso_size = 1428, .flags = ACK | CWR | FIN, .ipv6 = true, .tags = 1,
	  .ecn = true },
	{ .payload = 3000, .gso_size = 1428, .flags = ACK, .ipv6 = true, .tags = 2,
	  .extensions = HOP_BY_HOP },
	{ .payload = 3000, .gso_size = 1428, .flags = ACK | PSH, .ipv6 = true, .tcp_options = 12,
	  .extensions = ROUTING },
	{ .payload = 3000, .gso_size = 999, .flags = ACK | PSH, .ipv6 = true,
	  .extensions = HOP_BY_HOP | ROUTING | DESTINATION },
	{ .payload = 500, .gso_size = SEGMENT_SIZE_MIN, .flags = ACK | PSH },
	{ .payload = 500, .gso_size = SEGMENT_SIZE_MIN, .flags = ACK | PSH, .ipv6 = true },
};
/* clang-format on */

static void every_shape_is_cut_whatever_pieces_it_is_in(void **state)
{
	static const uint32_t most[] = { 1, 2, 3, 16, 23, 100, 700, 5000, 65535 };
	uint32_t dice = 3;
	unsigned i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (k = 0; k < ARRAY_SIZE(most); k++) {
			unsigned cnt = cut_and_check(&shapes[i], most[k], &dice);

			assert_int_equal(cnt, (shapes[i].payload + shapes[i].gso_size - 1) /
						      shapes[i].gso_size);
		}
	}
}

/* Of none, of one, and one to either side of a whole number of segments. */
static void every_length_gives_the_segments_it_fills(void **state)
{
	struct tcp_shape shape = { .gso_size = 100, .flags = ACK | CWR | FIN | PSH };
	uint32_t dice = 4;

	(void)state;
	for (shape.payload = 0; shape.payload <= 401; shape.payload++) {
		unsigned wanted = shape.payload ? (shape.payload + 99) / 100 : 1;

		shape.ipv6 = shape.payload % 3 == 0;
		assert_int_equal(cut_and_check(&shape, 33, &dice), wanted);
	}
}

static void the_largest_frames_are_cut(void **state)
{
	struct tcp_shape shape = { .gso_size = 1448, .flags = ACK | PSH, .payload = 65535 - 40 };
	uint32_t dice = 6;

	(void)state;
	assert_int_equal(cut_and_check(&shape, 4096, &dice), 46);
	assert_int_equal(cut_and_check(&shape, 1, &dice), 46);
	shape.gso_size = 65535;
	assert_int_equal(cut_and_check(&shape, 1, &dice), 1);
	shape.tags = 2;
	assert_int_equal(cut_and_check(&shape, 10000, &dice), 1);
	shape.gso_size = SEGMENT_SIZE_MIN;
	assert_int_equal(cut_and_check(&shape, 10000, &dice), 8187);
}

/* Sequence numbers and identifications have no end. */
static void numbers_wrap(void **state)
{
	const struct tcp_shape shape = { .gso_size = 100, .payload = 350, .flags = ACK };
	uint32_t dice = 8;
	struct pieces pieces;
	struct packet packet;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	put_be32(frame.bytes + frame.tcp + 4, 0xffffff80);
	put_be16(frame.bytes + frame.ip + 4, 0xfffe);
	pieces = cut(frame.len, 1000, &dice);
	packet = whole(&pieces);
	assert_int_equal(check_all(&packet), 4);
	pieces_free(&pieces);
}

/* The lengths of IP are the NIC's to write, and some drivers leave them to it. */
static void a_length_of_ip_is_not_believed(void **state)
{
	uint32_t dice = 9;
	unsigned ipv6;

	(void)state;
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		const struct tcp_shape shape = { .gso_size = 100, .payload = 350, .ipv6 = ipv6 };
		struct pieces pieces;
		struct packet packet;

		tcp_frame_make(&frame, &shape, &dice);
		put_be16(frame.bytes + frame.ip + (ipv6 ? 4 : 2), ipv6 ? 0 : 65535);
		pieces = cut(frame.len, 1000, &dice);
		packet = whole(&pieces);
		assert_int_equal(check_all(&packet), 4);
		pieces_free(&pieces);
	}
}

static void few_pieces_are_borrowed_and_many_are_copied(void **state)
{
	const struct tcp_shape shape = { .gso_size = SEGMENT_PIECES, .payload = 200 };
	const struct tcp_shape larger = { .gso_size = SEGMENT_PIECES + 1, .payload = 200 };
	uint32_t dice = 10;
	struct packet packet, segment;
	struct pieces pieces;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	pieces = cut(frame.len, 1, &dice);
	packet = whole(&pieces);
	assert_true(segment_begin(&segmenting, &packet));
	assert_true(segment_next(&segmenting, &segment));
	assert_int_equal(segment.iov_cnt, 1 + SEGMENT_PIECES);
	assert_ptr_equal(segment.iov[1].iov_base, pieces.iov[frame.hdr_len].iov_base);

	frame.hdr.gso_size = larger.gso_size;
	packet = whole(&pieces);
	assert_true(segment_begin(&segmenting, &packet));
	assert_true(segment_next(&segmenting, &segment));
	assert_int_equal(segment.iov_cnt, 2);
	pieces_free(&pieces);
	assert_int_equal(cut_and_check(&larger, 1, &dice), 4);
}

/* A guest that changes its headers after they were checked changes nothing. */
static void headers_are_read_once(void **state)
{
	const struct tcp_shape shape = { .gso_size = 100, .payload = 350, .flags = ACK | PSH };
	static uint8_t flat[FRAME_LEN_MAX];
	uint32_t dice = 12;
	struct packet packet, segment;
	struct pieces pieces;
	unsigned i;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	pieces = cut(frame.len, 1, &dice);
	packet = whole(&pieces);
	assert_true(segment_begin(&segmenting, &packet));
	for (i = 0; i < frame.hdr_len; i++)
		*(uint8_t *)pieces.iov[i].iov_base ^= 0xff;
	for (i = 0; i < 4; i++) {
		uint32_t len = i < 3 ? 100 : 50;

		assert_true(segment_next(&segmenting, &segment));
		flatten(flat, &segment);
		check_headers(flat, i, i * 100, len);
		check_sums(flat, segment.hdr, segment.len);
	}
	pieces_free(&pieces);
}

static bool begins(uint32_t len)
{
	uint32_t dice = 13;
	struct pieces pieces = cut(len, 40, &dice);
	struct packet packet = whole(&pieces);
	struct packet segment;
	bool began;

	packet.len = len;
	began = segment_begin(&segmenting, &packet);
	assert_int_equal(segment_next(&segmenting, &segment), began);
	pieces_free(&pieces);
	return began;
}

static void a_frame_that_ends_within_its_headers_is_refused(void **state)
{
	uint32_t dice = 14, len;
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		tcp_frame_make(&frame, &shapes[i], &dice);
		for (len = 0; len < frame.hdr_len; len++)
			assert_false(begins(len));
		assert_true(begins(frame.hdr_len));
	}
}

enum layer { LINK, IP, TCP };

/* One byte of a good frame, put in the place of another. */
/* clang-format off */
static const struct {
	const char *name;
	enum layer layer;
	unsigned at;
	uint8_t byte;
	struct tcp_shape shape;
	bool good;
} bytes[] = {
	{ "don't fragment, or do", IP, 6, 0, { 0 }, true },
	{ "the type of no IP", LINK, 13, 0x06, { 0 }, false },
	{ "the type of IPv6", LINK, 12, 0x86, { 0 }, false },
	{ "a type that is a tag", LINK, 12, 0x81, { 0 }, false },
	{ "version 6 behind IPv4's type", IP, 0, 0x65, { 0 }, false },
	{ "version 4 behind IPv6's type", IP, 0, 0x45, { .ipv6 = true }, false },
	{ "IPv4, too short", IP, 0, 0x44, { 0 }, false },
	{ "IPv4, longer than up to csum_start", IP, 0, 0x46, { 0 }, false },
	{ "IPv4, shorter than up to csum_start", IP, 0, 0x45, { .ip_options = 4 }, false },
	{ "UDP", IP, 9, 17, { 0 }, false },
	{ "a first fragment", IP, 6, 0x20, { 0 }, false },
	{ "a fragment", IP, 6, 0x01, { 0 }, false },
	{ "a fragment near by", IP, 7, 0x01, { 0 }, false },
	{ "UDP over IPv6", IP, 6, 17, { .ipv6 = true }, false },
	{ "an extension without room", IP, 6, 0, { .ipv6 = true }, false },
	{ "a fragment of IPv6", IP, 6, 44, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "an authenticated packet", IP, 6, 51, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "an extension too long", IP, 41, 1, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "one far too long", IP, 41, 255, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "TCP before csum_start", IP, 6, 6, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "an extension with UDP", IP, 40, 17, { .ipv6 = true, .extensions = HOP_BY_HOP }, false },
	{ "TCP, too short", TCP, 12, 0x40, { 0 }, false },
	{ "TCP of no length", TCP, 12, 0, { 0 }, false },
	{ "TCP, longer than the frame", TCP, 12, 0xf0, { .payload = 39 }, false },
	{ "TCP, as long as the frame", TCP, 12, 0xf0, { .payload = 40 }, true },
};
/* clang-format on */

static void headers_that_do_not_agree_are_refused(void **state)
{
	uint32_t dice = 15;
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct tcp_shape shape = bytes[i].shape;
		uint32_t layers[3];

		shape.gso_size = 100;
		shape.payload = shape.payload ? shape.payload : 350;
		tcp_frame_make(&frame, &shape, &dice);
		assert_true(begins(frame.len));
		layers[LINK] = 0;
		layers[IP] = frame.ip;
		layers[TCP] = frame.tcp;
		frame.bytes[layers[bytes[i].layer] + bytes[i].at] = bytes[i].byte;
		if (begins(frame.len) != bytes[i].good)
			fail_msg("%s", bytes[i].name);
	}
}

static void a_virtio_net_header_that_does_not_agree_is_refused(void **state)
{
	const struct tcp_shape shape = { .gso_size = 100, .payload = 350 };
	uint32_t dice = 16, start;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	frame.hdr.gso_size = SEGMENT_SIZE_MIN - 1;
	assert_false(begins(frame.len));
	frame.hdr.gso_size = 1;
	assert_false(begins(frame.len));
	frame.hdr.gso_size = 100;
	frame.hdr.csum_offset = 6;
	assert_false(begins(frame.len));
	frame.hdr.csum_offset = 16;
	frame.hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	assert_false(begins(frame.len));
	frame.hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	for (start = 0; start < 65536; start += start < 600 ? 1 : 1019) {
		frame.hdr.csum_start = (uint16_t)start;
		assert_int_equal(begins(frame.len), start == frame.tcp);
	}
}

static void a_third_tag_is_refused(void **state)
{
	const struct tcp_shape shape = { .gso_size = 100, .payload = 350, .tags = 3 };
	uint32_t dice = 17;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	assert_false(begins(frame.len));
}

/* Extension headers of 512 − 14 − 40 − 20 bytes are the longest that fit. */
static void long_headers_are_refused(void **state)
{
	struct tcp_shape shape = { .gso_size = 100, .payload = 900, .ipv6 = true };
	uint32_t dice = 18, extension;

	(void)state;
	shape.extensions = HOP_BY_HOP;
	for (extension = 8; extension <= 600; extension += 8) {
		tcp_frame_make(&frame, &shape, &dice);
		frame.tcp = frame.ip + 40 + extension;
		frame.bytes[frame.ip + 41] = (uint8_t)(extension / 8 - 1);
		frame.bytes[frame.tcp + 12] = 0x50;
		frame.hdr.csum_start = (uint16_t)frame.tcp;
		assert_int_equal(begins(frame.len), extension <= 512 - 14 - 40 - 20);
	}
}

static void a_frame_too_long_for_ip_is_refused(void **state)
{
	struct tcp_shape shape = { .gso_size = 1448, .payload = 65535 - 40 };
	uint32_t dice = 19;

	(void)state;
	tcp_frame_make(&frame, &shape, &dice);
	assert_true(begins(frame.len));
	assert_false(begins(frame.len + 1));
	assert_false(begins(FRAME_LEN_MAX));
	shape.tags = 2;
	tcp_frame_make(&frame, &shape, &dice);
	assert_true(begins(FRAME_LEN_MAX));
	assert_false(begins(FRAME_LEN_MAX + 1));
}

/* Whatever a frame says: its payload comes out once, in order, within bounds. */
static void broken_headers_break_nothing_else(void **state)
{
	uint32_t dice = 20;
	unsigned round;

	(void)state;
	for (round = 0; round < 20000; round++) {
		static uint8_t flat[FRAME_LEN_MAX];
		struct tcp_shape shape = shapes[dice_next(&dice) % ARRAY_SIZE(shapes)];
		struct packet packet, segment;
		struct pieces pieces;
		uint32_t left = 0;

		shape.payload = dice_next(&dice) % 400;
		if (round % 100 == 0)
			tcp_frame_make(&frame, &shape, &dice);
		frame.bytes[dice_next(&dice) % frame.hdr_len] ^= 1u << dice_next(&dice) % 8;
		frame.len = dice_next(&dice) % 16 ? frame.len : dice_next(&dice) % 600;
		frame.hdr.gso_size = (uint16_t)(dice_next(&dice) % 300);
		pieces = cut(frame.len, 50, &dice);
		packet = whole(&pieces);
		if (segment_begin(&segmenting, &packet))
			left = frame.len - segmenting.hdr_len;
		while (segment_next(&segmenting, &segment)) {
			flatten(flat, &segment);
			segment.len -= segmenting.hdr_len;
			assert_memory_equal(flat + segmenting.hdr_len,
					    frame.bytes + frame.len - left, segment.len);
			left -= segment.len;
		}
		assert_int_equal(left, 0);
		pieces_free(&pieces);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_is_cut_whatever_pieces_it_is_in),
		cmocka_unit_test(every_length_gives_the_segments_it_fills),
		cmocka_unit_test(the_largest_frames_are_cut),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(a_length_of_ip_is_not_believed),
		cmocka_unit_test(few_pieces_are_borrowed_and_many_are_copied),
		cmocka_unit_test(headers_are_read_once),
		cmocka_unit_test(a_frame_that_ends_within_its_headers_is_refused),
		cmocka_unit_test(headers_that_do_not_agree_are_refused),
		cmocka_unit_test(a_virtio_net_header_that_does_not_agree_is_refused),
		cmocka_unit_test(a_third_tag_is_refused),
		cmocka_unit_test(long_headers_are_refused),
		cmocka_unit_test(a_frame_too_long_for_ip_is_refused),
		cmocka_unit_test(broken_headers_break_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
