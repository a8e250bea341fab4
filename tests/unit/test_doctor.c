/* SPDX-License-Identifier: BSD-3-Clause */
/* test_doctor.c - what the doctor says of guests, host, daemon and command lines.
 *
 * What must stay true: of what is healthy "ok" at most, and of what a row changed
 * nothing but that. Vrings are test_doctor_vring.c's.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "doctor_ear.h"
#include "virtio_spec.h"

/* ---- guests ---- */

static struct doctor_guest guest;

static void healthy_guest(void)
{
	guest = (struct doctor_guest){
		.name = "vm0",
		.socket = "/run/vm0.sock",
		.connected = true,
		.wired = true,
		.force = true,
		.connects = 1,
		.uptime_s = 100000,
		.features = ~UINT64_C(0),
		.features_offered = ~UINT64_C(0),
		.protocol_features = ~UINT64_C(0),
		.regions = 2,
		.vrings = 2,
		.running = 2,
		.front_end = { .pid = 4711,
			       .visible = true,
			       .is_qemu = true,
			       .vcpus = 1,
			       .shared_cpu = -1 },
	};
	heard_cnt = 0;
}

static void lack(unsigned bit)
{
	guest.features &= ~FEATURE_BIT(bit);
}

static void never(void)
{
	guest.connected = false;
	guest.connects = 0;
	guest.front_end.pid = 0;
}
static void gone(void)
{
	guest.connected = false;
	guest.client = true;
	guest.connects = 3;
}
static void comes_and_goes(void)
{
	guest.connects = 5;
	guest.uptime_s = 100;
}
static void came_often_over_days(void)
{
	guest.connects = 50;
}
static void no_memory(void)
{
	guest.regions = 0;
	guest.running = 0;
}
static void not_started(void)
{
	guest.running = 0;
}
static void unwired(void)
{
	guest.wired = false;
}
static void no_force(void)
{
	guest.force = false;
}
static void legacy(void)
{
	lack(VIRTIO_F_VERSION_1);
}
static void no_event_idx(void)
{
	lack(VIRTIO_F_EVENT_IDX);
}
static void withheld_event_idx(void)
{
	no_event_idx();
	guest.features_offered = guest.features;
}
static void no_mrg_rxbuf(void)
{
	lack(VIRTIO_NET_F_MRG_RXBUF);
}
static void no_csum(void)
{
	lack(VIRTIO_NET_F_CSUM);
	lack(VIRTIO_NET_F_HOST_TSO4);
}
static void no_tso(void)
{
	lack(VIRTIO_NET_F_HOST_TSO4);
}
static void no_guest_csum(void)
{
	lack(VIRTIO_NET_F_GUEST_CSUM);
}
static void no_indirect(void)
{
	lack(VIRTIO_F_INDIRECT_DESC);
}
static void no_reply_ack(void)
{
	guest.protocol_features &= ~FEATURE_BIT(3);
}
static void no_status(void)
{
	guest.protocol_features &= ~FEATURE_BIT(16);
}
static void no_status_no_qemu(void)
{
	no_status();
	guest.front_end.is_qemu = false;
}
static void emulated(void)
{
	guest.front_end.no_kvm = true;
}
static void emulated_without_msix(void)
{
	guest.front_end.no_kvm = guest.front_end.no_msix = true;
}
static void starved(void)
{
	guest.front_end.cpu = (struct cpu_evidence){ .known = true,
						     .pid = 4711,
						     .window_ms = 1500,
						     .waited_ms = 800,
						     .thread = "CPU 0/KVM" };
}
static void waited_a_little(void)
{
	guest.front_end.cpu = (struct cpu_evidence){ .known = true,
						     .pid = 4711,
						     .window_ms = 1500,
						     .waited_ms = 40,
						     .thread = "CPU 0/KVM" };
}
static void stopped(void)
{
	guest.front_end.held = 'T';
}
static void debugged(void)
{
	guest.front_end.held = 't';
}
static void shares(void)
{
	guest.front_end.shared_cpu = 3;
}

