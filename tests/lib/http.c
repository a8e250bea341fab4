/* SPDX-License-Identifier: BSD-3-Clause */
/* http.c - an HTTP client as plain as can be; see http.h. */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define CHUNK 65536

static bool make_room(struct http_answer *answer);

int http_connect(unsigned int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port) };
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return -errno;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) == 0) {
		fcntl(sock, F_SETFL, O_NONBLOCK);
		return sock;
	}
	err = -errno;
	close(sock);
	return err;
}

bool http_say(int sock, const char *text)
{
	size_t len = strlen(text);

	return send(sock, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool http_hear(int sock, struct http_answer *answer)
{
	ssize_t got;

	while (make_room(answer)) {
		got = recv(sock, answer->text + answer->len,
			   answer->size - answer->len - 1, 0);
		if (got <= 0)
			return got == 0 || errno != EAGAIN;
		answer->len += (size_t)got;
		answer->text[answer->len] = '\0';
	}
	return true;
}

void http_read(struct http_answer *answer)
{
	char *blank = answer->text ? strstr(answer->text, "\r\n\r\n") : NULL;

	answer->body = blank ? blank + 4 : NULL;
	if (!answer->text ||
	    sscanf(answer->text, "HTTP/1.%*d %d ", &answer->status) != 1)
		answer->status = 0;
}

struct http_answer http_ask(unsigned int port, const char *request)
{
	uint64_t end = clock_now_ns() + HTTP_WAIT_MS * NS_PER_MS;
	struct http_answer answer = { 0 };
	int sock = http_connect(port);
	struct pollfd watched = { .fd = sock, .events = POLLIN };
	char text[2048];
	bool ended;

	snprintf(text, sizeof(text),
		 "%s\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
		 request, port);
	ended = sock < 0 || !http_say(sock, text);
	while (!ended && clock_now_ns() < end) {
		poll(&watched, 1, 100);
		ended = http_hear(sock, &answer);
	}
	if (sock >= 0)
		close(sock);
	http_read(&answer);
	return answer;
}

void http_forget(struct http_answer *answer)
{
	free(answer->text);
	memset(answer, 0, sizeof(*answer));
}

const char *http_header(const struct http_answer *answer, const char *name)
{
	static char value[256];
	const char *line = answer->text;
	size_t len = strlen(name);

	while (line && line < answer->body) {
		if (!strncasecmp(line, name, len) && line[len] == ':') {
			sscanf(line + len + 1, " %255[^\r\n]", value);
			return value;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return "";
}

static bool make_room(struct http_answer *answer)
{
	char *larger;

	if (answer->size - answer->len > CHUNK)
		return true;
	larger = realloc(answer->text, answer->size * 2 + 2 * CHUNK);
	if (!larger)
		return false;
	answer->size = answer->size * 2 + 2 * CHUNK;
	answer->text = larger;
	answer->text[answer->len] = '\0';
	return true;
}
