/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - see echo.h. */
#include "port/echo.h"

#include <string.h>

#include "net/deliver.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/bare.h"

/* A short frame is copied whole. */
#define SHORT_LEN 128

static void swap_in_short(struct packet *packet, uint8_t *room)
{
	const uint8_t *frame = packet->iov->iov_base;

	memcpy(room, frame + 6, 6);
	memcpy(room + 6, frame, 6);
	memcpy(room + ETH_ADDRESSES_LEN, frame + ETH_ADDRESSES_LEN,
	       packet->len - ETH_ADDRESSES_LEN);
	packet->iov->iov_base = room;
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

/* The frame may not be written to: it is the guest's device-readable memory. */
static void swap_addresses(struct packet *packet, uint8_t *room)
{
	if (packet->iov_cnt == 1 && packet->len <= SHORT_LEN)
		swap_in_short(packet, room);
	else
		swap_in_pieces(packet, room);
}

/* One by one, since the iovec in front of a frame may be the last of the one before. */
static unsigned echo_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	uint8_t room[SHORT_LEN];
	struct delivery delivery;
	unsigned i;

	(void)uplink;
	delivery_begin(&delivery, from->pair, from->burst, cnt);
	for (i = 0; i < cnt; i++) {
		if (!net_hdr_pass(from, &packets[i]))
			continue;
		swap_addresses(&packets[i], room);
		if (delivery_put_row(&delivery, &packets[i], 1) == 0 &&
		    !delivery_put(&delivery, &packets[i]))
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
