/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_client.c - one connection: lines in, answers out, never a wait.
 *
 * See ctl_client.h.
 */
#include "control/ctl_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/ctl_rpc.h"
#include "control/ctl_server.h"
#include "control/ctl_trace.h"

#define IN_SIZE (CTL_REQUEST_MAX + 1)
/* Requests a turn, so that a chatty client leaves time for the others. */
#define TURN_REQUESTS 32

static int flush(struct ctl_client *client, uint64_t now_ns);
static bool answer_next(struct ctl_client *client, const struct ctl_call *house);
static void answer_line(struct ctl_client *client, const struct ctl_call *house, size_t len,
			size_t eaten);
static int fill(struct ctl_client *client, uint64_t now_ns);

int ctl_client_open(struct ctl_client *client, int fd, uint64_t now_ns)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char *in;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return -errno;
	in = malloc(IN_SIZE);
	if (!in)
		return -ENOMEM;
	*client = (struct ctl_client){
		.fd = fd, .uid = peer.uid, .pid = peer.pid, .in = in, .active_ns = now_ns
	};
	return 0;
}

void ctl_client_close(struct ctl_client *client)
{
	close(client->fd);
	free(client->in);
	free(client->out);
	*client = (struct ctl_client){ .fd = -1 };
}

enum ctl_wait ctl_client_turn(struct ctl_client *client, const struct ctl_call *house,
			      uint64_t now_ns)
{
	unsigned answered = 0;
	int err;

	for (;;) {
		err = flush(client, now_ns);
		if (err == -EAGAIN)
			return CTL_WAIT_OUTPUT;
		if (err || client->closing)
			return CTL_WAIT_NEVER;
		if (answered == TURN_REQUESTS)
			return CTL_WAIT_OUTPUT; /* it can be written to: the next turn is near */
		if (answer_next(client, house)) {
			answered++;
			continue;
		}
		if (client->ended)
			return CTL_WAIT_NEVER;
		err = fill(client, now_ns);
		if (err == -EAGAIN)
			return CTL_WAIT_INPUT;
		if (err)
			return CTL_WAIT_NEVER;
	}
}

enum ctl_wait ctl_client_feed(struct ctl_client *client, const struct ctl_call *house,
			      uint64_t now_ns)
{
	int err;

	if (client->out)
		return CTL_WAIT_OUTPUT;
	client->out = ctl_trace_news(house, &client->follow);
	client->out_len = client->out ? strlen(client->out) : 0;
	client->out_sent = 0;
	if (client->out)
		client->active_ns = now_ns; /* its patience begins */
	err = flush(client, now_ns);
	if (err == -EAGAIN)
		return CTL_WAIT_OUTPUT;
	return err ? CTL_WAIT_NEVER : CTL_WAIT_INPUT;
}

/* Writes what there is of the answer; 0 when all is out, -EAGAIN when not. */
static int flush(struct ctl_client *client, uint64_t now_ns)
{
	ssize_t sent;

	while (client->out && client->out_sent < client->out_len) {
		sent = send(client->fd, client->out + client->out_sent,
			    client->out_len - client->out_sent, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
		client->out_sent += (size_t)sent;
		client->active_ns = now_ns;
	}
	free(client->out);
	client->out = NULL;
	return 0;
}

/* Answers the next line, if a whole one is there. */
static bool answer_next(struct ctl_client *client, const struct ctl_call *house)
{
	const char *newline = memchr(client->in, '\n', client->in_len);
	size_t len = newline ? (size_t)(newline - client->in) : client->in_len;

	if (newline) {
		answer_line(client, house, len, len + 1);
		return true;
	}
	if (client->in_len > CTL_REQUEST_MAX) {
		client->out = ctl_rpc_refusal(CTL_INVALID_REQUEST,
					      "the request is longer than 65536 bytes; this "
					      "connection ends here");
		client->out_len = client->out ? strlen(client->out) : 0;
		client->out_sent = 0;
		client->closing = true;
		return true;
	}
	if (client->ended && client->in_len) {
		answer_line(client, house, len, len); /* its end ends the line as well */
		return true;
	}
	return false;
}

/* An empty line asks nothing. */
static void answer_line(struct ctl_client *client, const struct ctl_call *house, size_t len,
			size_t eaten)
{
	struct ctl_call caller = *house;

	caller.uid = client->uid;
	caller.pid = client->pid;
	caller.follow = &client->follow;
	client->in[len] = '\0';
	if (strspn(client->in, " \t\r") < len) {
		client->out = ctl_rpc_answer(&caller, client->in, len);
		client->out_len = client->out ? strlen(client->out) : 0;
		client->out_sent = 0;
	}
	client->in_len -= eaten;
	memmove(client->in, client->in + eaten, client->in_len);
}

static int fill(struct ctl_client *client, uint64_t now_ns)
{
	ssize_t got;

	do
		got = recv(client->fd, client->in + client->in_len, IN_SIZE - client->in_len, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (got == 0)
		client->ended = true;
	client->in_len += (size_t)got;
	client->active_ns = now_ns;
	return 0;
}
