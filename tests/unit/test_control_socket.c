/* SPDX-License-Identifier: BSD-3-Clause */
/* test_control_socket.c - the control socket with polite clients, and its file.
 *
 * Rude clients and the limits that hold them are in test_control_limits.c.
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

static void says_nothing_on_connect_and_answers_each_line(void **state)
{
	int fd = wire_client();
	struct stat file;

	(void)state;
	assert_int_equal(lstat(wire_path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0660);
	while (wire_turn(20))
		;
	assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), -1);
	wire_say(fd, ASK_VERSION);
	assert_non_null(strstr(wire_hear(fd), "\"result\""));
	wire_say(fd, "\r\n \n" ASK_CALL);
	assert_non_null(strstr(wire_hear(fd), "\"result\""));
	assert_string_equal(wire_house.did, "vring_call vm0 1");
	close(fd);
	wire_turn(100);
}

static void reads_a_line_that_comes_in_pieces(void **state)
{
	const char *piece = ASK_VERSION;
	int fd = wire_client();

	(void)state;
	for (; *piece; piece++) {
		send(fd, piece, 1, 0);
		while (wire_turn(0))
			;
	}
	assert_non_null(strstr(wire_hear(fd), "\"result\""));
	close(fd);
}

static void answers_who_closed_his_end_after_asking(void **state)
{
	int fd = wire_client();

	(void)state;
	send(fd, ASK_VERSION, strlen(ASK_VERSION) - 1, 0); /* no newline */
	shutdown(fd, SHUT_WR);
	assert_non_null(strstr(wire_hear(fd), "\"result\""));
	assert_true(wire_is_dropped(fd, 1000));
	close(fd);
}

static void answers_many_requests_sent_ahead(void **state)
{
	int fd = wire_client(), heard = 0, i;
	const char *text;

	(void)state;
	for (i = 0; i < 150; i++)
		wire_say(fd, ASK_VERSION);
	while (heard < 150) {
		text = wire_hear(fd);
		assert_true(*text);
		for (; *text; text++)
			heard += *text == '\n';
	}
	assert_int_equal(heard, 150);
	close(fd);
}

static void refuses_a_place_that_is_taken_and_replaces_the_dead(void **state)
{
	struct error_text error = { "" };
	char other[160];
	struct ctl_server *second;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_null(wire_server(wire_path, &error));
	assert_int_equal(errno, EADDRINUSE);
	assert_non_null(strstr(error.text, "a daemon answers there"));

	snprintf(other, sizeof(other), "%s/file", wire_directory);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	assert_null(wire_server(other, &error));
	assert_int_equal(errno, EEXIST);
	unlink(other);

	snprintf(other, sizeof(other), "%s/made/dead.sock", wire_directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/dead.sock", wire_directory);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	close(fd);
	second = wire_server(address.sun_path, &error);
	assert_non_null(second);
	ctl_server_close(second);
	assert_int_equal(access(address.sun_path, F_OK), -1);

	second = wire_server(other, &error); /* its directory is made */
	assert_non_null(second);
	unlink(other); /* somebody else's file is not ours to remove */
	close(open(other, O_CREAT | O_WRONLY, 0600));
	ctl_server_close(second);
	assert_int_equal(unlink(other), 0);
	*strrchr(other, '/') = '\0';
	rmdir(other);

	memset(other, 'x', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	assert_null(wire_server(other, &error));
	assert_int_equal(errno, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE_TEST(says_nothing_on_connect_and_answers_each_line),
		WIRE_TEST(reads_a_line_that_comes_in_pieces),
		WIRE_TEST(answers_who_closed_his_end_after_asking),
		WIRE_TEST(answers_many_requests_sent_ahead),
		WIRE_TEST(refuses_a_place_that_is_taken_and_replaces_the_dead),
	};

	return cmocka_run_group_tests(tests, wire_make_directory, wire_remove_directory);
}
