/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control.c - what the control socket answers, method by method.
 *
 * Lines go in through ctl_rpc_answer() with a fake house behind it; who is
 * asking is an argument. Sockets, limits and rude clients are in
 * test_control_socket.c.
 */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/ctl_rpc.h"
#include "control_fake.h"
#include "log.h"

static struct fake_house house;
static struct ctl_call caller;

static int build(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERR);
	fake_house_build(&house);
	caller = (struct ctl_call){ .ops = &fake_ops, .house = &house, .allow_faults = true };
	return 0;
}

static json_t *ask_line(const char *line)
{
	char *answer = ctl_rpc_answer(&caller, line, strlen(line));
	json_t *reply;

	if (!answer)
		return NULL;
	assert_ptr_equal(strchr(answer, '\n'), answer + strlen(answer) - 1);
	reply = json_loads(answer, 0, NULL);
	assert_non_null(reply);
	free(answer);
	return reply;
}

static json_t *ask(const char *method, const char *params)
{
	char line[8192];

	snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\"%s%s}", method,
		 *params ? ",\"params\":" : "", params);
	return ask_line(line);
}

static json_t *result_of(const char *method, const char *params)
{
	json_t *reply = ask(method, params), *result;

	assert_int_equal(json_integer_value(json_object_get(reply, "id")), 7);
	result = json_incref(json_object_get(reply, "result"));
	if (!result)
		fail_msg("%s %s: %s", method, params, json_dumps(reply, 0));
	json_decref(reply);
	return result;
}

static void expect_error(json_t *reply, int code, const char *words)
{
	const json_t *error = json_object_get(reply, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (!message || json_integer_value(json_object_get(error, "code")) != code ||
	    !strstr(message, words))
		fail_msg("wanted %d '%s', got %s", code, words, json_dumps(reply, 0));
	json_decref(reply);
}

static void expect_done(const char *method, const char *params, const char *did)
{
	json_decref(result_of(method, params));
	assert_string_equal(house.did, did);
}

static void speaks_json_rpc_to_the_letter(void **state)
{
	(void)state;
	expect_error(ask_line("{\"jsonrpc\": \"2.0\", \"method\""), -32700, "not a JSON object");
	expect_error(ask_line("{\"id\":1,\"id\":2}"), -32700, "duplicate");
	expect_error(ask_line("1"), -32600, "a request is a JSON object");
	expect_error(ask_line("[]"), -32600, "empty batch");
	expect_error(ask_line("{\"id\":1,\"method\":\"version\"}"), -32600, "\"jsonrpc\"");
	expect_error(ask_line("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}"), -32600, "\"method\"");
	expect_error(ask_line("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"version\"}"), -32600,
		     "\"id\"");
	expect_error(ask_line("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"version\",\"params\":3}"),
		     -32600, "\"params\"");
	expect_error(ask("nonsense", ""), -32601, "'nonsense'");
}

static void answers_a_batch_and_no_notification(void **state)
{
	json_t *replies;

	(void)state;
	assert_null(ask_line("{\"jsonrpc\":\"2.0\",\"method\":\"vring.call\",\"params\":"
			     "{\"port\":\"vm0\",\"vring\":\"tx0\"}}"));
	assert_string_equal(house.did, "vring_call vm0 1");
	assert_null(ask_line("[{\"jsonrpc\":\"2.0\",\"method\":\"version\"}]"));

	replies = ask_line("[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"version\"},"
			   "{\"jsonrpc\":\"2.0\",\"method\":\"version\"},5,"
			   "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"x\"}]");
	assert_int_equal(json_array_size(replies), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(replies, 0), "id")),
			    "a");
	json_decref(replies);
}

static void bounds_a_batch(void **state)
{
	char line[4 * CTL_BATCH_MAX + 8] = "[0";
	int i;

	(void)state;
	for (i = 0; i < CTL_BATCH_MAX; i++)
		strcat(line, ",0");
	strcat(line, "]");
	expect_error(ask_line(line), -32600, "too long");
}

static void takes_parameters_by_name_or_by_position(void **state)
{
	(void)state;
	expect_done("vring.call", "{\"port\":\"vm0\",\"vring\":\"tx0\"}", "vring_call vm0 1");
	expect_done("vring.kick", "[\"vm0\",0]", "vring_kick vm0 0");
	expect_done("vring.kick", "[\"vm0\",\"1\"]", "vring_kick vm0 1");
	expect_error(ask("vring.kick", "[\"vm0\",0,1]"), -32602, "parameters");
	expect_error(ask("vring.kick", "{\"port\":\"vm0\"}"), -32602,
		     "needs the parameter 'vring'");
	expect_error(ask("vring.list", "{\"prot\":\"vm0\"}"), -32602, "no parameter 'prot'");
	expect_error(ask("vring.list", "{\"port\":5}"), -32602, "must be a string");
}

