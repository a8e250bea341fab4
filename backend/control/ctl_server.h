/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_server.h - the control socket: people and tools ask, the house answers.
 *
 * A UNIX stream socket on which JSON-RPC 2.0 is spoken, one object a line each
 * way. The daemon's main loop watches ctl_server_fd() for input and then calls
 * ctl_server_turn(), which does what can be done and never blocks. What a
 * request means is ctl_commands.h; what the house must offer is ctl_house.h.
 *
 * What must stay true: a client can be slow, silent, rude or many, and costs
 * the daemon a bounded amount of memory and no waiting.
 *
 * Thread: one, the daemon's main thread.
 */
#ifndef VRINGD_CTL_SERVER_H
#define VRINGD_CTL_SERVER_H

#include <stdbool.h>

#include "control/ctl_house.h"

/* Clients at one time, and bytes of one request without its newline. */
#define CTL_CLIENTS_MAX 64
#define CTL_REQUEST_MAX 65536
/* How long an answer may lie with no byte of it read before its client goes. */
#define CTL_PATIENCE_MS 2000

struct ctl_server;

struct ctl_server_config {
	const char *path;
	int gid;	      /* group of the socket file; -1: leave it */
	bool allow_faults;    /* --allow-faults */
	unsigned patience_ms; /* 0: CTL_PATIENCE_MS */
	const struct ctl_house_ops *ops;
	void *house; /* handed to each of ops; both must outlive the server */
};

/* Opens the socket, mode 0660, its directory (0755) if only that is missing.
 * A socket file that nobody answers is replaced, a live one is refused
 * (-EADDRINUSE), anything else that lies there is left alone (-EEXIST).
 * Returns NULL with errno set and `error` filled. */
struct ctl_server *ctl_server_open(const struct ctl_server_config *config,
				   struct error_text *error);

/* Readable when ctl_server_turn() has something to do (an epoll descriptor). */
int ctl_server_fd(const struct ctl_server *server);

/* Accepts, reads, answers, drops: all that is ready, and returns. */
void ctl_server_turn(struct ctl_server *server);

/* Drops the clients and removes the socket file, if it still is ours. NULL is fine. */
void ctl_server_close(struct ctl_server *server);

#endif
