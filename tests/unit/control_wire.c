/* SPDX-License-Identifier: BSD-3-Clause */
/* control_wire.c - a control server and its clients in one process; see the header. */
#include "control_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"

struct fake_house wire_house;
char wire_directory[32];
char wire_path[64];
static struct ctl_server *server;

int wire_make_directory(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERR);
	strcpy(wire_directory, "/tmp/vringd-test-XXXXXX");
	return mkdtemp(wire_directory) ? 0 : -1;
}

int wire_remove_directory(void **state)
{
	(void)state;
	return rmdir(wire_directory);
}

struct ctl_server *wire_server(const char *path, struct error_text *error)
{
	const struct ctl_server_config config = {
		.path = path, .gid = -1, .patience_ms = 200, .ops = &fake_ops, .house = &wire_house
	};

	return ctl_server_open(&config, error);
}

int wire_open(void **state)
{
	struct error_text error = { "" };

	(void)state;
	fake_house_build(&wire_house);
	snprintf(wire_path, sizeof(wire_path), "%s/control.sock", wire_directory);
	server = wire_server(wire_path, &error);
	if (!server)
		fail_msg("%s", error.text);
	return 0;
}

int wire_close(void **state)
{
	(void)state;
	ctl_server_close(server);
	return access(wire_path, F_OK) == 0 ? -1 : 0; /* it must leave nothing behind */
}

int wire_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, wire_path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

void wire_say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

bool wire_turn(int ms)
{
	struct pollfd ready = { .fd = ctl_server_fd(server), .events = POLLIN };

	if (poll(&ready, 1, ms) <= 0)
		return false;
	ctl_server_turn(server);
	return true;
}

const char *wire_hear(int fd)
{
	static char text[8192];
	size_t len = 0;
	ssize_t got;

	for (;;) {
		while (wire_turn(0))
			;
		got = recv(fd, text + len, sizeof(text) - 1 - len, 0);
		if (got > 0)
			len += (size_t)got;
		if (got == 0 || len == sizeof(text) - 1 || (len && text[len - 1] == '\n'))
			break;
		if (got < 0 && (errno != EAGAIN || !wire_turn(1000)))
			break;
	}
	text[len] = '\0';
	return text;
}

bool wire_is_dropped(int fd, unsigned within_ms)
{
	const uint64_t end_ns = clock_now_ns() + within_ms * NS_PER_MS;
	char text[65536];
	ssize_t got;

	do {
		wire_turn(10);
		got = recv(fd, text, sizeof(text), 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return true;
	} while (clock_now_ns() < end_ns);
	return false;
}
