/* SPDX-License-Identifier: BSD-3-Clause */
/* test_offload.c - the virtio-net header: passed on, made good, or refused.
 *
 * A TCP/IPv4 frame goes through the echo port back to the guest that sent it.
 * Where that guest negotiated the offload the header comes back as it was;
 * where it did not, the frame comes back without the need for it, or its drop
 * is counted; where header and frame contradict each other nothing comes.
 */
#include <string.h>

#include "bed.h"

#define BIT FEATURE_BIT
#define ETHER_LEN 14
#define IP_LEN 20
#define TCP_LEN 20
#define HEADERS_LEN (ETHER_LEN + IP_LEN + TCP_LEN)
#define TCP_CSUM_OFFSET 16
#define MSS 1448

static const struct net_form split = { NET_SPLIT_HEADER, false };

static uint32_t csum_add(uint32_t sum, const unsigned char *data, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static uint16_t csum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* Sum over the pseudo header of a frame with @len bytes. */
static uint32_t pseudo_sum(const unsigned char *ip, uint32_t len)
{
	return csum_add(0, ip + 12, 8) + 6 + (len - ETHER_LEN - IP_LEN);
}

/* A TCP frame whose checksum is left to the device, as Linux sends it. */
static void make_tcp(struct net_frame *frame, uint32_t len, uint16_t gso_size)
{
	unsigned char *ip = frame->data + ETHER_LEN;
	unsigned char *tcp = ip + IP_LEN;

	net_frame_make(frame, len, len);
	put16(ip - 2, 0x0800);
	memset(ip, 0, IP_LEN + TCP_LEN);
	ip[0] = 0x45;
	put16(ip + 2, len - ETHER_LEN);
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	put16(ip + 10, (uint16_t)~csum_fold(csum_add(0, ip, IP_LEN)));
	tcp[12] = 0x50;
	put16(tcp + TCP_CSUM_OFFSET, csum_fold(pseudo_sum(ip, len)));

	frame->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame->hdr.csum_start = ETHER_LEN + IP_LEN;
	frame->hdr.csum_offset = TCP_CSUM_OFFSET;
	if (gso_size) {
		frame->hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		frame->hdr.gso_size = gso_size;
		frame->hdr.hdr_len = HEADERS_LEN;
	}
}

static bool tcp_checksum_is_right(const struct net_frame *frame)
{
	const unsigned char *ip = frame->data + ETHER_LEN;
	uint32_t sum = pseudo_sum(ip, frame->len);

	sum = csum_add(csum_fold(sum), ip + IP_LEN,
		       frame->len - ETHER_LEN - IP_LEN);
	return csum_fold(sum) == 0xffff;
}

/* What a receiver does with a partial checksum. */
static void complete(struct net_frame *frame)
{
	const struct virtio_net_hdr *hdr = &frame->hdr;
	uint32_t sum;

	assert_int_equal(hdr->flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	sum = csum_add(0, frame->data + hdr->csum_start,
		       frame->len - hdr->csum_start);
	put16(frame->data + hdr->csum_start + hdr->csum_offset,
	      (uint16_t)~csum_fold(sum));
}

static struct net_guest *offload_guest(uint64_t without)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.features &= ~without;
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 256;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 256);
	return guest;
}

static void send_tcp(struct net_guest *guest, uint32_t len, uint16_t gso_size)
{
	make_tcp(&bed_sent, len, gso_size);
	assert_int_equal(net_send(guest, TX0, &bed_sent, split), 0);
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
}

