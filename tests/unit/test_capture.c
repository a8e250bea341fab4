/* SPDX-License-Identifier: BSD-3-Clause */
/* test_capture.c - copies of frames, as the one who reads the ring sees them. */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net_bench.h"
#include "net/capture.h"

#define RING (256 * 1024)

static struct net_bench bench;
static struct capture_ring *ring;
static int bell_fd;

static int open_ring(uint32_t snap_len)
{
	bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ring = capture_ring_new(RING, snap_len, bell_fd);
	return ring ? 0 : -1;
}

static int open_alone(void **state)
{
	(void)state;
	return open_ring(FRAME_LEN_MAX);
}

static int close_alone(void **state)
{
	(void)state;
	capture_ring_free(ring);
	close(bell_fd);
	return 0;
}

static int open_captured(uint64_t features)
{
	net_bench_open(&bench, features);
	if (open_ring(FRAME_LEN_MAX))
		return -1;
	bench.pair->tx.capture = ring;
	bench.pair->rx.capture = ring;
	return 0;
}

static int open_bench(void **state)
{
	(void)state;
	return open_captured(NET_MERGEABLE);
}

static int open_packed(void **state)
{
	(void)state;
	return open_captured(NET_MERGEABLE | FEATURE_BIT(VIRTIO_F_RING_PACKED));
}

static int open_legacy(void **state)
{
	(void)state;
	return open_captured(0);
}

static int close_bench(void **state)
{
	assert_null(capture_peek(ring));
	net_bench_close(&bench);
	return close_alone(state);
}

/* A frame that counts up from `first`. */
static void put(uint32_t len, uint8_t first)
{
	static const struct virtio_net_hdr hdr = { .gso_size = 7 };
	static uint8_t data[FRAME_LEN_MAX];
	const struct iovec iov = { data, len };
	const struct capture_frame frame = {
		.wall_ns = len,
		.head = first,
		.len = len,
		.hdr = &hdr,
		.at = iov_begin(&iov, 1),
	};
	uint32_t i;

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(first + i);
	capture_put(ring, &frame);
}

/* The next one is such a frame, of which `kept_len` bytes are there. */
static const struct captured *expect(uint32_t len, uint32_t kept_len, uint8_t first)
{
	const struct captured *frame = capture_peek(ring);
	uint32_t i;

	assert_non_null(frame);
	assert_int_equal(frame->len, len);
	assert_int_equal(frame->kept_len, kept_len);
	for (i = 0; i < kept_len; i++)
		assert_int_equal(frame->data[i], (uint8_t)(first + i));
	capture_next(ring);
	return frame; /* nothing is put meanwhile */
}

/* ---- the ring ---- */

static void what_is_published_comes_out_in_order(void **state)
{
	const struct captured *frame;

	(void)state;
	put(60, 1);
	put(1514, 2);
	assert_null(capture_peek(ring));
	capture_publish(ring, 2);
	frame = expect(60, 60, 1);
	assert_int_equal(frame->head, 1);
	assert_int_equal(frame->wall_ns, 60);
	assert_int_equal(frame->hdr.gso_size, 7);
	expect(1514, 1514, 2);
	assert_null(capture_peek(ring));
}

static void what_was_not_sent_is_forgotten_and_may_come_again(void **state)
{
	(void)state;
	put(60, 1);
	put(61, 2);
	put(62, 3);
	capture_publish(ring, 1);
	put(61, 2);
	put(62, 3);
	capture_publish(ring, 2);
	expect(60, 60, 1);
	expect(61, 61, 2);
	expect(62, 62, 3);
	assert_null(capture_peek(ring));
	assert_int_equal(capture_lost(ring), 0);
}

static void a_full_ring_counts_what_it_loses_and_keeps_the_rest(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		put(2000, (uint8_t)i);
		capture_publish(ring, 1);
	}
	assert_int_equal(capture_lost(ring), 200 - RING / 2032);
	for (i = 0; i < RING / 2032; i++)
		expect(2000, 2000, (uint8_t)i);
	assert_null(capture_peek(ring));
	put(60, 9);
	capture_publish(ring, 1);
	expect(60, 60, 9);
}

