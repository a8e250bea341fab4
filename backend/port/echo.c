/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - see echo.h. */
#include "port/echo.h"

#include "net/burst.h"
#include "net/guest_rx.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "net/worker.h"
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

static void echo_one(struct guest_pair *from, struct packet *packet)
{
	uint8_t addresses[ETH_ADDRESSES_LEN];

	if (packet->len > FRAME_LEN_MAX) {
		count(&from->tx.counters.drops[DROP_oversize], 1);
	} else if (packet->len < ETH_HEADER_LEN) {
		count(&from->tx.counters.drops[DROP_uplink], 1);
	} else if (!net_hdr_check(packet, from->port->features)) {
		count(&from->tx.counters.drops[DROP_bad_header], 1);
	} else {
		swap_addresses(packet, addresses);
		guest_rx_deliver(from, worker_burst(from->worker), packet);
	}
}

static unsigned echo_send(struct uplink *uplink, struct guest_pair *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	unsigned i;

	(void)uplink;
	for (i = 0; i < cnt; i++)
		echo_one(from, &packets[i]);
	guest_rx_flush(from, now_ns);
	return cnt;
}

const struct uplink_ops echo_ops = {
	.type = "echo",
	.send = echo_send,
	.fd = port_bare_fd,
};
