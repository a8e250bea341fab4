/* SPDX-License-Identifier: BSD-3-Clause */
/* tap.c - the data path of a tap; see tap.h. Setting it up is tap_setup.c. */
#include "port/tap.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "compiler.h"
#include "log.h"
#include "net/burst.h"
#include "net/drop.h"
#include "net/guest_port.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/tap_setup.h"

/* writev() takes 1024 iovecs, one of them for the header. */
#define TAP_IOVECS_MAX 1023

/* A frame in more pieces than one call can name is put together first; the packet
 * stays as it is, others may have to send it too. */
static ssize_t write_joined(int fd, uint8_t *room, struct packet *packet)
{
	struct iov_at at = iov_begin(packet->iov, packet->iov_cnt);
	const struct iovec joined[] = {
		{ .iov_base = &packet->hdr, .iov_len = UPLINK_HDR_LEN },
		{ .iov_base = room, .iov_len = packet->len },
	};

	iov_get(&at, room, packet->len);
	return writev(fd, joined, ARRAY_SIZE(joined));
}

static ssize_t write_frame(int fd, uint8_t *room, struct packet *packet)
{
	if (packet->iov_cnt > TAP_IOVECS_MAX)
		return write_joined(fd, room, packet);
	packet->iov[-1] = (struct iovec){ .iov_base = &packet->hdr, .iov_len = UPLINK_HDR_LEN };
	return writev(fd, packet->iov - 1, (int)packet->iov_cnt + 1);
}

/* False: the tap takes no more for now. */
static bool send_one(struct tap *tap, const struct sender *from, struct packet *packet)
{
	if (!net_hdr_pass(from, packet))
		return true;
	if (write_frame(tap->fds[from->queue], from->burst->spill, packet) >= 0)
		return true;
	if (errno == EAGAIN)
		return false;
	if (errno == EIO) /* the interface is down; other errors are of this frame */
		uplink_refused(from, 1);
	drop_sent(from, DROP_uplink, 1);
	return true;
}

static unsigned tap_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			 unsigned cnt, uint64_t now_ns)
{
	struct tap *tap = tap_of(uplink);
	unsigned i;

	(void)now_ns;
	for (i = 0; i < cnt; i++)
		if (!send_one(tap, from, &packets[i]))
			break;
	return i;
}

static ssize_t tap_receive(struct uplink *uplink, unsigned queue, const struct iovec *iov,
			   unsigned iov_cnt)
{
	ssize_t got = readv(tap_of(uplink)->fds[queue], iov, (int)iov_cnt);

	if (got >= 0)
		return got;
	return errno == EAGAIN ? 0 : -errno;
}

static int tap_fd(const struct uplink *uplink, unsigned queue)
{
	const struct tap *tap = (const struct tap *)uplink;

	return queue < tap->queue_cnt ? tap->fds[queue] : -1;
}

static bool has(uint64_t features, unsigned bit)
{
	return features & FEATURE_BIT(bit);
}

/* What the guest takes, the kernel may send: no checksum, large segments. */
static void tap_guest_started(struct uplink *uplink, uint64_t features)
{
	struct tap *tap = tap_of(uplink);
	unsigned offload = 0;

	if (has(features, VIRTIO_NET_F_GUEST_CSUM)) {
		offload = TUN_F_CSUM;
		if (has(features, VIRTIO_NET_F_GUEST_TSO4))
			offload |= TUN_F_TSO4;
		if (has(features, VIRTIO_NET_F_GUEST_TSO6))
			offload |= TUN_F_TSO6;
		if (offload != TUN_F_CSUM && has(features, VIRTIO_NET_F_GUEST_ECN))
			offload |= TUN_F_TSO_ECN;
	}
	if (ioctl(tap->fds[0], TUNSETOFFLOAD, offload) != 0)
		log_warn("tap %s: TUNSETOFFLOAD %#x failed: %m", tap->ifname, offload);
}

const struct uplink_ops tap_ops = {
	.type = "tap",
	.send = tap_send,
	.receive = tap_receive,
	.fd = tap_fd,
	.guest_started = tap_guest_started,
};
