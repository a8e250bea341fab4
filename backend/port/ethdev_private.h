/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_private.h - an ethdev port, for its files. */
#ifndef VRINGD_PORT_ETHDEV_PRIVATE_H
#define VRINGD_PORT_ETHDEV_PRIVATE_H

#include <rte_mbuf.h>
#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"
#include "net/uplink.h"

/* Pieces of a received frame; one in more is dropped. */
#define ETHDEV_PIECES 16

/* One queue pair; its worker's. */
struct ethdev_queue {
	struct rte_mbuf *taken[BURST_FRAMES]; /* received, and not given back */
	unsigned taken_cnt;
	struct iovec iov[BURST_FRAMES][1 + ETHDEV_PIECES]; /* of these; the first is free to use */
	uint64_t taken_ns;				   /* when the device was last asked */
	uint64_t blocked_since_ns;			   /* it takes no more; 0: it does */
	struct segmenting cut;
};

struct ethdev {
	struct uplink uplink;
	uint16_t port;
	bool started;
	uint64_t offloads; /* RTE_ETH_TX_OFFLOAD_… that are on */
	struct rte_mempool *pool;
	unsigned queue_cnt;
	struct ethdev_queue *queues[GUEST_PAIRS_MAX];
};

extern const struct uplink_ops ethdev_ops;

/* A copy of a frame, with what its header asks for left to the device or done. NULL:
 * there is no memory for it now. */
struct rte_mbuf *ethdev_mbuf(const struct ethdev *ethdev, struct packet *packet);

/* Can the device do by itself what the header asks for? */
bool ethdev_can(const struct ethdev *ethdev, const struct virtio_net_hdr *hdr);

/* A received frame, as a packet on the queue's iovecs. False: in too many pieces. */
bool ethdev_packet(struct packet *packet, const struct rte_mbuf *mbuf, struct iovec *iov);

#endif
