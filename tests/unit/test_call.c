/* SPDX-License-Identifier: BSD-3-Clause */
/* test_call.c - calls of every reason: written once, counted once; and kicks. */
#include "net_bench.h"

#include <fcntl.h>
#include <unistd.h>

#include "clock.h"

static struct net_bench bench;
static struct vring_end *tx;

static int open_bench(void **state)
{
	(void)state;
	net_bench_open(&bench, NET_MODERN);
	tx = &bench.pair->tx;
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	net_bench_close(&bench);
	return 0;
}

static void send_one(void)
{
	assert_true(net_send(&bench, 60, 0) >= 0);
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1), 1);
}

#define COUNTED(name) counter_read(&tx->counters.name)

static void a_start_calls_once_unasked(void **state)
{
	(void)state;
	driver_arm_at(&bench.tx, (uint16_t)(bench.tx.reaped - 1)); /* asks for none */
	pair_poll(bench.pair, bench.burst, 1);
	pair_poll(bench.pair, bench.burst, 2);
	assert_int_equal(net_calls(tx), 1);
	assert_int_equal(net_calls(&bench.pair->rx), 1);
	assert_int_equal(COUNTED(calls_first), 1);
	assert_int_equal(COUNTED(calls), 1);
}

static void a_wanted_call_is_written_and_counted_once(void **state)
{
	(void)state;
	driver_arm(&bench.tx);
	send_one();
	assert_int_equal(net_calls(tx), 1);
	assert_int_equal(COUNTED(calls), 1);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_event_idx]), 0);
	send_one();
	assert_int_equal(net_calls(tx), 0);
	assert_int_equal(COUNTED(calls), 1);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_event_idx]), 1);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_no_interrupt]), 0);
	assert_int_equal(tx->called_used, 65531);
	assert_int_equal(tx->used_cnt - tx->called_cnt, 1);
}

static void without_the_event_index_a_flag_is_the_reason(void **state)
{
	struct vring_counters_read read;

	close_bench(state);
	net_bench_open(&bench, NET_MODERN & ~FEATURE_BIT(VIRTIO_F_EVENT_IDX));
	tx = &bench.pair->tx;
	driver_arm(&bench.tx);
	send_one();
	driver_disarm(&bench.tx);
	send_one();
	assert_int_equal(COUNTED(calls), 1);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_event_idx]), 0);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_no_interrupt]), 1);
	counters_read(&tx->counters, &read);
	assert_int_equal(read.calls_suppressed, 1);
}

static void the_last_decision_is_kept_with_its_operands(void **state)
{
	(void)state;
	driver_arm_at(&bench.tx, 65531);
	assert_int_equal(counter_read(&tx->gauges.decision_any), 0);
	send_one();
	vring_end_store_gauges(tx);
	assert_int_equal(counter_read(&tx->gauges.decision_any), 1);
	assert_int_equal(counter_read(&tx->gauges.decision_old), 65530);
	assert_int_equal(counter_read(&tx->gauges.decision_new), 65531);
	assert_int_equal(counter_read(&tx->gauges.decision_event), 65531);
	assert_int_equal(counter_read(&tx->gauges.decision_called), 0);
	send_one();
	vring_end_store_gauges(tx);
	assert_int_equal(counter_read(&tx->gauges.decision_old), 65531);
	assert_int_equal(counter_read(&tx->gauges.decision_called), 1);
}

/* A burst, or a turn without one, and what a reader is told then. */
static uint64_t shown_after_turn(bool burst, uint64_t us)
{
	if (burst)
		assert_true(net_send(&bench, 60, 0) >= 0);
	assert_int_equal(pair_poll(bench.pair, bench.burst, MS + us * NS_PER_US), burst);
	return (uint16_t)(counter_read(&tx->gauges.next_used) - 65530);
}

static void of_bursts_in_a_row_readers_are_told_now_and_then_and_of_the_last(void **state)
{
	(void)state;
	bench.pair->hot = true;
	assert_int_equal(shown_after_turn(true, 0), 1);
	assert_int_equal(shown_after_turn(true, 10), 1);
	assert_int_equal(shown_after_turn(true, 49), 1);
	assert_int_equal(shown_after_turn(true, 50), 4);
	assert_int_equal(shown_after_turn(true, 51), 4);
	assert_int_equal(shown_after_turn(false, 52), 4);
	assert_int_equal(shown_after_turn(true, 53), 4);
	assert_int_equal(shown_after_turn(false, 54), 4);
	assert_int_equal(shown_after_turn(false, 55), 6);
	assert_int_equal(shown_after_turn(true, 56), 6);
	vring_end_stop(tx, MS + 57 * NS_PER_US);
	assert_int_equal(counter_read(&tx->gauges.next_used), 1); /* 65537 */
}

static void a_pair_without_turns_shows_each_burst(void **state)
{
	(void)state;
	assert_int_equal(shown_after_turn(true, 0), 1);
	assert_int_equal(shown_after_turn(true, 1), 2);
	bench.pair->hot = true;
	tx->shared = true; /* another worker's burst */
	assert_int_equal(shown_after_turn(true, 2), 3);
	tx->shared = false;
}

