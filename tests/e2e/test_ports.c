/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ports.c - ports and wires that come and go under a running guest.
 *
 * Each change is made over the control socket while vm0 talks to its echo
 * port; what is wrong is refused with a reason and changes nothing. The same
 * wrong specifications on the command line are usage errors.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"

static int add_port(const char *fmt)
{
	char spec[256];

	snprintf(spec, sizeof(spec), fmt, bed.daemon.dir);
	return control_do(&bed.control, "port.add",
			  json_pack("{s:s}", "spec", spec));
}

static int del_port(const char *name)
{
	return control_do(&bed.control, "port.del",
			  json_pack("{s:s}", "name", name));
}

static int wire(const char *a, const char *b)
{
	return control_do(&bed.control, "wire.add",
			  json_pack("{s:s, s:s}", "a", a, "b", b));
}

static int unwire(const char *name)
{
	return control_do(&bed.control, "wire.del",
			  json_pack("{s:s}", "name", name));
}

static size_t port_cnt(void)
{
	json_t *list = control_call(&bed.control, "port.list", NULL);
	size_t cnt = json_array_size(json_object_get(list, "ports"));

	json_decref(list);
	return cnt;
}

static struct net_guest *talking_guest(void)
{
	struct net_guest *guest = bed_with("echo", 0);

	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);
	return guest;
}

static void a_port_is_added_used_and_deleted(void **state)
{
	struct net_guest *guest = talking_guest();
	struct net_config cfg = bed_net_config(1);
	struct net_guest *second;

	(void)state;
	assert_int_equal(del_port("vm1"), 0);
	assert_int_equal(port_cnt(), 3);
	assert_int_equal(add_port("vm1,type=vhost-user,socket=%s/vm1.sock"), 0);
	assert_int_equal(wire("vm1", "peer1"), 0);
	second = bed_guest(1, &cfg);
	net_offer(second, RX0, 16);
	bed_round_trip(second, 60, 2);
	assert_int_equal(del_port("vm1"), 0);
	assert_true(frontend_hung_up(&second->fe, BED_WAIT_MS));
	bed_round_trip(guest, 60, 3);
}

static void a_wire_is_taken_off_and_put_back_under_traffic(void **state)
{
	struct net_guest *guest = talking_guest();
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		assert_int_equal(unwire("vm0"), 0);
		bed_use_tx(guest, 1);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
		bed_expect("tx0", "counters.drops.unwired", i + 1);
		assert_int_equal(wire("peer0", "vm0"), 0);
		bed_round_trip(guest, 60, i);
	}
	bed_check_accounts();
}

static void a_port_is_rewired_to_another(void **state)
{
	struct net_guest *guest = talking_guest();

	(void)state;
	assert_int_equal(add_port("sink,type=null"), 0);
	assert_int_equal(unwire("vm0"), 0);
	assert_int_equal(wire("vm0", "sink"), 0);
	bed_use_tx(guest, 5);
	assert_int_equal(net_wait_sent(guest, TX0, 5, BED_WAIT_MS), 5);
	bed_expect("tx0", "counters.drops.unwired", 0);
	assert_int_equal(del_port("sink"), 0);
	assert_int_equal(wire("vm0", "peer0"), 0);
	bed_round_trip(guest, 60, 1);
}

static void what_is_there_or_is_not_is_said(void **state)
{
	struct net_guest *guest = talking_guest();

	(void)state;
	assert_int_equal(add_port("peer0,type=null"), CONTROL_EXISTS);
	assert_non_null(strstr(bed.control.text, "peer0"));
	assert_int_equal(del_port("vm9"), CONTROL_NO_OBJECT);
	assert_int_equal(add_port("sink,type=null"), 0);
	assert_int_equal(wire("sink", "vm9"), CONTROL_NO_OBJECT);
	assert_true(wire("vm0", "sink") > 0);
	assert_int_equal(del_port("sink"), 0);
	assert_true(wire("vm0", "vm0") != 0);
	assert_int_equal(unwire("vm9"), CONTROL_NO_OBJECT);
	assert_int_equal(port_cnt(), 4);
	bed_round_trip(guest, 60, 2);
}

struct bad_spec {
	const char *spec;
	const char *named; /* what the message must name */
};

static const struct bad_spec bad_specs[] = {
	{ "x", "type" },
	{ "x,type=bogus", "bogus" },
	{ "9x,type=null", "9x" },
	{ "x/y,type=null", "x/y" },
	{ "an-altogether-too-long-name-for-a-port,type=null",
	  "an-altogether-too-long-name" },
	{ "x,type=null,colour=red", "colour" },
	{ "x,type=null,queues", "queues" },
	{ "x,type=vhost-user", "socket" },
	{ "x,type=vhost-user,socket=", "socket" },
	{ "x,type=vhost-user,socket=%s/x,mode=sideways", "sideways" },
	{ "x,type=vhost-user,socket=%s/x,queues=0", "queues" },
	{ "x,type=vhost-user,socket=%s/x,queues=many", "many" },
	{ "x,type=vhost-user,socket=%s/x,perm=0999", "0999" },
	{ "x,type=vhost-user,socket=%s/x,owner=nobody-here", "nobody-here" },
	{ "x,type=vhost-user,socket=%s/x,mac=12:34", "12:34" },
	{ "x,type=vhost-user,socket=%s/x,mtu=12", "mtu" },
	{ "x,type=vhost-user,socket=%s/x,force=perhaps", "perhaps" },
	{ "x,type=vhost-user,socket=%s/x,stall-after=0", "stall-after" },
	{ "x,type=vhost-user,socket=%s/x,event-idx=7", "event-idx" },
	{ "x,type=tap,ifname=a-name-too-long-for-linux", "a-name-too-long" },
};

