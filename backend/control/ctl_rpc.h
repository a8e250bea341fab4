/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_rpc.h - JSON-RPC 2.0: a line in, a line out.
 *
 * Knows requests, notifications, batches and errors, and nothing of sockets
 * (ctl_client.h) or of what a method means (ctl_commands.h).
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_RPC_H
#define VRINGD_CTL_RPC_H

#include <stddef.h>

#include "control/ctl_commands.h"

/* Requests in one batch: it is answered as one line, so it must have a bound. */
#define CTL_BATCH_MAX 64

/* Answers one line (without its newline). Returns a string for free() that
 * ends in a newline, or NULL where JSON-RPC wants no answer. */
char *ctl_rpc_answer(const struct ctl_call *caller, const char *line, size_t len);

/* The line that says why a request was not even read. */
char *ctl_rpc_refusal(enum ctl_code code, const char *text);

#endif
