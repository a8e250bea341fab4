/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_client.h - one connection: lines in, answers out, never a wait.
 *
 * A client is answered one request at a time, and is read again when it has
 * taken the answer: what it costs is one request and one answer, however much
 * it sends ahead. One that does not take its answer is "blocked", and
 * ctl_server.c drops it when its patience is over.
 *
 * What must stay true: no call here blocks.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_CLIENT_H
#define VRINGD_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/ctl_commands.h"

struct ctl_client {
	int fd; /* -1: no client in this slot */
	uid_t uid;
	pid_t pid;

	char *in; /* CTL_REQUEST_MAX + 1 bytes: a longest line and its newline */
	size_t in_len;
	char *out; /* the answer under way, or NULL */
	size_t out_len, out_sent;

	struct ctl_follow follow;

	uint64_t active_ns; /* when a byte last went either way */
	bool ended;	    /* the peer sends no more */
	bool closing;	    /* drop it once the answer is out */
};

/* What a client waits for after a turn. */
enum ctl_wait {
	CTL_WAIT_INPUT,	 /* its next request */
	CTL_WAIT_OUTPUT, /* that it takes its answer; or its turn came to an end */
	CTL_WAIT_NEVER,	 /* nothing: drop it */
};

/* Takes `fd`, which is connected and non-blocking. A negative errno leaves the
 * descriptor to the caller. */
int ctl_client_open(struct ctl_client *client, int fd, uint64_t now_ns);
void ctl_client_close(struct ctl_client *client);

/* Reads, answers and writes as far as it goes, a bounded number of requests. */
enum ctl_wait ctl_client_turn(struct ctl_client *client, const struct ctl_call *house,
			      uint64_t now_ns);

/* Sends a client that follows what is new. Nothing if it is still taking what it
 * was sent before: it is told then what it has missed. */
enum ctl_wait ctl_client_feed(struct ctl_client *client, const struct ctl_call *house,
			      uint64_t now_ns);

static inline bool ctl_client_is_blocked(const struct ctl_client *client)
{
	return client->out != NULL;
}

#endif
