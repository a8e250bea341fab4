/* SPDX-License-Identifier: BSD-3-Clause */
/* test_metrics.c - the OpenMetrics text of a house of cards.
 *
 * What is asked of it: it is OpenMetrics, nothing that is counted is missing, and it
 * says what vring.list says.
 */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/ctl_metrics.h"
#include "control/ctl_rpc.h"
#include "control_fake.h"
#include "metrics.h"

#define NOW_MS UINT64_C(1764000000500)

static struct fake_house house;
static char *text;

static int build(void **state)
{
	(void)state;
	fake_house_build(&house);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static void write_text(void)
{
	const char *mistake;
	size_t len = 0;

	free(text);
	text = ctl_metrics_text(&fake_ops, &house, NOW_MS, &len);
	assert_non_null(text);
	assert_int_equal(len, strlen(text));
	mistake = metrics_mistake(text);
	if (mistake)
		fail_msg("%s", mistake);
}

/* vringd_vring_NAME{port="vm0",vring="tx0",index="1"MORE} */
static double of_tx0(const char *name, const char *more)
{
	char sample[256];

	snprintf(sample, sizeof(sample),
		 "vringd_vring_%s{port=\"vm0\",vring=\"tx0\",index=\"1\"%s}", name, more);
	return metrics_value(text, sample);
}

static void expect(const char *name, const char *more, double value)
{
	double is = of_tx0(name, more);

	if (is != value && !(isnan(is) && isnan(value)))
		fail_msg("%s%s is %f, not %f", name, more, is, value);
}

static void expect_none(const char *name)
{
	assert_true(isnan(of_tx0(name, "")));
}

static void sum_up(struct vring_counters_read *counters)
{
	int i;

	counters->calls_suppressed = counters->calls_forced = 0;
	for (i = 0; i < SUPPRESS_REASON_CNT; i++)
		counters->calls_suppressed += counters->suppressed[i];
	for (i = 0; i < FORCED_OUTCOME_CNT; i++)
		counters->calls_forced += counters->forced[i];
}

/* Every counter its own number, but for two that are sums. */
static void count_everything(struct vring_report *vring)
{
	uint64_t n = 1000;
	int i;

#define X(name, english) vring->counters.name = ++n;
	VRING_COUNTERS(X)
#undef X
	for (i = 0; i < SUPPRESS_REASON_CNT; i++)
		vring->counters.suppressed[i] = ++n;
	for (i = 0; i < FORCED_OUTCOME_CNT; i++)
		vring->counters.forced[i] = ++n;
	sum_up(&vring->counters);
	for (i = 0; i < DROP_REASON_CNT; i++)
		vring->counters.drops[i] = ++n;
	for (i = 0; i < VRING_FAULT_CNT; i++)
		vring->counters.faults[i] = ++n;
}

static json_t *tx0_of_vring_list(void)
{
	const struct ctl_call caller = { .ops = &fake_ops, .house = &house };
	const char *ask = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"vring.list\"}";
	char *answer = ctl_rpc_answer(&caller, ask, strlen(ask));
	json_t *reply = json_loads(answer, 0, NULL);
	json_t *list = json_object_get(json_object_get(reply, "result"), "vrings");
	json_t *tx0 = json_incref(json_array_get(list, 1));

	assert_non_null(tx0);
	free(answer);
	json_decref(reply);
	return tx0;
}

static void every_counter_is_there_and_agrees_with_vring_list(void **state)
{
	const char *disagreement;
	json_t *tx0;

	(void)state;
	count_everything(&house.vring[0][1]);
	write_text();
	tx0 = tx0_of_vring_list();
	disagreement = metrics_disagreement(text, tx0);
	if (disagreement)
		fail_msg("%s", disagreement);
	json_decref(tx0);
	expect("packets_total", "", 1001);
	expect("calls_suppressed_total", ",reason=\"event_idx\"", 1017);
	expect("calls_suppressed_total", ",reason=\"no_interrupt\"", 1018);
	expect("forced_calls_total", ",outcome=\"revived\"", 1019);
	expect("forced_calls_total", ",outcome=\"no_effect\"", 1021);
	expect("faults_total", ",kind=\"none\"", NAN);
	assert_int_equal(
		metrics_samples(text, "vringd_vring_faults_total{port=\"vm0\",vring=\"tx0\""),
		VRING_FAULT_CNT - 1);
}

static void positions_and_gauges_agree_with_vring_list(void **state)
{
	struct vring_report *vring = &house.vring[0][1];
	const char *disagreement;
	json_t *tx0;

	(void)state;
	vring->avail_idx = 1;
	vring->next_avail = 65535;
	vring->used_idx = 65534;
	vring->next_used = 65533;
	vring->decided_used = 65532;
	vring->avail_event = 7;
	vring->used_event = 8;
	vring->backlog = 2;
	vring->forced_in_a_row = 3;
	write_text();
	tx0 = tx0_of_vring_list();
	disagreement = metrics_disagreement(text, tx0);
	if (disagreement)
		fail_msg("%s", disagreement);
	json_decref(tx0);
	expect("last_avail_index", "", 65535);
	expect("backlog", "", 2);
	expect("unanswered_seconds", "", 0.412);
	expect("enabled", "", 1);
	expect("state", ",state=\"running\"", 1);
	expect("state", ",state=\"faulted\"", 0);
	expect("info", ",direction=\"tx\",layout=\"split\",event_idx=\"true\"", 1);
}

static void a_stall_is_seen_in_health_and_in_one_gauge(void **state)
{
	struct vring_report *vring = &house.vring[0][1];

	(void)state;
	vring->health = STALL_HEALTH_quiet;
	write_text();
	expect("stalled", "", 0);
	expect("health", ",health=\"quiet\"", 1);
	vring->health = STALL_HEALTH_reviving;
	vring->last_move_ago_ms = 1500;
	write_text();
	expect("stalled", "", 1);
	expect("health", ",health=\"reviving\"", 1);
	expect("health", ",health=\"ok\"", 0);
	expect("last_progress_timestamp_seconds", "", 1763999999.0);
}

static void what_needs_a_ring_is_not_told_without_one(void **state)
{
	struct vring_report *vring = &house.vring[0][1];

	(void)state;
	vring->shape.size = 0;
	vring->health = STALL_HEALTH_stalled;
	write_text();
	expect("size", "", 0);
	expect("stalled", "", 0);
	expect_none("avail_index");
	expect_none("decided_used_index");
	expect_none("last_progress_timestamp_seconds");
	assert_int_equal(metrics_samples(text, "vringd_vring_health{"), 0);
	expect("packets_total", "", 7);
}

static void a_packed_ring_has_slots_and_wrap_counters(void **state)
{
	struct vring_report *vring = &house.vring[0][1];

	(void)state;
	vring->shape.packed = true;
	vring->next_avail = 5 | POSITION_WRAP;
	vring->decided_used = 6;
	write_text();
	expect("last_avail_index", "", 5);
	expect("wrap", ",position=\"last_avail\"", 1);
	expect("decided_used_index", "", 6);
	expect("wrap", ",position=\"decided_used\"", 0);
	expect_none("avail_index");
	expect_none("used_index");
	expect("info", ",direction=\"tx\",layout=\"packed\",event_idx=\"true\"", 1);
}

static void injected_faults_are_marked(void **state)
{
	struct inject_report *inject = house.vring[0][1].inject;

	(void)state;
	inject[INJECT_drop_call] = (struct inject_report){ INJECT_ALWAYS, 31, 0 };
	inject[INJECT_drop_kick] = (struct inject_report){ 0, 2, 0 };
	write_text();
	expect("injected_events_total", ",kind=\"drop-call\"", 31);
	expect("injection_armed", ",kind=\"drop-call\"", 1);
	expect("injected_events_total", ",kind=\"drop-kick\"", 2);
	expect("injection_armed", ",kind=\"drop-kick\"", 0);
	expect("injected_events_total", ",kind=\"stale-used-event\"", 0);
}

static void measure(struct vring_report *vring, enum latency_kind kind, const uint64_t *ns,
		    size_t cnt)
{
	static struct latency latency;
	size_t i;

	memset(&latency, 0, sizeof(latency));
	for (i = 0; i < cnt; i++)
		latency_add(&latency, ns[i]);
	latency_read(&latency, &vring->latency[kind]);
}

static void latencies_are_histograms_with_the_numbers_of_vring_list(void **state)
{
	const uint64_t ns[] = { 500, 3000, 3000, 2000000, UINT64_C(20000000000) };
	const char *disagreement;
	json_t *tx0;

	(void)state;
	measure(&house.vring[0][1], LATENCY_seen_to_take, ns, 5);
	measure(&house.vring[0][1], LATENCY_residence, ns, 4);
	write_text();
	tx0 = tx0_of_vring_list();
	disagreement = metrics_disagreement(text, tx0);
	if (disagreement)
		fail_msg("%s", disagreement);
	json_decref(tx0);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"1e-06\"", 1);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"4e-06\"", 3);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"0.001024\"", 3);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"0.004096\"", 4);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"16.777216\"", 4);
	expect("kick_to_dequeue_seconds_bucket", ",le=\"+Inf\"", 5);
	expect("kick_to_dequeue_seconds_count", "", 5);
	expect("kick_to_dequeue_seconds_sum", "", 20.0020065);
	expect("residence_seconds_count", "", 4);
	expect("call_to_reclaim_seconds_bucket", ",le=\"+Inf\"", 0);
	expect("call_to_reclaim_seconds_sum", "", 0);
}

