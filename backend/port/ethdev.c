/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev.c - the data path of an ethdev port; see ethdev.h. Mbufs are made in
 * ethdev_mbuf.c, the device is started in ethdev_setup.c.
 */
#include "port/ethdev.h"

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <string.h>

#include "clock.h"
#include "net/drop.h"
#include "net/net_hdr.h"
#include "port/bare.h"
#include "port/ethdev_private.h"

#define ASK_EVERY_NS (2 * NS_PER_MS)
/* A device that takes nothing for so long (its link is down) takes nothing. */
#define PATIENCE_NS (100 * NS_PER_MS)

static struct ethdev *ethdev_of(struct uplink *uplink)
{
	return (struct ethdev *)uplink;
}

/* DPDK keeps caches for threads that it knows. */
static void make_known(void)
{
	static _Thread_local bool known;

	if (known)
		return;
	known = true;
	if (rte_lcore_id() == LCORE_ID_ANY)
		rte_thread_register();
}

/* ---- guest → device ---- */

/* Mbufs on their way to the device, and which packet each is a copy of. */
struct outbox {
	struct rte_mbuf *mbufs[BURST_FRAMES];
	unsigned packets[BURST_FRAMES];
	unsigned cnt;
};

/* Returns how many packets of `all` are dealt with: all, or those in front of the
 * first that the device did not take. */
static unsigned flush(const struct ethdev *ethdev, unsigned queue, struct outbox *out, unsigned all)
{
	unsigned sent = 0;

	if (out->cnt > 0)
		sent = rte_eth_tx_burst(ethdev->port, (uint16_t)queue, out->mbufs,
					(uint16_t)out->cnt);
	if (sent < out->cnt) {
		rte_pktmbuf_free_bulk(&out->mbufs[sent], out->cnt - sent);
		all = out->packets[sent];
	}
	out->cnt = 0;
	return all;
}

/* Will it be one frame on the line, and one that is too long? */
static bool too_long(const struct ethdev *ethdev, const struct packet *packet)
{
	return packet->hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE && packet->len > ethdev->frame_max;
}

/* Segments of a frame that the device does not cut. What was begun is ended: those
 * that it does not take are lost. False: it took none. */
static bool send_cut(const struct ethdev *ethdev, const struct sender *from, struct packet *packet)
{
	struct segmenting *cut = &ethdev->queues[from->queue]->cut;
	struct packet segment;
	bool begun = false;

	if (!segment_begin(cut, packet)) {
		drop_sent(from, DROP_bad_header, 1);
		return true;
	}
	while (segment_next(cut, &segment)) {
		struct outbox out = { .cnt = 1 };

		if (too_long(ethdev, &segment)) { /* as the first is, if any */
			drop_sent(from, DROP_oversize, 1);
			return true;
		}
		out.mbufs[0] = ethdev_mbuf(ethdev, &segment);
		if (out.mbufs[0] && flush(ethdev, from->queue, &out, 1) == 1) {
			begun = true;
			continue;
		}
		if (begun)
			drop_sent(from, DROP_uplink, 1);
		break;
	}
	return begun;
}

/* A copy, with as much left to the device as it can. True: it must be cut first. */
static bool must_cut(const struct ethdev *ethdev, struct packet *packet, struct rte_mbuf **mbuf)
{
	bool large = packet->hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;

	*mbuf = NULL;
	if (large && !ethdev_can(ethdev, &packet->hdr))
		return true;
	*mbuf = ethdev_mbuf(ethdev, packet);
	if (!large || !*mbuf || ((*mbuf)->ol_flags & RTE_MBUF_F_TX_TCP_SEG))
		return false;
	rte_pktmbuf_free(*mbuf); /* its headers are not such as the device can be told of */
	return true;
}

/* One that does not go out as it is. False: the device takes none now. */
static bool send_odd(const struct ethdev *ethdev, const struct sender *from, struct packet *packet)
{
	if (!too_long(ethdev, packet))
		return send_cut(ethdev, from, packet);
	drop_sent(from, DROP_oversize, 1);
	return true;
}