#define BAD_SPECS (sizeof(bad_specs) / sizeof(bad_specs[0]))

static void
a_bad_specification_is_refused_by_name_and_costs_nothing(void **state)
{
	struct net_guest *guest = talking_guest();
	unsigned int fds = bed_fd_cnt(), i;

	(void)state;
	for (i = 0; i < BAD_SPECS; i++) {
		if (add_port(bad_specs[i].spec) != CONTROL_BAD_PARAMS ||
		    !strstr(bed.control.text, bad_specs[i].named))
			fail_msg("%s: code %d, \"%s\"", bad_specs[i].spec,
				 bed.control.code, bed.control.text);
	}
	assert_true(add_port("x,type=vhost-user,socket=/no/such/dir/x") != 0);
	assert_non_null(strstr(bed.control.text, "/no/such/dir"));
	assert_int_equal(port_cnt(), 4);
	assert_int_equal(bed_fd_cnt(), fds);
	bed_round_trip(guest, 60, 2);
}

static const struct bad_spec bad_switches[] = {
	{ "", "a name is a letter" },
	{ "9x", "9x" },
	{ "an-altogether-too-long-name-for-a-switch",
	  "an-altogether-too-long-name" },
	{ "x,", "age=SECONDS" },
	{ "x,colour=red", "colour" },
	{ "x,age=", "age=" },
	{ "x,age=0", "age=0" },
	{ "x,age=soon", "soon" },
	{ "x,age=86401", "86401" },
	{ "x,age=30,age=40", "30,age=40" },
};

#define BAD_SWITCHES (sizeof(bad_switches) / sizeof(bad_switches[0]))

static int run_with(const char *option, const char *value)
{
	int status;

	assert_int_equal(daemon_init(&bed.daemon), 0);
	daemon_arg(&bed.daemon, "%s", option);
	if (value)
		daemon_arg(&bed.daemon, "%s", value);
	status = daemon_run(&bed.daemon);
	return status;
}

static void assert_usage_error(const char *option, const char *value,
			       const char *named)
{
	int status = run_with(option, value);

	if (status != 2 || !daemon_log_lines(&bed.daemon, named))
		fail_msg("%s %s: status %d", option, value, status);
	daemon_stop(&bed.daemon);
}

static void a_usage_error_ends_with_2_and_names_the_mistake(void **state)
{
	unsigned int i;

	(void)state;
	assert_usage_error("--frobnicate", NULL, "frobnicate");
	assert_usage_error("--port", "x,type=bogus", "bogus");
	assert_usage_error("--wire", "x", "x");
	assert_usage_error("--wire", "x,y", "x");
	for (i = 0; i < BAD_SWITCHES; i++)
		assert_usage_error("--switch", bad_switches[i].spec,
				   bad_switches[i].named);
	assert_usage_error("--poll", "sometimes", "sometimes");
	assert_usage_error("--stall-after", "soon", "soon");
	assert_usage_error("--log-level", "shout", "shout");
	for (i = 0; i < BAD_SPECS; i++)
		if (!strchr(bad_specs[i].spec, '%'))
			assert_usage_error("--port", bad_specs[i].spec,
					   bad_specs[i].named);
}

static void what_fails_at_run_time_ends_with_1_and_says_what(void **state)
{
	(void)state;
	assert_int_equal(
		run_with("--port", "x,type=vhost-user,socket=/no/such/dir/x"),
		1);
	assert_true(daemon_log_lines(&bed.daemon, "/no/such/dir") > 0);
	daemon_stop(&bed.daemon);
	assert_int_equal(run_with("--control", "/no/such/dir/c.sock"), 1);
	assert_true(daemon_log_lines(&bed.daemon, "/no/such/dir") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_port_is_added_used_and_deleted),
		BED_TEST(a_wire_is_taken_off_and_put_back_under_traffic),
		BED_TEST(a_port_is_rewired_to_another),
		BED_TEST(what_is_there_or_is_not_is_said),
		BED_TEST(
			a_bad_specification_is_refused_by_name_and_costs_nothing),
		BED_TEST(a_usage_error_ends_with_2_and_names_the_mistake),
		BED_TEST(what_fails_at_run_time_ends_with_1_and_says_what),
	};

	return BED_RUN(tests);
}
