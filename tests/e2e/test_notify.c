/* SPDX-License-Identifier: BSD-3-Clause */
/* test_notify.c - calls and kicks: given when due, withheld when not wanted.
 *
 * The driver here sends on tx0 into a null port and decides by hand what its
 * event word says; the device's decisions are read from the call descriptor
 * and from vring.list. No stall interferes: stall-after is long, or forcing
 * is off. How fast a kick is answered is in test_latency.c.
 */
#include <string.h>

#include "bed.h"

#define QUIET_MS 100  /* long enough to see that nothing comes */
#define LONG_MS 10000 /* stall-after that no test here lives to see */

static const struct net_form whole = { NET_WHOLE, false };

/* Takes the call of the start, so that what follows is counted from nought. */
static struct net_guest *started_guest(uint64_t without)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "null",
				    .stall_after_ms = LONG_MS });
	cfg = bed_net_config(0);
	cfg.frontend.features &= ~without;
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	/* A call is written before it is counted. */
	bed_expect("tx0", "counters.calls", 1);
	return guest;
}

/* Sends one frame and waits until its decision is made: called or not. */
static bool send_one_is_called(struct net_guest *guest)
{
	long long calls = bed_int("tx0", "counters.calls");
	long long publishes = bed_int("tx0", "counters.publishes");

	bed_use_tx(guest, 1);
	bed_expect("tx0", "counters.publishes", publishes + 1);
	bed_check_accounts();
	calls = bed_int("tx0", "counters.calls") - calls;
	assert_int_equal(
		frontend_wait_call(&guest->fe, TX0, calls ? BED_WAIT_MS : 0),
		calls);
	return calls == 1;
}

/* The position of the @nth entry of tx0 since the start. */
static uint16_t at(int nth)
{
	const struct driver *driver = &bed.guest[0].fe.vring[TX0].driver;

	return driver_step(driver, driver->cfg.start, nth);
}

static void expect_decision(uint16_t old, uint16_t new, uint16_t used_event,
			    bool called)
{
	json_t *vring = control_vring(&bed.control, "vm0", "tx0");
	json_t *decision = control_at(vring, "last_decision");

	assert_int_equal(bed_position(decision, "old"), old);
	assert_int_equal(bed_position(decision, "new"), new);
	assert_int_equal(bed_position(decision, "used_event"), used_event);
	assert_int_equal(json_is_true(control_at(decision, "called")), called);
	json_decref(vring);
}

static void a_start_calls_each_vring_exactly_once(void **state)
{
	struct net_guest *guest = bed_with("null", LONG_MS);
	unsigned int i;

	(void)state;
	for (i = RX0; i <= TX0; i++) {
		assert_int_equal(frontend_wait_call(&guest->fe, i, BED_WAIT_MS),
				 1);
		assert_int_equal(frontend_wait_call(&guest->fe, i, QUIET_MS),
				 0);
	}
	bed_expect("rx0", "counters.calls_first", 1);
	bed_expect("tx0", "counters.calls_first", 1);
	bed_expect("tx0", "counters.calls", 1);
	bed_check_accounts();
}

static void a_new_call_descriptor_is_called_once_at_once(void **state)
{
	struct net_guest *guest = started_guest(0);

	(void)state;
	assert_int_equal(frontend_replace_call(&guest->fe, TX0), 0);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, QUIET_MS), 0);
	bed_expect("tx0", "counters.calls_first", 2);
	assert_true(send_one_is_called(guest));
}

static void memory_mapped_again_is_called_once_at_once(void **state)
{
	struct net_guest *guest = started_guest(0);

	(void)state;
	assert_int_equal(frontend_wait_call(&guest->fe, RX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_set_mem_table(&guest->fe), 0);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, RX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, QUIET_MS), 0);
	bed_expect("tx0", "counters.calls_first", 2);
	bed_expect("rx0", "counters.calls_first", 2);
}

static void calls_when_the_used_event_is_passed_and_only_then(void **state)
{
	struct net_guest *guest = started_guest(0);
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver_arm_at(driver, at(2));
	assert_false(send_one_is_called(guest)); /* entry 0: before it */
	expect_decision(at(0), at(1), at(2), false);
	assert_false(send_one_is_called(guest));
	assert_true(send_one_is_called(guest)); /* entry 2: at it */
	expect_decision(at(2), at(3), at(2), true);
	assert_false(send_one_is_called(guest)); /* entry 3: behind it */
	expect_decision(at(3), at(4), at(2), false);
}

