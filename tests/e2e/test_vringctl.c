/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vringctl.c - the client as scripts meet it: statuses, words, lines.
 *
 * Runs the program named by VRINGCTL against a daemon with a scripted guest.
 * Tables are for people and are not asserted; what scripts hold on to is.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bed.h"

#define STALL_MS 100

static struct net_guest *ctl_guest(const char *option)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "echo",
				    .stall_after_ms = STALL_MS,
				    .option = { "--allow-faults", option } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);
	return guest;
}

static void without_a_daemon_it_says_which_socket_it_tried(void **state)
{
	(void)state;
	assert_int_equal(shell("timeout 10 \"$VRINGCTL\" --control "
			       "/no/such/c.sock show 2>&1"),
			 1);
	assert_non_null(strstr(shell_output, "/no/such/c.sock"));
	assert_non_null(strstr(shell_output, "vringd"));
}

static void usage_errors_end_with_2(void **state)
{
	(void)state;
	ctl_guest(NULL);
	bed_expect_ctl("frobnicate", 2, "frobnicate");
	bed_expect_ctl("", 2, "vringctl");
	bed_expect_ctl("call", 2, "call");
	bed_expect_ctl("call vm0", 2, "vm0");
	bed_expect_ctl("set vm0 nonsense", 2, "nonsense");
	bed_expect_ctl("--frobnicate show", 2, "frobnicate");
}

static void what_the_daemon_refuses_ends_with_1_and_its_reason(void **state)
{
	(void)state;
	ctl_guest(NULL);
	bed_expect_ctl("call vm9/tx0", 1, "vm9");
	bed_expect_ctl("call vm0/tx9", 1, "tx9");
	bed_expect_ctl("port add x,type=bogus", 1, "bogus");
	bed_expect_ctl("unwire vm9", 1, "vm9");
	bed_expect_ctl("call vm1/tx0", 1, "vm1");
}

static void healthy_vrings_end_with_0(void **state)
{
	(void)state;
	ctl_guest(NULL);
	bed_expect_ctl("show", 0, "vm0");
	bed_expect_ctl("show vm0", 0, "tx0");
	bed_expect_ctl("vrings", 0, "tx0");
	bed_expect_ctl("explain", 0, "tx0");
	bed_expect_ctl("explain vm0/tx0", 0, "tx0");
	bed_expect_ctl("version", 0, "");
	bed_expect_ctl("--help", 0, "explain");
}

static void metrics_are_printed_as_they_are_served(void **state)
{
	json_t *all;

	(void)state;
	ctl_guest(NULL);
	bed_expect_ctl("metrics", 0, "\n# EOF\n");
	assert_memory_equal(shell_output, "# TYPE vringd_", 14);
	assert_non_null(strstr(shell_output,
			       "vringd_vring_packets_total{port=\"vm0\","
			       "vring=\"tx0\",index=\"1\"} 1\n"));
	assert_int_equal(bed_ctl("--json metrics >/dev/full"), 1);
	bed_expect_ctl("metrics vm0", 2, "metrics");
	all = control_call(&bed.control, "metrics", NULL);
	assert_non_null(strstr(control_str(all, "text"), "\n# EOF\n"));
	json_decref(all);
}

static void a_switch_is_shown_with_its_ports(void **state)
{
	json_t *all;

	(void)state;
	bed_up((struct bed_config){
		.option = { "--switch", "br0", "--wire", "vm0,br0" } });
	bed_expect_ctl("show", 0, "switch br0");
	bed_expect_ctl("show vm0", 0, "switch br0");
	bed_expect_ctl("wire br0,vm1", 0, "");
	bed_expect_ctl("unwire vm0", 0, "");
	assert_int_equal(bed_ctl("show vm0"), 0);
	assert_null(strstr(shell_output, "br0"));
	assert_int_equal(bed_ctl("--json show"), 0);
	all = json_loads(shell_output, 0, NULL);
	assert_int_equal(json_array_size(control_at(all, "switches")), 1);
	json_decref(all);
}

static void a_stalled_vring_ends_what_judges_with_3(void **state)
{
	struct net_guest *guest = ctl_guest("--no-force");
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	bed_use_tx(guest, driver_room(driver));
	bed_expect_str("tx0", "health", "stalled");
	bed_expect_ctl("show", 3, "stalled");
	bed_expect_ctl("show vm1", 0, "vm1");
	bed_expect_ctl("explain vm0/tx0", 3, "stall");
	bed_expect_ctl("explain vm1", 0, "vm1");
	bed_expect_ctl("vrings vm0", 0, "stalled");
	bed_expect_ctl("--json show", 3, "stalled");
}

static void json_is_one_object_with_the_names_of_the_contract(void **state)
{
	json_t *list, *vring;

	(void)state;
	ctl_guest(NULL);
	assert_int_equal(bed_ctl("--json vrings vm0"), 0);
	list = json_loads(shell_output, 0, NULL);
	vring = json_array_get(json_object_get(list, "vrings"), TX0);
	assert_string_equal(control_str(vring, "vring"), "tx0");
	assert_int_equal(control_int(vring, "index"), TX0);
	assert_string_equal(control_str(vring, "layout"), "split");
	assert_int_equal(control_int(vring, "size"), 256);
	assert_int_equal(control_int(vring, "counters.packets"), 1);
	assert_int_equal(control_int(vring, "used_idx"), 1);
	json_decref(list);
}

