/* SPDX-License-Identifier: BSD-3-Clause */
/* null.c - see null.h. */
#include "port/null.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/guest_port.h"

static unsigned null_send(struct uplink *uplink, struct guest_pair *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	unsigned i;

	(void)uplink;
	(void)now_ns;
	for (i = 0; i < cnt; i++)
		if (packets[i].len > FRAME_LEN_MAX)
			count(&from->tx.counters.drops[DROP_oversize], 1);
	return cnt;
}

static int null_fd(const struct uplink *uplink, unsigned queue)
{
	(void)uplink;
	(void)queue;
	return -1;
}

static const struct uplink_ops null_ops = {
	.type = "null",
	.send = null_send,
	.fd = null_fd,
};

struct uplink *null_open(const char *name, struct error_text *error)
{
	struct uplink *uplink = calloc(1, sizeof(*uplink));

	if (!uplink) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		return NULL;
	}
	uplink->ops = &null_ops;
	snprintf(uplink->name, sizeof(uplink->name), "%s", name);
	return uplink;
}

void null_close(struct uplink *uplink)
{
	free(uplink);
}