static void what_a_direction_can_not_have_measured_is_not_there(void **state)
{
	(void)state;
	write_text();
	expect("publish_to_call_seconds_count", "", 0);
	expect_none("refill_seconds_count");
	assert_int_equal(metrics_samples(text, "vringd_vring_refill_seconds_count{port=\"vm0\","
					       "vring=\"rx0\""),
			 1);
	assert_int_equal(metrics_samples(text, "vringd_vring_residence_seconds_count{port=\"vm0\","
					       "vring=\"rx0\""),
			 0);
	assert_int_equal(metrics_samples(text, "vringd_vring_kick_to_dequeue_seconds_bucket{"
					       "port=\"vm0\",vring=\"tx0\""),
			 LATENCY_STEPS + 1);
}

/* That the reader above would have noticed. */
static void what_is_no_histogram_is_found(void **state)
{
#define BEGIN "# TYPE h histogram\n"
#define B(le, cnt) "h_bucket{a=\"1\",le=\"" le "\"} " cnt "\n"
#define REST(cnt) "h_count{a=\"1\"} " cnt "\nh_sum{a=\"1\"} 3\n"
	static const char *const wrong[] = {
		BEGIN B("1", "5") B("2", "4") B("+Inf", "5") REST("5"),	 /* falls */
		BEGIN B("1", "4") B("+Inf", "5") REST("4"),		 /* of which number? */
		BEGIN B("1", "4") B("2", "5") REST("5"),		 /* no +Inf */
		BEGIN B("2", "4") B("1", "5") B("+Inf", "5") REST("5"),	 /* bounds fall */
		BEGIN B("1", "4") B("1", "4") B("+Inf", "5") REST("5"),	 /* twice */
		BEGIN B("1", "0.5") B("+Inf", "5") REST("5"),		 /* half a time */
		BEGIN B("1", "4") B("+Inf", "5") "h_count{a=\"1\"} 5\n", /* no sum */
		BEGIN B("1", "4") B("+Inf", "5"),			 /* neither */
		BEGIN B("1", "4") B("+Inf", "5") REST("5") B("1", "4") B("+Inf", "5") REST("5"),
		BEGIN B("1", "4") "h_bucket{a=\"2\",le=\"+Inf\"} 5\n" REST("5"),
		BEGIN "h{a=\"1\"} 5\n",
		BEGIN "h_bucket{a=\"1\"} 5\n",
	};
	char bad[512];
	size_t i;

	(void)state;
	assert_null(metrics_mistake(BEGIN B("1", "4") B("+Inf", "5") REST("5") "# EOF\n"));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(bad, sizeof(bad), "%s# EOF\n", wrong[i]);
		if (!metrics_mistake(bad))
			fail_msg("nothing was found wrong with:\n%s", bad);
	}
