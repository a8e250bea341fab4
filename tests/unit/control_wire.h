/* SPDX-License-Identifier: BSD-3-Clause */
/* control_wire.h - a control server and its clients in one process, for the tests.
 *
 * A client writes, the server takes turns until the answer is there. Nothing
 * here waits for more than a deadline.
 */
#ifndef TESTS_UNIT_CONTROL_WIRE_H
#define TESTS_UNIT_CONTROL_WIRE_H

#include <stdbool.h>

#include "control/ctl_server.h"
#include "control_fake.h"

#define ASK_VERSION "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"version\"}\n"
#define ASK_CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"vring.call\",\"params\":[\"vm0\",1]}\n"
#define ASK_VRINGS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"vring.list\"}\n"

extern struct fake_house wire_house;
extern char wire_directory[32]; /* a fresh one for the group of tests */
extern char wire_path[64];	/* of the control socket in it */

/* cmocka's set-up and tear-down, of a group and of a test. */
int wire_make_directory(void **state);
int wire_remove_directory(void **state);
int wire_open(void **state);
int wire_close(void **state);

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, wire_open, wire_close)

/* Another server; its patience is 200 ms. */
struct ctl_server *wire_server(const char *path, struct error_text *error);

/* A connected, non-blocking client. */
int wire_client(void);
void wire_say(int fd, const char *text);
/* What the client got, until a newline, the end or a second without news. */
const char *wire_hear(int fd);
/* One turn of the server; false when it had nothing to do for `ms`. */
bool wire_turn(int ms);
/* Reads away what is there; true once the server has hung up. */
bool wire_is_dropped(int fd, unsigned within_ms);

#endif
