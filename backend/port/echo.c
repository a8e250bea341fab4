/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - see echo.h. */
#include "port/echo.h"

#include "net/deliver.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/bare.h"

/* The frame may not be written to: it is the guest's device-readable memory.
 * So the swapped addresses are put in front of the rest of the frame. */
static void swap_addresses(struct packet *packet, uint8_t addresses[ETH_ADDRESSES_LEN])
{
	struct iov_at at = iov_begin(packet->iov, packet->iov_cnt);

	iov_get(&at, addresses + 6, 6);
	iov_get(&at, addresses, 6);
	packet->iov = iov_trim_front(packet->iov, &packet->iov_cnt, ETH_ADDRESSES_LEN) - 1;
	packet->iov_cnt++;
	packet->iov[0] = (struct iovec){ .iov_base = addresses, .iov_len = ETH_ADDRESSES_LEN };
}

static unsigned echo_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	uint8_t addresses[ETH_ADDRESSES_LEN];
	struct delivery delivery;
	unsigned i;

	(void)uplink;
	delivery_begin(&delivery, from->pair, from->burst, cnt);
	for (i = 0; i < cnt; i++) {
		if (!net_hdr_pass(from, &packets[i]))
			continue;
		swap_addresses(&packets[i], addresses);
		if (!delivery_put(&delivery, &packets[i]))
			delivery_drop(&delivery, 1);
	}
	delivery_end(&delivery, now_ns);
	return cnt;
}

const struct uplink_ops echo_ops = {
	.type = "echo",
	.send = echo_send,
	.fd = port_bare_fd,
};
