/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_limits.c - how long a frame of a device may be.
 *
 * Drivers do not say (max_rx_pktlen is about receiving, and often a constant), and some
 * take a frame that is too long and lose it, or worse:
 *
 * - af_packet sends what its slots hold (framesz) and the kernel takes it if the
 *   interface's MTU is as large; what is longer vanishes. It receives up to framesz into
 *   one mbuf, however small that is.
 * - memif begins a second buffer for a frame longer than one (bsize), and that a buffer
 *   is continued stays so for the frames that use it later (DPDK before 26.03).
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/packet.h"
#include "port/ethdev_private.h"

#define DRIVERS_LEN 2048 /* framesz and bsize, if nobody says */
#define ETHER_LEN_MAX (RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)
/* What af_packet keeps of a slot for itself. */
#define SLOT_HEADER_LEN (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))

/* A number among the arguments of `--vdev`. */
static uint32_t argument(const struct rte_eth_dev_info *info, const char *name)
{
	const struct rte_devargs *devargs = rte_dev_devargs(info->device);
	struct rte_kvargs *pairs = devargs ? rte_kvargs_parse(devargs->args, NULL) : NULL;
	const char *value = pairs ? rte_kvargs_get(pairs, name) : NULL;
	uint32_t number = value ? (uint32_t)strtoul(value, NULL, 10) : DRIVERS_LEN;

	rte_kvargs_free(pairs);
	return number;
}

/* 0: it can not be told. */
static uint32_t mtu_of(unsigned if_index)
{
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_mtu = 0 };

	if (any < 0)
		return 0;
	if (!if_indextoname(if_index, request.ifr_name) || ioctl(any, SIOCGIFMTU, &request) != 0)
		request.ifr_mtu = 0;
	close(any);
	return (uint32_t)request.ifr_mtu;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int af_packet(const struct rte_eth_dev_info *info, struct ethdev_limits *limits,
		     struct error_text *error)
{
	uint32_t slot = argument(info, "framesz");
	uint32_t mtu = mtu_of(info->if_index);

	if (slot > UINT16_MAX - RTE_PKTMBUF_HEADROOM || slot <= SLOT_HEADER_LEN)
		return error_set(error, EINVAL, "framesz=%u is not one that a buffer can have",
				 slot);
	limits->frame_max = slot - (uint32_t)SLOT_HEADER_LEN;
	if (mtu > 0)
		limits->frame_max = lesser(limits->frame_max, mtu + ETHER_LEN_MAX);
	if (slot + RTE_PKTMBUF_HEADROOM > limits->buffer_len)
		limits->buffer_len = (uint16_t)(slot + RTE_PKTMBUF_HEADROOM);
	return 0;
}

/* More than one mbuf a frame. pcap does not say so, and does. */
static bool takes_pieces(const struct rte_eth_dev_info *info)
{
	return (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) ||
	       strcmp(info->driver_name, "net_pcap") == 0;
}

int ethdev_limits_of(const struct rte_eth_dev_info *info, struct ethdev_limits *limits,
		     struct error_text *error)
{
	limits->buffer_len = RTE_MBUF_DEFAULT_BUF_SIZE;
	limits->frame_max = takes_pieces(info) ? FRAME_LEN_MAX : RTE_MBUF_DEFAULT_DATAROOM;
	if (strcmp(info->driver_name, "net_af_packet") == 0)
		return af_packet(info, limits, error);
	limits->has_peer = strcmp(info->driver_name, "net_memif") == 0;
	if (limits->has_peer)
		limits->frame_max = lesser(limits->frame_max, argument(info, "bsize"));
	return 0;
}
