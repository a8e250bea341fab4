/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_private.h - an ethdev port, for its files. */
#ifndef VRINGD_PORT_ETHDEV_PRIVATE_H
#define VRINGD_PORT_ETHDEV_PRIVATE_H

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdint.h>

#include "error_text.h"
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
	bool has_peer;	    /* another process, that may die */
	uint64_t offloads;  /* RTE_ETH_TX_OFFLOAD_… that are on */
	uint32_t frame_max; /* bytes of a frame that it sends */
	struct rte_mempool *pool;
	unsigned queue_cnt;
	struct ethdev_queue *queues[GUEST_PAIRS_MAX];
};

/* What a device can do, where its driver does not say so. */
struct ethdev_limits {
	uint32_t frame_max;  /* bytes of a frame that it sends; of a longer one it says nothing */
	uint16_t buffer_len; /* of an mbuf, with what stands in front of the frame */
	bool has_peer;
};

/* -EINVAL with `error` filled: its arguments are not ones to live with. */
int ethdev_limits_of(const struct rte_eth_dev_info *info, struct ethdev_limits *limits,
		     struct error_text *error);

extern const struct uplink_ops ethdev_ops;

/* A copy of a frame, with what its header asks for left to the device or done. NULL:
 * there is no memory for it now. */
struct rte_mbuf *ethdev_mbuf(const struct ethdev *ethdev, struct packet *packet);

/* Can the device do by itself what the header asks for? */
bool ethdev_can(const struct ethdev *ethdev, const struct virtio_net_hdr *hdr);

/* A received frame, as a packet on the queue's iovecs. False: in too many pieces. */
bool ethdev_packet(struct packet *packet, const struct rte_mbuf *mbuf, struct iovec *iov);

#endif
