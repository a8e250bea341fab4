/* SPDX-License-Identifier: BSD-3-Clause */
/* test_packed_report.c - a packed vring as the control socket tells it.
 *
 * The contract's words: positions are slots with an object of wrap counters
 * beside them, there are no indices, flags are words, and what is counted is
 * buffers and never slots. What the driver's end knows is compared with what
 * the daemon says. The client's tables are in test_vringctl.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bed.h"

#define LONG_MS 10000 /* stall-after that no test here lives to see */

static const struct net_form whole = { NET_WHOLE, false };
static const struct net_form pair = { NET_SPLIT_HEADER, false };
static const struct net_form table = { NET_CHOPPED, true };

static struct net_guest *sized_guest(const char *peer, uint16_t size)
{
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = peer, .stall_after_ms = LONG_MS });
	cfg = bed_net_config(0);
	cfg.frontend.rx_size = cfg.frontend.tx_size = size;
	return bed_guest(0, &cfg);
}

static void assert_null_at(json_t *vring, const char *name)
{
	if (!json_is_null(control_at(vring, name)))
		fail_msg("%s is not null", name);
}

static void positions_are_slots_and_wrap_counters(void **state)
{
	static const char *const wraps[] = { "next_avail", "next_used",
					     "decided_used", "called_used",
					     "used_event" };
	struct net_guest *guest = sized_guest("echo", 255);
	json_t *vring;
	unsigned int i;

	(void)state;
	net_offer(guest, RX0, 16);
	driver_arm(&guest->fe.vring[TX0].driver);
	bed_round_trip(guest, 60, 1);
	bed_expect("tx0", "counters.publishes", 1);
	vring = control_vring(&bed.control, "vm0", "tx0");
	assert_string_equal(control_str(vring, "layout"), "packed");
	assert_int_equal(control_int(vring, "size"), 255);
	assert_true(json_is_true(control_at(vring, "event_idx")));
	assert_null_at(vring, "avail_idx");
	assert_null_at(vring, "used_idx");
	assert_int_equal(control_int(vring, "next_avail"), 1);
	assert_int_equal(control_int(vring, "next_used"), 1);
	assert_int_equal(control_int(vring, "last_decision.old"), 0);
	assert_int_equal(control_int(vring, "last_decision.new"), 1);
	for (i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++)
		assert_int_equal(
			control_int(control_at(vring, "wrap"), wraps[i]), 1);
	json_decref(vring);
}

/* A chain of two slots on a ring of seven: it ends beyond the last slot. */
static void the_wrap_counters_turn_with_the_laps(void **state)
{
	struct net_guest *guest = sized_guest("null", 7);
	struct driver *driver = &guest->fe.vring[TX0].driver;
	unsigned int i, turned = 0;

	(void)state;
	for (i = 0; i < 16; i++) {
		driver_arm(driver);
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, pair), 0);
		bed_wait_used(guest, TX0, driver->published);
		bed_expect_position("tx0", "next_avail", driver->published);
		bed_expect_position("tx0", "next_used", driver->published);
		bed_expect_position("tx0", "decided_used", driver->published);
		bed_expect_position("tx0", "used_event", driver->used_event);
		bed_expect_position("tx0", "called_used", driver->published);
		assert_int_equal(net_reap_sent(guest, TX0), 1);
		turned += !(driver->published & POSITION_WRAP);
	}
	assert_in_range(turned, 6, 10);
	bed_check_accounts();
}

static void flags_are_words(void **state)
{
	struct net_guest *guest = sized_guest("null", 256);
	struct driver *driver = &guest->fe.vring[TX0].driver;
	const bool event_idx = driver->cfg.event_idx;

	(void)state;
	driver_arm(driver);
	bed_expect_str("tx0", "driver_flags", event_idx ? "desc" : "enable");
	driver_disarm(driver);
	bed_expect_str("tx0", "driver_flags", "disable");
	bed_expect_str("tx0", "device_flags", event_idx ? "desc" : "enable");
	bed_use_tx(guest, 1);
	bed_expect_str("tx0", "last_decision.driver_flags", "disable");
	bed_expect("tx0", "counters.calls_suppressed", 1);
	bed_expect_str("tx0", "device_flags", event_idx ? "desc" : "enable");
}

/* Receive buffers lie until a frame comes, so they are counted at leisure.
 * Each takes @slots; as many as @fit fill the ring. */