static void a_used_event_that_lies_behind_is_never_passed(void **state)
{
	struct net_guest *guest = started_guest(0);
	struct driver *driver = &guest->fe.vring[TX0].driver;
	unsigned int i;

	(void)state;
	driver_arm_at(driver, at(-1));
	for (i = 0; i < 20; i++)
		assert_false(send_one_is_called(guest));
	bed_expect("tx0", "counters.calls_suppressed", 20);
	bed_expect("tx0", "unsignalled", 20);
	bed_expect_position("tx0", "decided_used", at(20));
	bed_expect_position("tx0", "called_used", at(0));
}

static void the_decision_wraps_with_the_index(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "null",
				    .stall_after_ms = LONG_MS });
	cfg = bed_net_config(0);
	cfg.frontend.start = bed_start_before_wrap(cfg.frontend.tx_size, 2);
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);

	assert_int_equal(at(2) & POSITION_SLOT, 0);
	driver_arm_at(&guest->fe.vring[TX0].driver, at(2));
	assert_false(send_one_is_called(guest));
	assert_false(send_one_is_called(guest));
	expect_decision(at(1), at(2), at(2), false);
	assert_true(send_one_is_called(guest));
	expect_decision(at(2), at(3), at(2), true);
}

static void one_update_is_called_once_if_the_event_lies_in_it(void **state)
{
	struct net_guest *guest = started_guest(0);

	(void)state;
	driver_arm_at(&guest->fe.vring[TX0].driver, at(3));
	bed_use_tx(guest, 8);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, QUIET_MS), 0);
	bed_expect_position("tx0", "next_used", at(8));
	bed_check_accounts();
}

static void flags_decide_without_the_event_index(void **state)
{
	struct net_guest *guest =
		started_guest(FEATURE_BIT(VIRTIO_F_EVENT_IDX));
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	assert_true(send_one_is_called(guest));
	driver_disarm(driver);
	assert_false(send_one_is_called(guest));
	if (bed_is_packed())
		bed_expect_str("tx0", "driver_flags", "disable");
	else
		bed_expect("tx0", "driver_flags", VIRTQ_AVAIL_F_NO_INTERRUPT);
	driver_arm(driver);
	assert_true(send_one_is_called(guest));
	assert_true(send_one_is_called(guest));
}

static void flags_are_ignored_with_the_event_index(void **state)
{
	struct net_guest *guest = started_guest(0);
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver->flags = VIRTQ_AVAIL_F_NO_INTERRUPT;
	driver->avail->flags = VIRTQ_AVAIL_F_NO_INTERRUPT;
	driver_arm(driver);
	assert_true(send_one_is_called(guest));
}

static void send_in_four_slots(struct net_guest *guest, unsigned int cnt)
{
	const struct driver_part part = { guest->buffers[TX0].base, 18, false };
	const struct driver_part parts[] = { part, part, part, part };
	const struct driver_chain chain = { .part = parts, .part_cnt = 4 };
	struct driver *driver = &guest->fe.vring[TX0].driver;

	memset(guest->buffers[TX0].base, 0, 18);
	while (cnt--)
		assert_true(driver_stage(driver, &chain) >= 0);
	net_flush(guest, TX0);
	bed_wait_used(guest, TX0, driver->published);
}

static void
assert_an_event_within_a_chain_is_passed_with_it(struct net_guest *guest)
{
	driver_arm_at(&guest->fe.vring[TX0].driver, at(15));
	send_in_four_slots(guest, 2); /* 5 … 12 */
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, QUIET_MS), 0);
	send_in_four_slots(guest, 1); /* 13 … 16 */
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	expect_decision(at(13), at(17), at(15), true);
	send_in_four_slots(guest, 1);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, QUIET_MS), 0);
	bed_expect("tx0", "unsignalled", 1);
	bed_check_accounts();
}

