/* SPDX-License-Identifier: BSD-3-Clause */
/* switch_send.c - the data path of a switch: learn → look up → forward; see switch.h.
 *
 * A burst is gone over twice. First it is decided of each frame where it goes to. Then
 * each receiver is given all its frames, in order, so that a guest has one delivery
 * a burst, one decision and perhaps one call, however the frames are mixed.
 */
#include <assert.h>

#include "net/burst.h"
#include "net/deliver.h"
#include "net/iov.h"
#include "net/net_hdr.h"
#include "port/bare.h"
#include "port/switch_private.h"

/* Where a frame goes to beside the numbers of members. */
#define TO_NONE 0xfffe
#define TO_ALL 0xffff

#define MAC_GROUP (UINT64_C(1) << 40)

/* What is added to the counters at the end. */
struct tally_in {
#define X(name, english) uint64_t name;
	SWITCH_COUNTERS_IN(X)
#undef X
};

struct tally_out {
#define X(name, english) uint64_t name;
	SWITCH_COUNTERS_OUT(X)
#undef X
};

struct forwarding {
	struct switch_member *in;
	const struct sender *from;
	const struct packet *packets;
	unsigned cnt;
	uint64_t now_ns;
	uint32_t now_s;
	uint16_t to[BURST_FRAMES];
	uint64_t served[SWITCH_MEMBERS_MAX / 64]; /* one bit a member */
	struct tally_in tally;
};

/* ---- where to ---- */

static uint64_t mac_at(const uint8_t *bytes)
{
	return (uint64_t)bytes[0] << 40 | (uint64_t)bytes[1] << 32 | (uint64_t)bytes[2] << 24 |
	       (uint64_t)bytes[3] << 16 | (uint64_t)bytes[4] << 8 | (uint64_t)bytes[5];
}

static void learn(struct forwarding *burst, uint64_t source)
{
	if (source == 0 || (source & MAC_GROUP))
		return;
	switch (fdb_learn(burst->in->net->fdb, source, burst->in->number, burst->now_s)) {
	case FDB_MOVED:
		burst->tally.moved++;
		break;
	case FDB_NO_ROOM:
		burst->tally.unlearned++;
		break;
	case FDB_KNOWN:
	case FDB_LEARNED:
		break;
	}
}

static unsigned look_up(struct forwarding *burst, uint64_t destination)
{
	int found;

	if (destination & MAC_GROUP) {
		burst->tally.multicast++;
		return TO_ALL;
	}
	found = fdb_find(burst->in->net->fdb, destination, burst->now_s);
	if (found == (int)burst->in->number) {
		burst->tally.filtered++;
		return TO_NONE;
	}
	if (found != FDB_NOWHERE && switch_member_at(burst->in->net, (unsigned)found))
		return (unsigned)found;
	burst->tally.flooded++;
	return TO_ALL;
}

/* The addresses are read once: the frame may lie in a guest's memory. */
static unsigned decide(struct forwarding *burst, struct packet *packet)
{
	struct iov_at at = iov_begin(packet->iov, packet->iov_cnt);
	uint8_t addresses[ETH_ADDRESSES_LEN];

	if (!net_hdr_pass(burst->from, packet)) {
		burst->tally.refused++;
		return TO_NONE;
	}
	burst->tally.frames_in++;
	burst->tally.bytes_in += packet->len;
	iov_get(&at, addresses, sizeof(addresses));
	learn(burst, mac_at(addresses + 6));
	return look_up(burst, mac_at(addresses));
}

/* ---- to one receiver ---- */

