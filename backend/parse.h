/* SPDX-License-Identifier: BSD-3-Clause */
/* parse.h - words of people as values: numbers, switches, users.
 *
 * Each returns true and the value, or false; the caller words the error, since
 * it knows which option or key it is about.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_PARSE_H
#define VRINGD_PARSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *value);
bool parse_octal(const char *text, unsigned most, unsigned *value);
bool parse_on_off(const char *text, bool *on);
bool parse_user(const char *text, uid_t *uid, gid_t *gid);
bool parse_group(const char *text, gid_t *gid);

/* enum worker_poll of "adaptive", "always", "never"; -1: none of them. */
int parse_poll(const char *text);
const char *poll_name(int poll);

/* What stall-after and poll-idle may be. */
#define STALL_AFTER_MS_MIN 1
#define STALL_AFTER_MS_MAX 60000
#define POLL_IDLE_US_MAX 1000000

#endif