/* "Driver and Device Event Suppression": what the flags say comes first. */
static void the_flags_of_a_packed_ring_come_before_its_event(void **state)
{
	struct net_guest *guest = started_guest(0);
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	bed_expect_str("tx0", "driver_flags", "enable"); /* as laid */
	assert_true(send_one_is_called(guest));
	assert_true(send_one_is_called(guest));
	driver_arm(driver);
	bed_expect_str("tx0", "driver_flags", "desc");
	driver_disarm(driver); /* the word is passed and means nothing */
	bed_expect_str("tx0", "driver_flags", "disable");
	assert_false(send_one_is_called(guest));
	driver_arm_at(driver, at(3));
	assert_true(send_one_is_called(guest));
	assert_false(send_one_is_called(guest));
	assert_an_event_within_a_chain_is_passed_with_it(guest);
}

/* Ten frames, each sent to a device that went to sleep, each with its kick. */
static void each_frame_is_kicked(struct net_guest *guest)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		bed_idle(QUIET_MS / 5);
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		assert_int_equal(guest->fe.vring[TX0].kicks, i + 1);
		bed_wait_used(guest, TX0, at((int)i + 1));
	}
	bed_expect("tx0", "counters.kicks", 10);
	bed_expect("tx0", "counters.kicks_missed", 0);
}

static void an_idle_device_asks_for_the_next_kick(void **state)
{
	(void)state;
	each_frame_is_kicked(started_guest(0));
	assert_int_equal(
		*driver_avail_event(&bed.guest[0].fe.vring[TX0].driver),
		at(10));
	bed_expect_position("tx0", "avail_event", at(10));
}

static void an_idle_device_asks_for_the_next_kick_by_flag(void **state)
{
	(void)state;
	each_frame_is_kicked(started_guest(FEATURE_BIT(VIRTIO_F_EVENT_IDX)));
	if (bed_is_packed())
		bed_expect_str("tx0", "device_flags", "enable");
	else
		bed_expect("tx0", "device_flags", 0);
}

/* Kicks wanted for @cnt frames sent one by one as fast as they are used. */
static uint64_t kicks_of_stream(struct net_guest *guest, uint32_t cnt)
{
	uint64_t before = guest->fe.vring[TX0].kicks;
	uint32_t i;

	for (i = 0; i < cnt; i++) {
		net_frame_make(&bed_sent, 60, i);
		while (net_send(guest, TX0, &bed_sent, whole) != 0)
			net_reap_sent(guest, TX0);
	}
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
	return guest->fe.vring[TX0].kicks - before;
}

static void a_busy_device_asks_for_few_kicks(void **state)
{
	struct net_guest *guest = started_guest(0);
	uint64_t kicks = kicks_of_stream(guest, 5000);

	(void)state;
	print_message("%lu kicks for 5000 frames\n", kicks);
	assert_true(kicks < 2500);
}

static void a_polling_device_asks_for_no_kick(void **state)
{
	struct net_guest *guest = started_guest(0);

	(void)state;
	assert_int_equal(control_do(&bed.control, "set",
				    json_pack("{s:s, s:s}", "key", "poll",
					      "value", "always")),
			 0);
	bed_use_tx(guest, 1);
	/* One more may be passed by a stale event word. */
	assert_true(kicks_of_stream(guest, 500) <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_start_calls_each_vring_exactly_once),
		BED_TEST(a_new_call_descriptor_is_called_once_at_once),
		BED_TEST(memory_mapped_again_is_called_once_at_once),
		BED_TEST(calls_when_the_used_event_is_passed_and_only_then),
		BED_TEST(a_used_event_that_lies_behind_is_never_passed),
		BED_TEST(the_decision_wraps_with_the_index),
		BED_TEST(one_update_is_called_once_if_the_event_lies_in_it),
		BED_TEST(flags_decide_without_the_event_index),
		BED_TEST(flags_are_ignored_with_the_event_index),
		BED_TEST(an_idle_device_asks_for_the_next_kick),
		BED_TEST(an_idle_device_asks_for_the_next_kick_by_flag),
		BED_TEST(a_busy_device_asks_for_few_kicks),
		BED_TEST(a_polling_device_asks_for_no_kick),
		BED_PACKED(the_decision_wraps_with_the_index),
		BED_PACKED(flags_decide_without_the_event_index),
		BED_PACKED(the_flags_of_a_packed_ring_come_before_its_event),
		BED_PACKED(an_idle_device_asks_for_the_next_kick),
		BED_PACKED(an_idle_device_asks_for_the_next_kick_by_flag),
	};

	return BED_RUN(tests);
}