/* Returns how many are dealt with. */
static unsigned send_burst(const struct ethdev *ethdev, const struct sender *from,
			   struct packet *packets, unsigned cnt)
{
	struct outbox out = { .cnt = 0 };
	struct rte_mbuf *mbuf;
	unsigned i, done;

	for (i = 0; i < cnt; i++) {
		if (!net_hdr_pass(from, &packets[i]))
			continue;
		if (too_long(ethdev, &packets[i]) || must_cut(ethdev, &packets[i], &mbuf)) {
			done = flush(ethdev, from->queue, &out, i);
			if (done < i || !send_odd(ethdev, from, &packets[i]))
				return done;
			continue;
		}
		if (!mbuf)
			break;
		out.mbufs[out.cnt] = mbuf;
		out.packets[out.cnt++] = i;
	}
	return flush(ethdev, from->queue, &out, i);
}

static bool patient(struct ethdev_queue *queue, bool progress, uint64_t now_ns)
{
	if (progress || queue->blocked_since_ns == 0)
		queue->blocked_since_ns = now_ns;
	return now_ns < queue->blocked_since_ns + PATIENCE_NS;
}

static unsigned ethdev_send(struct uplink *uplink, const struct sender *from,
			    struct packet *packets, unsigned cnt, uint64_t now_ns)
{
	struct ethdev *ethdev = ethdev_of(uplink);
	struct ethdev_queue *queue = ethdev->queues[from->queue];
	unsigned done;

	make_known();
	done = send_burst(ethdev, from, packets, cnt);
	if (done == cnt) {
		queue->blocked_since_ns = 0;
	} else if (!patient(queue, done > 0, now_ns)) {
		drop_sent(from, DROP_uplink, cnt - done);
		uplink_refused(from, cnt - done);
		done = cnt;
	}
	return done;
}

/* A device does not tell when it has room: it is asked again and again, for as
 * long as one is patient. */
static bool ethdev_ask_room(struct uplink *uplink, struct guest_pair *from, uint64_t now_ns)
{
	(void)now_ns;
	(void)uplink;
	(void)from;
	return true;
}

/* ---- device → guest ---- */

static void receive(struct ethdev *ethdev, struct ethdev_queue *queue, unsigned nth, unsigned max,
		    uint64_t now_ns)
{
	queue->taken_cnt =
		rte_eth_rx_burst(ethdev->port, (uint16_t)nth, queue->taken, (uint16_t)max);
	queue->taken_ns = now_ns;
}

static unsigned ethdev_take(struct uplink *uplink, unsigned nth, struct packet *packets,
			    unsigned max, uint64_t now_ns)
{
	struct ethdev *ethdev = ethdev_of(uplink);
	struct ethdev_queue *queue = ethdev->queues[nth];
	unsigned cnt = 0, i;

	make_known();
	if (queue->taken_cnt == 0)
		receive(ethdev, queue, nth, max, now_ns);
	for (i = 0; i < queue->taken_cnt; i++) {
		if (ethdev_packet(&packets[cnt], queue->taken[i], queue->iov[cnt]))
			queue->taken[cnt++] = queue->taken[i];
		else
			rte_pktmbuf_free(queue->taken[i]);
	}
	queue->taken_cnt = cnt;
	return cnt;
}

static void ethdev_give_back(struct uplink *uplink, unsigned nth, unsigned done)
{
	struct ethdev_queue *queue = ethdev_of(uplink)->queues[nth];

	rte_pktmbuf_free_bulk(queue->taken, done);
	queue->taken_cnt -= done;
	memmove(queue->taken, queue->taken + done, queue->taken_cnt * sizeof(struct rte_mbuf *));
}

static uint64_t ethdev_due_ns(const struct uplink *uplink, unsigned nth)
{
	return ((const struct ethdev *)uplink)->queues[nth]->taken_ns + ASK_EVERY_NS;
}

const struct uplink_ops ethdev_ops = {
	.type = "ethdev",
	.send = ethdev_send,
	.ask_room = ethdev_ask_room,
	.take = ethdev_take,
	.give_back = ethdev_give_back,
	.due_ns = ethdev_due_ns,
	.fd = port_bare_fd,
};
