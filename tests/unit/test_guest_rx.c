/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_rx.c - frames that a guest receives: read in place, or copied in. */
#include "net_bench.h"

#include <string.h>

static struct net_bench bench;

static int open_bench(void **state)
{
	(void)state;
	net_bench_open(&bench, NET_MERGEABLE);
	return 0;
}

static int open_simple(void **state)
{
	(void)state;
	net_bench_open(&bench, NET_MODERN);
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	net_bench_close(&bench);
	return 0;
}

static uint64_t drops(enum drop_reason why)
{
	return counter_read(&bench.pair->rx.counters.drops[why]);
}

static unsigned poll_rx(void)
{
	return guest_rx_poll(bench.pair, bench.burst, 1);
}

/* One frame of `len` bytes, over as many buffers as its header says. */
static void expect_frame(uint32_t len, unsigned buffers)
{
	struct virtio_net_hdr hdr;
	uint32_t skip = sizeof(hdr);
	uint32_t seen = 0;
	unsigned i;

	for (i = 0; i < buffers; i++) {
		uint32_t part, at;
		const uint8_t *bytes = net_received(&bench, &part);

		assert_non_null(bytes);
		if (i == 0)
			memcpy(&hdr, bytes, sizeof(hdr));
		for (at = skip; at < part; at++)
			assert_int_equal(bytes[at], (uint8_t)(++seen));
		skip = 0;
	}
	assert_int_equal(hdr.num_buffers, buffers);
	assert_int_equal(seen, len);
}

static void deliver(uint32_t len, struct virtio_net_hdr hdr)
{
	static uint8_t data[4096];
	struct iovec iov[2] = { { NULL, 0 }, { data, len } };
	struct packet packet = { .hdr = hdr, .len = len, .iov_cnt = 1, .iov = &iov[1] };
	uint32_t i;

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(i + 1);
	net_deliver(&bench, &packet);
}

static void a_frame_is_read_into_as_many_buffers_as_it_needs(void **state)
{
	static const struct {
		uint32_t len;
		unsigned buffers;
	} rows[] = {
		{ 60, 1 }, { 88, 1 }, { 89, 2 }, { 188, 2 }, { 189, 3 }, { 588, 6 },
	};
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		net_give(&bench, rows[i].buffers, 100);
		net_frame_comes(&bench, rows[i].len);
		assert_int_equal(poll_rx(), 1);
		expect_frame(rows[i].len, rows[i].buffers);
		assert_int_equal(vring_backlog(&bench.pair->rx.vring), 0);
	}
	assert_int_equal(counter_read(&bench.pair->rx.counters.packets), 6);
}

static void buffers_that_no_frame_needed_stay_available(void **state)
{
	(void)state;
	net_give(&bench, 10, 100);
	net_frame_comes(&bench, 60);
	net_frame_comes(&bench, 150);
	assert_int_equal(poll_rx(), 2);
	assert_int_equal(vring_backlog(&bench.pair->rx.vring), 7);
	expect_frame(60, 1);
	expect_frame(150, 2);
	assert_int_equal(counter_read(&bench.pair->rx.counters.chains), 3);
	assert_int_equal(counter_read(&bench.pair->rx.counters.publishes), 1);
}

static void a_frame_too_long_for_the_room_waits_for_more(void **state)
{
	(void)state;
	net_give(&bench, 2, 100);
	net_frame_comes(&bench, 300);
	assert_int_equal(poll_rx(), 1);
	assert_true(bench.pair->waiting.waits);
	assert_true(vring_end_look(&bench.pair->rx)->frame_waits);
	assert_int_equal(driver_pending(&bench.rx), 0);
	net_give(&bench, 2, 100);
	poll_rx();
	assert_false(bench.pair->waiting.waits);
	expect_frame(300, 4);
}

static void a_frame_the_ring_will_never_hold_is_dropped(void **state)
{
	(void)state;
	net_give(&bench, 12, 20); /* three quarters of the slots */
	net_frame_comes(&bench, 2000);
	poll_rx();
	poll_rx();
	assert_false(bench.pair->waiting.waits);
	assert_int_equal(drops(DROP_oversize), 1);
	assert_int_equal(vring_backlog(&bench.pair->rx.vring), 12);
}

static void without_room_the_uplink_is_not_asked(void **state)
{
	(void)state;
	net_frame_comes(&bench, 60);
	assert_int_equal(poll_rx(), 0);
	assert_true(bench.pair->rx_starved);
	assert_int_equal(bench.waiting_cnt, 1);
	net_give(&bench, 1, 100);
	assert_int_equal(poll_rx(), 1);
	expect_frame(60, 1);
}

static void without_merging_a_frame_has_one_buffer(void **state)
{
	(void)state;
	net_give(&bench, 2, 100);
	net_frame_comes(&bench, 88);
	net_frame_comes(&bench, 89);
	poll_rx();
	expect_frame(88, 1);
	poll_rx();
	assert_int_equal(drops(DROP_oversize), 1);
	assert_int_equal(vring_backlog(&bench.pair->rx.vring), 1);
}

static void a_readable_part_is_a_fault_of_direction(void **state)
{
	static const uint32_t lens[] = { 12, 100 };

	(void)state;
	net_offer(&bench, &bench.rx, lens, 2, 2);
	net_frame_comes(&bench, 60);
	assert_int_equal(poll_rx(), 0);
	assert_int_equal(bench.pair->rx.vring.fault, VRING_FAULT_direction);
	net_give(&bench, 2, 100);
	assert_int_equal(poll_rx(), 0);
	assert_int_equal(driver_pending(&bench.rx), 0);
}

