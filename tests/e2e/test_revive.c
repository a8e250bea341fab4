/* SPDX-License-Identifier: BSD-3-Clause */
/* test_revive.c - the ways to hang, and that each ends within two looks.
 *
 * A guest sleeps because its event word froze, because a call was lost, or
 * because its kick was: it is woken within 2 × stall-after and says so in the
 * counters. Its driver does nothing but sleep on its descriptors and answer.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "stall_steps.h"

static void assert_woken(unsigned int index)
{
	int ms = call_log_ms(&stall_log, index, 0);

	if (ms < 0 || ms > 2 * STALL_MS + NOISE_MS)
		fail_msg("woken after %d ms", ms);
}

static void assert_revived(struct net_guest *guest, unsigned int index)
{
	const char *vring = stall_vring(index);

	assert_true(
		call_log_until(&stall_log, &guest->fe, index, 1, BED_WAIT_MS));
	assert_woken(index);
	stall_answer(guest, index);
	bed_expect(vring, "counters.stalls_revived", 1);
	bed_expect(vring, "counters.stalls", 1);
	bed_expect(vring, "counters.calls_forced", 1);
	stall_expect_healthy(index);
	/* With flags alone a healthy driver that reaped everything cannot be
	 * told from one that did not, and gets its probe. */
	bed_expect(stall_vring(!index), "counters.stalls", 0);
	if (guest->fe.vring[!index].driver.cfg.event_idx)
		bed_expect(stall_vring(!index), "counters.calls_forced", 0);
	bed_check_accounts();
}

static void a_frozen_used_event_on_tx_is_revived(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_revived(guest, TX0);
}

static void a_frozen_used_event_on_rx_is_revived(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);

	(void)state;
	stall_deafen(guest, RX0);
	stall_spend_rx(guest);
	assert_revived(guest, RX0);
}

static void a_flag_that_stays_on_tx_is_revived(void **state)
{
	struct net_guest *guest =
		stall_guest_without(FEATURE_BIT(VIRTIO_F_EVENT_IDX), "null");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_revived(guest, TX0);
}

static void a_flag_that_stays_on_rx_is_revived(void **state)
{
	struct net_guest *guest =
		stall_guest_without(FEATURE_BIT(VIRTIO_F_EVENT_IDX), "echo");

	(void)state;
	stall_deafen(guest, RX0);
	stall_spend_rx(guest);
	assert_revived(guest, RX0);
}

static void a_lost_call_on_tx_is_revived(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_fault("tx0", "drop-call");
	stall_spend_tx(guest);
	assert_revived(guest, TX0);
}

static void a_lost_call_on_rx_is_revived(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);

	(void)state;
	stall_fault("rx0", "drop-call");
	stall_spend_rx(guest);
	assert_revived(guest, RX0);
}

static void a_stale_used_event_is_revived(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	assert_int_equal(
		control_do(&bed.control, "fault.set",
			   json_pack("{s:s, s:s, s:s}", "port", "vm0", "vring",
				     "tx0", "kind", "stale-used-event")),
		0);
	driver_arm(&guest->fe.vring[TX0].driver);
	bed_use_tx(guest, 1); /* passes the word that stays */
	net_reap_sent(guest, TX0);
	driver_arm(&guest->fe.vring[TX0].driver);
	stall_spend_tx(guest);
	assert_revived(guest, TX0);
}

static void a_driver_that_answered_and_asks_again_is_ok(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_true(
		call_log_until(&stall_log, &guest->fe, TX0, 1, BED_WAIT_MS));
	bed_expect_str("tx0", "health", "reviving");
	stall_answer(guest, TX0);
	bed_expect_str("tx0", "health", "ok");
}

static void assert_explained(const char *word)
{
	json_t *told = control_call(
		&bed.control, "explain",
		json_pack("{s:s, s:s}", "port", "vm0", "vring", "tx0"));
	char *text = json_dumps(told, 0);

	if (!text || !strstr(text, word))
		fail_msg("explain does not say \"%s\": %s", word, text);
	free(text);
	json_decref(told);
}

static void a_revival_is_explained_with_its_doubt(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_fault("tx0", "drop-call");
	stall_spend_tx(guest);
	assert_revived(guest, TX0);
	assert_explained("revived");
	assert_explained("vCPU");
	assert_explained("drop-call");
}

static void one_lost_call_of_a_few_frames_is_answered_by_a_probe(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);

	(void)state;
	stall_fault("rx0", "drop-call");
	call_log_begin(&stall_log, &guest->fe);
	bed_use_tx(guest, 1);
	net_wait_sent(guest, TX0, 1, BED_WAIT_MS);
	driver_arm(&guest->fe.vring[TX0].driver);
	assert_true(
		call_log_until(&stall_log, &guest->fe, RX0, 1, BED_WAIT_MS));
	assert_woken(RX0);
	stall_answer(guest, RX0);
	bed_expect("rx0", "counters.probes", 1);
	bed_expect("rx0", "counters.probes_answered", 1);
	bed_expect("rx0", "counters.stalls", 0);
}

