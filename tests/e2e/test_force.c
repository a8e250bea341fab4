/* SPDX-License-Identifier: BSD-3-Clause */
/* test_force.c - when nothing may be forced, and drivers that poll.
 *
 * The contract's rule 5, --no-force, the keys force and stall-after of a
 * port, and calls and kicks by hand. The stalls themselves are the same as in
 * test_stall.c.
 */
#include "stall_steps.h"

#define LONG_MS 10000

static void set_port(const char *key, const char *value)
{
	assert_int_equal(control_do(&bed.control, "set",
				    json_pack("{s:s, s:s, s:s}", "port", "vm0",
					      "key", key, "value", value)),
			 0);
}

static void assert_stays_stalled(struct net_guest *guest, unsigned int index)
{
	const char *vring = stall_vring(index);

	bed_expect_str(vring, "health", "stalled");
	call_log_run(&stall_log, &guest->fe, 12 * STALL_MS);
	assert_int_equal(call_log_cnt(&stall_log, index), 0);
	bed_expect_str(vring, "health", "stalled");
	bed_expect(vring, "counters.calls_forced", 0);
	bed_expect(vring, "counters.stalls", 1);
	bed_expect(vring, "counters.stalls_revived", 0);
}

static void without_force_a_spent_tx_ring_is_reported_only(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_stays_stalled(guest, TX0);
	stall_answer(guest, TX0);
	stall_expect_healthy(TX0);
	bed_expect("tx0", "counters.stalls_revived", 0);
}

static void without_force_a_spent_rx_ring_is_reported_only(void **state)
{
	struct net_guest *guest = stall_guest("echo", "--no-force");

	(void)state;
	stall_deafen(guest, RX0);
	stall_spend_rx(guest);
	assert_stays_stalled(guest, RX0);
}

static void without_force_an_idle_driver_gets_no_probe(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	call_log_begin(&stall_log, &guest->fe);
	bed_use_tx(guest, 5);
	call_log_run(&stall_log, &guest->fe, 6 * STALL_MS);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);
	bed_expect("tx0", "counters.probes", 0);
	bed_expect("tx0", "counters.stalls", 0);
}

static void forcing_switched_on_revives_and_off_stops(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	set_port("force", "off");
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_stays_stalled(guest, TX0);

	call_log_begin(&stall_log, &guest->fe);
	set_port("force", "on");
	assert_true(call_log_until(&stall_log, &guest->fe, TX0, 1,
				   2 * STALL_MS + NOISE_MS));
	set_port("force", "off");
	call_log_begin(&stall_log, &guest->fe);
	call_log_run(&stall_log, &guest->fe, 6 * STALL_MS);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);
}

static void a_port_may_have_its_own_force_and_stall_after(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "null",
				    .keys = ",force=off,stall-after=300",
				    .stall_after_ms = STALL_MS });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	call_log_run(&stall_log, &guest->fe, 900);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);

	set_port("force", "on");
	stall_answer(guest, TX0);
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_true(call_log_until(&stall_log, &guest->fe, TX0, 1, 2000));
	assert_in_range(call_log_ms(&stall_log, TX0, 0), 300 - 2,
			600 + NOISE_MS);
}

static void without_a_call_descriptor_nothing_is_forced(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	assert_int_equal(frontend_set_vring_call(&guest->fe, TX0, -1), 0);
	stall_spend_tx(guest);
	call_log_run(&stall_log, &guest->fe, 6 * STALL_MS);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);
	bed_expect("tx0", "counters.calls_forced", 0);
	bed_check_accounts();
}

/* Spends the ring again and again, each time after @ms or more: never so soon
 * after a call that it would pass for an answer. */
static void poll_tx(struct net_guest *guest, unsigned int rounds, int ms)
{
	unsigned int i, calls;

	for (i = 0; i < rounds; i++) {
		net_reap_sent(guest, TX0);
		bed_use_tx(guest, RING);
		do {
			calls = call_log_cnt(&stall_log, TX0);
			call_log_run(&stall_log, &guest->fe, ms);
		} while (calls != call_log_cnt(&stall_log, TX0));
	}
}

