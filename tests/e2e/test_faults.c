/* SPDX-License-Identifier: BSD-3-Clause */
/* test_faults.c - faults put in on purpose: allowed, limited, visible, ended.
 *
 * What a fault does to a guest and how it comes back is in test_revive.c.
 * Here stall-after is long, so that nothing but the fault acts.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "stall_steps.h"

#define LONG_MS 10000
#define QUIET_MS 100

static struct net_guest *fault_guest(void)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "null",
				    .stall_after_ms = LONG_MS,
				    .option = { "--allow-faults" } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	return guest;
}

static int fault(const char *kind, json_t *more)
{
	json_t *params = json_pack("{s:s, s:s}", "port", "vm0", "kind", kind);

	json_object_update(params, more);
	json_decref(more);
	return control_do(&bed.control, "fault.set", params);
}

/* Sends one frame with the call armed; was it called? */
static bool armed_frame_is_called(struct net_guest *guest)
{
	net_reap_sent(guest, TX0);
	driver_arm(&guest->fe.vring[TX0].driver);
	bed_use_tx(guest, 1);
	return frontend_wait_call(&guest->fe, TX0, QUIET_MS) > 0;
}

static bool explain_mentions(const char *text)
{
	json_t *told = control_call(
		&bed.control, "explain",
		json_pack("{s:s, s:s}", "port", "vm0", "vring", "tx0"));
	char *all = json_dumps(told, JSON_ENCODE_ANY);
	bool found = all && strstr(all, text);

	free(all);
	json_decref(told);
	return found;
}

static void faults_are_refused_unless_allowed(void **state)
{
	(void)state;
	bed_with("null", 0);
	assert_int_equal(
		fault("drop-call", json_pack("{s:s}", "value", "always")),
		CONTROL_REFUSED);
	assert_non_null(strstr(bed.control.text, "--allow-faults"));
}

static void a_dropped_call_is_counted_but_not_written(void **state)
{
	struct net_guest *guest = fault_guest();

	(void)state;
	assert_int_equal(fault("drop-call", json_pack("{s:i}", "value", 2)), 0);
	assert_false(armed_frame_is_called(guest));
	assert_false(armed_frame_is_called(guest));
	assert_true(armed_frame_is_called(guest));
	bed_expect("tx0", "counters.calls", 4); /* with the one of the start */
	bed_check_accounts();
	assert_true(explain_mentions("drop-call"));
}

static void a_call_by_hand_is_not_dropped(void **state)
{
	struct net_guest *guest = fault_guest();

	(void)state;
	stall_fault("tx0", "drop-call");
	assert_false(armed_frame_is_called(guest));
	assert_int_equal(control_do(&bed.control, "vring.call",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx0")),
			 0);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
}

static void a_dropped_kick_is_drained_and_ignored(void **state)
{
	struct net_guest *guest = fault_guest();

	(void)state;
	assert_int_equal(fault("drop-kick", json_pack("{s:i}", "value", 1)), 0);
	bed_idle(QUIET_MS);
	net_frame_make(&bed_sent, 60, 1);
	net_send(guest, TX0, &bed_sent, (struct net_form){ NET_WHOLE, false });
	bed_idle(QUIET_MS);
	bed_expect("tx0", "backlog", 1);
	assert_true(explain_mentions("drop-kick"));
	eventfd_write(guest->fe.vring[TX0].kick_fd, 1);
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
}

static void a_stale_used_event_decides_instead_of_the_word(void **state)
{
	struct net_guest *guest = fault_guest();
	struct driver *driver = &guest->fe.vring[TX0].driver;
	uint16_t stale = driver_step(driver, driver->reaped, -1);
	json_t *vring;

	(void)state;
	assert_int_equal(
		fault("stale-used-event",
		      json_pack("{s:i, s:i}", "value", stale, "count", 2)),
		0);
	assert_false(armed_frame_is_called(guest));
	bed_expect_position("tx0", "used_event", driver->used_event);
	vring = control_vring(&bed.control, "vm0", "tx0");
	assert_int_equal(
		bed_position(control_at(vring, "last_decision"), "used_event"),
		stale);
	json_decref(vring);
	assert_false(armed_frame_is_called(guest));
	assert_true(armed_frame_is_called(guest));
	assert_true(explain_mentions("stale-used-event"));
	bed_check_accounts();
}

static void a_dropped_forced_call_does_not_reach_the_driver(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_fault("tx0", "drop-forced");
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	call_log_run(&stall_log, &guest->fe, 5 * STALL_MS);
	assert_int_equal(call_log_cnt(&stall_log, TX0), 0);
	assert_true(explain_mentions("drop-forced"));
	assert_int_equal(control_do(&bed.control, "fault.clear",
				    json_pack("{s:s}", "port", "vm0")),
			 0);
	assert_true(call_log_until(&stall_log, &guest->fe, TX0, 1,
				   PAUSE_MAX_MS + 2 * STALL_MS));
	stall_answer(guest, TX0);
	stall_expect_healthy(TX0);
	bed_check_accounts();
}

static void a_fault_of_a_port_strikes_all_its_vrings(void **state)
{
	struct net_guest *guest = fault_guest();

	(void)state;
	assert_int_equal(
		fault("drop-call", json_pack("{s:s}", "value", "always")), 0);
	assert_false(armed_frame_is_called(guest));
	assert_int_equal(control_do(&bed.control, "fault.clear",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "rx0")),
			 0);
	assert_false(armed_frame_is_called(guest));
	assert_int_equal(control_do(&bed.control, "fault.clear",
				    json_pack("{s:s}", "port", "vm0")),
			 0);
	assert_true(armed_frame_is_called(guest));
}

static void a_fault_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	fault_guest();
	assert_int_equal(fault("drop-packets", NULL), CONTROL_BAD_PARAMS);
	assert_non_null(strstr(bed.control.text, "drop-packets"));
	assert_int_equal(fault("drop-call", json_pack("{s:s}", "vring", "tx7")),
			 CONTROL_NO_OBJECT);
	assert_int_equal(control_do(&bed.control, "fault.set",
				    json_pack("{s:s, s:s}", "port", "vm9",
					      "kind", "drop-call")),
			 CONTROL_NO_OBJECT);
	assert_non_null(strstr(bed.control.text, "vm9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(faults_are_refused_unless_allowed),
		BED_TEST(a_dropped_call_is_counted_but_not_written),
		BED_TEST(a_call_by_hand_is_not_dropped),
		BED_TEST(a_dropped_kick_is_drained_and_ignored),
		BED_TEST(a_stale_used_event_decides_instead_of_the_word),
		BED_TEST(a_dropped_forced_call_does_not_reach_the_driver),
		BED_TEST(a_fault_of_a_port_strikes_all_its_vrings),
		BED_TEST(a_fault_that_makes_no_sense_is_refused),
		BED_PACKED_FLAGS(a_dropped_call_is_counted_but_not_written),
		BED_PACKED(a_dropped_kick_is_drained_and_ignored),
		BED_PACKED(a_stale_used_event_decides_instead_of_the_word),
		BED_PACKED_FLAGS(
			a_dropped_forced_call_does_not_reach_the_driver),
	};

	return BED_RUN(tests);
}
