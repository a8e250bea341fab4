/* SPDX-License-Identifier: BSD-3-Clause */
/* test_doctor_vring.c - what the doctor says of vrings that are written down here.
 *
 * What must stay true: of a healthy one nothing, and of a changed one nothing but
 * what was changed.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "doctor_ear.h"

static struct vring_report vring;
static struct doctor_incident last;

static void healthy_vring(void)
{
	vring = (struct vring_report){
		.port = "vm0",
		.vring = "tx0",
		.index = 1,
		.guest_tx = true,
		.state = VRING_STATE_running,
		.event_idx = true,
		.shape.size = 256,
		.has_call_fd = true,
		.has_kick_fd = true,
		.force = true,
		.stall_after_ms = 50,
		.uplink = "tap0",
		.uplink_type = "tap",
		.counters.packets = 1000000,
	};
	last = (struct doctor_incident){ 0 };
	heard_cnt = 0;
}

static void set_incident(const char *cause, bool open)
{
	last = (struct doctor_incident){ .id = 7, .open = open };
	snprintf(last.cause, sizeof(last.cause), "%s", cause);
	snprintf(last.cause_text, sizeof(last.cause_text), "because of %s", cause);
}

static void stall(enum stall_health health)
{
	vring.health = health;
	vring.unanswered = 256;
	vring.unanswered_ms = 412;
	vring.counters.stalls = 1;
}

static void armed(void)
{
	vring.inject[INJECT_drop_call] = (struct inject_report){ INJECT_ALWAYS, 31, 0 };
}
static void armed_three(void)
{
	vring.inject[INJECT_drop_kick] = (struct inject_report){ 3, 0, 0 };
}
static void struck(void)
{
	vring.inject[INJECT_drop_call] = (struct inject_report){ 0, 31, 0 };
}
static void faulted(void)
{
	vring.state = VRING_STATE_faulted;
	vring.fault = VRING_FAULT_loop;
	vring.counters.faults[VRING_FAULT_loop] = 1;
}
static void memory_lost(void)
{
	vring.state = VRING_STATE_faulted;
	vring.fault = VRING_FAULT_memory_lost;
}
static void stalled(void)
{
	stall(STALL_HEALTH_stalled);
	vring.force = false;
	set_incident("frozen_event", true);
}
static void reviving(void)
{
	stall(STALL_HEALTH_reviving);
	vring.forced_in_a_row = 3;
	set_incident("lost_call", true);
}
static void stuck(void)
{
	stall(STALL_HEALTH_stuck);
	set_incident("no_receive_buffers", false);
}
static void late_cpu(void)
{
	reviving();
	vring.cpu = (struct cpu_evidence){
		.known = true, .window_ms = 1000, .waited_ms = 900, .thread = "CPU 0/KVM"
	};
}
static void quiet(void)
{
	vring.health = STALL_HEALTH_quiet;
	vring.unanswered = 9;
}
static void stalled_once(void)
{
	vring.counters.stalls = vring.counters.stalls_revived = 2;
	set_incident("frozen_event", false);
}
static void rehearsed(void)
{
	stalled_once();
	last.injected = last.rehearsed = true;
}
static void struck_long_before(void)
{
	stalled_once();
	last.injected = true;
}
static void stalled_long_ago(void)
{
	stalled_once();
	last.age_s = 100000;
}
static void blocked(void)
{
	set_incident("uplink_blocked", true);
	last.age_s = 100000;
}
static void was_blocked(void)
{
	set_incident("uplink_blocked", false);
	last.age_s = 60;
}
static void was_blocked_long_ago(void)
{
	was_blocked();
	last.age_s = 6000;
}
static void was_late(void)
{
	set_incident("worker_late", false);
}
static void late_and_stalled_once(void)
{
	stalled_once();
	set_incident("worker_late", false);
	last.age_s = 6000;
}
static void unanswered(void)
{
	vring.unanswered = 12;
	vring.counters.probes = 2;
	vring.counters.probes_answered = 1;
}
static void answered(void)
{
	vring.counters.probes = vring.counters.probes_answered = 2;
	vring.unanswered = 12;
}
static void broke_it_once(void)
{
	vring.counters.faults[VRING_FAULT_order] = 2;
}
static void missed(void)
{
	vring.counters.kicks_missed = 4;
}
static void no_call(void)
{
	vring.has_call_fd = false;
}
static void no_call_and_polls(void)
{
	vring.has_call_fd = false;
	vring.health = STALL_HEALTH_polling;
}
static void no_kick(void)
{
	vring.has_kick_fd = false;
}
static void failed(void)
{
	vring.counters.calls_failed = 5;
}
static void no_buffer(void)
{
	vring.guest_tx = false;
	vring.counters.drops[DROP_no_buffer] = 50000;
}
static void no_buffer_seldom(void)
{
	vring.shape.size = 1024;
	vring.counters.drops[DROP_no_buffer] = 50;
}
static void uplink_drops(void)
{
	vring.counters.drops[DROP_uplink] = 50000;
}
static void oversize(void)
{
	vring.counters.drops[DROP_oversize] = 50000;
}
static void bad_header(void)
{
	vring.counters.drops[DROP_bad_header] = 50000;
}
static void stopped_drops(void)
{
	vring.counters.drops[DROP_stopped] = 50000;
}
static void dpdk_small(void)
{
	strcpy(vring.uplink_type, "ethdev");
}
static void dpdk_large(void)
{
	dpdk_small();
	vring.shape.size = 1024;
}

static const struct row vring_rows[] = {
	ROW(armed, "injected_fault", bad, "drop-call is armed (always) and has struck 31 times"),
	ROW(armed, "injected_fault", bad, "somebody rehearses an outage"),
	ROW(armed, "injected_fault", bad, "vringctl unfault vm0/tx0"),
	ROW(armed_three, "injected_fault", bad, "(3 more)"),
	SILENT(struck),
	ILL(faulted, "fault", "(loop)"),
	ILL(faulted, "fault", "Virtio 1.2, \"The Virtqueue Descriptor Table\""),
	ILL(memory_lost, "fault", "VHOST_USER_SET_MEM_TABLE"),
	ILL(stalled, "stall", "256 buffers for 412 ms"),
	ILL(stalled, "stall", "cause frozen_event: because of frozen_event (incident 7)"),
	ILL(stalled, "stall", "vringctl set vm0 force=on"),
	ILL(stalled, "stall", "\"Used Buffer Notification Suppression\""),
	ILL(reviving, "stall", "3 forced calls); cause lost_call"),
	ILL(stuck, "stall", "no receive buffers"),
	ILL(late_cpu, "stall", "CPU 0/KVM of the guest waited for a CPU 900 of the 1000 ms"),
	ROW(quiet, "quiet", note, "idle or dead, the ring can not tell"),
	ROW(stalled_once, "stalls_past", warn, "stalled 2 times"),
	ROW(stalled_once, "stalls_past", warn, "event-idx=off"),
	ROW(rehearsed, "stalls_past", warn, "while an injected fault was armed"),
	ROW(struck_long_before, "stalls_past", warn, "had been injected on this vring before"),
	ROW(struck_long_before, "stalls_past", warn, "event-idx=off"),
	ROW(stalled_long_ago, "stalls_past", note, "stalled 2 times"),
	ROW(late_and_stalled_once, "stalls_past", warn, "vringctl explain vm0/tx0"),
	ROW(blocked, "uplink_blocked", bad, "because of uplink_blocked"),
	ROW(was_blocked, "uplink_blocked", warn, "60 s ago"),
	SILENT(was_blocked_long_ago),
	ROW(was_late, "worker_late", warn, "--workers"),
	ROW(rehearsed, "stalls_past", warn, "if that was the rehearsal"),
	ROW(unanswered, "unanswered", note, "1 of 2 probes had no answer"),
	SILENT(answered),
	ROW(broke_it_once, "faults_past", warn, "\"Message Framing\""),
	ROW(missed, "kicks_missed", warn, "\"Available Buffer Notification Suppression\""),
	ROW(no_call, "no_call_fd", warn, "VHOST_USER_SET_VRING_CALL"),
	ROW(no_call_and_polls, "no_call_fd", note, "the driver must poll"),
	ROW(no_kick, "no_kick_fd", note, "every 50 ms"),
	ROW(failed, "calls_failed", warn, "5 wanted calls"),
	ROW(uplink_drops, "drops_uplink", warn, "50000 of 1050000"),
	ROW(oversize, "drops_oversize", warn, "MTU"),
	ROW(bad_header, "drops_bad_header", warn, "ethtool -k"),
	ROW(stopped_drops, "drops_stopped", note, "booting"),
	ROW(no_buffer_seldom, "drops_no_buffer", note, "rx_queue_size"),
	ROW(dpdk_small, "ring_size", note, "tx_queue_size=1024"),
	SILENT(dpdk_large),
};

static void judges_vrings(void **state)
{
	unsigned i;

	(void)state;
	healthy_vring();
	doctor_vring(&vring, &last, &ear);
	assert_int_equal(heard_cnt, 0);
	assert_false(doctor_vring_is_ill(&vring));
	for (i = 0; i < ARRAY_SIZE(vring_rows); i++) {
		const struct row *row = &vring_rows[i];

		healthy_vring();
		row->change();
		doctor_vring(&vring, &last, &ear);
		if (row->name)
			expect(row->title, row->name, row->status, row->words);
		expect_only(row->title, row->name);
		assert_int_equal(doctor_vring_is_ill(&vring), row->ill);
	}
}

/* Only an incident of now says why a vring stands. */
static void blames_no_old_incident(void **state)
{
	(void)state;
	healthy_vring();
	stalled();
	last.open = false;
	doctor_vring(&vring, &last, &ear);
	assert_null(strstr(find("stall")->text, "frozen_event"));
	assert_non_null(strstr(find("stall")->advice, "vringctl explain vm0/tx0"));
}

static void says_of_a_small_ring_what_it_costs(void **state)
{
	(void)state;
	healthy_vring();
	no_buffer();
	doctor_vring(&vring, &last, &ear);
	expect("no_buffer", "drops_no_buffer", DOCTOR_STATUS_warn, "50000 of 1050000");
	expect("no_buffer", "ring_size", DOCTOR_STATUS_note, "rx_queue_size=1024");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_vrings),
		cmocka_unit_test(blames_no_old_incident),
		cmocka_unit_test(says_of_a_small_ring_what_it_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
