/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control_report.c - the JSON of vrings, ports and workers, key by key.
 *
 * The example of the contract (design/interface.md) is the test: what it shows
 * must be there, by that name and with that meaning.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/ctl_rpc.h"
#include "control_fake.h"

static struct fake_house house;

static json_t *result_of(const char *method, const char *params)
{
	const struct ctl_call caller = { .ops = &fake_ops, .house = &house };
	char line[256], *answer;
	json_t *reply, *result;

	snprintf(line, sizeof(line),
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
	answer = ctl_rpc_answer(&caller, line, strlen(line));
	reply = json_loads(answer, 0, NULL);
	result = json_incref(json_object_get(reply, "result"));
	if (!result)
		fail_msg("%s", answer);
	json_decref(reply);
	free(answer);
	return result;
}

static int build(void **state)
{
	(void)state;
	fake_house_build(&house);
	return 0;
}

/* Every member of `wanted` is in `got`, with its value. */
static void expect_members(const char *wanted_text, const json_t *got)
{
	json_t *wanted = json_loads(wanted_text, 0, NULL), *value;
	const char *key;

	assert_non_null(wanted);
	json_object_foreach(wanted, key, value)
		if (!json_equal(value, json_object_get(got, key)))
			fail_msg("%s: wanted %s, got %s", key, json_dumps(value, JSON_ENCODE_ANY),
				 json_dumps(json_object_get(got, key), JSON_ENCODE_ANY));
	json_decref(wanted);
}

static void shows_a_vring_by_the_names_of_the_contract(void **state)
{
	json_t *result = result_of("vring.list", "{\"port\":\"vm0\"}");
	const json_t *list = json_object_get(result, "vrings"), *tx = json_array_get(list, 1);
	const json_t *counters = json_object_get(tx, "counters");

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	expect_members(
		"{\"port\": \"vm0\", \"vring\": \"tx0\", \"index\": 1, \"direction\": \"tx\","
		" \"layout\": \"split\", \"size\": 256, \"event_idx\": true,"
		" \"state\": \"running\", \"health\": \"ok\","
		" \"avail_idx\": 30402, \"next_avail\": 30402, \"used_idx\": 30402,"
		" \"next_used\": 30402, \"decided_used\": 30402, \"called_used\": 30146,"
		" \"used_event\": 0, \"avail_event\": 30402, \"driver_flags\": 0,"
		" \"device_flags\": 0, \"last_decision\":"
		" {\"old\": 30401, \"new\": 30402, \"used_event\": 0, \"called\": false},"
		" \"unsignalled\": 256, \"unanswered\": 256, \"unanswered_ms\": 412,"
		" \"backlog\": 0, \"fault\": null, \"injected\": {}, \"force\": true,"
		" \"stall_after_ms\": 50, \"forced_in_a_row\": 0, \"has_call_fd\": true,"
		" \"has_kick_fd\": true, \"uplink\": \"tap0\"}",
		tx);
	expect_members(
		"{\"packets\": 7, \"bytes\": 0, \"chains\": 0, \"publishes\": 0, \"kicks\": 0,"
		" \"kicks_missed\": 0, \"calls\": 0, \"calls_suppressed\": 0,"
		" \"calls_forced\": 0, \"calls_first\": 0, \"calls_failed\": 0, \"probes\": 0,"
		" \"probes_answered\": 0, \"stalls\": 0, \"stalls_revived\": 0}",
		counters);
	expect_members("{\"no_buffer\": 0, \"unwired\": 3, \"oversize\": 0, \"uplink\": 0,"
		       " \"stopped\": 0, \"disabled\": 0, \"faulted\": 0}",
		       json_object_get(counters, "drops"));
	expect_members("{\"loop\": 1, \"head_range\": 0}", json_object_get(counters, "faults"));
	assert_null(json_object_get(json_object_get(counters, "faults"), "none"));
	json_decref(result);
}

static void shows_no_positions_without_a_ring(void **state)
{
	json_t *result = result_of("vring.list", "{}");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(result, "vrings")), 4);
	expect_members("{\"vring\": \"rx0\", \"state\": \"stopped\", \"size\": 0,"
		       " \"avail_idx\": null, \"used_idx\": null, \"decided_used\": null,"
		       " \"used_event\": null, \"driver_flags\": null, \"last_decision\": null,"
		       " \"uplink\": null}",
		       json_array_get(json_object_get(result, "vrings"), 0));
	json_decref(result);
}

static void shows_injected_faults_armed_or_struck(void **state)
{
	struct inject_report *inject = house.vring[0][1].inject;
	json_t *result;

	(void)state;
	inject[INJECT_drop_call] = (struct inject_report){ INJECT_ALWAYS, 31, 0 };
	inject[INJECT_drop_kick] = (struct inject_report){ 0, 2, 0 };
	inject[INJECT_stale_used_event] = (struct inject_report){ 4, 0, 15190 };
	house.vring[0][1].fault = VRING_FAULT_loop;
	result = result_of("vring.list", "{\"port\":\"vm0\"}");
	expect_members("{\"fault\": \"loop\", \"injected\": {"
		       "\"drop-call\": {\"left\": \"always\", \"hits\": 31},"
		       "\"drop-kick\": {\"left\": 0, \"hits\": 2},"
		       "\"stale-used-event\": {\"left\": 4, \"hits\": 0, \"value\": 15190}}}",
		       json_array_get(json_object_get(result, "vrings"), 1));
	json_decref(result);
}

