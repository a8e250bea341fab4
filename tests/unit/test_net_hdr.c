/* SPDX-License-Identifier: BSD-3-Clause */
/* test_net_hdr.c - headers true and false, and checksums against a simple sum. */
#include "check.h"

#include <string.h>

#include "compiler.h"
#include "net/net_hdr.h"

#define BIT FEATURE_BIT
#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TCP4 VIRTIO_NET_HDR_GSO_TCPV4
#define TCP6 VIRTIO_NET_HDR_GSO_TCPV6
#define CSUM BIT(VIRTIO_NET_F_CSUM)
#define TSO4 (CSUM | BIT(VIRTIO_NET_F_HOST_TSO4))
#define TSO6 (CSUM | BIT(VIRTIO_NET_F_HOST_TSO6))

/* clang-format off */
static const struct {
	const char *name;
	struct virtio_net_hdr hdr;
	uint32_t len;
	uint64_t features;
	bool good;
} rows[] = {
	{ "plain", { .flags = 0 }, 60, 0, true },
	{ "a flag that means nothing here", { .flags = VIRTIO_NET_HDR_F_DATA_VALID }, 60, 0, true },
	{ "checksum", { .flags = NEEDS, .csum_start = 34, .csum_offset = 16 }, 60, CSUM, true },
	{ "not negotiated", { .flags = NEEDS, .csum_start = 34, .csum_offset = 16 }, 60, 0, false },
	{ "ends with the frame", { .flags = NEEDS, .csum_start = 42, .csum_offset = 16 }, 60, CSUM,
	  true },
	{ "one byte outside", { .flags = NEEDS, .csum_start = 43, .csum_offset = 16 }, 60, CSUM,
	  false },
	{ "far outside", { .flags = NEEDS, .csum_start = 65535, .csum_offset = 65535 }, 60, CSUM,
	  false },
	{ "segments", { NEEDS, TCP4, 54, 1448, 34, 16, 0 }, 9000, TSO4, true },
	{ "of the other kind", { NEEDS, TCP6, 74, 1448, 54, 16, 0 }, 9000, TSO4, false },
	{ "IPv6", { NEEDS, TCP6, 74, 1448, 54, 16, 0 }, 9000, TSO6, true },
	{ "with ECN", { NEEDS, TCP4 | VIRTIO_NET_HDR_GSO_ECN, 54, 1448, 34, 16, 0 }, 9000,
	  TSO4 | BIT(VIRTIO_NET_F_HOST_ECN), true },
	{ "of no size", { NEEDS, TCP4, 54, 0, 34, 16, 0 }, 9000, TSO4, false },
	{ "with headers longer than the frame", { NEEDS, TCP4, 9001, 1448, 34, 16, 0 }, 9000, TSO4,
	  false },
	{ "without a checksum", { 0, TCP4, 54, 1448, 0, 0, 0 }, 9000, TSO4, false },
	{ "UDP", { NEEDS, VIRTIO_NET_HDR_GSO_UDP, 54, 1448, 34, 6, 0 }, 9000, ~UINT64_C(0), false },
	{ "unknown", { NEEDS, 9, 54, 1448, 34, 6, 0 }, 9000, ~UINT64_C(0), false },
};
/* clang-format on */

static void a_header_must_agree_with_frame_and_features(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct packet packet = { .hdr = rows[i].hdr, .len = rows[i].len };

		if (net_hdr_check(&packet, rows[i].features) != rows[i].good)
			fail_msg("%s", rows[i].name);
		assert_int_equal(packet.hdr.flags, rows[i].hdr.flags & NEEDS);
	}
}

static void a_guest_gets_only_segments_it_takes(void **state)
{
	const uint64_t tso4 = BIT(VIRTIO_NET_F_GUEST_TSO4), tso6 = BIT(VIRTIO_NET_F_GUEST_TSO6);

	(void)state;
	assert_true(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = 0 }, 0));
	assert_true(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = TCP4 }, tso4));
	assert_false(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = TCP4 }, tso6));
	assert_true(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = TCP6 }, tso6));
	assert_false(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = TCP6 }, tso4));
	assert_false(net_hdr_acceptable(&(struct virtio_net_hdr){ .gso_type = 3 }, ~UINT64_C(0)));
}