/* The last number of the line of `vrings` that begins with @name, which is
 * tx0's; -1: none is there. */
static long long shown_of_tx0(const char *name)
{
	const char *line = strstr(shell_output, name);
	long long rx, tx;

	if (!line || sscanf(line + strlen(name), "%lld %lld", &rx, &tx) != 2)
		return -1;
	return tx;
}

static void a_packed_vring_is_shown_with_its_wrap_counters(void **state)
{
	(void)state;
	ctl_guest(NULL);
	bed_expect_ctl("show vm0", 0, "ring_packed");
	bed_expect_ctl("vrings vm0", 0, "packed");
	assert_int_equal(shown_of_tx0("\nnext_used "), 1);
	assert_int_equal(shown_of_tx0("\nwrap.next_used "), 1);
	assert_int_equal(shown_of_tx0("\nlast_decision.wrap.new "), 1);
	assert_int_equal(shown_of_tx0("\nused_idx "), -1);
	bed_expect_ctl("explain vm0/tx0", 0, "1 (wrap 1)");
}

/* The line that the systemtap script of old printed. */
static void watch_lines_are_those_of_old(void **state)
{
	unsigned int old, new, event, used, avail;
	const char *line;

	(void)state;
	ctl_guest(NULL);
	shell("timeout 1 \"$VRINGCTL\" --control %s watch vm0 -i 0.1 --lines",
	      bed.daemon.control);
	line = strstr(shell_output, "TX vm0/tx0 values: ");
	assert_non_null(line);
	assert_int_equal(sscanf(line,
				"TX vm0/tx0 values: old=%u new=%u "
				"last_used_event=%u vring_used=%u "
				"vring_avail=%u\n",
				&old, &new, &event, &used, &avail),
			 5);
	assert_int_equal(old, 0);
	assert_int_equal(new, 1);
	assert_int_equal(used, 1);
	assert_int_equal(avail, 1);
	assert_non_null(strstr(shell_output, "RX vm0/rx0 values: "));
}

static void what_changes_something_changes_it(void **state)
{
	struct net_guest *guest = ctl_guest(NULL);

	(void)state;
	bed_expect_ctl("port add sink,type=null", 0, "");
	bed_expect_ctl("unwire vm0", 0, "");
	bed_expect_ctl("wire vm0,sink", 0, "");
	bed_expect_ctl("unwire vm0", 0, "");
	bed_expect_ctl("wire vm0,peer0", 0, "");
	bed_expect_ctl("port del sink", 0, "");
	bed_expect_ctl("set vm0 force=off stall-after=200", 0, "");
	bed_expect("tx0", "stall_after_ms", 200);
	bed_expect_ctl("set poll=always", 0, "");
	bed_expect_ctl("set poll=adaptive log-level=debug", 0, "");
	bed_expect_ctl("fault vm0 drop-call=always", 0, "");
	bed_expect_ctl("explain vm0/tx0", 0, "drop-call");
	bed_expect_ctl("unfault", 0, "");
	bed_expect_ctl("call vm0/tx0", 0, "");
	bed_expect_ctl("kick vm0/tx0", 0, "");
	bed_round_trip(guest, 60, 2);
}

static void qemu_and_libvirt_are_given_the_socket(void **state)
{
	char socket[128];

	(void)state;
	ctl_guest(NULL);
	snprintf(socket, sizeof(socket), "%s/vm0.sock", bed.daemon.dir);
	bed_expect_ctl("qemu-args vm0", 0, socket);
	assert_non_null(strstr(shell_output, "vhost-user"));
	assert_non_null(strstr(shell_output, "share=on"));
	bed_expect_ctl("libvirt-xml vm0", 0, socket);
	assert_non_null(strstr(shell_output, "<interface"));
	bed_expect_ctl("qemu-args peer0", 1, "peer0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(without_a_daemon_it_says_which_socket_it_tried),
		BED_TEST(usage_errors_end_with_2),
		BED_TEST(what_the_daemon_refuses_ends_with_1_and_its_reason),
		BED_TEST(healthy_vrings_end_with_0),
		BED_TEST(metrics_are_printed_as_they_are_served),
		BED_TEST(a_switch_is_shown_with_its_ports),
		BED_TEST(a_stalled_vring_ends_what_judges_with_3),
		BED_TEST(json_is_one_object_with_the_names_of_the_contract),
		BED_TEST(watch_lines_are_those_of_old),
		BED_TEST(what_changes_something_changes_it),
		BED_TEST(qemu_and_libvirt_are_given_the_socket),
		BED_PACKED(a_stalled_vring_ends_what_judges_with_3),
		BED_PACKED(a_packed_vring_is_shown_with_its_wrap_counters),
		BED_PACKED(watch_lines_are_those_of_old),
	};

	return BED_RUN(tests);
}