static void a_sleeping_guest_lives_on_with_every_call_lost(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	uint64_t start = clock_now_ns();
	uint32_t i;

	(void)state;
	stall_fault("rx0", "drop-call");
	stall_fault("tx0", "drop-call");
	noise_reset();
	for (i = 0; i < 5; i++)
		bed_round_trip(guest, 600, i);
	start = (clock_now_ns() - start) / NS_PER_MS;
	/* Twice a trip: the echo is waited for, then the sent buffer. */
	assert_true(start <= 5U * 2 * (2 * STALL_MS + NOISE_MS));
}

static void send_unkicked(struct net_guest *guest)
{
	struct net_form form = { NET_WHOLE, false };

	bed_idle(STALL_MS / 2); /* the worker sleeps */
	guest->fe.vring[TX0].withhold_kicks = true;
	net_frame_make(&bed_sent, 60, 1);
	assert_int_equal(net_send(guest, TX0, &bed_sent, form), 0);
}

static void a_withheld_kick_is_taken_and_counted(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	uint64_t start;

	(void)state;
	noise_reset();
	send_unkicked(guest);
	start = clock_now_ns();
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
	start = (clock_now_ns() - start) / NS_PER_MS;
	assert_true(start <= (uint64_t)(STALL_MS + NOISE_MS));
	bed_expect("tx0", "counters.kicks_missed", 1);
	bed_idle(4 * STALL_MS);
	bed_expect("tx0", "counters.kicks_missed", 1);
}

static void a_kick_that_is_only_late_is_not_missed(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	send_unkicked(guest);
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
	eventfd_write(guest->fe.vring[TX0].kick_fd, 1);
	bed_idle(5 * STALL_MS);
	bed_expect("tx0", "counters.kicks", 1);
	bed_expect("tx0", "counters.kicks_missed", 0);
}

static void a_dropped_kick_is_taken_within_a_look(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	uint64_t start;

	(void)state;
	stall_fault("tx0", "drop-kick");
	bed_idle(STALL_MS / 2);
	noise_reset();
	start = clock_now_ns();
	bed_use_tx(guest, 1);
	start = (clock_now_ns() - start) / NS_PER_MS;
	assert_true(start <= (uint64_t)(STALL_MS + NOISE_MS));
}

static void receive_buffers_without_a_kick_are_found(void **state)
{
	struct net_guest *guest = bed_with("echo", STALL_MS);

	(void)state;
	bed_use_tx(guest, 1); /* finds no buffer, so the kick is armed */
	bed_expect("rx0", "counters.drops.no_buffer", 1);
	bed_idle(STALL_MS / 2);
	guest->fe.vring[RX0].withhold_kicks = true;
	net_offer(guest, RX0, 16);
	bed_idle(2 * STALL_MS);
	net_reap_sent(guest, TX0);
	bed_round_trip(guest, 600, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_frozen_used_event_on_tx_is_revived),
		BED_TEST(a_frozen_used_event_on_rx_is_revived),
		BED_TEST(a_flag_that_stays_on_tx_is_revived),
		BED_TEST(a_flag_that_stays_on_rx_is_revived),
		BED_TEST(a_lost_call_on_tx_is_revived),
		BED_TEST(a_lost_call_on_rx_is_revived),
		BED_TEST(a_stale_used_event_is_revived),
		BED_TEST(a_driver_that_answered_and_asks_again_is_ok),
		BED_TEST(a_revival_is_explained_with_its_doubt),
		BED_TEST(one_lost_call_of_a_few_frames_is_answered_by_a_probe),
		BED_TEST(a_sleeping_guest_lives_on_with_every_call_lost),
		BED_TEST(a_withheld_kick_is_taken_and_counted),
		BED_TEST(a_kick_that_is_only_late_is_not_missed),
		BED_TEST(a_dropped_kick_is_taken_within_a_look),
		BED_TEST(receive_buffers_without_a_kick_are_found),
		BED_PACKED(a_frozen_used_event_on_tx_is_revived),
		BED_PACKED(a_frozen_used_event_on_rx_is_revived),
		BED_PACKED_FLAGS(a_lost_call_on_rx_is_revived),
		BED_PACKED(a_revival_is_explained_with_its_doubt),
		BED_PACKED_FLAGS(
			one_lost_call_of_a_few_frames_is_answered_by_a_probe),
		BED_PACKED(a_withheld_kick_is_taken_and_counted),
		BED_PACKED(receive_buffers_without_a_kick_are_found),
	};

	return BED_RUN(tests);
}
