/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control_limits.c - clients that are rude, slow, many or nobody.
 *
 * What each may cost the daemon has a bound; here it is reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "control_wire.h"

static void refuses_a_request_that_is_too_long(void **state)
{
	char *long_line = malloc(CTL_REQUEST_MAX + 2);
	int fd = wire_client();

	(void)state;
	memset(long_line, ' ', CTL_REQUEST_MAX + 2);
	memcpy(long_line, ASK_VERSION, strlen(ASK_VERSION) - 1);
	long_line[CTL_REQUEST_MAX] = '\n'; /* just not too long */
	assert_int_equal(send(fd, long_line, CTL_REQUEST_MAX + 1, 0), CTL_REQUEST_MAX + 1);
	assert_non_null(strstr(wire_hear(fd), "\"result\""));

	long_line[CTL_REQUEST_MAX] = ' ';
	assert_int_equal(send(fd, long_line, CTL_REQUEST_MAX + 1, 0), CTL_REQUEST_MAX + 1);
	assert_non_null(strstr(wire_hear(fd), "longer than 65536 bytes"));
	assert_true(wire_is_dropped(fd, 1000));
	close(fd);
	free(long_line);
}

static void drops_who_does_not_read_and_serves_the_others(void **state)
{
	const uint64_t start_ns = clock_now_ns();
	int rude = wire_client(), fd = wire_client(), i;

	(void)state;
	wire_house.many = 200;
	for (i = 0; i < 100; i++)
		wire_say(rude, ASK_VRINGS);
	while (clock_now_ns() - start_ns < 600 * NS_PER_MS)
		wire_turn(50);
	assert_int_equal(send(rude, ASK_VERSION, 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	wire_say(fd, ASK_VERSION);
	assert_non_null(strstr(wire_hear(fd), "\"result\""));
	while (wire_turn(0))
		;
	assert_false(wire_turn(300)); /* nobody is waited for: the timer stands still */
	close(rude);
	close(fd);
}

static void makes_room_for_a_newcomer(void **state)
{
	int fds[CTL_CLIENTS_MAX + 1], i;

	(void)state;
	for (i = 0; i < CTL_CLIENTS_MAX; i++) {
		fds[i] = wire_client();
		while (wire_turn(0))
			;
	}
	wire_say(fds[0], ASK_VERSION); /* so the second was silent longest */
	wire_hear(fds[0]);
	fds[CTL_CLIENTS_MAX] = wire_client();
	wire_say(fds[CTL_CLIENTS_MAX], ASK_VERSION);
	assert_non_null(strstr(wire_hear(fds[CTL_CLIENTS_MAX]), "\"result\""));
	assert_true(wire_is_dropped(fds[1], 100));
	assert_false(wire_is_dropped(fds[0], 20));
	for (i = 0; i <= CTL_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void believes_the_kernel_about_who_asks(void **state)
{
	pid_t child;
	int status = -1, fd;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can become somebody else */
	chmod(wire_directory, 0755);
	chmod(wire_path, 0666);
	child = fork();
	if (child == 0) {
		char text[512] = "";

		if (setuid(65534))
			_exit(2);
		fd = wire_client();
		fcntl(fd, F_SETFL, 0);
		wire_say(fd, ASK_CALL);
		_exit(recv(fd, text, sizeof(text) - 1, 0) > 0 && strstr(text, "\"code\":4") ? 0
											    : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		wire_turn(20);
	assert_int_equal(status, 0);
	assert_string_equal(wire_house.did, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE_TEST(refuses_a_request_that_is_too_long),
		WIRE_TEST(drops_who_does_not_read_and_serves_the_others),
		WIRE_TEST(makes_room_for_a_newcomer),
		WIRE_TEST(believes_the_kernel_about_who_asks),
	};

	return cmocka_run_group_tests(tests, wire_make_directory, wire_remove_directory);
}