#undef REST
#undef B
#undef BEGIN
}

static void ports_switches_and_workers_are_there(void **state)
{
	(void)state;
	house.port[0].pid = 4711;
	house.port[0].connects = 3;
	write_text();
	assert_true(metrics_value(text, "vringd_port_info{port=\"vm0\",type=\"vhost-user\","
					"wired_to=\"tap0\",socket=\"/run/vringd/vm0.sock\","
					"mode=\"server\",pid=\"4711\"}") == 1);
	assert_true(metrics_value(text, "vringd_port_info{port=\"tap0\",type=\"tap\","
					"wired_to=\"vm0\",ifname=\"tap0\"}") == 1);
	assert_true(metrics_value(text, "vringd_port_connected{port=\"vm0\"}") == 1);
	assert_true(metrics_value(text, "vringd_port_connected{port=\"vm1\"}") == 0);
	assert_true(isnan(metrics_value(text, "vringd_port_connected{port=\"tap0\"}")));
	assert_true(metrics_value(text, "vringd_port_reconnects_total{port=\"vm0\"}") == 2);
	assert_true(metrics_value(text, "vringd_port_reconnects_total{port=\"vm1\"}") == 0);
	assert_true(metrics_value(text, "vringd_port_stall_after_seconds{port=\"vm0\"}") == 0.05);
	assert_true(metrics_value(
			    text,
			    "vringd_port_feature{port=\"vm0\",name=\"VIRTIO_F_EVENT_IDX\"}") == 1);
	assert_true(metrics_value(text, "vringd_port_feature{port=\"vm0\",name=\"bit_45\"}") == 1);
	assert_true(metrics_value(text, "vringd_switch_port_frames_in_total{switch=\"br0\","
					"port=\"vm2\"}") == 11);
	assert_true(metrics_value(text, "vringd_switch_port_entries{switch=\"br0\","
					"port=\"vm2\"}") == 1);
	assert_true(metrics_value(text, "vringd_worker_cycles_total{worker=\"0\","
					"state=\"busy\"}") == 96100);
	assert_true(metrics_value(text, "vringd_worker_busy_ratio{worker=\"0\"}") == 0.4125);
	assert_int_equal(metrics_samples(text, "vringd_build_info{version="), 1);
}

