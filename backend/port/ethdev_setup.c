/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_setup.c - a device of DPDK's, from its name to its queues; see ethdev.h. */
#include <errno.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "port/ethdev.h"
#include "port/ethdev_private.h"

/* Mbufs for a queue pair: what its rings hold and what is in our hands. */
#define RING_LEN 512
#define POOL_PER_QUEUE (2 * RING_LEN + 4 * BURST_FRAMES)
#define POOL_CACHE 128

#define WISHES                                                          \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
	 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |    \
	 RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

static int make_pool(struct ethdev *ethdev, struct error_text *error)
{
	ethdev->pool =
		rte_pktmbuf_pool_create(ethdev->uplink.name, ethdev->queue_cnt * POOL_PER_QUEUE - 1,
					POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (ethdev->pool)
		return 0;
	return error_set(
		error, rte_errno,
		"port %s: no memory for %u frames: %s; give DPDK more with '-- -m MEGABYTES'",
		ethdev->uplink.name, ethdev->queue_cnt * POOL_PER_QUEUE, rte_strerror(rte_errno));
}

static int make_queues(struct ethdev *ethdev, const struct rte_eth_dev_info *info)
{
	uint16_t rx_len = RING_LEN, tx_len = RING_LEN;
	int err = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev->port, &rx_len, &tx_len);
	uint16_t i;

	(void)info;
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

static int start(struct ethdev *ethdev)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = { 0 };
	int err = rte_eth_dev_info_get(ethdev->port, &info);

	if (err)
		return err;
	ethdev->offloads = info.tx_offload_capa & WISHES;
	conf.txmode.offloads = ethdev->offloads;
	conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_CHECKSUM;
	err = rte_eth_dev_configure(ethdev->port, (uint16_t)ethdev->queue_cnt,
				    (uint16_t)ethdev->queue_cnt, &conf);
	if (!err)
		err = make_queues(ethdev, &info);
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

static int find(struct ethdev *ethdev, const char *dev, struct error_text *error)
{
	if (rte_eth_dev_get_port_by_name(dev, &ethdev->port) == 0)
		return 0;
	return error_set(error, ENODEV,
			 "port %s: dev=%s: DPDK knows no such device; give it behind --, as in "
			 "'-- --vdev %s,...', or '-- -a %s' for a PCI address",
			 ethdev->uplink.name, dev, dev, dev);
}

struct uplink *ethdev_open(const char *name, const struct ethdev_config *config,
			   struct error_text *error)
{
	struct ethdev *ethdev = calloc(1, sizeof(*ethdev));
	int err;

	if (!ethdev) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		return NULL;
	}
	ethdev->uplink.ops = &ethdev_ops;
	snprintf(ethdev->uplink.name, sizeof(ethdev->uplink.name), "%s", name);
	ethdev->queue_cnt = config->queues;
	err = find(ethdev, config->dev, error);
	if (!err)
		err = make_pool(ethdev, error);
	if (!err) {
		err = start(ethdev);
		if (err)
			error_set(error, -err, "port %s: dev=%s with %u queues does not start: %s",
				  name, config->dev, config->queues, rte_strerror(-err));
	}
	if (err) {
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
		rte_eth_dev_stop(ethdev->port);
	rte_mempool_free(ethdev->pool);
	free(ethdev);
}
