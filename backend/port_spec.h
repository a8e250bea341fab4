/* SPDX-License-Identifier: BSD-3-Clause */
/* port_spec.h - "NAME,type=TYPE[,KEY=VALUE]...": what a port is to be.
 *
 * The same text on the command line, in the configuration file and in
 * `vringctl port add`. Everything is checked here, so that whoever opens a
 * port meets only what can be.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_PORT_SPEC_H
#define VRINGD_PORT_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error_text.h"
#include "vring_report.h"

enum port_type { PORT_VHOST_USER, PORT_TAP, PORT_ECHO, PORT_NULL, PORT_SOURCE, PORT_ETHDEV };

struct port_spec {
	char name[PORT_NAME_MAX];
	enum port_type type;
	unsigned queues; /* pairs */
	unsigned mtu;	 /* 0: not given */

	/* vhost-user */
	char socket[108];
	bool client;
	mode_t perm;
	uid_t owner; /* -1: not given */
	gid_t group; /* -1: not given */
	char mac[18];
	int force;		 /* 1, 0, or -1: as the daemon's */
	uint64_t stall_after_ms; /* 0: as the daemon's */
	uint64_t withhold;	 /* features */

	/* tap */
	char ifname[16];
	char bridge[16];
	bool up;
	int persist; /* 1, 0, or -1: as it is */

	/* ethdev */
	char dev[64];

	/* source */
	unsigned size, flows;
	uint64_t rate; /* 0: as fast as the guest takes them */
};

int port_spec_parse(const char *text, struct port_spec *spec, struct error_text *error);

const char *port_type_name(enum port_type type);

/* [A-Za-z][A-Za-z0-9_-]{0,30} */
bool port_name_valid(const char *name);

#endif
