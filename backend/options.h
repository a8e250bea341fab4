/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - the command line as one plain struct.
 *
 * Handed out in pieces by main.c; nobody else includes it.
 */
#ifndef VRINGD_OPTIONS_H
#define VRINGD_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "error_text.h"
#include "glue/eal.h"
#include "house.h"

#define OPTIONS_REPEAT_MAX 512

struct options {
	const char *ports[OPTIONS_REPEAT_MAX];
	unsigned port_cnt;
	const char *switches[OPTIONS_REPEAT_MAX];
	unsigned switch_cnt;
	const char *wires[OPTIONS_REPEAT_MAX]; /* "A,B" */
	unsigned wire_cnt;

	const char *control;
	int control_gid; /* -1: leave it */
	bool allow_faults;
	const char *state_dir; /* NULL: the default one, if it can be used */
	const char *metrics;   /* "ADDRESS:PORT"; NULL: off */

	struct house_config house;
	enum eal_hugepages hugepages;
	char **eal; /* what stood after --; NULL-terminated */

	bool change_user;
	uid_t uid;
	gid_t gid;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_USAGE };

/* OPTIONS_DONE: --help or --version was answered. OPTIONS_USAGE: `error` says
 * what is wrong. */
enum options_result options_parse(int argc, char *argv[], struct options *options,
				  struct error_text *error);

#endif
