/* SPDX-License-Identifier: BSD-3-Clause */
/* control.h - a client of the control socket: JSON-RPC 2.0, one object a line.
 *
 * control_call() is what tests use; control_write() and control_read_line()
 * are for requests that are wrong on purpose. What must stay true: each wait
 * has an end, and after a failed call `code` and `text` say what the daemon
 * said.
 */
#ifndef TESTS_LIB_CONTROL_H
#define TESTS_LIB_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define CONTROL_WAIT_MS 5000
#define CONTROL_LINE_MAX (1 << 20)

/* Error codes: JSON-RPC's, then the contract's. */
#define CONTROL_PARSE_ERROR (-32700)
#define CONTROL_INVALID_REQUEST (-32600)
#define CONTROL_NO_METHOD (-32601)
#define CONTROL_BAD_PARAMS (-32602)
#define CONTROL_NO_OBJECT 1
#define CONTROL_NOT_CONNECTED 2
#define CONTROL_EXISTS 3
#define CONTROL_REFUSED 4
#define CONTROL_BUSY 5

struct control {
	int sock;
	int next_id;
	char *line; /* being received */
	size_t have;
	int code; /* of the last error; 0: none, 1000: no answer */
	char text[512];
};

#define CONTROL_NO_ANSWER 1000

/* 0 or -errno. */
int control_open(struct control *c, const char *path);
void control_close(struct control *c);

/* Calls @method; @params is consumed and may be NULL. The result, to be freed
 * with json_decref(), or NULL with the error in @c. */
json_t *control_call(struct control *c, const char *method, json_t *params);

/* The same, where only success matters: 0, or the error code. */
int control_do(struct control *c, const char *method, json_t *params);

/* The object of one vring of vring.list, or NULL. */
json_t *control_vring(struct control *c, const char *port, const char *vring);

/* The member at a path such as "counters.calls_forced"; NULL if missing. */
json_t *control_at(json_t *json, const char *path);

/* It as an integer (-1 if missing) or a string ("" if missing). */
long long control_int(json_t *json, const char *path);
const char *control_str(json_t *json, const char *path);

/* One integer or one string of one vring, fetched now. The string is good
 * until the next call and is "" if there is none. */
long long control_vring_int(struct control *c, const char *port,
			    const char *vring, const char *path);
const char *control_vring_str(struct control *c, const char *port,
			      const char *vring, const char *path);

/* Bytes as they are. 0 or -errno. */
int control_write(struct control *c, const char *bytes, size_t len);

/* The next line without its end, or NULL; good until the next read. */
const char *control_read_line(struct control *c, int timeout_ms);

#endif
