/* SPDX-License-Identifier: BSD-3-Clause */
/* bare.c - see bare.h. */
#include "port/bare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct uplink *port_bare_open(const char *name, const struct uplink_ops *ops,
			      struct error_text *error)
{
	struct uplink *uplink = calloc(1, sizeof(*uplink));

	if (!uplink) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		return NULL;
	}
	uplink->ops = ops;
	snprintf(uplink->name, sizeof(uplink->name), "%s", name);
	return uplink;
}

void port_bare_close(struct uplink *uplink)
{
	free(uplink);
}

int port_bare_fd(const struct uplink *uplink, unsigned queue)
{
	(void)uplink;
	(void)queue;
	return -1;
}
