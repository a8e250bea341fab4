/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - see echo.h. */
#include "port/echo.h"

#include <string.h>

#include "net/deliver.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/bare.h"

static void swap_in_place(uint8_t *frame)
{
	uint8_t addresses[ETH_ADDRESSES_LEN];

	memcpy(addresses, frame, sizeof(addresses));
	memcpy(frame, addresses + 6, 6);
	memcpy(frame + 6, addresses, 6);
}

/* The swapped addresses are put in front of the rest of the frame. */
static void swap_in_pieces(struct packet *packet, uint8_t *room)
{
	struct iov_at at = iov_begin(packet->iov, packet->iov_cnt);

	iov_get(&at, room + 6, 6);
	iov_get(&at, room, 6);
	packet->iov = iov_trim_front(packet->iov, &packet->iov_cnt, ETH_ADDRESSES_LEN) - 1;
	packet->iov_cnt++;
	packet->iov[0] = (struct iovec){ .iov_base = room, .iov_len = ETH_ADDRESSES_LEN };
}

/* Any frame. Where it lies it may not be written to: it is the guest's device-readable
 * memory. */
static void echo_one(struct delivery *delivery, struct packet *packet)
{
	uint8_t addresses[ETH_ADDRESSES_LEN];

	swap_in_pieces(packet, addresses);
	if (!delivery_put(delivery, packet))
		delivery_drop(delivery, 1);
}

/* Most frames are copied as they are, and swapped where they went. */
static void echo_row(struct delivery *delivery, struct packet *packets, unsigned cnt)
{
	unsigned put, i;

	for (; cnt > 0; packets += put, cnt -= put) {
		put = delivery_put_row(delivery, packets, cnt);
		for (i = 1; i <= put; i++)
			swap_in_place(delivery_row_frame(delivery, i));
		if (put == 0) {
			echo_one(delivery, packets);
			put = 1;
		}
	}
}

static unsigned echo_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	struct delivery delivery;
	unsigned row = 0; /* as many in front of i pass */
	unsigned i;

	(void)uplink;
	delivery_begin(&delivery, from->pair, from->burst, cnt);
	for (i = 0; i < cnt; i++) {
		if (net_hdr_pass(from, &packets[i])) {
			row++;
			continue;
		}
		echo_row(&delivery, &packets[i - row], row);
		row = 0;
	}
	echo_row(&delivery, &packets[i - row], row);
	delivery_end(&delivery, now_ns);
	return cnt;
}

const struct uplink_ops echo_ops = {
	.type = "echo",
	.send = echo_send,
	.fd = port_bare_fd,
};
