/* SPDX-License-Identifier: BSD-3-Clause */
/* net_bench.h - a guest's pair without a worker: both drivers, and an uplink, in one process.
 *
 * The data path of backend/net, asked turn by turn and told the time. The
 * guest is played by two split drivers, the call descriptors are eventfds, and
 * the few functions of a worker that net/ calls are faked here.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_NET_BENCH_H
#define TESTS_UNIT_NET_BENCH_H

#include "check.h"
#include "net/burst.h"
#include "net/call.h"
#include "net/deliver.h"
#include "net/grace.h"
#include "net/guest_port.h"
#include "net/guest_rx.h"
#include "net/guest_tx.h"
#include "net/kick.h"
#include "net/news.h"
#include "net/pair.h"
#include "net/uplink.h"
#include "net/watchdog.h"
#include "driver.h"

#define MS UINT64_C(1000000)
#define NET_SIZE 16
#define NET_MODERN                                                           \
	(FEATURE_BIT(VIRTIO_F_VERSION_1) | FEATURE_BIT(VIRTIO_F_EVENT_IDX) | \
	 FEATURE_BIT(VIRTIO_F_INDIRECT_DESC))
#define NET_MERGEABLE (NET_MODERN | FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF))

struct net_bench {
	struct grace grace;
	struct guest_port *port;
	struct guest_pair *pair;
	struct burst *burst;

	struct driver tx, rx;
	struct driver_mem mem;
	void *page;

	/* The uplink: what it was sent, and what it yields. */
	struct uplink uplink;
	bool takes_nothing;
	unsigned sent;
	struct virtio_net_hdr sent_hdr; /* of the last frame */
	uint32_t sent_len;
	uint8_t sent_data[2048];
	struct virtio_net_hdr hdr; /* that the uplink gives with its frames */
	uint32_t waiting[8];	   /* lengths of the frames it has */
	unsigned waiting_cnt;

	struct news_ring news;
	unsigned unwatched;
};

/* Features decide everything; both vrings are started and enabled. */
void net_bench_open(struct net_bench *bench, uint64_t features);
void net_bench_close(struct net_bench *bench);

struct net_bench *net_bench_now(void); /* the open one */

/* The tx driver sends a frame of `len` bytes, counting up from `first`, in parts. */
int net_send(struct net_bench *bench, uint32_t len, uint8_t first);
/* A chain of parts as given: writable where `writable` has a bit. */
int net_offer(struct net_bench *bench, struct driver *driver, const uint32_t *lens, unsigned cnt,
	      unsigned writable);
/* The rx driver gives `cnt` buffers of `len` bytes. */
void net_give(struct net_bench *bench, unsigned cnt, uint32_t len);

/* The uplink has a frame. */
void net_frame_comes(struct net_bench *bench, uint32_t len);

/* Somebody has a frame for the guest at hand. */
void net_deliver(struct net_bench *bench, struct packet *packet);

/* Takes back one rx buffer; its bytes, header first. */
const uint8_t *net_received(struct net_bench *bench, uint32_t *len);

/* Calls since the last time this was asked. */
uint64_t net_calls(const struct vring_end *end);

/* The equation of the contract that holds at rest. */
void net_check_sums(const struct vring_end *end);

#endif