static void what_a_person_chose_can_not_break_the_text(void **state)
{
	(void)state;
	strcpy(house.port[0].socket, "/a\"b\\c\nd,e}");
	strcpy(house.port[2].socket, "/gr\xc3\xbc\xc3\x9f");
	write_text();
	assert_non_null(strstr(text, "socket=\"/a\\\"b\\\\c\\nd,e}\""));
	assert_non_null(strstr(text, "socket=\"/gr\xc3\xbc\xc3\x9f\""));
	strcpy(house.port[2].socket, "/gr\xfc\xdf");
	write_text();
	assert_non_null(strstr(text, "socket=\"/gr??\""));
}

static void many_vrings_are_family_by_family(void **state)
{
	(void)state;
	house.many = 100;
	write_text();
	assert_int_equal(metrics_samples(text, "vringd_vring_size{port=\"vm0\""), 100);
	assert_int_equal(metrics_samples(text, "vringd_vring_size{port=\"vm1\""), 100);
	assert_true(metrics_value(text, "vringd_vring_packets_total{port=\"vm0\",vring=\"tx0\","
					"index=\"99\"}") == 7);
}

static void the_control_method_has_the_same_text(void **state)
{
	const struct ctl_call caller = { .ops = &fake_ops, .house = &house };
	const char *ask = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"metrics\"}";
	char *answer = ctl_rpc_answer(&caller, ask, strlen(ask));
	json_t *reply = json_loads(answer, 0, NULL);
	const char *said =
		json_string_value(json_object_get(json_object_get(reply, "result"), "text"));

	(void)state;
	assert_non_null(said);
	assert_null(metrics_mistake(said));
	assert_true(metrics_value(said, "vringd_vring_packets_total{port=\"vm0\",vring=\"tx0\","
					"index=\"1\"}") == 7);
	free(answer);
	json_decref(reply);
}

#define TEXT_TEST(name) cmocka_unit_test_setup_teardown(name, build, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEXT_TEST(every_counter_is_there_and_agrees_with_vring_list),
		TEXT_TEST(positions_and_gauges_agree_with_vring_list),
		TEXT_TEST(a_stall_is_seen_in_health_and_in_one_gauge),
		TEXT_TEST(what_needs_a_ring_is_not_told_without_one),
		TEXT_TEST(a_packed_ring_has_slots_and_wrap_counters),
		TEXT_TEST(injected_faults_are_marked),
		TEXT_TEST(latencies_are_histograms_with_the_numbers_of_vring_list),
		TEXT_TEST(what_a_direction_can_not_have_measured_is_not_there),
		TEXT_TEST(what_is_no_histogram_is_found),
		TEXT_TEST(ports_switches_and_workers_are_there),
		TEXT_TEST(what_a_person_chose_can_not_break_the_text),
		TEXT_TEST(many_vrings_are_family_by_family),
		TEXT_TEST(the_control_method_has_the_same_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
