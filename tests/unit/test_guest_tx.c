/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_tx.c - frames that a guest transmits, as an uplink sees them. */
#include "net_bench.h"

#include <unistd.h>

static struct net_bench bench;

static int open_bench(void **state)
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
	return counter_read(&bench.pair->tx.counters.drops[why]);
}

static unsigned poll_tx(void)
{
	return guest_tx_poll(bench.pair, bench.burst, 1);
}

static void a_frame_goes_out_whole_without_its_header(void **state)
{
	struct driver_reaped reaped;
	unsigned i;

	(void)state;
	assert_true(net_send(&bench, 101, 7) >= 0);
	assert_int_equal(poll_tx(), 1);
	assert_int_equal(bench.sent, 1);
	assert_int_equal(bench.sent_len, 101);
	for (i = 0; i < 101; i++)
		assert_int_equal(bench.sent_data[i], (uint8_t)(7 + i));
	assert_true(driver_reap(&bench.tx, &reaped));
	assert_int_equal(reaped.len, 0);
	assert_int_equal(counter_read(&bench.pair->tx.counters.bytes), 101);
	assert_int_equal(counter_read(&bench.pair->tx.counters.packets), 1);
}

static void a_burst_is_one_publish_and_one_decision(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++)
		assert_true(net_send(&bench, 60, 0) >= 0);
	driver_arm_at(&bench.tx, (uint16_t)(bench.tx.reaped + 3));
	assert_int_equal(poll_tx(), 6);
	assert_int_equal(counter_read(&bench.pair->tx.counters.publishes), 1);
	assert_int_equal(counter_read(&bench.pair->tx.counters.chains), 6);
	assert_int_equal(net_calls(&bench.pair->tx), 1);
	assert_int_equal(poll_tx(), 0);
	assert_int_equal(counter_read(&bench.pair->tx.counters.publishes), 1);
}

static void a_blocked_uplink_loses_nothing(void **state)
{
	(void)state;
	bench.takes_nothing = true;
	assert_true(net_send(&bench, 60, 1) >= 0);
	assert_true(net_send(&bench, 60, 2) >= 0);
	assert_int_equal(poll_tx(), 0);
	assert_true(bench.pair->tx_blocked);
	assert_int_equal(driver_pending(&bench.tx), 0);
	bench.takes_nothing = false;
	bench.pair->tx_blocked = false;
	assert_int_equal(poll_tx(), 2);
	assert_int_equal(bench.sent_data[0], 2);
	assert_int_equal(driver_pending(&bench.tx), 2);
}

static void what_an_unwired_or_disabled_port_sends_is_counted(void **state)
{
	(void)state;
	bench.pair->uplink = NULL;
	net_send(&bench, 60, 0);
	net_send(&bench, 60, 0);
	assert_int_equal(poll_tx(), 2);
	assert_int_equal(drops(DROP_unwired), 2);
	bench.pair->tx.enabled = false;
	net_send(&bench, 60, 0);
	assert_int_equal(poll_tx(), 1);
	assert_int_equal(drops(DROP_disabled), 1);
	assert_int_equal(driver_pending(&bench.tx), 3);
}

static void a_writable_part_is_a_fault_of_direction(void **state)
{
	static const uint32_t lens[] = { 12, 60 };

	(void)state;
	net_send(&bench, 60, 0);
	net_offer(&bench, &bench.tx, lens, 2, 2);
	net_send(&bench, 60, 0);
	assert_int_equal(poll_tx(), 1); /* the one before it */
	assert_int_equal(bench.sent, 1);
	assert_int_equal(bench.pair->tx.vring.fault, VRING_FAULT_direction);
	assert_int_equal(poll_tx(), 0);
	assert_int_equal(driver_pending(&bench.tx), 1);
}

static void less_than_a_header_is_a_fault(void **state)
{
	static const uint32_t lens[] = { 6, 5 };

	(void)state;
	net_offer(&bench, &bench.tx, lens, 2, 0);
	assert_int_equal(poll_tx(), 0);
	assert_int_equal(bench.pair->tx.vring.fault, VRING_FAULT_header_short);
	net_send(&bench, 60, 0);
	assert_int_equal(poll_tx(), 0);
	assert_int_equal(bench.sent, 0);
}