static void a_buffer_shorter_than_a_header_is_a_fault(void **state)
{
	(void)state;
	net_give(&bench, 1, 11);
	net_frame_comes(&bench, 60);
	assert_int_equal(poll_rx(), 0);
	assert_int_equal(bench.pair->rx.vring.fault, VRING_FAULT_header_short);
}

static void a_delivered_frame_is_copied_with_its_header(void **state)
{
	(void)state;
	net_give(&bench, 4, 100);
	deliver(150, (struct virtio_net_hdr){ 0 });
	expect_frame(150, 2);
	assert_int_equal(vring_backlog(&bench.pair->rx.vring), 2);
}

static void what_can_not_be_delivered_is_counted_by_reason(void **state)
{
	struct vring_end *rx = &bench.pair->rx;

	(void)state;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_int_equal(drops(DROP_no_buffer), 1);
	net_give(&bench, 4, 100);
	deliver(60, (struct virtio_net_hdr){ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 });
	assert_int_equal(drops(DROP_bad_header), 1);
	rx->enabled = false;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_int_equal(drops(DROP_disabled), 1);
	rx->enabled = true;
	rx->vring.fault = VRING_FAULT_loop;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_int_equal(drops(DROP_faulted), 1);
	rx->vring.fault = VRING_FAULT_none;
	rx->started = false;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_int_equal(drops(DROP_stopped), 1);
	rx->started = true;
	assert_int_equal(counter_read(&rx->counters.packets), 0);
}

/* Its front end begins to change something while the pair is polled: it waits for the
 * end of the turn, so the turn goes on. Another's frame waits instead. */
static void a_port_that_is_being_paused_keeps_its_turn(void **state)
{
	(void)state;
	net_give(&bench, 4, 100);
	atomic_store(&bench.port->live, false);
	bench.burst->turn = bench.pair;
	deliver(60, (struct virtio_net_hdr){ 0 });
	expect_frame(60, 1);
	bench.burst->turn = NULL;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_int_equal(drops(DROP_stopped), 1);
}

static void a_checksum_the_guest_can_not_complete_is_completed(void **state)
{
	const struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					    .csum_start = 10,
					    .csum_offset = 6 };
	struct virtio_net_hdr got;
	const uint8_t *bytes;
	uint32_t len;

	(void)state;
	net_give(&bench, 1, 100);
	deliver(60, hdr);
	bytes = net_received(&bench, &len);
	memcpy(&got, bytes, sizeof(got));
	assert_int_equal(got.flags, 0);
	assert_true(bytes[12 + 16] != 17 || bytes[12 + 17] != 18);

	bench.port->features |= FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM);
	net_give(&bench, 1, 100);
	deliver(60, hdr);
	bytes = net_received(&bench, &len);
	memcpy(&got, bytes, sizeof(got));
	assert_int_equal(got.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_true(bytes[12 + 16] == 17 && bytes[12 + 17] == 18);
}

/* As those who have a burst do: the first frame by itself, the rest in a row. */
static void a_row_may_have_frames_of_all_lengths(void **state)
{
	static const uint32_t lens[] = { 60, 500, 700, 60, 128, 129, 64, 1200 };
	static uint8_t data[ARRAY_SIZE(lens)][1200];
	struct iovec iov[ARRAY_SIZE(lens)];
	struct packet packets[ARRAY_SIZE(lens)];
	const unsigned cnt = ARRAY_SIZE(lens);
	struct delivery delivery;
	const uint8_t *bytes;
	uint32_t len, i;

	(void)state;
	for (i = 0; i < cnt; i++) {
		memset(data[i], (int)i + 1, lens[i]);
		iov[i] = (struct iovec){ data[i], lens[i] };
		packets[i] = (struct packet){ .len = lens[i], .iov_cnt = 1, .iov = &iov[i] };
	}
	net_give(&bench, cnt, 1500);
	delivery_begin(&delivery, bench.pair, bench.burst, cnt);
	assert_true(delivery_put(&delivery, &packets[0]));
	assert_int_equal(delivery_put_row(&delivery, &packets[1], cnt - 1), cnt - 1);
	delivery_end(&delivery, 1);

	for (i = 0; i < cnt; i++) {
		bytes = net_received(&bench, &len);
		assert_int_equal(len, 12 + lens[i]);
		assert_memory_equal(bytes + 12, data[i], lens[i]);
	}
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)
#define TEST_SIMPLE(body) cmocka_unit_test_setup_teardown(body, open_simple, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_is_read_into_as_many_buffers_as_it_needs),
		TEST(buffers_that_no_frame_needed_stay_available),
		TEST(a_frame_too_long_for_the_room_waits_for_more),
		TEST(a_frame_the_ring_will_never_hold_is_dropped),
		TEST(without_room_the_uplink_is_not_asked),
		TEST_SIMPLE(without_merging_a_frame_has_one_buffer),
		TEST(a_readable_part_is_a_fault_of_direction),
		TEST(a_buffer_shorter_than_a_header_is_a_fault),
		TEST(a_delivered_frame_is_copied_with_its_header),
		TEST(a_row_may_have_frames_of_all_lengths),
		TEST(what_can_not_be_delivered_is_counted_by_reason),
		TEST(a_port_that_is_being_paused_keeps_its_turn),
		TEST(a_checksum_the_guest_can_not_complete_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
