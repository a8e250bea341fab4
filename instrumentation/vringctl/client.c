/* SPDX-License-Identifier: BSD-3-Clause */
/* client.c - a connection to vringd's control socket.
 *
 * See client.h. A daemon that does not answer is given ten seconds; it answers
 * within one turn of its main loop when it is well.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_S 10
#define READ_CHUNK 65536

static bool connect_to(struct client *client);
static void tell_no_daemon(const char *path, int err);
static bool send_request(struct client *client, const char *method, json_t *params);
static bool send_all(struct client *client, const char *text, size_t len);
static json_t *receive_reply(struct client *client);
static bool receive_some(struct client *client);
static json_t *result_of(json_t *reply);

struct client client_of(const char *path)
{
	return (struct client){ .path = path, .fd = -1 };
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->line);
	*client = client_of(client->path);
}

json_t *client_ask(struct client *client, const char *method, json_t *params)
{
	if (client->fd < 0 && !connect_to(client)) {
		json_decref(params);
		return NULL;
	}
	if (!send_request(client, method, params))
		return NULL;
	return result_of(receive_reply(client));
}

json_t *client_next(struct client *client, char *method, size_t method_len)
{
	const struct timeval never = { 0 };
	json_t *line, *params;

	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof(never));
	line = receive_reply(client);
	params = json_incref(json_object_get(line, "params"));
	snprintf(method, method_len, "%s",
		 json_is_string(json_object_get(line, "method"))
			 ? json_string_value(json_object_get(line, "method"))
			 : "");
	json_decref(line);
	return params;
}

static bool connect_to(struct client *client)
{
	const struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(client->path) >= sizeof(address.sun_path)) {
		fprintf(stderr,
			"vringctl: --control %s: longer than a UNIX socket's path can be "
			"(%zu bytes)\n",
			client->path, sizeof(address.sun_path) - 1);
		return false;
	}
	strcpy(address.sun_path, client->path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0) {
		fprintf(stderr, "vringctl: cannot make a socket: %s\n", strerror(errno));
		return false;
	}
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	tell_no_daemon(client->path, errno);
	client_close(client);
	return false;
}

static void tell_no_daemon(const char *path, int err)
{
	fprintf(stderr, "vringctl: cannot connect to the control socket %s: %s\n", path,
		strerror(err));
	if (err == EACCES || err == EPERM) {
		fprintf(stderr, "Be root, or a member of the socket's group (vringd "
				"--control-group GROUP).\n");
		return;
	}
	fprintf(stderr,
		"No vringd seems to run there. Name another socket with --control PATH, or start "
		"one:\n"
		"  vringd --control %s --port vm0,type=vhost-user,socket=/run/vringd/vm0.sock \\\n"
		"         --port tap0,type=tap,ifname=tap0 --wire vm0,tap0\n",
		path);
}

/* Takes `params`. */
static bool send_request(struct client *client, const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s, s:i, s:s}", "jsonrpc", "2.0", "id", (int)++client->asked,
				    "method", method);
	char *text;
	bool sent = false;

	if (params)
		json_object_set_new(request, "params", params);
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (text)
		sent = send_all(client, text, strlen(text)) && send_all(client, "\n", 1);
	else
		fprintf(stderr, "vringctl: what was given is not UTF-8 text\n");
	free(text);
	return sent;
}

static bool send_all(struct client *client, const char *text, size_t len)
{
	ssize_t sent;

	while (len > 0) {
		sent = send(client->fd, text, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			fprintf(stderr, "vringctl: %s: the daemon does not listen any more: %s\n",
				client->path, strerror(errno));
			return false;
		}
		text += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* The next line, parsed. */
static json_t *receive_reply(struct client *client)
{
	char *newline = NULL;
	json_error_t where;
	json_t *reply;
	size_t len, seen = 0;

	for (;;) {
		if (client->line)
			newline = memchr(client->line + seen, '\n', client->line_len - seen);
		if (newline)
			break;
		seen = client->line_len;
		if (!receive_some(client))
			return NULL;
	}
	len = (size_t)(newline - client->line) + 1;
	reply = json_loadb(client->line, len, 0, &where);
	if (!reply)
		fprintf(stderr, "vringctl: %s: the answer is not JSON: %s; is that vringd?\n",
			client->path, where.text);
	client->line_len -= len;
	memmove(client->line, client->line + len, client->line_len);
	return reply;
}

static bool receive_some(struct client *client)
{
	char *larger = client->line;
	ssize_t got;

	if (client->line_size - client->line_len < READ_CHUNK)
		larger = realloc(client->line, client->line_size * 2 + READ_CHUNK);
	if (!larger) {
		fprintf(stderr, "vringctl: no memory for the answer\n");
		return false;
	}
	if (client->line_size - client->line_len < READ_CHUNK)
		client->line_size = client->line_size * 2 + READ_CHUNK;
	client->line = larger;
	do
		got = recv(client->fd, client->line + client->line_len, READ_CHUNK, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		if (got == 0)
			fprintf(stderr, "vringctl: %s: the daemon closed the connection\n",
				client->path);
		else if (errno == EAGAIN)
			fprintf(stderr,
				"vringctl: %s: no answer within %d s; look at the daemon's "
				"log and CPU\n",
				client->path, ANSWER_TIMEOUT_S);
		else
			fprintf(stderr, "vringctl: %s: cannot read the answer: %s\n", client->path,
				strerror(errno));
		return false;
	}
	client->line_len += (size_t)got;
	return true;
}

/* Takes `reply`; prints the error it may hold. */
static json_t *result_of(json_t *reply)
{
	json_t *result = json_incref(json_object_get(reply, "result"));
	const json_t *error = json_object_get(reply, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (reply && !result)
		fprintf(stderr, "vringctl: %s\n", message ? message : "the answer says nothing");
	json_decref(reply);
	return result;
}
