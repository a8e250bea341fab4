/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stall.c - when a call is forced: the contract's rules 2, 3, 4 and 7.
 *
 * The scripted driver is deaf (its event word never asks), so every call that
 * comes was forced, and the log holds its time. tx goes to a null port or an
 * echo port, rx is fed by the echo. What happens with the fix off, with
 * faults and with polling drivers is in test_revive.c and test_force.c.
 */
#include "stall_steps.h"

#define LONG_PAUSE_MS 2500 /* longer than any pause between forced calls */

/* One move of the driver: it gives what the device then uses, and reaps. */
static void move_tx(struct net_guest *guest)
{
	bed_use_tx(guest, 4);
	net_reap_sent(guest, TX0);
}

static void move_rx(struct net_guest *guest)
{
	struct driver *rx = &guest->fe.vring[RX0].driver;
	uint16_t used = driver_step(rx, rx->reaped, 1);

	bed_use_tx(guest, 1);
	net_reap_sent(guest, TX0);
	driver_arm(&guest->fe.vring[TX0].driver);
	bed_wait_used(guest, RX0, used);
	assert_true(net_receive(guest, RX0, &bed_got));
	net_offer(guest, RX0, 1);
}

/* Moves a hundred times, five times a look; the longest time between two
 * moves, for a busy machine may have kept us from moving. */
static int keep_moving(struct net_guest *guest, unsigned int index)
{
	uint64_t last = clock_now_ns(), longest = 0;
	unsigned int i;

	call_log_begin(&stall_log, &guest->fe);
	for (i = 0; i < 100; i++) {
		if (index == TX0)
			move_tx(guest);
		else
			move_rx(guest);
		if (clock_now_ns() - last > longest)
			longest = clock_now_ns() - last;
		last = clock_now_ns();
		call_log_run(&stall_log, &guest->fe, STALL_MS / 5);
	}
	return (int)(longest / NS_PER_MS);
}

static void moving_driver_gets_no_forced_call(unsigned int index)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	int longest, tries;

	stall_deafen(guest, index);
	for (tries = 0; tries < 3; tries++) {
		longest = keep_moving(guest, index);
		if (call_log_cnt(&stall_log, index) == 0)
			break;
		if (longest < STALL_MS)
			fail_msg("forced though moves were %d ms apart",
				 longest);
	}
	if (tries == 3)
		skip(); /* this machine is too busy to move that often */
	bed_expect_str(stall_vring(index), "health", "suppressed");
	bed_expect(stall_vring(index), "counters.stalls", 0);
}

static void a_sender_that_moves_gets_no_forced_call(void **state)
{
	(void)state;
	moving_driver_gets_no_forced_call(TX0);
}

static void a_receiver_that_moves_gets_no_forced_call(void **state)
{
	(void)state;
	moving_driver_gets_no_forced_call(RX0);
}

static void idle_with_a_few_unreaped(struct net_guest *guest,
				     unsigned int index, unsigned int periods)
{
	call_log_begin(&stall_log, &guest->fe);
	bed_use_tx(guest, 5);
	if (index == RX0) {
		net_wait_sent(guest, TX0, 5, BED_WAIT_MS);
		driver_arm(&guest->fe.vring[TX0].driver);
	}
	call_log_run(&stall_log, &guest->fe, 12 * STALL_MS);
	stall_expect_call(index, 0);
	bed_expect(stall_vring(index), "counters.calls_forced", periods);
	bed_expect(stall_vring(index), "counters.probes", periods);
	bed_expect(stall_vring(index), "counters.probes_answered", 0);
	bed_expect(stall_vring(index), "counters.stalls", 0);
}

static void each_idle_period_gets_one_probe(unsigned int index)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	unsigned int lines = daemon_log_lines(&bed.daemon, "");

	stall_deafen(guest, index);
	idle_with_a_few_unreaped(guest, index, 1);
	while (index == RX0 && net_receive(guest, RX0, &bed_got))
		net_offer(guest, RX0, 1); /* a move; on tx the next frame is */
	idle_with_a_few_unreaped(guest, index, 2);
	assert_int_equal(daemon_log_lines(&bed.daemon, ""), lines);
	bed_check_accounts();
}

static void an_idle_sender_gets_one_probe(void **state)
{
	(void)state;
	each_idle_period_gets_one_probe(TX0);
	bed_expect("rx0", "counters.stalls", 0);
}

static void an_idle_receiver_gets_one_probe(void **state)
{
	(void)state;
	each_idle_period_gets_one_probe(RX0);
	bed_expect("tx0", "counters.calls_forced", 0);
}