static const struct row guest_rows[] = {
	ROW(never, "never_connected", warn, "listens on /run/vm0.sock"),
	ROW(gone, "not_connected", warn, "tries to connect to"),
	ROW(comes_and_goes, "reconnects", warn, "5 front ends connected within 100 s"),
	SILENT(came_often_over_days),
	ROW(no_memory, "no_memory", warn, "share=on"),
	ROW(not_started, "not_started", note, "none of its 2 vrings"),
	ROW(unwired, "unwired", warn, "vringctl wire vm0,PORT"),
	ROW(no_force, "force_off", note, "vringctl set vm0 force=on"),
	ROW(legacy, "no_version_1", note, "legacy"),
	ROW(no_event_idx, "no_event_idx", note, "vringd offers it"),
	ROW(withheld_event_idx, "no_event_idx", note, "take event-idx=off away"),
	ROW(no_mrg_rxbuf, "no_mrg_rxbuf", note, "64 KiB"),
	ROW(no_csum, "no_csum", note, "checksum"),
	ROW(no_tso, "no_tso", note, "MTU"),
	ROW(no_guest_csum, "no_guest_csum", note, "towards the guest"),
	ROW(no_indirect, "no_indirect", note, "slots"),
	ROW(no_reply_ack, "no_reply_ack", note, "REPLY_ACK"),
	ROW(no_status, "no_status", note, "x-query-virtio-queue-status"),
	SILENT(no_status_no_qemu),
	ROW(emulated, "no_kvm", note, "vectors=0: QEMU 7.2 crashes"),
	ROW(emulated_without_msix, "no_kvm", note, "main loop"),
	ROW(starved, "starved", warn, "800 of the last 1500 ms"),
	SILENT(waited_a_little),
	ROW(stopped, "front_end_stopped", bad, "stopped by a signal (state T)"),
	ROW(debugged, "front_end_stopped", bad, "held by a debugger"),
	ROW(shares, "shared_cpu", note, "pinned on CPU 3"),
};

static void judges_guests(void **state)
{
	unsigned i;

	(void)state;
	healthy_guest();
	doctor_guest(&guest, &ear);
	expect("healthy", "guest", DOCTOR_STATUS_ok, "2 of 2 vrings run");
	assert_int_equal(heard_cnt, 1);
	for (i = 0; i < ARRAY_SIZE(guest_rows); i++) {
		const struct row *row = &guest_rows[i];

		healthy_guest();
		row->change();
		doctor_guest(&guest, &ear);
		if (row->name)
			expect(row->title, row->name, row->status, row->words);
		expect_only(row->title, row->name);
		/* It is well only if nothing is worse than a note, and it runs. */
		assert_int_equal(find("guest") != NULL, row->status < DOCTOR_STATUS_warn &&
								guest.connected && guest.running);
	}
}

static void a_guest_with_an_ill_vring_is_not_well(void **state)
{
	(void)state;
	healthy_guest();
	guest.vrings_worst = DOCTOR_STATUS_warn;
	doctor_guest(&guest, &ear);
	assert_int_equal(heard_cnt, 0);
}

/* ---- the rest ---- */

static struct doctor_host host;

static void healthy_host(void)
{
	host = (struct doctor_host){ .cpus = 8,
				     .vcpus = 4,
				     .workers = 2,
				     .hugepages_total = 10,
				     .hugepages_free = 3,
				     .hugepage_kib = 2048,
				     .steal_ms = 5,
				     .cpu_ms = 1000000,
				     .descriptors = 50,
				     .descriptors_max = 1024,
				     .has_state_dir = true };
	heard_cnt = 0;
}

static void stolen(void)
{
	host.steal_ms = 100000;
}
static void stolen_a_little(void)
{
	host.steal_ms = 20000;
}
static void overcommitted(void)
{
	host.cpus = 5;
}
static void hugepages_taken(void)
{
	host.hugepages_free = 0;
}
static void no_hugepages(void)
{
	host.hugepages_free = host.hugepages_total = 0;
}
static void descriptors(void)
{
	host.descriptors = 900;
}
static void no_state(void)
{
	host.has_state_dir = false;
}

static const struct row host_rows[] = {
	ROW(stolen, "steal", warn, "10.0 %"),
	ROW(stolen_a_little, "steal", note, "2.0 %"),
	ROW(overcommitted, "overcommit", note, "4 vCPUs of guests and 2 workers of vringd share 5"),
	ROW(hugepages_taken, "hugepages", note, "all 10 hugepages of 2048 KiB"),
	SILENT(no_hugepages),
	ROW(descriptors, "descriptors", warn, "900 of 1024"),
	ROW(no_state, "no_state_dir", note, "--state-dir"),
};

static void judges_the_host_and_the_daemon(void **state)
{
	unsigned i;

	(void)state;
	healthy_host();
	doctor_host(&host, &ear);
	expect("healthy", "host", DOCTOR_STATUS_ok, "8 CPUs");
	expect("healthy", "daemon", DOCTOR_STATUS_ok, "2 workers, 50 of 1024");
	assert_int_equal(heard_cnt, 2);
	for (i = 0; i < ARRAY_SIZE(host_rows); i++) {
		healthy_host();
		host_rows[i].change();
		doctor_host(&host, &ear);
		if (host_rows[i].name)
			expect(host_rows[i].title, host_rows[i].name, host_rows[i].status,
			       host_rows[i].words);
		expect_only(host_rows[i].title, host_rows[i].name);
	}
}