/* Behind a frame that had no room comes none of its burst that would have, so that
 * the first frames are those that are there. */
static void a_burst_loses_its_last_frames(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++)
		put(65000, (uint8_t)i);
	put(2000, 4);
	put(60, 5);
	capture_publish(ring, 6);
	for (i = 0; i < 4; i++)
		expect(65000, 65000, (uint8_t)i);
	assert_null(capture_peek(ring));
	assert_int_equal(capture_lost(ring), 2);
}

/* What found no room is lost when it is sent, and only once. */
static void what_is_put_back_is_not_lost(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++)
		put(65000, (uint8_t)i);
	capture_publish(ring, 4);
	assert_int_equal(capture_lost(ring), 0);
	put(65000, 4);
	capture_publish(ring, 1);
	assert_int_equal(capture_lost(ring), 1);
}

static void frames_lie_in_one_piece_over_the_end(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++) {
		put(FRAME_LEN_MAX - i, (uint8_t)i);
		capture_publish(ring, 1);
		expect(FRAME_LEN_MAX - i, FRAME_LEN_MAX - i, (uint8_t)i);
	}
	assert_int_equal(capture_lost(ring), 0);
}

static void the_bell_rings_when_it_becomes_half_full(void **state)
{
	struct pollfd bell = { .fd = bell_fd, .events = POLLIN };
	uint64_t rings;

	(void)state;
	put(65000, 0);
	put(65000, 0);
	capture_publish(ring, 2);
	assert_int_equal(poll(&bell, 1, 0), 0);
	put(65000, 0);
	capture_publish(ring, 1);
	assert_int_equal(read(bell_fd, &rings, sizeof(rings)), sizeof(rings));
	put(60, 0);
	capture_publish(ring, 1);
	assert_int_equal(poll(&bell, 1, 0), 0);
}

static int open_short(void **state)
{
	(void)state;
	return open_ring(64);
}

static void of_a_long_frame_as_much_is_kept_as_was_asked_for(void **state)
{
	(void)state;
	put(63, 1);
	put(64, 2);
	put(65, 3);
	put(60000, 4);
	capture_publish(ring, 4);
	expect(63, 63, 1);
	expect(64, 64, 2);
	expect(65, 64, 3);
	expect(60000, 64, 4);
}

#define STRESS_FRAMES 50000

static void *put_many(void *argument)
{
	unsigned i;

	(void)argument;
	for (i = 0; i < STRESS_FRAMES; i++) {
		put(60 + i % 1000, (uint8_t)i);
		capture_publish(ring, 1);
	}
	return NULL;
}

/* Two threads: every frame is whole, in order, or lost. */
static void a_reader_beside_the_writer_sees_whole_frames(void **state)
{
	unsigned seen = 0, i = 0;
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, put_many, NULL), 0);
	while (seen + capture_lost(ring) < STRESS_FRAMES) {
		const struct captured *frame = capture_peek(ring);

		if (!frame)
			continue;
		while (60 + i % 1000 != frame->len || (uint8_t)i != frame->head)
			i++;
		assert_true(i < STRESS_FRAMES);
		expect(frame->len, frame->len, (uint8_t)i);
		seen++;
		i++;
	}
	pthread_join(writer, NULL);
	assert_null(capture_peek(ring));
}

/* ---- the data path ---- */

static void what_a_guest_transmits_is_captured_once_it_is_sent(void **state)
{
	int heads[3], i;

	(void)state;
	bench.takes_nothing = true;
	for (i = 0; i < 3; i++)
		heads[i] = net_send(&bench, 100 + (uint32_t)i, (uint8_t)i);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1), 0);
	assert_null(capture_peek(ring));
	bench.takes_nothing = false;
	bench.pair->tx_blocked = false;
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1), 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(expect(100 + (uint32_t)i, 100 + (uint32_t)i, (uint8_t)i)->head,
				 heads[i]);
	assert_int_equal(bench.sent, 3);
}

