/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control.c - the control socket of a live daemon, used well and badly.
 *
 * What clients may get wrong (JSON, methods, sizes, not reading), and what
 * ports and wires may be while guests are on them. The unit tests of
 * backend/control/ have a house of cards; here it is the real one, and no
 * guest may feel what a client does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bed.h"

#define REQUEST_MAX 65536
#define CLIENTS 50
#define QUIET_MS 100
#define NOBODY 65534

static void say(const char *line)
{
	assert_int_equal(control_write(&bed.control, line, strlen(line)), 0);
}

/* The error code of the next answer, and that its id is @id (-1: null). */
static long long next_error(int id)
{
	const char *line = control_read_line(&bed.control, BED_WAIT_MS);
	json_t *answer = line ? json_loads(line, 0, NULL) : NULL;
	long long code = control_int(answer, "error.code");

	assert_non_null(answer);
	assert_string_equal(control_str(answer, "jsonrpc"), "2.0");
	assert_true(control_str(answer, "error.message")[0] != '\0');
	if (!json_is_null(json_object_get(answer, "id")) || id >= 0)
		assert_int_equal(control_int(answer, "id"), id);
	json_decref(answer);
	return code;
}

static void assert_serves(void)
{
	assert_int_equal(control_do(&bed.control, "version", NULL), 0);
}

static void says_nothing_first_and_errors_as_json_rpc_does(void **state)
{
	(void)state;
	bed_with("echo", 0);
	assert_null(control_read_line(&bed.control, QUIET_MS));
	say("{nonsense\n");
	assert_int_equal(next_error(-1), CONTROL_PARSE_ERROR);
	say("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"no.such\"}\n");
	assert_int_equal(next_error(7), CONTROL_NO_METHOD);
	say("{\"jsonrpc\":\"2.0\",\"id\":8}\n");
	assert_int_equal(next_error(8), CONTROL_INVALID_REQUEST);
	say("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"vring.call\"}\n");
	assert_int_equal(next_error(9), CONTROL_BAD_PARAMS);
	say("{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"vring.list\","
	    "\"params\":{\"port\":5}}\n");
	assert_int_equal(next_error(10), CONTROL_BAD_PARAMS);
	say("[]\n");
	assert_int_equal(next_error(-1), CONTROL_INVALID_REQUEST);
	assert_serves();
}

static void several_requests_at_once_are_answered_in_order(void **state)
{
	char line[128];
	int i;

	(void)state;
	bed_with("echo", 0);
	for (i = 1; i <= 100; i++) {
		snprintf(
			line, sizeof(line),
			"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"no.such\"}\n",
			i);
		say(line);
	}
	for (i = 1; i <= 100; i++)
		assert_int_equal(next_error(i), CONTROL_NO_METHOD);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	const char *line =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}\r\n";
	size_t i;

	(void)state;
	bed_with("echo", 0);
	for (i = 0; line[i]; i++)
		assert_int_equal(control_write(&bed.control, line + i, 1), 0);
	assert_int_equal(next_error(1), CONTROL_NO_METHOD);
}

static void a_notification_has_no_answer(void **state)
{
	(void)state;
	bed_with("echo", 0);
	say("{\"jsonrpc\":\"2.0\",\"method\":\"version\"}\n");
	say("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"no.such\"}\n");
	assert_int_equal(next_error(3), CONTROL_NO_METHOD);
}

static char *padded_request(size_t len)
{
	const char *text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}";
	char *line = malloc(len + 2);

	assert_non_null(line);
	memset(line, ' ', len);
	memcpy(line, text, strlen(text));
	strcpy(line + len, "\n");
	return line;
}

static void a_request_of_64_kib_is_answered_a_longer_one_refused(void **state)
{
	char *line = padded_request(REQUEST_MAX - 1);
	const char *answer;
	struct net_guest *guest;

	(void)state;
	guest = bed_with("echo", 0);
	net_offer(guest, RX0, 16);
	say(line);
	assert_int_equal(next_error(1), CONTROL_NO_METHOD);
	free(line);

	line = padded_request((size_t)4 * REQUEST_MAX);
	control_write(&bed.control, line, strlen(line));
	free(line);
	answer = control_read_line(&bed.control, BED_WAIT_MS);
	assert_true(!answer || strstr(answer, "error"));
	control_close(&bed.control);
	assert_int_equal(control_open(&bed.control, bed.daemon.control), 0);
	assert_serves();
	bed_round_trip(guest, 60, 1);
}