static void shows_ports_and_each_wire_once(void **state)
{
	json_t *result = result_of("port.list", "{}");
	const json_t *ports = json_object_get(result, "ports");

	(void)state;
	expect_members("{\"wires\": [[\"vm0\", \"tap0\"]]}", result);
	expect_members("{\"name\": \"vm0\", \"type\": \"vhost-user\", \"wired_to\": \"tap0\","
		       " \"connected\": true, \"socket\": \"/run/vringd/vm0.sock\","
		       " \"mode\": \"server\", \"queues\": 1, \"mtu\": null, \"force\": true,"
		       " \"features\": [\"VIRTIO_F_EVENT_IDX\", \"bit_45\"],"
		       " \"features_offered\": [], \"protocol_features\": [\"REPLY_ACK\"],"
		       " \"stall_after_ms\": 50, \"connects\": 1, \"mac\": null, \"pid\": 4711}",
		       json_array_get(ports, 0));
	expect_members("{\"name\": \"tap0\", \"ifname\": \"tap0\", \"wired_to\": \"vm0\"}",
		       json_array_get(ports, 1));
	assert_null(json_object_get(json_array_get(ports, 1), "connected"));
	expect_members("{\"wired_to\": null, \"mac\": \"52:54:00:00:00:01\", \"mtu\": 9000}",
		       json_array_get(ports, 2));
	json_decref(result);
}

static void shows_switches_with_ports_and_table(void **state)
{
	json_t *result = result_of("port.list", "{}");
	const json_t *one = json_array_get(json_object_get(result, "switches"), 0);
	const json_t *port = json_array_get(json_object_get(one, "ports"), 0);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(result, "switches")), 1);
	expect_members("{\"name\": \"br0\", \"age\": 300, \"table\": ["
		       "{\"mac\": \"52:54:00:00:0a:01\", \"port\": \"vm2\", \"age\": 7}]}",
		       one);
	expect_members("{\"port\": \"vm2\", \"entries\": 1}", port);
	expect_members("{\"frames_in\": 11, \"bytes_in\": 0, \"flooded\": 0, \"multicast\": 0,"
		       " \"filtered\": 0, \"moved\": 0, \"unlearned\": 0, \"refused\": 0,"
		       " \"frames_out\": 0, \"bytes_out\": 0, \"drops\": 2}",
		       json_object_get(port, "counters"));
	json_decref(result);
}

static void shows_workers_counters_settings_and_versions(void **state)
{
	json_t *result = result_of("worker.list", "{}");
	const json_t *list = json_object_get(result, "workers");

	(void)state;
	assert_int_equal(json_array_size(list), 1);
	expect_members("{\"worker\": 0, \"cpu\": null, \"busy_percent\": 41.25,"
		       " \"cycles_per_packet\": 0.0, \"busy_cycles\": 96100,"
		       " \"packets\": 1000, \"bursts\": 0}",
		       json_array_get(list, 0));
	json_decref(result);
	result = result_of("stats.get", "{\"port\":\"vm0\"}");
	list = json_object_get(result, "vrings");
	expect_members("{\"packets\": 7}", json_object_get(json_array_get(list, 1), "counters"));
	assert_null(json_object_get(json_array_get(list, 1), "size"));
	json_decref(result);
	result = result_of("get", "{}");
	expect_members("{\"values\": {\"stall-after\": \"50\", \"force\": \"on\"}}", result);
	json_decref(result);
	result = result_of("version", "{}");
	expect_members("{\"program\": \"vringd\"}", result);
	json_decref(result);
}

static void explains_and_discovers(void **state)
{
	json_t *result = result_of("explain", "{\"port\":\"vm0\",\"vring\":\"tx0\"}");
	const json_t *list = json_object_get(result, "vrings");

	(void)state;
	assert_int_equal(json_array_size(list), 1);
	expect_members("{\"port\": \"vm0\", \"vring\": \"tx0\", \"index\": 1,"
		       " \"state\": \"running\", \"health\": \"ok\"}",
		       json_array_get(list, 0));
	assert_true(json_array_size(json_object_get(json_array_get(list, 0), "sentences")) > 0);
	json_decref(result);
	result = result_of("explain", "{\"port\":\"vm1\"}");
	list = json_object_get(json_array_get(json_object_get(result, "vrings"), 0), "sentences");
	assert_non_null(strstr(json_string_value(json_array_get(list, 2)), "tries to connect to"));
	assert_non_null(strstr(json_string_value(json_array_get(list, 3)), "closed the socket"));
	json_decref(result);
	result = result_of("rpc.discover", "{}");
	assert_int_equal(json_array_size(json_object_get(result, "methods")), 28);
	json_decref(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(shows_a_vring_by_the_names_of_the_contract, build),
		cmocka_unit_test_setup(shows_no_positions_without_a_ring, build),
		cmocka_unit_test_setup(shows_injected_faults_armed_or_struck, build),
		cmocka_unit_test_setup(shows_ports_and_each_wire_once, build),
		cmocka_unit_test_setup(shows_switches_with_ports_and_table, build),
		cmocka_unit_test_setup(shows_workers_counters_settings_and_versions, build),
		cmocka_unit_test_setup(explains_and_discovers, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