/* Ignores three calls and then moves by itself. */
static void become_a_poller(struct net_guest *guest)
{
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_true(
		call_log_until(&stall_log, &guest->fe, TX0, 3, BED_WAIT_MS));
	call_log_run(&stall_log, &guest->fe, 2 * STALL_MS + STALL_MS / 2);
	poll_tx(guest, 1, STALL_MS / 2);
}

static void a_polling_driver_is_called_once_a_second_silently(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	unsigned int lines = daemon_log_lines(&bed.daemon, "");
	unsigned int cnt, i;

	(void)state;
	become_a_poller(guest);
	bed_expect_str("tx0", "health", "polling");
	call_log_begin(&stall_log, &guest->fe);
	poll_tx(guest, 16, 3 * STALL_MS);
	cnt = call_log_cnt(&stall_log, TX0);
	call_log_print(&stall_log, TX0);
	assert_true(cnt >= 2);
	for (i = 1; i < cnt; i++)
		assert_true(call_log_ms(&stall_log, TX0, i) -
				    call_log_ms(&stall_log, TX0, i - 1) >=
			    PAUSE_MAX_MS - STALL_MS);
	bed_expect_str("tx0", "health", "polling");
	assert_true(daemon_log_lines(&bed.daemon, "") <= lines + 3);
	bed_check_accounts();
}

static void a_poller_that_answers_is_one_no_more(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	become_a_poller(guest);
	bed_expect_str("tx0", "health", "polling");
	call_log_begin(&stall_log, &guest->fe);
	assert_true(call_log_until(&stall_log, &guest->fe, TX0, 1,
				   PAUSE_MAX_MS + 2 * STALL_MS));
	stall_answer(guest, TX0);
	stall_expect_healthy(TX0);
}

static void a_busy_poller_is_left_alone(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	long long forced;

	(void)state;
	become_a_poller(guest);
	forced = bed_int("tx0", "counters.calls_forced");
	call_log_begin(&stall_log, &guest->fe);
	poll_tx(guest, 60, STALL_MS / 5);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);
	bed_expect("tx0", "counters.calls_forced", forced);
}

static void a_call_by_hand_is_written_at_once(void **state)
{
	struct net_guest *guest = bed_with("null", LONG_MS);

	(void)state;
	frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS);
	assert_int_equal(control_do(&bed.control, "vring.call",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx0")),
			 0);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	bed_expect("tx0", "counters.calls", 2);
	bed_check_accounts();
}

static void a_kick_by_hand_has_the_ring_looked_at(void **state)
{
	struct net_guest *guest = bed_with("null", LONG_MS);

	(void)state;
	bed_idle(STALL_MS);
	guest->fe.vring[TX0].withhold_kicks = true;
	net_frame_make(&bed_sent, 60, 1);
	net_send(guest, TX0, &bed_sent, (struct net_form){ NET_WHOLE, false });
	bed_idle(STALL_MS);
	bed_expect("tx0", "backlog", 1);
	assert_int_equal(control_do(&bed.control, "vring.kick",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx0")),
			 0);
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(without_force_a_spent_tx_ring_is_reported_only),
		BED_TEST(without_force_a_spent_rx_ring_is_reported_only),
		BED_TEST(without_force_an_idle_driver_gets_no_probe),
		BED_TEST(forcing_switched_on_revives_and_off_stops),
		BED_TEST(a_port_may_have_its_own_force_and_stall_after),
		BED_TEST(without_a_call_descriptor_nothing_is_forced),
		BED_TEST(a_polling_driver_is_called_once_a_second_silently),
		BED_TEST(a_poller_that_answers_is_one_no_more),
		BED_TEST(a_busy_poller_is_left_alone),
		BED_TEST(a_call_by_hand_is_written_at_once),
		BED_TEST(a_kick_by_hand_has_the_ring_looked_at),
		BED_PACKED_FLAGS(
			without_force_a_spent_rx_ring_is_reported_only),
		BED_PACKED_FLAGS(a_poller_that_answers_is_one_no_more),
	};

	return BED_RUN(tests);
}
