/* SPDX-License-Identifier: BSD-3-Clause */
/* tap_setup.c - opening and closing a tap device; see tap.h. */
#include "port/tap_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int refuse(const struct tap *tap, const char *what, struct error_text *error)
{
	int err = errno;
	const char *advice = "";

	if (err == EPERM || err == EACCES)
		advice = "; it needs CAP_NET_ADMIN: run as root, or make the tap beforehand "
			 "with `ip tuntap add ... user NAME`";
	else if (err == EBUSY)
		advice = "; another program has it open";
	else if (err == ENOENT)
		advice = "; is the tun module loaded?";
	else if (err == EINVAL)
		advice = "; a device of that name may exist with another type or number of queues";
	return error_set(error, err, "port %s: tap \"%s\": %s: %s%s", tap->uplink.name, tap->ifname,
			 what, strerror(err), advice);
}

static int open_queue(struct tap *tap, const struct tap_config *config, unsigned queue,
		      struct error_text *error)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int hdr_len = UPLINK_HDR_LEN;

	tap->fds[queue] = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->fds[queue] < 0)
		return refuse(tap, "/dev/net/tun", error);
	if (config->queues > 1)
		request.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(request.ifr_name, tap->ifname, IFNAMSIZ);
	if (ioctl(tap->fds[queue], TUNSETIFF, &request) != 0)
		return refuse(tap, "TUNSETIFF", error);
	memcpy(tap->ifname, request.ifr_name, IFNAMSIZ);
	if (ioctl(tap->fds[queue], TUNSETVNETHDRSZ, &hdr_len) != 0)
		return refuse(tap, "TUNSETVNETHDRSZ", error);
	return 0;
}

static int set_mtu(const struct tap *tap, int control_fd, unsigned mtu, struct error_text *error)
{
	struct ifreq request = { .ifr_mtu = (int)mtu };

	memcpy(request.ifr_name, tap->ifname, IFNAMSIZ);
	if (mtu && ioctl(control_fd, SIOCSIFMTU, &request) != 0)
		return refuse(tap, "mtu", error);
	return 0;
}

static int join_bridge(const struct tap *tap, int control_fd, const char *bridge,
		       struct error_text *error)
{
	struct ifreq request = { .ifr_ifindex = (int)if_nametoindex(tap->ifname) };

	if (!bridge)
		return 0;
	if (strlen(bridge) >= IFNAMSIZ || if_nametoindex(bridge) == 0)
		return error_set(error, ENODEV,
				 "port %s: bridge \"%s\" does not exist; make it with `ip link add "
				 "%s type bridge`",
				 tap->uplink.name, bridge, bridge);
	memcpy(request.ifr_name, bridge, strlen(bridge) + 1);
	request.ifr_ifindex = (int)if_nametoindex(tap->ifname);
	if (ioctl(control_fd, SIOCBRADDIF, &request) != 0 && errno != EBUSY)
		return refuse(tap, "joining the bridge", error);
	return 0;
}

static int bring_up(const struct tap *tap, int control_fd, struct error_text *error)
{
	struct ifreq request = { 0 };

	memcpy(request.ifr_name, tap->ifname, IFNAMSIZ);
	if (ioctl(control_fd, SIOCGIFFLAGS, &request) != 0)
		return refuse(tap, "reading its flags", error);
	if (request.ifr_flags & IFF_UP)
		return 0;
	request.ifr_flags |= IFF_UP;
	if (ioctl(control_fd, SIOCSIFFLAGS, &request) != 0)
		return refuse(tap, "bringing it up", error);
	return 0;
}

static int set_persist(const struct tap *tap, int persist, struct error_text *error)
{
	if (persist >= 0 && ioctl(tap->fds[0], TUNSETPERSIST, persist) != 0)
		return refuse(tap, "persist", error);
	return 0;
}

static int set_up(const struct tap *tap, const struct tap_config *config, struct error_text *error)
{
	int control_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (control_fd < 0)
		return refuse(tap, "socket", error);
	err = set_mtu(tap, control_fd, config->mtu, error);
	if (!err)
		err = join_bridge(tap, control_fd, config->bridge, error);
	if (!err && config->up)
		err = bring_up(tap, control_fd, error);
	if (!err)
		err = set_persist(tap, config->persist, error);
	close(control_fd);
	return err;
}

static int open_queues(struct tap *tap, const struct tap_config *config, struct error_text *error)
{
	unsigned queue;
	int err;

	for (queue = 0; queue < config->queues; queue++) {
		err = open_queue(tap, config, queue, error);
		if (err)
			return err;
	}
	return 0;
}

struct uplink *tap_open(const char *name, const struct tap_config *config, struct error_text *error)
{
	struct tap *tap = calloc(1, sizeof(*tap));
	unsigned queue;

	if (!tap) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		return NULL;
	}
	tap->uplink.ops = &tap_ops;
	snprintf(tap->uplink.name, sizeof(tap->uplink.name), "%s", name);
	snprintf(tap->ifname, sizeof(tap->ifname), "%s", config->ifname ? config->ifname : "");
	tap->queue_cnt = config->queues;
	for (queue = 0; queue < TAP_QUEUES_MAX; queue++)
		tap->fds[queue] = -1;

	if (open_queues(tap, config, error) || set_up(tap, config, error)) {
		tap_close(&tap->uplink);
		return NULL;
	}
	return &tap->uplink;
}

void tap_close(struct uplink *uplink)
{
	struct tap *tap;
	unsigned queue;

	if (!uplink)
		return;
	tap = tap_of(uplink);
	for (queue = 0; queue < TAP_QUEUES_MAX; queue++)
		if (tap->fds[queue] >= 0)
			close(tap->fds[queue]);
	free(tap);
}

const char *tap_ifname(const struct uplink *uplink)
{
	return ((const struct tap *)uplink)->ifname;
}

const char *tap_link(const struct uplink *uplink)
{
	const struct tap *tap = (const struct tap *)uplink;
	int control_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };
	const char *link = "";

	if (control_fd < 0)
		return "";
	memcpy(request.ifr_name, tap->ifname, IFNAMSIZ);
	if (ioctl(control_fd, SIOCGIFFLAGS, &request) == 0)
		link = !(request.ifr_flags & IFF_UP)	    ? "down"
		       : !(request.ifr_flags & IFF_RUNNING) ? "no carrier"
							    : "up";
	close(control_fd);
	return link;
}
