/* SPDX-License-Identifier: BSD-3-Clause */
/* top_link.c - lines to and from the control socket, without waiting.
 *
 * See top_link.h.
 */
#include "top_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "top_model.h"

#define READ_CHUNK 65536

static int send_some(struct top_link *link);
static int receive_some(struct top_link *link);
static int take_answer(struct top_link *link, json_t **answer);
static int lost(struct top_link *link, int err);

struct top_link top_link_of(const char *path)
{
	return (struct top_link){ .path = path, .fd = -1 };
}

int top_link_open(struct top_link *link)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(link->path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, link->path);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->fd < 0)
		return -errno;
	/* A UNIX socket connects at once or not at all. */
	if (connect(link->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return lost(link, -errno);
	return 0;
}

void top_link_close(struct top_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	free(link->out);
	free(link->in);
	*link = top_link_of(link->path);
}

int top_link_ask(struct top_link *link, char *question)
{
	const size_t len = strlen(question);

	link->out = top_memory(realloc(question, len + 2));
	memcpy(link->out + len, "\n", 2);
	link->out_len = len + 1;
	link->out_sent = 0;
	link->waits = true;
	return send_some(link);
}

short top_link_events(const struct top_link *link)
{
	return link->out ? POLLIN | POLLOUT : POLLIN;
}

int top_link_turn(struct top_link *link, json_t **answer)
{
	int err = link->out ? send_some(link) : 0;

	*answer = NULL;
	if (!err)
		err = receive_some(link);
	return err ? err : take_answer(link, answer);
}

static int send_some(struct top_link *link)
{
	ssize_t sent;

	while (link->out_sent < link->out_len) {
		sent = send(link->fd, link->out + link->out_sent, link->out_len - link->out_sent,
			    MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? 0 : lost(link, -errno);
		link->out_sent += (size_t)sent;
	}
	free(link->out);
	link->out = NULL;
	return 0;
}

static int receive_some(struct top_link *link)
{
	ssize_t got;

	for (;;) {
		if (link->in_size - link->in_len < READ_CHUNK) {
			link->in_size = link->in_size * 2 + READ_CHUNK;
			link->in = top_memory(realloc(link->in, link->in_size));
		}
		got = recv(link->fd, link->in + link->in_len, READ_CHUNK, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : lost(link, -errno);
		if (got == 0)
			return lost(link, -ECONNRESET);
		link->in_len += (size_t)got;
	}
}

static int take_answer(struct top_link *link, json_t **answer)
{
	const char *newline = link->in_len ? memchr(link->in, '\n', link->in_len) : NULL;
	size_t len;

	if (!newline)
		return 0;
	len = (size_t)(newline - link->in) + 1;
	*answer = json_loadb(link->in, len, 0, NULL);
	if (!*answer)
		return lost(link, -EPROTO);
	link->waits = false;
	link->in_len -= len;
	memmove(link->in, link->in + len, link->in_len);
	return 0;
}

static int lost(struct top_link *link, int err)
{
	top_link_close(link);
	return err < 0 ? err : -EIO;
}
