/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_http.h - the metrics over HTTP: GET /metrics, and nothing else.
 *
 * libmicrohttpd speaks HTTP, driven by the daemon's main loop: it watches
 * ctl_http_fd() for input, waits no longer than ctl_http_timeout_ms(), and calls
 * ctl_http_turn(), which does what can be done and never blocks. No thread of its
 * own, since only the main thread may read reports.
 *
 * What must stay true: a client can be slow, silent, rude or many, and costs the
 * daemon a bounded amount of memory and no waiting. A connection is for one request
 * and for a bounded time, and when there are too many the oldest makes room.
 *
 * Thread: one, the daemon's main thread.
 */
#ifndef VRINGD_CTL_HTTP_H
#define VRINGD_CTL_HTTP_H

#include "control/ctl_house.h"

/* Connections at one time; each may hold a text of its own. */
#define CTL_HTTP_CLIENTS_MAX 8
/* How long one may last, from its first byte to its last. */
#define CTL_HTTP_PATIENCE_MS 10000

struct ctl_http;

struct ctl_http_config {
	const char *address;  /* "127.0.0.1:9100", "[::1]:9100"; port 0: one that is free */
	unsigned patience_ms; /* 0: CTL_HTTP_PATIENCE_MS */
	const struct ctl_house_ops *ops;
	void *house; /* handed to each of ops; both must outlive the server */
};

/* Listens, and logs where. NULL with `error` filled. */
struct ctl_http *ctl_http_open(const struct ctl_http_config *config, struct error_text *error);

/* Readable when ctl_http_turn() has something to do (an epoll descriptor). */
int ctl_http_fd(const struct ctl_http *http);

/* How long the next turn may wait if nothing is readable; at most `most`. */
int ctl_http_timeout_ms(const struct ctl_http *http, int most);

void ctl_http_turn(struct ctl_http *http);

/* Drops the clients. NULL is fine. */
void ctl_http_close(struct ctl_http *http);

#endif
