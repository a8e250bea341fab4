/* SPDX-License-Identifier: BSD-3-Clause */
/* tap_host.c - the kernel at the other end of a tap; see tap_host.h. */
#include "tap_host.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define ETHERTYPE 0x88b5 /* of net_frame_make() */

static char ifname[IFNAMSIZ];
static int host = -1;

bool tap_host_able(void)
{
	return geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0;
}

const char *tap_host_ifname(void)
{
	snprintf(ifname, sizeof(ifname), "vrt%d", (int)getpid() % 1000000);
	return ifname;
}

/* No frames of the kernel's own: before the interface is up, for they go out
 * with that. */
static void silence_ipv6(void)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 ifname);
	file = fopen(path, "w");
	if (!file)
		return;
	fputs("1", file);
	fclose(file);
}

static void bring_up(void)
{
	struct ifreq request = { .ifr_flags = 0 };
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	assert_int_equal(ioctl(any, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags |= IFF_UP;
	assert_int_equal(ioctl(any, SIOCSIFFLAGS, &request), 0);
	close(any);
}

void tap_host_hear(uint16_t ethertype)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ethertype) };

	addr.sll_ifindex = (int)if_nametoindex(ifname);
	assert_true(addr.sll_ifindex > 0);
	assert_int_equal(bind(host, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

void tap_host_open(void)
{
	silence_ipv6();
	bring_up();
	host = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE));
	assert_true(host >= 0);
	tap_host_hear(ETHERTYPE);
}

void tap_host_close(void)
{
	if (host >= 0)
		close(host);
	host = -1;
}

void tap_host_sends(const struct net_frame *frame)
{
	assert_int_equal(send(host, frame->data, frame->len, 0), frame->len);
}

void tap_host_next(struct net_frame *got)
{
	struct pollfd poller = { .fd = host, .events = POLLIN };

	assert_int_equal(poll(&poller, 1, BED_WAIT_MS), 1);
	got->len = (uint32_t)recv(host, got->data, sizeof(got->data), 0);
}

void tap_host_gets(const struct net_frame *sent)
{
	tap_host_next(&bed_got);
	assert_int_equal(bed_got.len, sent->len);
	assert_memory_equal(bed_got.data, sent->data, sent->len);
}

bool tap_host_has_none(void)
{
	struct pollfd poller = { .fd = host, .events = POLLIN };

	return poll(&poller, 1, 0) == 0;
}

void tap_host_drain(void)
{
	while (!tap_host_has_none())
		recv(host, bed_got.data, sizeof(bed_got.data), 0);
}
