/* SPDX-License-Identifier: BSD-3-Clause */
/* test_http.c - the metrics over HTTP, with polite and with rude clients.
 *
 * Server and clients are in one process: a client writes, the server takes turns.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "compiler.h"
#include "control/ctl_http.h"
#include "control/ctl_http_listen.h"
#include "control_fake.h"
#include "http.h"
#include "log.h"
#include "metrics.h"

#define TURN_MS 10
#define PATIENCE_MS 300
#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"

static struct fake_house house;
static struct ctl_http *server;
static unsigned server_port;

/* A port that is free, as far as one can know. */
static unsigned free_port(void)
{
	char bound[CTL_HTTP_ADDRESS_MAX];
	struct error_text error;
	int fd = ctl_http_listen("127.0.0.1:0", bound, &error);

	assert_true(fd >= 0);
	close(fd);
	return (unsigned)atoi(strrchr(bound, ':') + 1);
}

static int open_server(void **state)
{
	char address[CTL_HTTP_ADDRESS_MAX];
	struct error_text error = { "" };
	const struct ctl_http_config config = {
		.address = address, .patience_ms = PATIENCE_MS, .ops = &fake_ops, .house = &house
	};

	(void)state;
	log_set_level(LOG_LEVEL_ERR);
	fake_house_build(&house);
	server_port = free_port();
	snprintf(address, sizeof(address), "127.0.0.1:%u", server_port);
	server = ctl_http_open(&config, &error);
	if (!server)
		fail_msg("%s", error.text);
	return 0;
}

static int close_server(void **state)
{
	(void)state;
	ctl_http_close(server);
	return 0;
}

/* As the daemon's main loop does it. */
static void turn(void)
{
	struct pollfd watched = { .fd = ctl_http_fd(server), .events = POLLIN };

	poll(&watched, 1, ctl_http_timeout_ms(server, TURN_MS));
	ctl_http_turn(server);
}

static int client(void)
{
	int sock = http_connect(server_port);

	assert_true(sock >= 0);
	return sock;
}

/* Until the server has closed, for at most a few seconds. */
static struct http_answer hear(int sock)
{
	const uint64_t end_ns = clock_now_ns() + HTTP_WAIT_MS * NS_PER_MS;
	struct http_answer answer = { 0 };

	do
		turn();
	while (!http_hear(sock, &answer) && clock_now_ns() < end_ns);
	http_read(&answer);
	close(sock);
	return answer;
}

static struct http_answer ask(const char *request)
{
	int sock = client();

	assert_true(http_say(sock, request));
	return hear(sock);
}