static void many_clients_are_served(void **state)
{
	static struct control client[CLIENTS];
	int i, round;

	(void)state;
	bed_with("echo", 0);
	for (i = 0; i < CLIENTS; i++)
		assert_int_equal(control_open(&client[i], bed.daemon.control),
				 0);
	for (round = 0; round < 3; round++)
		for (i = 0; i < CLIENTS; i++)
			assert_int_equal(
				control_do(&client[i], "vring.list", NULL), 0);
	for (i = 0; i < CLIENTS; i++)
		control_close(&client[i]);
	assert_serves();
}

static void a_client_that_does_not_read_holds_up_nobody(void **state)
{
	const char *line =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"vring.list\"}\n";
	struct net_guest *guest = bed_with("echo", 0);
	struct control deaf;
	int i;

	(void)state;
	net_offer(guest, RX0, 16);
	assert_int_equal(control_open(&deaf, bed.daemon.control), 0);
	for (i = 0; i < 20000; i++)
		if (send(deaf.sock, line, strlen(line),
			 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	for (i = 0; i < 20; i++) {
		assert_serves();
		bed_round_trip(guest, 60, (uint32_t)i);
	}
	control_close(&deaf);
}

static void clients_that_vanish_leak_nothing(void **state)
{
	struct control client;
	unsigned int fds, i;

	(void)state;
	bed_with("echo", 0);
	assert_serves();
	fds = bed_fd_cnt();
	for (i = 0; i < 200; i++) {
		assert_int_equal(control_open(&client, bed.daemon.control), 0);
		control_write(&client, "{\"jsonrpc\":", i % 12);
		control_close(&client);
	}
	assert_int_equal(bed_fd_cnt(), fds);
	assert_serves();
}

/* The code of a call made by a user who is not the owner. */
static int code_for_nobody(const char *method, const char *port,
			   const char *vring)
{
	struct control client;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(NOBODY) || setuid(NOBODY) ||
		    control_open(&client, bed.daemon.control))
			_exit(255);
		_exit(control_do(&client, method,
				 json_pack("{s:s, s:s*}", "port", port, "vring",
					   vring)));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void who_does_not_own_the_daemon_may_only_read(void **state)
{
	struct stat info;

	(void)state;
	bed_with("echo", 0);
	assert_int_equal(stat(bed.daemon.control, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(bed.daemon.dir, 0711), 0);
	assert_int_equal(chmod(bed.daemon.control, 0666), 0);
	assert_int_equal(code_for_nobody("vring.list", "vm0", NULL), 0);
	assert_int_equal(code_for_nobody("explain", "vm0", "tx0"), 0);
	assert_int_equal(code_for_nobody("vring.call", "vm0", "tx0"),
			 CONTROL_REFUSED);
	assert_int_equal(code_for_nobody("fault.clear", "vm0", "tx0"),
			 CONTROL_REFUSED);
}

static void what_is_not_there_is_said(void **state)
{
	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	assert_int_equal(control_do(&bed.control, "vring.list",
				    json_pack("{s:s}", "port", "vm7")),
			 CONTROL_NO_OBJECT);
	assert_non_null(strstr(bed.control.text, "vm7"));
	assert_int_equal(control_do(&bed.control, "vring.call",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx9")),
			 CONTROL_NO_OBJECT);
	assert_int_equal(control_do(&bed.control, "vring.call",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", "tx0")),
			 CONTROL_NOT_CONNECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(says_nothing_first_and_errors_as_json_rpc_does),
		BED_TEST(several_requests_at_once_are_answered_in_order),
		BED_TEST(a_request_may_come_byte_by_byte),
		BED_TEST(a_notification_has_no_answer),
		BED_TEST(a_request_of_64_kib_is_answered_a_longer_one_refused),
		BED_TEST(many_clients_are_served),
		BED_TEST(a_client_that_does_not_read_holds_up_nobody),
		BED_TEST(clients_that_vanish_leak_nothing),
		BED_TEST(who_does_not_own_the_daemon_may_only_read),
		BED_TEST(what_is_not_there_is_said),
	};

	return BED_RUN(tests);
}