static void add(counter_t *counter, uint64_t amount)
{
	if (amount > 0)
		atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static bool goes_to(const struct forwarding *burst, unsigned nth, const struct switch_member *to)
{
	return burst->to[nth] == to->number || burst->to[nth] == TO_ALL;
}

static unsigned frames_for(const struct forwarding *burst, const struct switch_member *to)
{
	unsigned cnt = 0;
	unsigned i;

	for (i = 0; i < burst->cnt; i++)
		cnt += goes_to(burst, i, to);
	return cnt;
}

static void tell_went(struct tally_out *tally, bool went, uint32_t len)
{
	tally->frames_out += went;
	tally->bytes_out += went ? len : 0;
	tally->drops += !went;
}

/* A copy of each packet, since a delivery may change the header. */
static void serve_guest(const struct forwarding *burst, const struct switch_member *to,
			struct tally_out *tally)
{
	unsigned queue = burst->from->queue % to->guest->pair_cnt;
	struct delivery delivery;
	unsigned i;

	delivery_begin(&delivery, to->guest->pairs[queue], burst->from->burst,
		       frames_for(burst, to));
	for (i = 0; i < burst->cnt; i++) {
		struct packet packet;
		bool done;

		if (!goes_to(burst, i, to))
			continue;
		packet = burst->packets[i];
		done = delivery_put_row(&delivery, &packet, 1) == 1 ||
		       delivery_put(&delivery, &packet);
		if (!done)
			delivery_drop(&delivery, 1);
		tell_went(tally, done && delivery.state == DELIVERY_OPEN, packet.len);
	}
	delivery_end(&delivery, burst->now_ns);
}

/* The iovec in front of a frame is the uplink's to write to, and may be the last one
 * of the frame before, which others may have still to be given. */
static bool send_one(const struct switch_member *to, const struct sender *from,
		     struct packet packet, uint64_t now_ns)
{
	struct iovec *front = &packet.iov[-1];
	struct iovec before = *front;
	unsigned sent = to->out->ops->send(to->out, from, &packet, 1, now_ns);

	*front = before;
	return sent == 1;
}

static uint64_t sum_of(const counter_t drops[DROP_REASON_CNT])
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < DROP_REASON_CNT; i++)
		sum += counter_read(&drops[i]);
	return sum;
}

/* What the uplink refuses is no fault of the sender's, so it is not counted there. */
static void serve_uplink(const struct forwarding *burst, const struct switch_member *to,
			 struct tally_out *tally)
{
	counter_t drops[DROP_REASON_CNT] = { 0 };
	struct sender from = *burst->from;
	uint64_t dropped = 0;
	unsigned i;

	from.queue %= to->out_queues;
	from.drops = drops;
	from.pair = NULL;
	for (i = 0; i < burst->cnt; i++) {
		bool sent;

		if (!goes_to(burst, i, to))
			continue;
		sent = send_one(to, &from, burst->packets[i], burst->now_ns);
		tell_went(tally, sent && sum_of(drops) == dropped, burst->packets[i].len);
		dropped = sum_of(drops);
	}
}

static void serve(struct forwarding *burst, unsigned number)
{
	struct switch_member *to = switch_member_at(burst->in->net, number);
	uint64_t bit = UINT64_C(1) << number % 64;
	struct tally_out tally = { 0 };

	if (!to || to == burst->in || (burst->served[number / 64] & bit))
		return;
	burst->served[number / 64] |= bit;
	if (to->guest)
		serve_guest(burst, to, &tally);
	else
		serve_uplink(burst, to, &tally);
#define X(name, english) add(&to->out_cnt.name, tally.name);
	SWITCH_COUNTERS_OUT(X)
#undef X
}

/* ---- a burst ---- */

static void serve_all(struct forwarding *burst)
{
	unsigned end = atomic_load_explicit(&burst->in->net->end, memory_order_acquire);
	unsigned number;

	for (number = 0; number < end; number++)
		serve(burst, number);
}

static unsigned switch_send(struct uplink *uplink, const struct sender *from,
			    struct packet *packets, unsigned cnt, uint64_t now_ns)
{
	struct forwarding burst = {
		.in = CONTAINER_OF(uplink, struct switch_member, uplink),
		.from = from,
		.packets = packets,
		.cnt = cnt,
		.now_ns = now_ns,
		.now_s = switch_now_s(now_ns),
	};
	unsigned i;

	assert(cnt <= BURST_FRAMES);
	for (i = 0; i < cnt; i++)
		burst.to[i] = (uint16_t)decide(&burst, &packets[i]);
	for (i = 0; i < cnt; i++)
		if (burst.to[i] < SWITCH_MEMBERS_MAX)
			serve(&burst, burst.to[i]);
	if (burst.tally.flooded + burst.tally.multicast > 0)
		serve_all(&burst);
#define X(name, english) add(&burst.in->in.name, burst.tally.name);
	SWITCH_COUNTERS_IN(X)
#undef X
	return cnt;
}

const struct uplink_ops switch_ops = {
	.type = "switch",
	.send = switch_send,
	.fd = port_bare_fd,
};
