/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control_doctor.c - the method doctor: order, form, and who may have a bundle. */
#include "check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "compiler.h"
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
	caller = (struct ctl_call){ .ops = &fake_ops, .house = &house };
	return 0;
}

static json_t *ask(const char *params)
{
	char line[256], *answer;
	json_t *reply;

	snprintf(line, sizeof(line),
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"doctor\",\"params\":%s}", params);
	answer = ctl_rpc_answer(&caller, line, strlen(line));
	reply = json_loads(answer, 0, NULL);
	free(answer);
	assert_non_null(reply);
	return reply;
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const json_t *check_of(const json_t *reply, const char *subject, const char *name)
{
	const json_t *list = json_object_get(json_object_get(reply, "result"), "checks"), *check;
	size_t i;

	json_array_foreach(list, i, check)
		if (strcmp(word(check, "name"), name) == 0 &&
		    strcmp(word(check, "subject"), subject) == 0)
			return check;
	return NULL;
}

static void the_worst_stands_first(void **state)
{
	static const char *const order[] = { "bad", "warn", "note", "ok" };
	const json_t *result, *check;
	size_t i, at = 0;
	json_t *reply;

	(void)state;
	house.vring[0][1].inject[INJECT_drop_call].left = 1;
	reply = ask("{}");
	result = json_object_get(reply, "result");
	assert_string_equal(word(result, "status"), "bad");
	json_array_foreach(json_object_get(result, "checks"), i, check) {
		while (strcmp(word(check, "status"), order[at]) != 0)
			assert_true(++at < ARRAY_SIZE(order));
		assert_true(*word(check, "text") && *word(check, "name"));
		assert_int_equal(json_object_size(check), 6);
	}
	assert_int_equal(at, 3);
	assert_non_null(check_of(reply, "vm0/tx0", "injected_fault"));
	assert_non_null(check_of(reply, "vm1", "never_connected"));
	assert_non_null(check_of(reply, "vm1", "unwired"));
	assert_non_null(check_of(reply, "host", "host"));
	assert_non_null(check_of(reply, "daemon", "daemon"));
	assert_int_equal(json_array_size(json_object_get(result, "ill")), 0);
	assert_null(json_object_get(result, "facts"));
	json_decref(reply);
}

static void a_stall_has_its_incident(void **state)
{
	struct vring_report *tx = &house.vring[0][1];
	const struct incident_start start = {
		.cause = INCIDENT_CAUSE_frozen_event,
		.report = tx,
		.unanswered = 256,
		.now_ns = NS_PER_SECOND,
	};
	json_t *reply;

	(void)state;
	tx->health = STALL_HEALTH_reviving;
	incidents_begin(fake_ops.incidents(&house), &start, INCIDENT_OUTCOME_open);
	reply = ask("{}");
	assert_non_null(
		strstr(word(check_of(reply, "vm0/tx0", "stall"), "text"), "cause frozen_event"));
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_object_get(reply, "result"), "ill"), 0)),
			    "vm0/tx0");
	assert_null(check_of(reply, "vm0", "guest"));
	json_decref(reply);
}

static void a_bundle_is_for_the_owner(void **state)
{
	const json_t *facts;
	json_t *reply;

	(void)state;
	caller.uid = geteuid() + 1;
	reply = ask("{\"bundle\":true}");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(reply, "error"), "code")),
		CTL_REFUSED);
	json_decref(reply);
	reply = ask("{\"bundle\":false}");
	assert_non_null(json_object_get(reply, "result"));
	json_decref(reply);
	caller.uid = geteuid();
	reply = ask("{\"bundle\":true}");
	facts = json_object_get(json_object_get(reply, "result"), "facts");
	assert_int_equal(json_array_size(json_object_get(facts, "guests")), 2);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(facts, "host"), "vcpus")), 2);
	json_decref(reply);
	reply = ask("{\"bundle\":1}");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(reply, "error"), "code")),
		CTL_INVALID_PARAMS);
	json_decref(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_worst_stands_first, build),
		cmocka_unit_test_setup(a_stall_has_its_incident, build),
		cmocka_unit_test_setup(a_bundle_is_for_the_owner, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
