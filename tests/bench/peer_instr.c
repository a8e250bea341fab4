/* SPDX-License-Identifier: BSD-3-Clause */
/* peer_instr.c - the same packets through librte_vhost's own virtqueues.
 *
 * librte_vhost listens in this process, the scripted front end connects to it,
 * and the main thread moves batches by rte_vhost_dequeue_burst() and
 * rte_vhost_enqueue_burst(): a frame that was dequeued is enqueued again. No
 * offload is negotiated, so that the peer looks at no header.
 *
 * The bursts copy the payload and take mbufs from a pool, which the ring here
 * does not. Both are inlined in the library, where callgrind can not tell them
 * apart; so the same inline functions are measured beside, compiled with the
 * same options, in a loop like the library's, for who wishes to subtract them:
 * measured_copy() is what one direction copies, measured_pool() is what one
 * dequeue takes from the pool (setting an mbuf's fields is not in it).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glue/eal.h"
#include "glue/rte_vhost_door.h"
#include "instr_case.h"
#include "vhost_frontend.h"

#define MBUF_CNT 1023
#define MBUF_CACHE 256
#define MBUF_ROOM 2176 /* headroom and INSTR_BUFFER_LEN */

/* Of rte_mbuf.h. Nothing in a frame is looked at here, and so no more of DPDK
 * is included than what comes through the door. */
struct rte_mempool *rte_pktmbuf_pool_create(const char *name, unsigned cnt, unsigned cache_size,
					    uint16_t priv_size, uint16_t data_room, int socket);
void rte_pktmbuf_free_bulk(struct rte_mbuf **mbufs, unsigned cnt);

struct copy {
	void *to;
	const void *from;
	size_t len;
};

struct peer {
	struct frontend frontend;
	unsigned char *rx_buffers, *tx_buffers;
	struct rte_mempool *pool;

	unsigned batch, dequeued, enqueued;
	struct rte_mbuf *mbufs[INSTR_BATCH_MAX];
	void *spare[INSTR_BATCH_MAX];
	bool spare_there;
	struct copy copies[INSTR_BATCH_MAX];
	unsigned char copied[INSTR_BUFFERS_LEN];
};

/* Written by the library's thread while it handles a message, read when the
 * message has been answered. */
static int device = -1;

static char socket_dir[] = "/tmp/instr-XXXXXX";
static char socket_path[sizeof(socket_dir) + sizeof("/socket")];

/* ---- what is measured ---- */

static INSTR_MEASURED void measured_dequeue(struct peer *peer)
{
	peer->dequeued = rte_vhost_dequeue_burst(device, TX0, peer->pool, peer->mbufs,
						 (uint16_t)peer->batch);
}

static INSTR_MEASURED void measured_enqueue(struct peer *peer)
{
	peer->enqueued =
		rte_vhost_enqueue_burst(device, RX0, peer->mbufs, (uint16_t)peer->dequeued);
}

static INSTR_MEASURED void measured_copy(struct peer *peer)
{
	unsigned i;

	for (i = 0; i < peer->batch; i++)
		rte_memcpy(peer->copies[i].to, peer->copies[i].from, peer->copies[i].len);
}

static INSTR_MEASURED void measured_pool(struct peer *peer)
{
	peer->spare_there = rte_mempool_get_bulk(peer->pool, peer->spare, peer->batch) == 0;
}

/* ---- the library's end ---- */

static int new_device(int vid)
{
	__atomic_store_n(&device, vid, __ATOMIC_RELEASE);
	return 0;
}

static void destroy_device(int vid)
{
	(void)vid;
	__atomic_store_n(&device, -1, __ATOMIC_RELEASE);
}

static void remove_socket(void)
{
	unlink(socket_path);
	rmdir(socket_dir);
}

static void listen_for_frontend(void)
{
	static const struct rte_vhost_device_ops ops = {
		.new_device = new_device,
		.destroy_device = destroy_device,
	};

	instr_demand(mkdtemp(socket_dir), "there is a directory for the socket");
	atexit(remove_socket);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", socket_dir);
	instr_demand(rte_vhost_driver_register(socket_path, 0) == 0 &&
			     rte_vhost_driver_callback_register(socket_path, &ops) == 0 &&
			     rte_vhost_driver_start(socket_path) == 0,
		     "librte_vhost listens");
}