static void what_nobody_takes_was_transmitted_all_the_same(void **state)
{
	(void)state;
	bench.pair->uplink = NULL;
	net_send(&bench, 60, 1);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1), 1);
	expect(60, 60, 1);
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

static void what_a_guest_is_given_is_captured_with_its_first_head(void **state)
{
	const uint32_t len = 1024;
	const struct captured *frame;
	int heads[4], i;

	(void)state;
	for (i = 0; i < 4; i++)
		heads[i] = net_offer(&bench, &bench.rx, &len, 1, 1);
	deliver(60, (struct virtio_net_hdr){ 0 });
	deliver(2000, (struct virtio_net_hdr){ .hdr_len = 54 });
	deliver(61, (struct virtio_net_hdr){ 0 });
	frame = expect(60, 60, 1);
	assert_int_equal(frame->head, heads[0]);
	assert_int_equal(frame->hdr.num_buffers, 1);
	frame = expect(2000, 2000, 1);
	assert_int_equal(frame->head, heads[1]);
	assert_int_equal(frame->hdr.num_buffers, 2);
	assert_int_equal(frame->hdr.hdr_len, 54);
	assert_int_equal(expect(61, 61, 1)->head, heads[3]);
}

/* A header cut over pieces, a frame in two buffers, and one that had to wait. */
static void what_is_read_from_an_uplink_is_captured_where_it_lies(void **state)
{
	static const uint32_t pieces[] = { 5, 7, 20, 1000 };
	const struct captured *frame;

	(void)state;
	bench.hdr.hdr_len = 54;
	net_frame_comes(&bench, 60);
	net_frame_comes(&bench, 1500);
	net_offer(&bench, &bench.rx, pieces, 4, 0xf);
	net_give(&bench, 1, 1024);
	assert_int_equal(guest_rx_poll(bench.pair, bench.burst, 1), 2);
	frame = expect(60, 60, 1);
	assert_int_equal(frame->hdr.hdr_len, 54);
	assert_int_equal(frame->hdr.num_buffers, 1);
	assert_null(capture_peek(ring));
	net_give(&bench, 1, 1024);
	guest_rx_poll(bench.pair, bench.burst, 2);
	frame = expect(1500, 1500, 1);
	assert_int_equal(frame->hdr.num_buffers, 2);
}

static void what_is_dropped_was_not_received(void **state)
{
	(void)state;
	deliver(60, (struct virtio_net_hdr){ 0 });
	assert_null(capture_peek(ring));
	assert_int_equal(capture_lost(ring), 0);
}

#define ALONE(body) cmocka_unit_test_setup_teardown(body, open_alone, close_alone)
#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)
#define PACKED(body)                                                   \
	{                                                              \
#body ", packed", body, open_packed, close_bench, NULL \
	}
#define LEGACY(body)                                                   \
	{                                                              \
#body ", legacy", body, open_legacy, close_bench, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(what_is_published_comes_out_in_order),
		ALONE(what_was_not_sent_is_forgotten_and_may_come_again),
		ALONE(a_full_ring_counts_what_it_loses_and_keeps_the_rest),
		ALONE(a_burst_loses_its_last_frames),
		ALONE(what_is_put_back_is_not_lost),
		ALONE(frames_lie_in_one_piece_over_the_end),
		ALONE(the_bell_rings_when_it_becomes_half_full),
		cmocka_unit_test_setup_teardown(of_a_long_frame_as_much_is_kept_as_was_asked_for,
						open_short, close_alone),
		ALONE(a_reader_beside_the_writer_sees_whole_frames),
		TEST(what_a_guest_transmits_is_captured_once_it_is_sent),
		TEST(what_nobody_takes_was_transmitted_all_the_same),
		TEST(what_a_guest_is_given_is_captured_with_its_first_head),
		TEST(what_is_read_from_an_uplink_is_captured_where_it_lies),
		TEST(what_is_dropped_was_not_received),
		PACKED(what_a_guest_transmits_is_captured_once_it_is_sent),
		PACKED(what_a_guest_is_given_is_captured_with_its_first_head),
		LEGACY(what_a_guest_transmits_is_captured_once_it_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
