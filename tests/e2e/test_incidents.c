/* SPDX-License-Identifier: BSD-3-Clause */
/* test_incidents.c - each cause is produced, and named rightly.
 *
 * What must stay true: a healthy guest has no incident, and one that was told of
 * survives the daemon.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "stall_steps.h"
#include "tap_host.h"

/* Short, so that eight forced calls are soon over. */
#define SHORT_MS 5
#define SETTLE_MS 5000

static json_t *incidents(void)
{
	json_t *result = control_call(&bed.control, "incident.list", NULL);
	json_t *list = json_incref(json_object_get(result, "incidents"));

	json_decref(result);
	return list;
}

static size_t incident_cnt(void)
{
	json_t *list = incidents();
	size_t cnt = json_array_size(list);

	json_decref(list);
	return cnt;
}

/* Waits until the latest incident has this outcome; it, whole. */
static json_t *wait_for(const char *outcome)
{
	uint64_t end = clock_now_ns() + SETTLE_MS * NS_PER_MS;

	for (;;) {
		json_t *list = incidents(), *latest = json_array_get(list, 0),
		       *whole = NULL;
		bool there =
			strcmp(control_str(latest, "outcome"), outcome) == 0;

		if (there)
			whole = control_call(
				&bed.control, "incident.get",
				json_pack("{s:I}", "id",
					  control_int(latest, "id")));
		else if (clock_now_ns() > end)
			fail_msg("no incident came to be %s: %s", outcome,
				 json_dumps(list, 0));
		json_decref(list);
		if (there)
			return whole;
		bed_idle(10);
	}
}

static void expect_incident(const char *vring, const char *cause,
			    const char *outcome, bool injected)
{
	json_t *incident = wait_for(outcome);

	assert_string_equal(control_str(incident, "vring"), vring);
	assert_string_equal(control_str(incident, "cause"), cause);
	assert_int_equal(json_is_true(json_object_get(incident, "injected")),
			 injected);
	assert_true(json_array_size(
			    json_object_get(incident, "events_before")) > 0);
	json_decref(incident);
}

static bool events_have(json_t *incident, const char *key, const char *kind)
{
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(incident, key), i, event)
		if (strcmp(control_str(event, "event"), kind) == 0)
			return true;
	return false;
}

static struct net_guest *short_guest(const char *peer)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = peer, .stall_after_ms = SHORT_MS });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	return guest;
}

static void a_healthy_guest_has_none(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	uint32_t i;

	(void)state;
	for (i = 0; i < 50; i++)
		bed_round_trip(guest, 60, i);
	assert_int_equal(incident_cnt(), 0);
	assert_int_equal(control_do(&bed.control, "incident.get",
				    json_pack("{s:i}", "id", 1)),
			 CONTROL_NO_OBJECT);
}

static void a_lost_call(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	stall_fault("tx0", "drop-call");
	stall_spend_tx(guest);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	expect_incident("tx0", "lost_call", "revived", true);
}

/* Not injected: the driver itself leaves its word behind. */
static void a_frozen_event_word(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *incident;

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	expect_incident("tx0", "frozen_event", "revived", false);
	incident = wait_for("revived");
	assert_true(events_have(incident, "events_before", "suppress"));
	assert_true(events_have(incident, "events_since", "revived"));
	assert_int_equal(control_int(incident, "forced"),
			 bed_int("tx0", "counters.calls_forced"));
	assert_int_equal(control_int(incident, "unanswered"), RING);
	json_decref(incident);
}

static void a_frozen_event_word_that_nobody_forces(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	expect_incident("tx0", "frozen_event", "open", false);
	stall_answer(guest, TX0);
	expect_incident("tx0", "frozen_event", "moved_later", false);
}

/* The first forced call is not that of the look which found it. */
static void one_that_is_forced_later_counts_its_calls(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");
	json_t *incident;

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	json_decref(wait_for("open"));
	assert_int_equal(control_do(&bed.control, "set",
				    json_pack("{s:s, s:s, s:s}", "port", "vm0",
					      "key", "force", "value", "on")),
			 0);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	incident = wait_for("revived");
	assert_int_equal(control_int(incident, "forced"),
			 bed_int("tx0", "counters.calls_forced"));
	json_decref(incident);
}