static void expect_metrics(struct http_answer answer)
{
	const char *mistake;

	assert_int_equal(answer.status, 200);
	assert_string_equal(http_header(&answer, "Content-Type"),
			    "application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_int_equal(atoi(http_header(&answer, "Content-Length")), strlen(answer.body));
	mistake = metrics_mistake(answer.body);
	if (mistake)
		fail_msg("%s", mistake);
	assert_true(metrics_value(answer.body,
				  "vringd_vring_packets_total{port=\"vm0\",vring=\"tx0\","
				  "index=\"1\"}") == 7);
	http_forget(&answer);
}

static void expect_refused(const char *request, int status)
{
	struct http_answer answer = ask(request);

	if (answer.status != status)
		fail_msg("%.40s: %d", request, answer.status);
	if (status == 405)
		assert_string_equal(http_header(&answer, "Allow"), "GET");
	http_forget(&answer);
}

static void gives_the_metrics_and_closes(void **state)
{
	(void)state;
	expect_metrics(ask(GET));
	expect_metrics(ask("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n"
			   "Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n\r\n"));
	expect_metrics(ask("GET /metrics HTTP/1.0\r\n\r\n"));
}

static void knows_one_path_and_one_method(void **state)
{
	(void)state;
	expect_refused("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404);
	expect_refused("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", 404);
	expect_refused("GET /../metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404);
	expect_refused("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405);
	expect_refused("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405);
	expect_refused("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405);
}

static void a_request_may_come_in_pieces(void **state)
{
	const char *piece = GET;
	int sock = client();

	(void)state;
	for (; *piece; piece++) {
		send(sock, piece, 1, 0);
		turn();
	}
	expect_metrics(hear(sock));
}

static void two_clients_at_once_are_both_answered(void **state)
{
	int first = client(), second = client();

	(void)state;
	assert_true(http_say(first, "GET /met"));
	turn();
	assert_true(http_say(second, GET));
	expect_metrics(hear(second));
	assert_true(http_say(first, "rics HTTP/1.1\r\nHost: x\r\n\r\n"));
	expect_metrics(hear(first));
}

/* Is it gone before time has made it so? */
static bool is_dropped(int sock, unsigned within_ms)
{
	const uint64_t end_ns = clock_now_ns() + within_ms * NS_PER_MS;
	struct http_answer answer = { 0 };
	bool ended;

	do {
		turn();
		ended = http_hear(sock, &answer);
	} while (!ended && clock_now_ns() < end_ns);
	http_forget(&answer);
	return ended;
}

static void a_crowd_that_says_nothing_makes_room(void **state)
{
	int crowd[3 * CTL_HTTP_CLIENTS_MAX];
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(crowd); i++) {
		crowd[i] = client();
		turn();
	}
	expect_metrics(ask(GET));
	assert_true(is_dropped(crowd[0], 50));
	for (i = 0; i < ARRAY_SIZE(crowd); i++)
		close(crowd[i]);
	expect_metrics(ask(GET));
}

static void a_crowd_that_does_not_read_makes_room(void **state)
{
	int crowd[CTL_HTTP_CLIENTS_MAX + 1];
	unsigned i;

	(void)state;
	house.many = 150; /* more text than a socket takes */
	for (i = 0; i < ARRAY_SIZE(crowd); i++) {
		crowd[i] = client();
		assert_true(http_say(crowd[i], GET));
		turn();
		turn();
	}
	expect_metrics(ask(GET));
	for (i = 0; i < ARRAY_SIZE(crowd); i++)
		close(crowd[i]);
}

static void who_drips_is_dropped_in_the_end(void **state)
{
	const uint64_t end_ns = clock_now_ns() + 10 * PATIENCE_MS * NS_PER_MS;
	const uint64_t began_ns = clock_now_ns();
	int sock = client();

	(void)state;
	assert_true(http_say(sock, "GET /metrics HTTP/1.1\r\nHost: "));
	while (http_say(sock, "x") && !is_dropped(sock, 20))
		assert_true(clock_now_ns() < end_ns);
	assert_true(clock_now_ns() - began_ns >= (PATIENCE_MS - 20) * NS_PER_MS);
	close(sock);
}

static void nonsense_is_answered_or_dropped(void **state)
{
	static char headers[200000];
	struct http_answer answer;
	int sock;

	(void)state;
	answer = ask("\x16\x03\x01\x02\r\n\r\n");
	assert_true(answer.status == 0 || answer.status >= 400);
	http_forget(&answer);
	memset(headers, 'x', sizeof(headers) - 1);
	memcpy(headers, "GET /metrics HTTP/1.1\r\nA: ", 26);
	sock = client();
	send(sock, headers, strlen(headers), MSG_NOSIGNAL | MSG_DONTWAIT);
	answer = hear(sock);
	assert_true(answer.status == 0 || answer.status >= 400);
	http_forget(&answer);
	sock = client();
	close(sock);
	turn();
	expect_metrics(ask(GET));
}

static void nothing_is_done_while_nobody_asks(void **state)
{
	(void)state;
	expect_metrics(ask(GET));
	turn();
	assert_int_equal(ctl_http_timeout_ms(server, 1000), 1000);
	assert_int_equal(
		poll(&(struct pollfd){ .fd = ctl_http_fd(server), .events = POLLIN }, 1, 0), 0);
}

static void expect_address(const char *text, const char *complaint)
{
	struct ctl_http_address address;
	struct error_text error = { "" };
	int err = ctl_http_address_parse(text, &address, &error);

	if (!complaint && !err)
		return;
	if (!complaint || err != -EINVAL || !strstr(error.text, complaint) ||
	    !strstr(error.text, text))
		fail_msg("%s: %d, %s", text, err, error.text);
}

static void an_address_is_numbers(void **state)
{
	(void)state;
	expect_address("127.0.0.1:9100", NULL);
	expect_address("0.0.0.0:1", NULL);
	expect_address("[::1]:9100", NULL);
	expect_address("[::]:65535", NULL);
	expect_address("127.0.0.1", "no port");
	expect_address("127.0.0.1:", "no number");
	expect_address("127.0.0.1:65536", "no number");
	expect_address("127.0.0.1:-1", "no number");
	expect_address("127.0.0.1:http", "no number");
	expect_address(":9100", "no address");
	expect_address("[]:9100", "no address");
	expect_address("9100", "no port");
	expect_address("::1:9100", "brackets");
	expect_address("[127.0.0.1]:9100", "numbers");
	expect_address("localhost:9100", "numbers");
	expect_address("256.0.0.1:9100", "numbers");
	expect_address("[::1:9100", "brackets");
}

static void an_address_that_is_taken_is_said(void **state)
{
	char address[CTL_HTTP_ADDRESS_MAX];
	struct error_text error = { "" };
	const struct ctl_http_config config = { .address = address,
						.ops = &fake_ops,
						.house = &house };

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1:%u", server_port);
	assert_null(ctl_http_open(&config, &error));
	assert_non_null(strstr(error.text, address));
	assert_non_null(strstr(error.text, "in use"));
	strcpy(address, "192.0.2.1:9100");
	assert_null(ctl_http_open(&config, &error));
	assert_non_null(strstr(error.text, "no such address"));
}

/* Where there is no IPv6 that is said; where there is, it is served. */
static void ipv6_is_listened_on(void **state)
{
	char bound[CTL_HTTP_ADDRESS_MAX] = "";
	struct error_text error = { "" };
	int fd = ctl_http_listen("[::1]:0", bound, &error);

	(void)state;
	if (fd < 0) {
		assert_true(fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT);
		assert_non_null(strstr(error.text, "[::1]:0"));
		return;
	}
	assert_memory_equal(bound, "[::1]:", 6);
	assert_true(atoi(bound + 6) > 0);
	close(fd);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, open_server, close_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HTTP_TEST(gives_the_metrics_and_closes),
		HTTP_TEST(knows_one_path_and_one_method),
		HTTP_TEST(a_request_may_come_in_pieces),
		HTTP_TEST(two_clients_at_once_are_both_answered),
		HTTP_TEST(a_crowd_that_says_nothing_makes_room),
		HTTP_TEST(a_crowd_that_does_not_read_makes_room),
		HTTP_TEST(who_drips_is_dropped_in_the_end),
		HTTP_TEST(nonsense_is_answered_or_dropped),
		HTTP_TEST(nothing_is_done_while_nobody_asks),
		cmocka_unit_test(an_address_is_numbers),
		HTTP_TEST(an_address_that_is_taken_is_said),
		cmocka_unit_test(ipv6_is_listened_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