static void a_spent_tx_ring_is_called_eight_times_then_quiet(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	struct net_config cfg = bed_net_config(1);
	unsigned int i;

	(void)state;
	net_offer(bed_guest(1, &cfg), RX0, 16);
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	call_log_until(&stall_log, &guest->fe, TX0, TX_FORCED_MAX, 10000);
	call_log_run(&stall_log, &guest->fe, LONG_PAUSE_MS);
	call_log_print(&stall_log, TX0);
	assert_int_equal(call_log_cnt(&stall_log, TX0), TX_FORCED_MAX);
	for (i = 0; i < TX_FORCED_MAX; i++)
		stall_expect_call(TX0, i);

	bed_expect_str("tx0", "health", "quiet");
	bed_expect("tx0", "counters.calls_forced", TX_FORCED_MAX);
	bed_expect("tx0", "counters.stalls", 1);
	bed_expect("tx0", "counters.stalls_revived", 0);
	assert_int_equal(call_log_cnt(&stall_log, RX0), 0);
	bed_expect("rx0", "counters.calls_forced", 0);
	assert_int_equal(control_vring_int(&bed.control, "vm1", "tx0",
					   "counters.calls_forced"),
			 0);
}

static void a_spent_rx_ring_is_called_on_and_is_stuck(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	unsigned int i;

	(void)state;
	stall_deafen(guest, RX0);
	stall_spend_rx(guest);
	assert_true(call_log_until(&stall_log, &guest->fe, RX0,
				   TX_FORCED_MAX + 2, 12000));
	call_log_print(&stall_log, RX0);
	for (i = 0; i < TX_FORCED_MAX + 2; i++)
		stall_expect_call(RX0, i);
	bed_expect_str("rx0", "health", "stuck");
	bed_expect("rx0", "counters.stalls", 1);
	bed_expect("tx0", "counters.calls_forced", 0);
	bed_check_accounts();
}

/* Uses @chains chains of two slots each and counts stalls. */
static long long stalls_after_using(struct net_guest *guest,
				    unsigned int chains, struct net_form form)
{
	unsigned int i;

	stall_deafen(guest, TX0);
	for (i = 0; i < chains; i++) {
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_stage(guest, TX0, &bed_sent, form), 0);
	}
	call_log_begin(&stall_log, &guest->fe);
	net_flush(guest, TX0);
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
	assert_true(
		call_log_until(&stall_log, &guest->fe, TX0, 1, BED_WAIT_MS));
	bed_expect("tx0", "counters.calls_forced", 1);
	return bed_int("tx0", "counters.stalls");
}

static void three_quarters_of_the_slots_are_spent(void **state)
{
	const struct net_form pair = { NET_SPLIT_HEADER, false };

	(void)state;
	assert_int_equal(stalls_after_using(stall_guest("null", NULL),
					    RING * 3 / 8, pair),
			 1);
	bed_down(NULL);
	assert_int_equal(stalls_after_using(stall_guest("null", NULL),
					    RING * 3 / 8 - 1, pair),
			 0);
}

static void an_indirect_chain_counts_one_slot(void **state)
{
	const struct net_form table = { NET_CHOPPED, true };

	(void)state;
	assert_int_equal(stalls_after_using(stall_guest("null", NULL),
					    RING * 3 / 4, table),
			 1);
	bed_down(NULL);
	assert_int_equal(stalls_after_using(stall_guest("null", NULL),
					    RING * 3 / 4 - 1, table),
			 0);
}

static void a_move_long_after_the_call_is_not_revived(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	/* The third call comes two looks after the second, the next four. */
	assert_true(
		call_log_until(&stall_log, &guest->fe, TX0, 3, BED_WAIT_MS));
	call_log_run(&stall_log, &guest->fe, 2 * STALL_MS + STALL_MS / 2);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 3);
	stall_answer(guest, TX0);
	bed_idle(3 * STALL_MS);
	bed_expect("tx0", "counters.stalls", 1);
	bed_expect("tx0", "counters.stalls_revived", 0);
	bed_expect("tx0", "unanswered", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_sender_that_moves_gets_no_forced_call),
		BED_TEST(a_receiver_that_moves_gets_no_forced_call),
		BED_TEST(an_idle_sender_gets_one_probe),
		BED_TEST(an_idle_receiver_gets_one_probe),
		BED_TEST(a_spent_tx_ring_is_called_eight_times_then_quiet),
		BED_TEST(a_spent_rx_ring_is_called_on_and_is_stuck),
		BED_TEST(three_quarters_of_the_slots_are_spent),
		BED_TEST(an_indirect_chain_counts_one_slot),
		BED_TEST(a_move_long_after_the_call_is_not_revived),
		BED_PACKED_FLAGS(a_sender_that_moves_gets_no_forced_call),
		BED_PACKED(an_idle_receiver_gets_one_probe),
		BED_PACKED(a_spent_tx_ring_is_called_eight_times_then_quiet),
		BED_PACKED(a_spent_rx_ring_is_called_on_and_is_stuck),
		BED_PACKED(three_quarters_of_the_slots_are_spent),
	};

	return BED_RUN(tests);
}
