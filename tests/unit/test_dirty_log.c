/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dirty_log.c - all that the device writes in the guest is marked, and nothing else.
 *
 * The guest's memory is copied before each thing the device does and compared
 * byte by byte after: a byte that changed must have been marked, and a mark must
 * lie where the device may write: in a buffer it was given, in the used ring,
 * in its event words.
 */
#include <stdlib.h>
#include <string.h>

#include "net_bench.h"
#include "ring/notify.h"

static struct net_bench bench;
static uint8_t *before, *marked;
static size_t mem_len;
static uint64_t first_gpa;
static uint64_t marked_cnt;

static void mark(void *context, uint64_t gpa, uint64_t len)
{
	assert_ptr_equal(context, &bench);
	assert_true(gpa >= first_gpa && len > 0 && gpa - first_gpa + len <= mem_len);
	memset(marked + (gpa - first_gpa), 1, len);
	marked_cnt += len;
}

static const struct dirty_log dirty = { .mark = mark, .context = &bench };

static void open_with(uint64_t features)
{
	net_bench_open(&bench, features);
	first_gpa = bench.mem.region[0].gpa;
	mem_len = bench.mem.region[0].len;
	before = malloc(mem_len);
	marked = calloc(1, mem_len);
	assert_true(before && marked);
	bench.pair->rx.vring.log = &dirty;
	bench.pair->tx.vring.log = &dirty;
	marked_cnt = 0;
}

static int open_split(void **state)
{
	(void)state;
	open_with(NET_MERGEABLE);
	return 0;
}

static int open_flags(void **state)
{
	(void)state;
	open_with(NET_MERGEABLE & ~FEATURE_BIT(VIRTIO_F_EVENT_IDX));
	return 0;
}

static int open_packed(void **state)
{
	(void)state;
	open_with(NET_MERGEABLE | FEATURE_BIT(VIRTIO_F_RING_PACKED));
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	net_bench_close(&bench);
	free(before);
	free(marked);
	return 0;
}

static void device_begins(void)
{
	memcpy(before, bench.mem.region[0].host, mem_len);
	memset(marked, 0, mem_len);
	marked_cnt = 0;
}

static void device_ends(bool must_write)
{
	const uint8_t *after = bench.mem.region[0].host;
	size_t changed = 0, i;

	for (i = 0; i < mem_len; i++) {
		if (after[i] == before[i])
			continue;
		changed++;
		if (!marked[i])
			fail_msg("byte %#zx was written and not marked", i);
	}
	assert_int_equal(changed > 0, must_write);
}

/* No more was marked than headers, frames, used entries and words can be. */
static void expect_marks(uint64_t most)
{
	assert_true(marked_cnt > 0 && marked_cnt <= most);
}

static void frames_and_their_headers_are_marked(void **state)
{
	(void)state;
	net_give(&bench, 8, 200);
	net_frame_comes(&bench, 60);
	net_frame_comes(&bench, 500); /* over three buffers */
	device_begins();
	assert_int_equal(guest_rx_poll(bench.pair, bench.burst, 1), 2);
	device_ends(true);
	expect_marks(2 * 12 + 560 + 4 * 16 + 16);
}

/* Read into what room there was, kept, and written again when there is more. */
static void a_frame_too_long_for_its_room_is_marked_both_times(void **state)
{
	(void)state;
	net_give(&bench, 2, 100);
	net_frame_comes(&bench, 900);
	device_begins();
	guest_rx_poll(bench.pair, bench.burst, 1);
	device_ends(true);
	net_give(&bench, 8, 200);
	device_begins();
	assert_int_equal(guest_rx_poll(bench.pair, bench.burst, 2), 0);
	device_ends(true);
}

static void a_frame_that_is_delivered_is_marked(void **state)
{
	uint8_t bytes[300];
	const struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct packet packet = { .iov = (struct iovec *)(uintptr_t)&iov,
				 .iov_cnt = 1,
				 .len = sizeof(bytes) };

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	net_give(&bench, 4, 200);
	device_begins();
	net_deliver(&bench, &packet);
	device_ends(true);
	expect_marks(300 + 2 * 12 + 2 * 16 + 16);
}

static void used_transmit_buffers_are_marked(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_true(net_send(&bench, 60, 1) >= 0);
	device_begins();
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1), 5);
	device_ends(true);
	expect_marks(5 * 16 + 8);
}