static void start_library(struct peer *peer)
{
	struct error_text error;

	if (eal_start(EAL_HUGEPAGES_OFF, NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	peer->pool = rte_pktmbuf_pool_create("peer", MBUF_CNT, MBUF_CACHE, 0, MBUF_ROOM, 0);
	instr_demand(peer->pool, "there is a pool of mbufs");
	listen_for_frontend();
}

static void stop_library(void)
{
	rte_vhost_driver_unregister(socket_path);
	eal_stop();
}

/* ---- the driver's end ---- */

static void connect_frontend(struct peer *peer, bool packed)
{
	struct frontend_config config = frontend_config(socket_path);
	unsigned i;

	config.rx_size = config.tx_size = INSTR_RING;
	config.features = FEATURE_BIT(VIRTIO_F_VERSION_1) | FEATURE_BIT(VIRTIO_F_EVENT_IDX) |
			  FEATURE_BIT(VIRTIO_F_INDIRECT_DESC) |
			  FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF) |
			  FEATURE_BIT(VHOST_USER_F_PROTOCOL_FEATURES) |
			  (packed ? FEATURE_BIT(VIRTIO_F_RING_PACKED) : 0);
	instr_demand(frontend_open(&peer->frontend, &config) == 0, "there is memory");
	peer->rx_buffers = driver_mem_alloc(&peer->frontend.mem, INSTR_BUFFERS_LEN, CACHE_LINE);
	peer->tx_buffers = driver_mem_alloc(&peer->frontend.mem, INSTR_BUFFERS_LEN, CACHE_LINE);
	instr_demand(peer->rx_buffers && peer->tx_buffers, "there is room for buffers");
	memset(peer->tx_buffers, 0, INSTR_BUFFERS_LEN);

	instr_demand(frontend_begin(&peer->frontend) == 0 &&
			     peer->frontend.features == config.features,
		     "the front end is served with all it wants");
	instr_demand(__atomic_load_n(&device, __ATOMIC_ACQUIRE) >= 0, "the device is there");

	for (i = 0; i < INSTR_BATCH_MAX; i++)
		peer->copies[i] = (struct copy){
			.to = &peer->copied[(size_t)i * INSTR_BUFFER_LEN],
			.from = peer->tx_buffers + (size_t)i * INSTR_BUFFER_LEN + INSTR_HDR_LEN,
			.len = INSTR_FRAME_LEN,
		};
}

/* On a packed ring the library leaves a length where it wrote nothing; drivers
 * ignore that ("Element Length"), ours for the tests tells of it. */
static void disconnect_frontend(struct peer *peer)
{
	struct driver *tx = &peer->frontend.vring[TX0].driver;

	instr_demand(driver_ok(&peer->frontend.vring[RX0].driver) &&
			     (tx->cfg.packed || driver_ok(tx)),
		     "the rings were used by the rules");
	frontend_close(&peer->frontend);
}

static void move(struct peer *peer, const struct instr_case *of, unsigned packets)
{
	struct driver *rx = &peer->frontend.vring[RX0].driver;
	struct driver *tx = &peer->frontend.vring[TX0].driver;
	unsigned done;

	peer->batch = of->batch;
	for (done = 0; done < packets; done += of->batch) {
		instr_offer(tx, of, false, peer->tx_buffers);
		instr_offer(rx, of, true, peer->rx_buffers);
		measured_dequeue(peer);
		measured_enqueue(peer);
		instr_demand(peer->dequeued == of->batch && peer->enqueued == of->batch,
			     "the batch is moved whole");
		rte_pktmbuf_free_bulk(peer->mbufs, of->batch);
		instr_reap(tx, of);
		instr_reap(rx, of);

		measured_copy(peer);
		measured_pool(peer);
		instr_demand(peer->spare_there, "there are mbufs");
		rte_mempool_put_bulk(peer->pool, peer->spare, of->batch);
	}
}

/* One connection for all cases of a layout; both directions are in one. */
static void run_layout(struct peer *peer, const struct instr_run *run, bool packed)
{
	struct instr_case next;
	unsigned nth = 0;
	bool connected = false;

	while (instr_case_next(run, &nth, &next)) {
		if (next.rx || next.packed != packed)
			continue;
		if (!connected)
			connect_frontend(peer, packed);
		connected = true;
		move(peer, &next, INSTR_RING);
		instr_case_forget();
		move(peer, &next, run->packets);
		instr_case_write(run, &next);
	}
	if (connected)
		disconnect_frontend(peer);
}

int main(int argc, char *argv[])
{
	static struct peer peer;
	struct instr_run run = instr_run_read(argc, argv);

	start_library(&peer);
	run_layout(&peer, &run, false);
	run_layout(&peer, &run, true);
	stop_library();
	return 0;
}
