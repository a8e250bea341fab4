/* SPDX-License-Identifier: BSD-3-Clause */
/* client.h - a connection to vringd's control socket.
 *
 * Speaks JSON-RPC 2.0, one question at a time. What goes wrong is told on
 * stderr where it is found, so a verb only has to give up.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_CLIENT_H
#define VRINGCTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct client {
	const char *path;
	int fd; /* -1: not connected yet */
	unsigned asked;
	char *line; /* what was received and not used yet */
	size_t line_len, line_size;
};

/* Connects at the first question. */
struct client client_of(const char *path);
void client_close(struct client *client);

/* Asks and waits. Takes `params` (NULL: none). Returns the result, a new
 * reference, or NULL when the error was printed. */
json_t *client_ask(struct client *client, const char *method, json_t *params);

/* Waits for the next notification, for ever: its "params", a new reference, and its
 * name copied to `method`. NULL when the error was printed. */
json_t *client_next(struct client *client, char *method, size_t method_len);

#endif