static void the_words_for_kicks_are_marked(void **state)
{
	struct vring_end *tx = &bench.pair->tx;

	(void)state;
	assert_true(net_send(&bench, 60, 1) >= 0);
	guest_tx_poll(bench.pair, bench.burst, 1);
	device_begins();
	kick_ask(tx, tx->vring.next_avail, 0);
	device_ends(!notify_spares_by_flag(&tx->vring) || bench.tx.cfg.packed);
	kick_spare(tx);
	device_begins();
	kick_ask(tx, tx->vring.next_avail, 0);
	device_ends(notify_spares_by_flag(&tx->vring));
	device_begins();
	kick_spare(tx);
	device_ends(notify_spares_by_flag(&tx->vring));
}

/* What an attach writes over an earlier device's words. */
static void an_attach_marks_its_words(void **state)
{
	struct vring_end *tx = &bench.pair->tx;
	const struct vring_config config = {
		.parts = tx->vring.parts,
		.mem = tx->vring.mem,
		.log = &dirty,
		.shape = tx->vring.shape,
		.event_idx = tx->vring.event_idx,
		.indirect = true,
		.next_avail = tx->vring.next_avail,
		.next_used = tx->vring.next_used,
	};

	(void)state;
	memset(driver_device_area(&bench.tx), 0xff, 2); /* used flags, or the event offset */
	device_begins();
	vring_end_start(tx, &config, 1);
	tx->enabled = true;
	device_ends(true);
}

static void nobody_is_told_when_the_log_is_off(void **state)
{
	(void)state;
	bench.pair->rx.vring.log = NULL;
	net_give(&bench, 4, 200);
	net_frame_comes(&bench, 60);
	marked_cnt = 0;
	assert_int_equal(guest_rx_poll(bench.pair, bench.burst, 1), 1);
	assert_int_equal(marked_cnt, 0);
}

/* ---- the marking alone ---- */

static struct {
	uint64_t gpa, len;
} marks[4];
static unsigned mark_cnt;

static void note_mark(void *context, uint64_t gpa, uint64_t len)
{
	(void)context;
	assert_true(mark_cnt < 4);
	marks[mark_cnt].gpa = gpa;
	marks[mark_cnt++].len = len;
}

/* Side by side here, apart in the guest. */
static void bytes_over_two_regions_are_marked_in_both(void **state)
{
	static uint8_t bytes[200];
	const struct dirty_log log = { .mark = note_mark };
	const struct iovec iov[] = { { bytes + 90, 20 }, { bytes + 150, 30 } };
	struct guest_mem mem = { 0 };

	(void)state;
	assert_true(guest_mem_add(&mem, 0x1000, 100, bytes));
	assert_true(guest_mem_add(&mem, 0x9000, 100, bytes + 100));
	mark_cnt = 0;
	dirty_log_iov(&log, &mem, iov, 2, 25);
	assert_int_equal(mark_cnt, 3);
	assert_int_equal(marks[0].gpa, 0x1000 + 90);
	assert_int_equal(marks[0].len, 10);
	assert_int_equal(marks[1].gpa, 0x9000);
	assert_int_equal(marks[1].len, 10);
	assert_int_equal(marks[2].gpa, 0x9000 + 50);
	assert_int_equal(marks[2].len, 5);

	/* What is not the guest's is nobody's business. */
	mark_cnt = 0;
	dirty_log_bytes(&log, &mem, bytes + 190, 20);
	assert_int_equal(mark_cnt, 1);
	assert_int_equal(marks[0].len, 10);
}

#define ON_ALL(body)                                                            \
	cmocka_unit_test_setup_teardown(body, open_split, close_bench),         \
		cmocka_unit_test_setup_teardown(body, open_flags, close_bench), \
		cmocka_unit_test_setup_teardown(body, open_packed, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL(frames_and_their_headers_are_marked),
		ON_ALL(a_frame_too_long_for_its_room_is_marked_both_times),
		ON_ALL(a_frame_that_is_delivered_is_marked),
		ON_ALL(used_transmit_buffers_are_marked),
		ON_ALL(the_words_for_kicks_are_marked),
		ON_ALL(an_attach_marks_its_words),
		ON_ALL(nobody_is_told_when_the_log_is_off),
		cmocka_unit_test(bytes_over_two_regions_are_marked_in_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