static void judges_other_ports_and_workers(void **state)
{
	struct doctor_port port = { "tap0", "tap", "tap7", "up", true };
	struct doctor_worker worker = { 1, 2, 50 };

	(void)state;
	heard_cnt = 0;
	doctor_port(&port, &ear);
	expect("tap", "link", DOCTOR_STATUS_ok, "tap7");
	expect_only("tap", NULL);
	strcpy(port.link, "down");
	doctor_port(&port, &ear);
	expect("tap", "link_down", DOCTOR_STATUS_bad, "ip link set tap7 up");
	strcpy(port.link, "no carrier");
	doctor_port(&port, &ear);
	expect("tap", "no_carrier", DOCTOR_STATUS_warn, "tap7");
	heard_cnt = 0;
	port.link[0] = '\0';
	doctor_port(&port, &ear);
	assert_int_equal(heard_cnt, 0);
	port.wired = false;
	doctor_port(&port, &ear);
	expect("tap", "unwired", DOCTOR_STATUS_note, "wire PORT,tap0");
	heard_cnt = 0;
	doctor_worker(&worker, &ear);
	assert_int_equal(heard_cnt, 0);
	worker.busy_percent = 97.5;
	doctor_worker(&worker, &ear);
	expect("worker", "worker_busy", DOCTOR_STATUS_warn, "worker 1 on CPU 2 works 97.5 %");
}

/* ---- command lines ---- */

#define COMMAND(words) words, sizeof(words)

static const struct command_row {
	const char *args;
	size_t len;
	bool is_qemu, no_kvm, no_msix;
	unsigned vcpus;
} command_rows[] = {
	{ COMMAND("/usr/bin/qemu-system-x86_64\0-enable-kvm\0-smp\0004"), true, false, false, 4 },
	{ COMMAND("qemu-system-x86_64\0-m\0001G"), true, true, false, 1 },
	{ COMMAND("qemu-system-x86_64\0-accel\0tcg\0-smp\0cpus=2,maxcpus=8"), true, true, false,
	  2 },
	{ COMMAND("qemu-system-x86_64\0-smp\0maxcpus=8,cpus=3"), true, true, false, 3 },
	{ COMMAND("qemu-system-x86_64\0-machine\0q35,accel=kvm:tcg"), true, false, false, 1 },
	{ COMMAND("qemu-system-x86_64\0-machine\0q35,accel=tcg"), true, true, false, 1 },
	{ COMMAND("qemu-system-x86_64\0-accel\0tcg\0-accel\0kvm"), true, false, false, 1 },
	{ COMMAND("qemu-kvm\0-m\0001G"), true, false, false, 1 },
	{ COMMAND("qemu-kvm\0--accel\0tcg"), true, true, false, 1 },
	{ COMMAND("qemu\0-device\0virtio-net-pci,netdev=n0,vectors=0"), true, true, true, 1 },
	{ COMMAND("qemu\0-device\0virtio-net-pci,vectors=0\0-device\0virtio-net-pci,id=b"), true,
	  true, false, 1 },
	{ COMMAND("cloud-hypervisor\0--cpus\0boot=4"), false, false, false, 0 },
	{ "qemu", 4, false, false, false, 0 }, /* cut off */
	{ "", 0, false, false, false, 0 },
};

static void reads_command_lines(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(command_rows); i++) {
		const struct command_row *row = &command_rows[i];
		struct doctor_front_end read = { 0 };
		char *args = malloc(row->len + 1); /* its end is the end */

		memcpy(args, row->args, row->len);
		doctor_read_command(args, row->len, &read);
		free(args);
		if (read.is_qemu != row->is_qemu || read.no_kvm != row->no_kvm ||
		    read.no_msix != row->no_msix || read.vcpus != row->vcpus)
			fail_msg("row %u: qemu %d, no kvm %d, no msix %d, %u vcpus", i,
				 read.is_qemu, read.no_kvm, read.no_msix, read.vcpus);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_guests),
		cmocka_unit_test(a_guest_with_an_ill_vring_is_not_well),
		cmocka_unit_test(judges_the_host_and_the_daemon),
		cmocka_unit_test(judges_other_ports_and_workers),
		cmocka_unit_test(reads_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
