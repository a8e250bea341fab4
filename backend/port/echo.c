/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - see echo.h. */
#include "port/echo.h"

#include <string.h>

#include "net/deliver.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/bare.h"

/* A short frame is copied whole; so many at a time. */
#define SHORT_LEN 128

static bool is_short(const struct packet *packet)
{
	return packet->iov_cnt == 1 && packet->len <= SHORT_LEN;
}

static void swap_in_short(struct packet *packet, uint8_t *room)
{
	const uint8_t *frame = packet->iov->iov_base;

	frame_copy(room, frame, packet->len);
	memcpy(room, frame + 6, 6);
	memcpy(room + 6, frame, 6);
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

static void echo_one(struct delivery *delivery, struct packet *packet)
{
	if (!delivery_put(delivery, packet))
		delivery_drop(delivery, 1);
}

static void echo_row(struct delivery *delivery, struct packet *packets, unsigned cnt)
{
	unsigned i = 0;

	while (i < cnt) {
		unsigned put = delivery_put_row(delivery, &packets[i], cnt - i);

		if (put == 0)
			echo_one(delivery, &packets[i]);
		i += put > 0 ? put : 1;
	}
}

/* One that is not short, by itself, since the iovec in front of a frame may be the last
 * of the one before. The frame may not be written to: it is the guest's device-readable
 * memory. */
static void echo_long(struct delivery *delivery, struct packet *packet)
{
	uint8_t addresses[ETH_ADDRESSES_LEN];

	swap_in_pieces(packet, addresses);
	echo_one(delivery, packet);
}

static unsigned echo_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	uint8_t room[BURST_FRAMES][SHORT_LEN];
	struct delivery delivery;
	unsigned row = 0; /* as many in front of i are short, and swapped */
	unsigned i;

	(void)uplink;
	delivery_begin(&delivery, from->pair, from->burst, cnt);
	for (i = 0; i < cnt; i++) {
		bool passes = net_hdr_pass(from, &packets[i]);

		if (passes && is_short(&packets[i]) && row < BURST_FRAMES) {
			swap_in_short(&packets[i], room[row++]);
			continue;
		}
		echo_row(&delivery, &packets[i - row], row);
		row = 0;
		if (passes)
			echo_long(&delivery, &packets[i]);
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
