/* SPDX-License-Identifier: BSD-3-Clause */
/* control.c - a client of the control socket.
 *
 * See control.h. What must stay true: an answer is taken only if its id is
 * the one asked with, so that a stream or a late answer is never mistaken.
 */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost_user_msg.h"

static int send_request(struct control *c, const char *method, json_t *params);
static json_t *read_answer(struct control *c, int id);
static void keep_error(struct control *c, json_t *answer);
static void drop_line(struct control *c);

int control_open(struct control *c, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->line = malloc(CONTROL_LINE_MAX);
	c->sock = vhost_user_connect(path, CONTROL_WAIT_MS);
	if (c->line && c->sock >= 0)
		return 0;
	free(c->line);
	c->line = NULL;
	return c->sock < 0 ? c->sock : -ENOMEM;
}

void control_close(struct control *c)
{
	if (!c->line)
		return;
	close(c->sock);
	free(c->line);
	c->line = NULL;
}

json_t *control_call(struct control *c, const char *method, json_t *params)
{
	json_t *answer, *result;
	int err;

	c->code = CONTROL_NO_ANSWER;
	snprintf(c->text, sizeof(c->text), "no answer to %s", method);
	err = send_request(c, method, params);
	if (err)
		return NULL;
	answer = read_answer(c, c->next_id);
	if (!answer)
		return NULL;

	result = json_incref(json_object_get(answer, "result"));
	if (result)
		c->code = 0;
	else
		keep_error(c, answer);
	json_decref(answer);
	return result;
}

int control_do(struct control *c, const char *method, json_t *params)
{
	json_decref(control_call(c, method, params));
	return c->code;
}

json_t *control_vring(struct control *c, const char *port, const char *vring)
{
	json_t *list =
		control_call(c, "vring.list", json_pack("{s:s}", "port", port));
	json_t *found = NULL, *item;
	size_t i;

	json_array_foreach(json_object_get(list, "vrings"), i, item)
		if (!strcmp(control_str(item, "vring"), vring))
			found = json_incref(item);
	json_decref(list);
	return found;
}

json_t *control_at(json_t *json, const char *path)
{
	char step[64];
	size_t len;

	while (json && *path) {
		len = strcspn(path, ".");
		snprintf(step, sizeof(step), "%.*s", (int)len, path);
		json = json_object_get(json, step);
		path += len + (path[len] == '.');
	}
	return json;
}

long long control_int(json_t *json, const char *path)
{
	json_t *at = control_at(json, path);

	return json_is_integer(at) ? json_integer_value(at) : -1;
}

const char *control_str(json_t *json, const char *path)
{
	const char *text = json_string_value(control_at(json, path));

	return text ? text : "";
}

long long control_vring_int(struct control *c, const char *port,
			    const char *vring, const char *path)
{
	json_t *json = control_vring(c, port, vring);
	long long value = control_int(json, path);

	json_decref(json);
	return value;
}

const char *control_vring_str(struct control *c, const char *port,
			      const char *vring, const char *path)
{
	json_t *json = control_vring(c, port, vring);

	snprintf(c->text, sizeof(c->text), "%s", control_str(json, path));
	json_decref(json);
	return c->text;
}

int control_write(struct control *c, const char *bytes, size_t len)
{
	ssize_t sent;

	while (len) {
		sent = send(c->sock, bytes, len, MSG_NOSIGNAL);
		if (sent < 0)
			return -errno;
		bytes += sent;
		len -= (size_t)sent;
	}
	return 0;
}

const char *control_read_line(struct control *c, int timeout_ms)
{
	struct pollfd poller = { .fd = c->sock, .events = POLLIN };
	ssize_t got;
	char *end;

	drop_line(c);
	while (!(end = memchr(c->line, '\n', c->have))) {
		if (c->have == CONTROL_LINE_MAX ||
		    poll(&poller, 1, timeout_ms) <= 0)
			return NULL;
		got = read(c->sock, c->line + c->have,
			   CONTROL_LINE_MAX - c->have);
		if (got <= 0)
			return NULL;
		c->have += (size_t)got;
	}
	*end = '\0';
	return c->line;
}

static int send_request(struct control *c, const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s, s:i, s:s}", "jsonrpc", "2.0", "id",
				    ++c->next_id, "method", method);
	char *text;
	int err = -ENOMEM;

	if (params)
		json_object_set_new(request, "params", params);
	text = json_dumps(request, JSON_COMPACT);
	if (text) {
		err = control_write(c, text, strlen(text));
		if (!err)
			err = control_write(c, "\n", 1);
	}
	free(text);
	json_decref(request);
	return err;
}

static json_t *read_answer(struct control *c, int id)
{
	const char *line;
	json_t *answer;

	while ((line = control_read_line(c, CONTROL_WAIT_MS))) {
		answer = json_loads(line, 0, NULL);
		if (control_int(answer, "id") == id)
			return answer;
		json_decref(answer);
	}
	return NULL;
}

static void keep_error(struct control *c, json_t *answer)
{
	c->code = (int)control_int(answer, "error.code");
	snprintf(c->text, sizeof(c->text), "%s",
		 control_str(answer, "error.message"));
}

/* Forgets the line handed out last; its end was made a NUL. */
static void drop_line(struct control *c)
{
	char *end = memchr(c->line, '\0', c->have);

	if (!end)
		return;
	c->have -= (size_t)(end + 1 - c->line);
	memmove(c->line, end + 1, c->have);
}