static void tells_what_is_not_there(void **state)
{
	(void)state;
	expect_error(ask("vring.list", "{\"port\":\"vm9\"}"), 1, "no port 'vm9'");
	expect_error(ask("vring.list", "{\"port\":\"tap0\"}"), -32602, "of type tap");
	expect_error(ask("vring.call", "[\"vm0\",\"tx1\"]"), 1, "no vring tx1 (vhost index 3)");
	expect_error(ask("vring.call", "[\"vm0\",\"ctrl\"]"), -32602, "'ctrl'");
	expect_error(ask("vring.call", "[\"vm0\",\"tx0x\"]"), -32602, "'tx0x'");
	expect_error(ask("vring.call", "[\"vm0\",-1]"), -32602, "index of 0 or more");
	expect_error(ask("explain", "{\"vring\":\"tx0\"}"), -32602, "needs its port");
	expect_error(ask("fault.clear", "{\"vring\":\"tx0\"}"), -32602, "needs its port");
	expect_error(ask("get", "[\"tap0\"]"), -32602, "no settings");
	expect_error(ask("get", "[\"vm0\",\"poll\"]"), -32602, "no key 'poll'");
	expect_error(ask("set", "[\"vm9\",\"force\",\"on\"]"), 1, "no port 'vm9'");
}

static void turns_refusals_of_the_house_into_codes(void **state)
{
	static const struct {
		int err, code;
	} rows[] = { { -ENOENT, 1 },	 { -ENOTCONN, 2 }, { -EEXIST, 3 },	{ -EPERM, 4 },
		     { -EOPNOTSUPP, 4 }, { -EBUSY, 5 },	   { -EINVAL, -32602 }, { -EIO, -32603 } };
	unsigned i;

	(void)state;
	strcpy(house.why, "because");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		house.refuse = rows[i].err;
		expect_error(ask("port.add", "[\"vm2,type=null\"]"), rows[i].code, "because");
	}
	house.why[0] = '\0';
	expect_error(ask("port.del", "[\"vm0\"]"), -32603, "Input/output error");
}

static void changes_ports_wires_and_settings(void **state)
{
	(void)state;
	expect_done("port.add", "{\"spec\":\"n0,type=null\"}", "port_add n0,type=null");
	expect_done("port.del", "{\"name\":\"n0\"}", "port_del n0");
	expect_done("wire.add", "{\"a\":\"vm1\",\"b\":\"n0\"}", "wire_add vm1 n0");
	expect_done("wire.del", "{\"name\":\"vm1\"}", "wire_del vm1");
	expect_done("set", "{\"key\":\"stall-after\",\"value\":20}", "set (daemon) stall-after 20");
	expect_done("set", "[\"vm0\",\"force\",false]", "set vm0 force off");
	expect_done("set", "[\"vm0\",\"stall-after\",1.5]", "set vm0 stall-after 1.5");
}

static void lets_nobody_but_root_and_the_owner_change_things(void **state)
{
	(void)state;
	caller.uid = geteuid() + 1;
	expect_error(ask("vring.call", "[\"vm0\",\"tx0\"]"), 4, "only root and the daemon's own");
	expect_error(ask("set", "{\"key\":\"force\",\"value\":\"off\"}"), 4, "refused");
	expect_error(ask("fault.clear", ""), 4, "refused");
	assert_string_equal(house.did, "");
	json_decref(result_of("vring.list", ""));
	json_decref(result_of("explain", ""));
	caller.uid = geteuid();
	json_decref(result_of("vring.call", "[\"vm0\",\"tx0\"]"));
}

static void arms_faults_as_the_contract_says(void **state)
{
	(void)state;
	expect_done("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-call\"}",
		    "fault_set vm0 -1 drop-call 1 -1");
	expect_done("fault.set",
		    "{\"port\":\"vm0\",\"vring\":\"tx0\",\"kind\":\"drop-kick\","
		    "\"value\":\"always\"}",
		    "fault_set vm0 1 drop-kick -1 -1");
	expect_done("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-forced\",\"value\":3}",
		    "fault_set vm0 -1 drop-forced 3 -1");
	expect_done("fault.set", "{\"port\":\"vm0\",\"kind\":\"stale-used-event\"}",
		    "fault_set vm0 -1 stale-used-event -1 -1");
	expect_done("fault.set",
		    "{\"port\":\"vm0\",\"kind\":\"stale-used-event\",\"value\":0,"
		    "\"count\":5}",
		    "fault_set vm0 -1 stale-used-event 5 0");
	expect_done("fault.clear", "{\"port\":\"vm0\",\"vring\":1}", "fault_clear vm0 1");
	expect_done("fault.clear", "", "fault_clear (all) -1");
}