static void a_forced_call_is_written_whatever_the_driver_asked(void **state)
{
	(void)state;
	call_forced(tx, STALL_ACT_FORCE, 1);
	assert_int_equal(net_calls(tx), 1);
	call_forced(tx, STALL_ACT_PROBE, 2);
	assert_int_equal(net_calls(tx), 1);
	assert_true(call_by_hand(tx, 3));
	assert_int_equal(net_calls(tx), 1);
	assert_int_equal(COUNTED(calls), 3);
	assert_int_equal(COUNTED(calls_forced), 3);
	assert_int_equal(COUNTED(probes), 1);
}

static void an_outcome_that_nobody_will_see_is_unknown(void **state)
{
	(void)state;
	call_forced(tx, STALL_ACT_PROBE, 1);
	assert_int_equal(COUNTED(forced[FORCED_unknown]), 0);
	call_first(tx, 2); /* who moves now may answer this one */
	assert_int_equal(COUNTED(calls), 2);
	assert_int_equal(COUNTED(forced[FORCED_unknown]), 1);
	assert_true(call_by_hand(tx, 3));
	assert_int_equal(COUNTED(forced[FORCED_unknown]), 2);
	call_forced(tx, STALL_ACT_PROBE, 4);
	guest_port_pause(bench.port);
	vring_end_stop(tx, 5);
	assert_int_equal(COUNTED(forced[FORCED_unknown]), 3);
	vring_end_stop(tx, 6);
	assert_int_equal(COUNTED(forced[FORCED_unknown]), 3);
}

static void without_a_descriptor_a_wanted_call_is_counted_as_failed(void **state)
{
	(void)state;
	vring_end_set_call_fd(tx, -1);
	driver_arm(&bench.tx);
	send_one();
	call_first(tx, 1);
	call_forced(tx, STALL_ACT_FORCE, 1);
	assert_false(call_by_hand(tx, 1));
	assert_int_equal(COUNTED(calls_failed), 1);
	assert_int_equal(COUNTED(calls), 0);
	assert_int_equal(COUNTED(calls_forced), 0);
}

static void a_full_descriptor_is_signalled_already(void **state)
{
	const uint64_t full = UINT64_MAX - 1;

	(void)state;
	assert_int_equal(write(tx->call_fd, &full, sizeof(full)), sizeof(full));
	driver_arm(&bench.tx);
	send_one();
	assert_int_equal(COUNTED(calls), 1);
	assert_int_equal(COUNTED(calls_failed), 0);
}

static void an_injected_drop_counts_a_call_that_is_not_written(void **state)
{
	(void)state;
	inject_arm(&tx->inject, INJECT_drop_call, 1, 0);
	driver_arm(&bench.tx);
	send_one();
	assert_int_equal(net_calls(tx), 0);
	assert_int_equal(COUNTED(calls), 1);
	call_forced(tx, STALL_ACT_FORCE, 1);
	assert_int_equal(net_calls(tx), 1);
	inject_arm(&tx->inject, INJECT_drop_forced, 1, 0);
	call_forced(tx, STALL_ACT_FORCE, 1);
	assert_int_equal(net_calls(tx), 0);
	assert_int_equal(COUNTED(calls_forced), 2);
}

static void an_injected_stale_event_decides_in_place_of_the_word(void **state)
{
	(void)state;
	inject_arm(&tx->inject, INJECT_stale_used_event, 1, 9);
	driver_arm(&bench.tx);
	send_one();
	assert_int_equal(net_calls(tx), 0);
	assert_int_equal(COUNTED(suppressed[SUPPRESS_event_idx]), 1);
	driver_arm_at(&bench.tx, 65531);
	send_one();
	assert_int_equal(net_calls(tx), 1);
}

static void kick(void)
{
	const uint64_t one = 1;

	assert_int_equal(write(tx->kick_fd, &one, sizeof(one)), sizeof(one));
}

static void a_kick_is_drained_and_counted_however_often_it_rang(void **state)
{
	(void)state;
	assert_false(kick_drain(tx, 0));
	kick();
	kick();
	assert_true(kick_drain(tx, 0));
	assert_false(kick_drain(tx, 0));
	assert_int_equal(COUNTED(kicks), 1);
	assert_int_equal(bench.unwatched, 0);
}

static void a_kick_descriptor_that_ends_is_given_up(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	close(ends[1]);
	vring_end_set_kick_fd(tx, ends[0]);
	assert_false(kick_drain(tx, 0));
	assert_int_equal(bench.unwatched, 1);
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_calls_once_unasked),
		TEST(a_wanted_call_is_written_and_counted_once),
		TEST(without_the_event_index_a_flag_is_the_reason),
		TEST(the_last_decision_is_kept_with_its_operands),
		TEST(of_bursts_in_a_row_readers_are_told_now_and_then_and_of_the_last),
		TEST(a_pair_without_turns_shows_each_burst),
		TEST(a_forced_call_is_written_whatever_the_driver_asked),
		TEST(an_outcome_that_nobody_will_see_is_unknown),
		TEST(without_a_descriptor_a_wanted_call_is_counted_as_failed),
		TEST(a_full_descriptor_is_signalled_already),
		TEST(an_injected_drop_counts_a_call_that_is_not_written),
		TEST(an_injected_stale_event_decides_in_place_of_the_word),
		TEST(a_kick_is_drained_and_counted_however_often_it_rang),
		TEST(a_kick_descriptor_that_ends_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