static void a_header_may_be_cut_anywhere(void **state)
{
	static const uint32_t lens[] = { 1, 10, 1, 14 };

	(void)state;
	net_offer(&bench, &bench.tx, lens, 4, 0);
	assert_int_equal(poll_tx(), 1);
	assert_int_equal(bench.sent_len, 14);
}

static void a_fault_is_counted_and_told_once(void **state)
{
	static const uint32_t len = 4;
	struct news news;

	(void)state;
	net_offer(&bench, &bench.tx, &len, 1, 0);
	pair_poll(bench.pair, bench.burst, 1);
	pair_poll(bench.pair, bench.burst, 2);
	assert_int_equal(counter_read(&bench.pair->tx.counters.faults[VRING_FAULT_header_short]),
			 1);
	assert_true(news_take(&bench.news, &news));
	assert_int_equal(news.kind, NEWS_FAULTED);
	assert_int_equal(news.fault, VRING_FAULT_header_short);
	assert_string_equal(news.vring, "tx0");
	assert_false(news_take(&bench.news, &news));
}

static void the_slots_of_chains_are_what_the_judge_is_told(void **state)
{
	(void)state;
	net_send(&bench, 60, 0); /* of two slots each */
	net_send(&bench, 60, 0);
	poll_tx();
	assert_int_equal(bench.pair->tx.stall.unanswered, 2);
	assert_int_equal(bench.pair->tx.stall.slots_used, 4);
}

static uint64_t times_taken(uint64_t *max_ns)
{
	struct latency_summary summary;

	latency_read(&bench.pair->tx.latency[LATENCY_seen_to_take], &summary);
	*max_ns = summary.max_ns;
	return summary.cnt;
}

static void kick_at(uint64_t now_ns)
{
	const uint64_t one = 1;

	assert_int_equal(write(bench.pair->tx.kick_fd, &one, sizeof(one)), sizeof(one));
	assert_true(kick_drain(&bench.pair->tx, now_ns));
}

static void a_frame_waits_from_its_kick_until_it_is_taken(void **state)
{
	uint64_t max_ns;

	(void)state;
	net_send(&bench, 60, 0);
	kick_at(100);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 700), 1);
	assert_int_equal(times_taken(&max_ns), 1);
	assert_int_equal(max_ns, 600);
}

/* It was taken by a worker that was awake, before its kick was seen. */
static void a_kick_for_what_was_taken_begins_no_wait(void **state)
{
	uint64_t max_ns;

	(void)state;
	kick_at(100);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 200), 0);
	net_send(&bench, 60, 0);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1000 * MS), 1);
	assert_int_equal(times_taken(&max_ns), 0);
}

static void what_the_uplink_does_not_take_waits_on(void **state)
{
	uint64_t max_ns;

	(void)state;
	net_send(&bench, 60, 0);
	bench.takes_nothing = true;
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 10 * MS), 0);
	bench.takes_nothing = false;
	bench.pair->tx_blocked = false;
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 30 * MS), 1);
	assert_int_equal(times_taken(&max_ns), 1);
	assert_int_equal(max_ns, 20 * MS);
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_goes_out_whole_without_its_header),
		TEST(a_burst_is_one_publish_and_one_decision),
		TEST(a_blocked_uplink_loses_nothing),
		TEST(what_an_unwired_or_disabled_port_sends_is_counted),
		TEST(a_writable_part_is_a_fault_of_direction),
		TEST(less_than_a_header_is_a_fault),
		TEST(a_header_may_be_cut_anywhere),
		TEST(a_fault_is_counted_and_told_once),
		TEST(the_slots_of_chains_are_what_the_judge_is_told),
		TEST(a_frame_waits_from_its_kick_until_it_is_taken),
		TEST(a_kick_for_what_was_taken_begins_no_wait),
		TEST(what_the_uplink_does_not_take_waits_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