static void a_guest_that_does_not_reap(void **state)
{
	struct net_guest *guest = short_guest("null");

	(void)state;
	bed_use_tx(guest, driver_room(&guest->fe.vring[TX0].driver));
	expect_incident("tx0", "guest_not_reaping", "no_effect", false);
}

static void a_guest_that_gives_no_receive_buffers(void **state)
{
	struct net_guest *guest = short_guest("echo");

	(void)state;
	driver_arm(&guest->fe.vring[RX0].driver);
	net_offer(guest, RX0, 4);
	bed_use_tx(guest, 4);
	assert_int_equal(net_wait_sent(guest, TX0, 4, BED_WAIT_MS), 4);
	expect_incident("rx0", "no_receive_buffers", "no_effect", false);
}

/* A worker that is still awake takes a frame without a kick, and rightly. */
static void a_lost_kick(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *incident;
	unsigned i;

	(void)state;
	guest->fe.vring[TX0].withhold_kicks = true;
	for (i = 0; i < 20 && bed_int("tx0", "counters.kicks_missed") == 0; i++)
		bed_use_tx(guest, 1);
	incident = wait_for("taken");
	assert_string_equal(control_str(incident, "cause"), "lost_kick");
	assert_int_equal(control_int(incident, "unanswered"), 1);
	json_decref(incident);
}

static void a_worker_without_a_cpu(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	kill(bed.daemon.pid, SIGSTOP);
	net_frame_make(&bed_sent, 60, 1);
	net_send(guest, TX0, &bed_sent, (struct net_form){ NET_WHOLE, false });
	bed_idle(STALL_MS + 300);
	kill(bed.daemon.pid, SIGCONT);
	expect_incident("tx0", "worker_late", "taken", false);
}

/* Sends a frame now and then until tx0 has an incident of an uplink that takes none. */
static void send_until_blocked(struct net_guest *guest)
{
	uint64_t end = clock_now_ns() + SETTLE_MS * NS_PER_MS;

	do {
		bed_use_tx(guest, 1);
		net_reap_sent(guest, TX0);
		driver_arm(&guest->fe.vring[TX0].driver);
		bed_idle(20);
	} while (incident_cnt() == 0 && clock_now_ns() < end);
	expect_incident("tx0", "uplink_blocked", "open", false);
}

/* The other guest is up, and gives no receive buffer for too long to wait for. */
static void a_guest_at_the_other_end_that_takes_nothing(void **state)
{
	struct net_guest *guest[2];
	unsigned i;

	(void)state;
	bed_up((struct bed_config){ .option = { "--wire", "vm0,vm1" } });
	for (i = 0; i < 2; i++) {
		struct net_config cfg = bed_net_config(i);

		guest[i] = bed_guest(i, &cfg);
	}
	send_until_blocked(guest[0]);
	bed_expect_ctl("doctor", 0, "bad vm0/tx0: uplink_blocked");
	net_offer(guest[1], RX0, 32);
	bed_use_tx(guest[0], 1);
	expect_incident("tx0", "uplink_blocked", "resumed", false);
}

static int tap_down(void **state)
{
	tap_host_close();
	return bed_down(state);
}