static void assert_backlog(const struct net_config *cfg, uint32_t fit,
			   int slots)
{
	struct net_guest *guest = bed_guest(0, cfg);
	struct driver *rx = &guest->fe.vring[RX0].driver;
	uint32_t i;

	bed_expect("rx0", "backlog", 0);
	assert_int_equal(net_offer(guest, RX0, 16), 16);
	bed_expect("rx0", "backlog", 16);
	assert_int_equal(net_offer(guest, RX0, 255), fit - 16);
	bed_expect("rx0", "backlog", fit);
	for (i = 0; i < 200; i++) /* into the next lap */
		bed_round_trip(guest, 60, i);
	bed_expect("rx0", "backlog", fit);
	bed_use_tx(guest, 100);
	bed_wait_used(guest, RX0, driver_step(rx, rx->reaped, 100 * slots));
	bed_expect("rx0", "backlog", fit - 100);
	bed_expect("rx0", "unanswered", 100);
	assert_true(net_ok(guest));
	net_close(guest);
	bed_expect_str("rx0", "state", "absent");
}

static void a_backlog_is_counted_in_buffers_and_not_in_slots(void **state)
{
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo",
				    .stall_after_ms = LONG_MS });
	cfg = bed_net_config(0);
	cfg.frontend.rx_size = 255;
	cfg.rx_form = whole;
	assert_backlog(&cfg, 255, 1);
	cfg.rx_form = pair;
	assert_backlog(&cfg, 127, 2);
	cfg.rx_form = table;
	assert_backlog(&cfg, 255, 1);
}

static void a_tx_backlog_waits_for_its_kick(void **state)
{
	struct net_guest *guest = sized_guest("null", 7);
	unsigned int i;

	(void)state;
	bed_idle(50);
	guest->fe.vring[TX0].withhold_kicks = true;
	for (i = 0; i < 3; i++) {
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, pair), 0);
		bed_expect("tx0", "backlog", i + 1);
	}
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	bed_expect("tx0", "backlog", 4);
	bed_expect("tx0", "next_avail", 0);
}

static char *explained(const char *vring)
{
	json_t *told = control_call(
		&bed.control, "explain",
		json_pack("{s:s, s:s}", "port", "vm0", "vring", vring));
	char *text = json_dumps(told, 0);

	json_decref(told);
	assert_non_null(text);
	return text;
}

static void assert_explained(const char *vring, const char *word)
{
	char *text = explained(vring);

	if (!strstr(text, word))
		fail_msg("explain does not say \"%s\": %s", word, text);
	free(text);
}

static void a_decision_is_explained_by_event_or_flags(void **state)
{
	struct net_guest *guest = sized_guest("null", 7);
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver_arm_at(driver, driver_step(driver, driver->reaped, 4));
	bed_use_tx(guest, 2);
	bed_expect("tx0", "counters.publishes", 1);
	assert_explained("tx0", "need_event(used_event=4 (wrap 1), new=2 "
				"(wrap 1), old=0 (wrap 1))");
	assert_explained("tx0", "no call, correct by");
	assert_explained("tx0", "Driver and Device Event Suppression");

	driver_disarm(driver);
	bed_use_tx(guest, 2);
	bed_expect("tx0", "counters.publishes", 2);
	assert_explained("tx0", "RING_EVENT_FLAGS_DISABLE): no call, correct");
}

static void a_stall_is_explained_with_wrap_counters(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;
	struct driver *driver;

	(void)state;
	bed_up((struct bed_config){ .peer = "null",
				    .stall_after_ms = 50,
				    .option = { "--no-force" } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	driver = &guest->fe.vring[TX0].driver;
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	bed_use_tx(guest, driver_room(driver));
	bed_expect_str("tx0", "health", "stalled");
	assert_explained("tx0", "stalled: 256 used buffers");
	assert_explained("tx0", "255 (wrap 0)"); /* the event word */
	assert_explained("tx0", "next_used is 0 (wrap 0)");
	bed_expect("tx0", "unanswered", 256);
	bed_expect("tx0", "unsignalled", 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_PACKED(positions_are_slots_and_wrap_counters),
		BED_PACKED(the_wrap_counters_turn_with_the_laps),
		BED_PACKED(flags_are_words),
		BED_PACKED_FLAGS(flags_are_words),
		BED_PACKED(a_backlog_is_counted_in_buffers_and_not_in_slots),
		BED_PACKED(a_tx_backlog_waits_for_its_kick),
		BED_PACKED(a_decision_is_explained_by_event_or_flags),
		BED_PACKED(a_stall_is_explained_with_wrap_counters),
	};

	return BED_RUN(tests);
}