/* RFC 1071, byte by byte: whether the sum over all of it, field included, is all ones. */
static bool sums_up(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* The sender leaves the pseudo header's sum in the field; here it is part of
 * what is summed up, as if it stood in front. */
static void complete(uint32_t *dice, size_t len, uint16_t start, uint16_t offset)
{
	struct virtio_net_hdr hdr = { .flags = NEEDS, .csum_start = start, .csum_offset = offset };
	uint8_t bytes[400], before[400], with_pseudo[402];
	struct iovec iov[3] = { { bytes, start / 2 }, { NULL, 0 }, { NULL, 0 } };
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice_next(dice);
	memcpy(before, bytes, len);
	iov[1] = (struct iovec){ bytes + start / 2, start - start / 2 + 3 };
	iov[2] = (struct iovec){ bytes + start + 3, len - start - 3 };
	net_hdr_complete_csum(&hdr, iov_begin(iov, 3), (uint32_t)len);

	memcpy(with_pseudo, before + start + offset, 2);
	memcpy(with_pseudo + 2, bytes + start, len - start);
	assert_true(sums_up(with_pseudo, 2 + len - start));
	memcpy(before + start + offset, bytes + start + offset, 2); /* all that may differ */
	assert_memory_equal(bytes, before, len);
	assert_int_equal(hdr.flags, 0);
}

static void a_completed_checksum_is_the_one_of_rfc_1071(void **state)
{
	uint32_t dice = 99;
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		uint16_t start = (uint16_t)(dice_next(&dice) % 60);
		uint16_t offset = (uint16_t)(dice_next(&dice) % 10 * 2);

		complete(&dice, start + offset + 4 + dice_next(&dice) % 300, start, offset);
	}
}

/* "0 means none" in UDP: a sum that comes out as 0 is sent as all ones. */
static void a_checksum_of_zero_is_sent_as_all_ones(void **state)
{
	struct virtio_net_hdr hdr = { .flags = NEEDS, .csum_offset = 2 };
	uint8_t bytes[] = { 0xff, 0xff, 0, 0 };
	const struct iovec iov = { bytes, sizeof(bytes) };

	(void)state;
	net_hdr_complete_csum(&hdr, iov_begin(&iov, 1), sizeof(bytes));
	assert_int_equal(bytes[2], 0xff);
	assert_int_equal(bytes[3], 0xff);
}

/* Whatever lay there, and nothing behind it. */
static void a_stored_header_is_the_one_given(void **state)
{
	static const uint32_t lens[] = { VIRTIO_NET_HDR_LEGACY_LEN, sizeof(struct virtio_net_hdr) };
	const struct virtio_net_hdr hdr = { .hdr_len = 54, .num_buffers = 3 };
	unsigned i, byte;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		for (byte = 0; byte <= sizeof(hdr); byte++) {
			uint8_t buffer[sizeof(hdr) + 1];

			memcpy(buffer, &hdr, sizeof(hdr));
			buffer[sizeof(hdr)] = 0xa5;
			buffer[byte] ^= 0xff;
			net_hdr_store(buffer, &hdr, lens[i]);
			assert_memory_equal(buffer, &hdr, lens[i]);
			if (byte >= lens[i])
				buffer[byte] ^= 0xff;
			assert_memory_equal(buffer, &hdr, sizeof(hdr));
			assert_int_equal(buffer[sizeof(hdr)], 0xa5);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_must_agree_with_frame_and_features),
		cmocka_unit_test(a_guest_gets_only_segments_it_takes),
		cmocka_unit_test(a_completed_checksum_is_the_one_of_rfc_1071),
		cmocka_unit_test(a_checksum_of_zero_is_sent_as_all_ones),
		cmocka_unit_test(a_stored_header_is_the_one_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
