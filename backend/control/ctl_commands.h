/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_commands.h - what the control socket can be asked: one table of methods.
 *
 * A method is a row: name, one line of help, its parameters, whether it needs
 * the owner, and a function. ctl_command_run() checks all that the row says
 * before the function sees the call, so that a handler only does its work.
 * JSON-RPC itself (ids, batches, parse errors) is ctl_rpc.h.
 *
 * What must stay true: nothing is changed for somebody who is neither root nor
 * the daemon's own user.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_COMMANDS_H
#define VRINGD_CTL_COMMANDS_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "control/ctl_house.h"

#define CTL_PARAMS_MAX 5

/* What stands under "code" in an error: JSON-RPC's own below zero, ours above. */
enum ctl_code {
	CTL_OK = 0,
	CTL_PARSE_ERROR = -32700,
	CTL_INVALID_REQUEST = -32600,
	CTL_NO_METHOD = -32601,
	CTL_INVALID_PARAMS = -32602,
	CTL_INTERNAL = -32603,
	CTL_NO_OBJECT = 1,
	CTL_NOT_CONNECTED = 2,
	CTL_EXISTS = 3,
	CTL_REFUSED = 4,
	CTL_BUSY = 5,
};

/* The events of a vring that a client wants to hear of as they come. */
struct ctl_follow {
	bool on;
	char port[PORT_NAME_MAX];
	char vring[VRING_NAME_MAX];
	unsigned index;
	uint64_t next; /* number of the first it was not sent */
};

/* One request: who asks what of which house. */
struct ctl_call {
	const struct ctl_house_ops *ops;
	void *house;
	bool allow_faults;
	uid_t uid; /* of the peer, as the kernel vouches for it */
	pid_t pid;
	struct ctl_follow *follow; /* of the connection that asks */
	json_t *params;		   /* an object with parameters of the row only, of their types */
};

enum ctl_param_type {
	CTL_TYPE_NONE,
	CTL_TYPE_STRING, /* "vm0" */
	CTL_TYPE_VRING,	 /* "tx0", or a vhost index */
	CTL_TYPE_COUNT,	 /* a number, or "always" */
	CTL_TYPE_VALUE,	 /* a string, a number, true or false */
	CTL_TYPE_FLAG,	 /* true or false */
};

struct ctl_param {
	const char *name;
	enum ctl_param_type type;
	bool required;
	const char *help;
	bool needs_owner; /* a flag: setting it does */
};

/* A handler returns CTL_OK and *result, or a code with `error` filled. */
typedef enum ctl_code ctl_handler(const struct ctl_call *call, json_t **result,
				  struct error_text *error);

struct ctl_command {
	const char *name;
	const char *help;
	bool needs_owner;     /* it changes something, or reveals frames */
	ctl_handler *handler; /* NULL: the contract names it, it is not built yet */
	struct ctl_param params[CTL_PARAMS_MAX];
};

/* Runs one method. `params`: an object, an array (parameters by position) or NULL. */
enum ctl_code ctl_command_run(const struct ctl_call *caller, const char *method,
			      const json_t *params, json_t **result, struct error_text *error);

/* The table, for rpc.discover; ends with a row without a name. */
extern const struct ctl_command ctl_commands[];

#endif
