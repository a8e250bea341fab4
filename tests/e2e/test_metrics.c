/* SPDX-License-Identifier: BSD-3-Clause */
/* test_metrics.c - the metrics of a live daemon over HTTP.
 *
 * They say what vring.list says, and whoever asks for them, and how, no guest and
 * nobody else who asks feels it. Rude clients one by one are in the unit test of
 * backend/control/ctl_http.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "http.h"
#include "metrics.h"

#define CROWD 20
#define CONNECTIONS_MAX 8
#define GET "GET /metrics HTTP/1.1"
#define TX0_LABELS "{port=\"vm0\",vring=\"tx0\",index=\"1\""

static unsigned int served_at;

static struct net_guest *with_metrics(const char *option)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){
		.peer = "echo",
		.option = { "--metrics", "127.0.0.1:0", option } });
	assert_int_equal(control_do(&bed.control, "version", NULL), 0);
	served_at = daemon_metrics_port(&bed.daemon);
	assert_true(served_at > 0);
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	return guest;
}

static struct http_answer scrape(void)
{
	struct http_answer answer = http_ask(served_at, GET);
	const char *mistake;

	assert_int_equal(answer.status, 200);
	assert_string_equal(
		http_header(&answer, "Content-Type"),
		"application/openmetrics-text; version=1.0.0; charset=utf-8");
	mistake = metrics_mistake(answer.body);
	if (mistake)
		fail_msg("%s", mistake);
	return answer;
}

/* Of any vring, now. */
static const char *disagreement_now(void)
{
	json_t *list = control_call(&bed.control, "vring.list", NULL), *vring;
	struct http_answer answer = scrape();
	const char *found = NULL;
	size_t i;

	assert_int_equal(json_array_size(json_object_get(list, "vrings")), 4);
	json_array_foreach(json_object_get(list, "vrings"), i, vring)
		if (!found)
			found = metrics_disagreement(answer.body, vring);
	http_forget(&answer);
	json_decref(list);
	return found;
}

/* A forced call may be made between the two, but not each time. */
static void expect_agreement(void)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	const char *found = disagreement_now();

	while (found && clock_now_ns() < end)
		found = disagreement_now();
	if (found)
		fail_msg("%s", found);
}

static double value_of(const char *sample)
{
	struct http_answer answer = scrape();
	double value = metrics_value(answer.body, sample);

	http_forget(&answer);
	return value;
}

static void they_say_what_vring_list_says(void **state)
{
	struct net_guest *guest = with_metrics(NULL);
	uint32_t i;

	(void)state;
	expect_agreement();
	for (i = 0; i < 20; i++)
		bed_round_trip(guest, 60 + i, i);
	bed_check_accounts();
	expect_agreement();
	assert_true(value_of("vringd_vring_packets_total" TX0_LABELS "}") ==
		    20);
	assert_true(value_of("vringd_vring_enabled" TX0_LABELS "}") == 1);
	assert_true(value_of("vringd_port_connected{port=\"vm0\"}") == 1);
	assert_true(value_of("vringd_port_connected{port=\"vm1\"}") == 0);

	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	expect_agreement();
	assert_true(value_of("vringd_vring_packets_total" TX0_LABELS "}") ==
		    20);
	assert_true(value_of("vringd_vring_size" TX0_LABELS "}") == 0);
	assert_true(value_of("vringd_vring_state" TX0_LABELS
			     ",state=\"absent\"}") == 1);
}

static bool armed_faults(void)
{
	return value_of("vringd_vring_injection_armed" TX0_LABELS
			",kind=\"drop-kick\"}") == 1;
}

static void an_injected_fault_is_marked(void **state)
{
	struct net_guest *guest = with_metrics("--allow-faults");
	uint32_t i;

	(void)state;
	assert_int_equal(control_do(&bed.control, "fault.set",
				    json_pack("{s:s, s:s, s:s, s:i}", "port",
					      "vm0", "vring", "tx0", "kind",
					      "drop-kick", "value", 2)),
			 0);
	assert_true(armed_faults());
	/* A worker that is awake needs no kick, and has none to drop. */
	for (i = 0; i < 50 && armed_faults(); i++)
		bed_round_trip(guest, 60, i); /* found by a look */
	assert_false(armed_faults());
	assert_true(value_of("vringd_vring_injected_events_total" TX0_LABELS
			     ",kind=\"drop-kick\"}") == 2);
	assert_true(value_of("vringd_vring_injected_events_total" TX0_LABELS
			     ",kind=\"drop-call\"}") == 0);
}

static void expect_status(const char *request, int status)
{
	struct http_answer answer = http_ask(served_at, request);

	assert_int_equal(answer.status, status);
	http_forget(&answer);
}

static void a_crowd_that_is_slow_holds_up_nobody(void **state)
{
	struct net_guest *guest = with_metrics(NULL);
	unsigned int fds = bed_fd_cnt();
	int crowd[CROWD];
	uint32_t i;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		crowd[i] = http_connect(served_at);
		assert_true(crowd[i] >= 0);
		http_say(crowd[i], i % 2 ? GET "\r\n\r\n" : GET);
	}
	for (i = 0; i < 20; i++) {
		bed_round_trip(guest, 60, i);
		assert_int_equal(control_do(&bed.control, "version", NULL), 0);
	}
	expect_agreement();
	for (i = 0; i < CROWD; i++)
		close(crowd[i]);
	expect_status("GET / HTTP/1.1", 404);
	expect_status("POST /metrics HTTP/1.1", 405);
	/* One that closed in the middle of a request may stay for a while. */
	assert_true(bed_fd_cnt() <= fds + CONNECTIONS_MAX);
}

/* The exit status of a daemon with that address, which says why. */
static int status_with(const char *address, const char *reason)
{
	struct daemon other;
	int status;

	assert_int_equal(daemon_init(&other), 0);
	daemon_arg(&other, "--metrics");
	daemon_arg(&other, "%s", address);
	status = daemon_run(&other);
	if (!daemon_log_lines(&other, reason) ||
	    !daemon_log_lines(&other, address))
		fail_msg("%s: %d, and not a word of: %s", address, status,
			 reason);
	assert_int_equal(daemon_stop(&other), 0);
	return status;
}

static void an_address_that_will_not_do_ends_the_daemon(void **state)
{
	char taken[32];

	(void)state;
	with_metrics(NULL);
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", served_at);
	assert_int_equal(status_with(taken, "in use"), 1);
	assert_int_equal(status_with("localhost:9100", "in numbers"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(they_say_what_vring_list_says),
		BED_PACKED(they_say_what_vring_list_says),
		BED_TEST(an_injected_fault_is_marked),
		BED_TEST(a_crowd_that_is_slow_holds_up_nobody),
		BED_TEST(an_address_that_will_not_do_ends_the_daemon),
	};

	return BED_RUN(tests);
}