static void a_frame_of_64_kib_keeps_its_header(void **state)
{
	struct net_guest *guest = offload_guest(0);

	(void)state;
	send_tcp(guest, 65535 + ETHER_LEN, MSS);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	assert_int_equal(bed_got.hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(bed_got.hdr.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_int_equal(bed_got.hdr.gso_size, MSS);
	assert_int_equal(bed_got.hdr.csum_start, ETHER_LEN + IP_LEN);
	assert_int_equal(bed_got.hdr.csum_offset, TCP_CSUM_OFFSET);
}

static void a_checksum_is_filled_in_for_who_did_not_negotiate_it(void **state)
{
	struct net_guest *guest = offload_guest(BIT(VIRTIO_NET_F_GUEST_CSUM) |
						BIT(VIRTIO_NET_F_GUEST_TSO4) |
						BIT(VIRTIO_NET_F_GUEST_TSO6));
	uint32_t len;

	(void)state;
	for (len = HEADERS_LEN + 6; len < 1514; len += 97) {
		send_tcp(guest, len, 0);
		assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
		assert_int_equal(bed_got.len, len);
		assert_int_equal(bed_got.hdr.flags, 0);
		assert_true(tcp_checksum_is_right(&bed_got));
	}
}

static long long drops(const char *vring)
{
	json_t *json = control_vring(&bed.control, "vm0", vring);
	long long sum = 0;
	const char *reason;
	json_t *cnt;

	json_object_foreach(control_at(json, "counters.drops"), reason, cnt)
		sum += json_integer_value(cnt);
	json_decref(json);
	return sum;
}

/* A frame of ten segments and a bit came as as many frames, in order, each with a
 * checksum that is right, or that its receiver completes. */
static void expect_segments(struct net_guest *to)
{
	uint32_t at = HEADERS_LEN, part;

	while (at < bed_sent.len) {
		assert_true(net_wait_frame(to, RX0, &bed_got, BED_WAIT_MS));
		part = bed_sent.len - at < MSS ? bed_sent.len - at : MSS;
		assert_int_equal(bed_got.hdr.gso_type, 0);
		assert_int_equal(bed_got.len, HEADERS_LEN + part);
		assert_memory_equal(bed_got.data + HEADERS_LEN,
				    bed_sent.data + at, part);
		if (bed_got.hdr.flags)
			complete(&bed_got);
		assert_true(tcp_checksum_is_right(&bed_got));
		at += part;
	}
	assert_false(net_receive(to, RX0, &bed_got));
}

#define NO_TSO (BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6))
#define NO_OFFLOAD (NO_TSO | BIT(VIRTIO_NET_F_GUEST_CSUM))

static void a_large_frame_is_cut_for_who_takes_none(void **state)
{
	struct net_guest *guest = offload_guest(BIT(VIRTIO_NET_F_GUEST_TSO4));

	(void)state;
	send_tcp(guest, HEADERS_LEN + 10 * MSS + 7, MSS);
	expect_segments(guest);
	assert_int_equal(drops("rx0") + drops("tx0"), 0);
}

/* vm1 takes what it takes, vm0 sends all there is. */
static struct net_guest *offload_pair(uint64_t without)
{
	struct net_config cfg;

	bed_up((struct bed_config){ .option = { "--wire", "vm0,vm1" } });
	cfg = bed_net_config(0);
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	bed_guest(0, &cfg);
	cfg = bed_net_config(1);
	cfg.frontend.features &= ~without;
	cfg.buffers_max = 256;
	bed_guest(1, &cfg);
	net_offer(&bed.guest[1], RX0, 256);
	return &bed.guest[0];
}

static void between_guests_a_large_frame_stays_or_is_cut(void **state)
{
	static const uint64_t without[] = {
		NO_TSO, NO_OFFLOAD, NO_TSO | BIT(VIRTIO_NET_F_MRG_RXBUF)
	};
	struct net_guest *from = offload_pair(0);
	unsigned int i;

	(void)state;
	send_tcp(from, 65535 + ETHER_LEN, MSS);
	assert_true(net_wait_frame(&bed.guest[1], RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.len, bed_sent.len);
	assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	assert_memory_equal(&bed_got.hdr, &bed_sent.hdr, 10);
	assert_int_equal(bed_down(NULL), 0);
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		from = offload_pair(without[i]);
		send_tcp(from, HEADERS_LEN + 40 * MSS + 1, MSS);
		expect_segments(&bed.guest[1]);
		assert_int_equal(bed_down(NULL), 0);
	}
	offload_pair(0);
}

/* One frame for all: vm2 gets it whole, vm1 takes no such and gets segments, and
 * each a header of its own. */
static void on_a_switch_each_guest_gets_what_it_takes(void **state)
{
	unsigned int n;

	(void)state;
	bed_up((struct bed_config){ .guests = 3,
				    .option = { "--switch", "br0", "--wire",
						"vm0,br0", "--wire", "vm1,br0",
						"--wire", "vm2,br0" } });
	for (n = 0; n < 3; n++) {
		struct net_config cfg = bed_net_config(n);

		if (n == 1)
			cfg.frontend.features &= ~NO_OFFLOAD;
		cfg.tx_buffer_len = NET_FRAME_MAX + 16;
		cfg.buffers_max = 256;
		bed_guest(n, &cfg);
		net_offer(&bed.guest[n], RX0, 256);
	}
	send_tcp(&bed.guest[0], 65535 + ETHER_LEN, MSS);
	expect_segments(&bed.guest[1]);
	assert_true(net_wait_frame(&bed.guest[2], RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.len, bed_sent.len);
	assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	assert_memory_equal(&bed_got.hdr, &bed_sent.hdr, 10);
	/* A checksum is completed for one and stays partial for the other. */
	send_tcp(&bed.guest[0], 1000, 0);
	assert_true(net_wait_frame(&bed.guest[1], RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.hdr.flags, 0);
	assert_true(tcp_checksum_is_right(&bed_got));
	assert_true(net_wait_frame(&bed.guest[2], RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
}

/* 256 buffers are six frames of 41 segments and ten buffers more. The seventh frame
 * is not begun with these: it waits. */
static void a_large_frame_waits_for_buffers_for_all_segments(void **state)
{
	struct net_guest *from = offload_pair(NO_TSO);
	uint32_t round;

	(void)state;
	for (round = 0; round < 7; round++) {
		make_tcp(&bed_sent, HEADERS_LEN + 40 * MSS + 1, MSS);
		assert_int_equal(net_send(from, TX0, &bed_sent, split), 0);
		if (round == 6) {
			bed_idle(30); /* time to begin with what there is */
			net_offer(&bed.guest[1], RX0, 256);
		}
		expect_segments(&bed.guest[1]);
		assert_int_equal(net_wait_sent(from, TX0, 1, BED_WAIT_MS), 1);
	}
}

static const struct virtio_net_hdr bad_headers[] = {
	{ .flags = 1, .csum_start = 2000, .csum_offset = 16 },
	{ .flags = 1, .csum_start = 34, .csum_offset = 2000 },
	{ .flags = 1, .csum_start = 65535, .csum_offset = 65535 },
	{ .flags = 1, .csum_start = 999, .csum_offset = 0 },
	{ .flags = 1,
	  .gso_type = 1,
	  .hdr_len = 54,
	  .csum_start = 34,
	  .csum_offset = 16,
	  .gso_size = 0 },
	{ .gso_type = 7, .hdr_len = 54, .gso_size = 1448 },
	{ .flags = 1,
	  .gso_type = 3,
	  .hdr_len = 42,
	  .gso_size = 1448,
	  .csum_start = 34,
	  .csum_offset = 6 },
};

#define BAD_HEADERS (sizeof(bad_headers) / sizeof(bad_headers[0]))

static void
a_header_that_contradicts_the_frame_is_dropped_and_counted(void **state)
{
	struct net_guest *guest = offload_guest(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < BAD_HEADERS; i++) {
		make_tcp(&bed_sent, 1000, 0);
		bed_sent.hdr = bad_headers[i];
		assert_int_equal(net_send(guest, TX0, &bed_sent, split), 0);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
		if (drops("tx0") + drops("rx0") != i + 1)
			fail_msg("bad header %u was not dropped", i);
	}
	bed_round_trip(guest, 600, 1);
	bed_check_accounts();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_frame_of_64_kib_keeps_its_header),
		BED_TEST(a_checksum_is_filled_in_for_who_did_not_negotiate_it),
		BED_TEST(a_large_frame_is_cut_for_who_takes_none),
		BED_TEST(between_guests_a_large_frame_stays_or_is_cut),
		BED_PACKED(between_guests_a_large_frame_stays_or_is_cut),
		BED_TEST(on_a_switch_each_guest_gets_what_it_takes),
		BED_PACKED(on_a_switch_each_guest_gets_what_it_takes),
		BED_TEST(a_large_frame_waits_for_buffers_for_all_segments),
		BED_TEST(
			a_header_that_contradicts_the_frame_is_dropped_and_counted),
	};

	return BED_RUN(tests);
}
