/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_setup.c - a device of DPDK's, from its name to its queues; see ethdev.h. */
#include <errno.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "port/ethdev.h"
#include "port/ethdev_grace.h"
#include "port/ethdev_private.h"

/* Mbufs for a queue pair: what its rings hold and what is in our hands. */
#define RING_LEN 512
#define POOL_PER_QUEUE (2 * RING_LEN + 4 * BURST_FRAMES)
#define POOL_CACHE 128

#define WISHES                                                          \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
	 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |    \
	 RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

static int make_pool(struct ethdev *ethdev, uint16_t buffer_len, struct error_text *error)
{
	ethdev->pool =
		rte_pktmbuf_pool_create(ethdev->uplink.name, ethdev->queue_cnt * POOL_PER_QUEUE - 1,
					POOL_CACHE, 0, buffer_len, SOCKET_ID_ANY);
	if (ethdev->pool)
		return 0;
	return error_set(
		error, rte_errno,
		"port %s: no memory for %u frames: %s; give DPDK more with '-- -m MEGABYTES'",
		ethdev->uplink.name, ethdev->queue_cnt * POOL_PER_QUEUE, rte_strerror(rte_errno));
}

static int make_queues(struct ethdev *ethdev)
{
	uint16_t rx_len = RING_LEN, tx_len = RING_LEN;
	int err = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev->port, &rx_len, &tx_len);
	uint16_t i;

	for (i = 0; !err && i < ethdev->queue_cnt; i++) {
		ethdev->queues[i] = calloc(1, sizeof(*ethdev->queues[i]));
		err = ethdev->queues[i]
			      ? rte_eth_rx_queue_setup(ethdev->port, i, rx_len,
						       (unsigned)SOCKET_ID_ANY, NULL, ethdev->pool)
			      : -ENOMEM;
		if (!err)
			err = rte_eth_tx_queue_setup(ethdev->port, i, tx_len,
						     (unsigned)SOCKET_ID_ANY, NULL);
	}
	return err;
}

static int start(struct ethdev *ethdev, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = { 0 };
	int err;

	ethdev->offloads = info->tx_offload_capa & WISHES;
	conf.txmode.offloads = ethdev->offloads;
	conf.rxmode.offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_CHECKSUM;
	err = rte_eth_dev_configure(ethdev->port, (uint16_t)ethdev->queue_cnt,
				    (uint16_t)ethdev->queue_cnt, &conf);
	if (!err)
		err = make_queues(ethdev);
	if (!err)
		err = rte_eth_dev_start(ethdev->port);
	ethdev->started = !err;
	return err;
}

/* Frames for the guest's addresses, not the device's, must come in. Some devices
 * have no such thing, and take all. */
static void hear_all(const struct ethdev *ethdev)
{
	int err = rte_eth_promiscuous_enable(ethdev->port);

	if (err && err != -ENOTSUP)
		log_warn("port %s: the device does not become promiscuous: %s", ethdev->uplink.name,
			 rte_strerror(-err));
}

/* Was it given behind `--`? */
static bool was_given(const char *dev)
{
	static const char *const buses[] = { "vdev", "pci" };
	const struct rte_devargs *args;
	unsigned i;

	for (i = 0; i < RTE_DIM(buses); i++)
		RTE_EAL_DEVARGS_FOREACH(buses[i], args)
			if (strcmp(args->name, dev) == 0)
				return true;
	return false;
}

static int find(struct ethdev *ethdev, const char *dev, struct error_text *error)
{
	if (rte_eth_dev_get_port_by_name(dev, &ethdev->port) == 0)
		return 0;
	if (was_given(dev))
		return error_set(error, ENODEV,
				 "port %s: dev=%s: its driver refused what stands behind --: what "
				 "DPDK said of it is in the lines before; an argument with a name "
				 "that the driver does not know is refused without a word",
				 ethdev->uplink.name, dev);
	return error_set(error, ENODEV,
			 "port %s: dev=%s: DPDK knows no such device; give it behind --, as in "
			 "'-- --vdev %s,...', or '-- -a %s' for a PCI address",
			 ethdev->uplink.name, dev, dev, dev);
}

/* What the device can be, before anything of it is changed. */
static int look_at(const struct ethdev *ethdev, const struct ethdev_config *config,
		   struct rte_eth_dev_info *info, struct error_text *error)
{
	const char *name = ethdev->uplink.name;
	unsigned most;
	int err = rte_eth_dev_info_get(ethdev->port, info);

	if (err)
		return error_set(error, -err, "port %s: dev=%s can not be asked: %s", name,
				 config->dev, rte_strerror(-err));
	most = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	if (config->queues > most)
		return error_set(error, EINVAL, "port %s: queues=%u: dev=%s has %u%s", name,
				 config->queues, config->dev, most,
				 strcmp(info->driver_name, "net_af_packet") == 0
					 ? "; give it more with qpairs="
					 : "");
	return 0;
}

static int start_told(struct ethdev *ethdev, const struct ethdev_config *config,
		      const struct rte_eth_dev_info *info, struct error_text *error)
{
	int err = start(ethdev, info);

	if (!err)
		return 0;
	if (err == -EBUSY)
		return error_set(error, EBUSY, "port %s: dev=%s is another port's",
				 ethdev->uplink.name, config->dev);
	return error_set(error, EIO,
			 "port %s: dev=%s with queues=%u does not start: %s; what DPDK said of it "
			 "is in the lines before",
			 ethdev->uplink.name, config->dev, config->queues,
			 err == -1 ? "its driver gives no reason" : rte_strerror(-err));
}

static int open_device(struct ethdev *ethdev, const struct ethdev_config *config,
		       struct error_text *error)
{
	struct ethdev_limits limits = { 0 };
	struct rte_eth_dev_info info;
	int err = find(ethdev, config->dev, error);

	if (!err)
		err = look_at(ethdev, config, &info, error);
	if (!err)
		err = ethdev_limits_of(&info, &limits, error);
	if (!err)
		err = make_pool(ethdev, limits.buffer_len, error);
	if (err)
		return err;
	ethdev->frame_max = limits.frame_max;
	ethdev->has_peer = limits.has_peer;
	return start_told(ethdev, config, &info, error);
}

struct uplink *ethdev_open(const char *name, const struct ethdev_config *config,
			   struct error_text *error)
{
	struct ethdev *ethdev = calloc(1, sizeof(*ethdev));

	if (!ethdev) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		return NULL;
	}
	ethdev->uplink.ops = &ethdev_ops;
	snprintf(ethdev->uplink.name, sizeof(ethdev->uplink.name), "%s", name);
	ethdev->queue_cnt = config->queues;
	ethdev_grace_begin(config->grace);
	if (open_device(ethdev, config, error) != 0) {
		ethdev_close(&ethdev->uplink);
		return NULL;
	}
	hear_all(ethdev);
	return &ethdev->uplink;
}

void ethdev_close(struct uplink *uplink)
{
	struct ethdev *ethdev = (struct ethdev *)uplink;
	unsigned i;

	for (i = 0; i < ethdev->queue_cnt; i++) {
		if (ethdev->queues[i])
			rte_pktmbuf_free_bulk(ethdev->queues[i]->taken,
					      ethdev->queues[i]->taken_cnt);
		free(ethdev->queues[i]);
	}
	if (ethdev->started)
		ethdev_stop(ethdev->port, ethdev->has_peer);
	ethdev_grace_end();
	rte_mempool_free(ethdev->pool);
	free(ethdev);
}