/* Its frames are dropped at once, and none waits. */
static void a_tap_that_is_down(void **state)
{
	struct net_config cfg;
	struct net_guest *guest;
	char spec[128];

	(void)state;
	if (!tap_host_able())
		skip();
	snprintf(spec, sizeof(spec), "tap0,type=tap,ifname=%s,up=off",
		 tap_host_ifname());
	bed_up((struct bed_config){
		.option = { "--port", spec, "--wire", "vm0,tap0" } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	send_until_blocked(guest);
	tap_host_open();
	bed_use_tx(guest, 1);
	expect_incident("tx0", "uplink_blocked", "resumed", false);
}

/* Frames to a neighbour that is not there go nowhere, and nothing is wrong. */
static void an_absent_neighbour_is_no_incident(void **state)
{
	struct net_config cfg;
	struct net_guest *guest;
	unsigned i;

	(void)state;
	bed_up((struct bed_config){ .option = { "--wire", "vm0,vm1" } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	for (i = 0; i < 60; i++) {
		bed_use_tx(guest, 1);
		net_reap_sent(guest, TX0);
		driver_arm(&guest->fe.vring[TX0].driver);
		bed_idle(20);
	}
	assert_int_equal(incident_cnt(), 0);
}

static void a_broken_ring(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	driver_offer_raw(&guest->fe.vring[TX0].driver, RING);
	frontend_kick(&guest->fe, TX0);
	expect_incident("tx0", "ring_faulted", "faulted", false);
}

static void one_that_lasts_ends_with_its_vring(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	expect_incident("tx0", "frozen_event", "open", false);
	frontend_disconnect(&guest->fe);
	expect_incident("tx0", "frozen_event", "stopped", false);
}

static void one_that_lasts_ends_with_its_port(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	expect_incident("tx0", "frozen_event", "open", false);
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "vm0")),
			 0);
	expect_incident("tx0", "frozen_event", "stopped", false);
}

/* What a rehearsal did long ago is not held against what happens now. */
static void a_fault_that_is_over_marks_nothing(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	unsigned i;

	(void)state;
	assert_int_equal(control_do(&bed.control, "fault.set",
				    json_pack("{s:s, s:s, s:s, s:i}", "port",
					      "vm0", "vring", "tx0", "kind",
					      "drop-call", "value", 1)),
			 0);
	for (i = 0; i < 80; i++) {
		bed_use_tx(guest, 1);
		net_reap_sent(guest, TX0);
		driver_arm(&guest->fe.vring[TX0].driver);
	}
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	expect_incident("tx0", "frozen_event", "open", false);
}

/* ---- as people read it ---- */

static void it_is_told_and_survives_the_daemon(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	char folder[128];

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	json_decref(wait_for("revived"));
	bed_expect_ctl("incidents", 0, "frozen_event");
	bed_expect_ctl("incidents 1", 0, "the vring then: avail_idx=");
	bed_expect_ctl("explain vm0/tx0", 0, "last incident: 1, ");
	bed_expect_ctl("incidents 2", 1, "there is no incident 2");

	control_close(&bed.control);
	daemon_kill(&bed.daemon);
	snprintf(folder, sizeof(folder), "incidents 1 --state-dir %s/state",
		 bed.daemon.dir);
	bed_expect_ctl(folder, 0, "  revived");
	snprintf(folder, sizeof(folder), "incidents --state-dir %s/state",
		 bed.daemon.dir);
	bed_expect_ctl(folder, 0, "frozen_event");

	assert_int_equal(daemon_start(&bed.daemon), 0);
	assert_int_equal(control_open(&bed.control, bed.daemon.control), 0);
	bed_expect_ctl("incidents", 0, "frozen_event");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_healthy_guest_has_none),
		BED_TEST(a_lost_call),
		BED_PACKED(a_lost_call),
		BED_TEST(a_frozen_event_word),
		BED_PACKED(a_frozen_event_word),
		BED_TEST(a_frozen_event_word_that_nobody_forces),
		BED_TEST(one_that_is_forced_later_counts_its_calls),
		BED_TEST(a_guest_that_does_not_reap),
		BED_TEST(a_guest_that_gives_no_receive_buffers),
		BED_TEST(a_lost_kick),
		BED_TEST(a_worker_without_a_cpu),
		BED_TEST(a_guest_at_the_other_end_that_takes_nothing),
		cmocka_unit_test_teardown(a_tap_that_is_down, tap_down),
		BED_TEST(an_absent_neighbour_is_no_incident),
		BED_TEST(a_broken_ring),
		BED_TEST(one_that_lasts_ends_with_its_vring),
		BED_TEST(one_that_lasts_ends_with_its_port),
		BED_TEST(a_fault_that_is_over_marks_nothing),
		BED_TEST(it_is_told_and_survives_the_daemon),
	};

	return BED_RUN(tests);
}