static void refuses_faults_that_make_no_sense(void **state)
{
	(void)state;
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-all\"}"), -32602,
		     "'drop-all'");
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"delay-call\",\"value\":5}"), 4,
		     "not available in this version");
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"uplink-eagain\"}"), 4,
		     "not available in this version");
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-call\",\"value\":0}"),
		     -32602, "0 times");
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-call\",\"value\":-1}"),
		     -32602, "'value'");
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"stale-used-event\","
				      "\"value\":65536}"),
		     -32602, "65535");
	expect_error(ask("fault.set", "{\"port\":\"tap0\",\"kind\":\"drop-call\"}"), -32602,
		     "of type tap");
	caller.allow_faults = false;
	expect_error(ask("fault.set", "{\"port\":\"vm0\",\"kind\":\"drop-call\"}"), 4,
		     "--allow-faults");
}

static void orders_captures_and_tells_of_them(void **state)
{
	json_t *result, *first;

	(void)state;
	expect_done("capture.start", "{\"port\":\"vm0\",\"file\":\"/f\"}",
		    "capture_start vm0 /f '' 0 0");
	expect_done("capture.start",
		    "{\"port\":\"vm0\",\"file\":\"/f\",\"filter\":\"udp or arp\","
		    "\"count\":10,\"snaplen\":64}",
		    "capture_start vm0 /f 'udp or arp' 10 64");
	expect_done("capture.start", "[\"vm0\",\"/f\",\"arp\",\"always\"]",
		    "capture_start vm0 /f 'arp' 0 0");
	result = result_of("capture.stop", "[\"vm0\"]");
	assert_string_equal(house.did, "capture_stop vm0");
	assert_int_equal(json_integer_value(json_object_get(result, "frames")), 7);
	assert_int_equal(json_integer_value(json_object_get(result, "lost")), 1);
	assert_string_equal(json_string_value(json_object_get(result, "state")), "error");
	assert_string_equal(json_string_value(json_object_get(result, "error")), strerror(ENOSPC));
	json_decref(result);
	result = result_of("capture.list", "");
	first = json_array_get(json_object_get(result, "captures"), 0);
	assert_int_equal(json_integer_value(json_object_get(first, "count")), 10);
	assert_true(json_is_null(json_object_get(first, "snaplen")));
	assert_true(json_is_null(json_object_get(first, "filter")));
	json_decref(result);
}

static void refuses_captures_that_make_no_sense(void **state)
{
	char line[6000];

	(void)state;
	expect_error(ask("capture.start", "[\"vm0\"]"), -32602, "'file'");
	expect_error(ask("capture.start", "[\"vm0\",\"/f\",\"arp\",0]"), -32602, "'count'");
	expect_error(ask("capture.start", "[\"vm0\",\"/f\",\"arp\",1,0]"), -32602, "'snaplen'");
	expect_error(ask("capture.start", "[\"vm0\",\"/f\",\"arp\",1,4294967296]"), -32602,
		     "'snaplen'");
	snprintf(line, sizeof(line), "[\"vm0\",\"/%05000d\"]", 0);
	expect_error(ask("capture.start", line), -32602, "longer than 4095");
	snprintf(line, sizeof(line), "[\"vm%040d\",\"/f\"]", 0);
	expect_error(ask("capture.start", line), -32602, "'port' is longer");
	assert_string_equal(house.did, "");
	house.refuse = -EBUSY;
	strcpy(house.why, "because");
	expect_error(ask("capture.start", "[\"vm0\",\"/f\"]"), 5, "because");
	expect_error(ask("capture.stop", "[\"vm0\"]"), 5, "because");
	caller.uid = geteuid() + 1;
	expect_error(ask("capture.start", "[\"vm0\",\"/f\"]"), 4, "only root");
	expect_error(ask("capture.stop", "[\"vm0\"]"), 4, "only root");
	json_decref(result_of("capture.list", ""));
}

static void says_what_is_not_built_yet(void **state)
{
	static const char *const methods[] = { "reload" };
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(methods); i++)
		expect_error(ask(methods[i], ""), 4, "not available in this version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(speaks_json_rpc_to_the_letter, build),
		cmocka_unit_test_setup(answers_a_batch_and_no_notification, build),
		cmocka_unit_test_setup(bounds_a_batch, build),
		cmocka_unit_test_setup(takes_parameters_by_name_or_by_position, build),
		cmocka_unit_test_setup(tells_what_is_not_there, build),
		cmocka_unit_test_setup(turns_refusals_of_the_house_into_codes, build),
		cmocka_unit_test_setup(changes_ports_wires_and_settings, build),
		cmocka_unit_test_setup(lets_nobody_but_root_and_the_owner_change_things, build),
		cmocka_unit_test_setup(arms_faults_as_the_contract_says, build),
		cmocka_unit_test_setup(refuses_faults_that_make_no_sense, build),
		cmocka_unit_test_setup(orders_captures_and_tells_of_them, build),
		cmocka_unit_test_setup(refuses_captures_that_make_no_sense, build),
		cmocka_unit_test_setup(says_what_is_not_built_yet, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
