/* SPDX-License-Identifier: BSD-3-Clause */
/* null.c - see null.h. */
#include "port/null.h"

#include "net/drop.h"
#include "port/bare.h"

static unsigned null_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	unsigned i;

	(void)uplink;
	(void)now_ns;
	for (i = 0; i < cnt; i++)
		if (packets[i].len > FRAME_LEN_MAX)
			drop_sent(from, DROP_oversize, 1);
	return cnt;
}

const struct uplink_ops null_ops = {
	.type = "null",
	.send = null_send,
	.fd = port_bare_fd,
};
