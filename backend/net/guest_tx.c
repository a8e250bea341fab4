/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_tx.c - take → packets → uplink → use → publish → decide; see guest_tx.h. */
#include "net/guest_tx.h"

#include <string.h>

#include "net/call.h"
#include "net/capture.h"
#include "net/drop.h"
#include "net/iov.h"
#include "net/measure.h"
#include "net/uplink.h"

#define FETCH_AHEAD 8

/* "Packet Transmission": device-readable parts only, a whole header first.
 * Unlike a bad descriptor this is found here, since only here it is known what
 * a chain means. */
static enum vring_fault check_chain(const struct chain *chain, uint32_t hdr_len)
{
	if (chain->writable_cnt > 0)
		return VRING_FAULT_direction;
	if (chain->readable_len < hdr_len)
		return VRING_FAULT_header_short;
	return VRING_FAULT_none;
}

static void packet_from_pieces(struct packet *packet, const struct chain *chain, uint32_t hdr_len)
{
	struct iov_at at = iov_begin(chain->iov, chain->readable_cnt);

	iov_get(&at, &packet->hdr, UPLINK_HDR_LEN);
	packet->iov_cnt = chain->readable_cnt;
	packet->iov = iov_trim_front(chain->iov, &packet->iov_cnt, hdr_len);
}

/* The header is nearly always whole, in the first piece. What a longer one has
 * behind UPLINK_HDR_LEN, num_buffers, means nothing here. */
static void packet_from_chain(struct packet *packet, const struct chain *chain, uint32_t hdr_len)
{
	uint64_t len = chain->readable_len - hdr_len;
	struct iovec *first = chain->iov;

	/* Longer than any frame: the length is cut, and refused for it. */
	packet->len = len > FRAME_LEN_MAX ? FRAME_LEN_MAX + 1 : (uint32_t)len;
	if (first->iov_len <= hdr_len) {
		packet_from_pieces(packet, chain, hdr_len);
		return;
	}
	memcpy(&packet->hdr, first->iov_base, UPLINK_HDR_LEN);
	first->iov_base = (uint8_t *)first->iov_base + hdr_len;
	first->iov_len -= hdr_len;
	packet->iov_cnt = chain->readable_cnt;
	packet->iov = first;
}

/* Header and frame lie in cache lines that the driver's CPU has written, and each is far
 * away: they are asked for FETCH_AHEAD chains before they are needed, so that as many are
 * under way at a time as a CPU can have, and work is done meanwhile. */
static void fetch_frame(const struct chain *chain)
{
	const uint8_t *first = chain->iov->iov_base;

	prefetch_read(first);
	prefetch_read(first + CACHE_LINE);
}

/* Stops at the first chain that is no packet, with the vring faulted, or when
 * there are bytes enough for one burst. */
static unsigned packets_from_chains(struct vring_end *tx, struct burst *burst, unsigned cnt,
				    uint64_t *all_bytes)
{
	uint32_t hdr_len = tx->pair->port->hdr_len;
	uint64_t bytes = 0;
	unsigned i;

	for (i = 0; i < cnt && i < FETCH_AHEAD; i++)
		fetch_frame(&burst->tx_chains[i]);
	for (i = 0; i < cnt && bytes < BURST_BYTES; i++) {
		enum vring_fault fault = check_chain(&burst->tx_chains[i], hdr_len);

		if (i + FETCH_AHEAD < cnt)
			fetch_frame(&burst->tx_chains[i + FETCH_AHEAD]);
		if (fault != VRING_FAULT_none) {
			vring_set_fault(&tx->vring, fault);
			break;
		}
		packet_from_chain(&burst->packets[i], &burst->tx_chains[i], hdr_len);
		bytes += burst->packets[i].len;
	}
	*all_bytes = bytes;
	return i;
}

static uint64_t bytes_of(const struct burst *burst, unsigned cnt)
{
	uint64_t bytes = 0;
	unsigned i;

	for (i = 0; i < cnt; i++)
		bytes += burst->packets[i].len;
	return bytes;
}

void uplink_refused(const struct sender *from, unsigned cnt)
{
	if (from->pair)
		from->pair->tx_refused += cnt;
}

static unsigned send_or_drop(struct vring_end *tx, struct burst *burst, unsigned cnt,
			     uint64_t now_ns)
{
	struct guest_pair *pair = tx->pair;
	const struct sender from = {
		.features = pair->port->features,
		.queue = pair->index,
		.drops = tx->counters.drops,
		.pair = pair,
		.burst = burst,
	};
	unsigned sent;

	if (!tx->enabled) {
		drop(tx, DROP_disabled, cnt);
		return cnt;
	}
	if (!pair->uplink) {
		drop(tx, DROP_unwired, cnt);
		return cnt;
	}
	sent = pair->uplink->ops->send(pair->uplink, &from, burst->packets, cnt, now_ns);
	pair->tx_blocked = sent < cnt;
	return sent;
}

/* Before they are sent, since that changes iovecs; what is not sent is sent, and
 * copied, later. */
static void copy_for_capture(const struct vring_end *tx, const struct burst *burst, unsigned cnt)
{
	struct capture_frame frame = { .wall_ns = capture_wall_ns(tx->capture) };
	unsigned i;

	for (i = 0; i < cnt; i++) {
		const struct packet *packet = &burst->packets[i];

		frame.head = burst->tx_chains[i].id;
		frame.len = packet->len;
		frame.hdr = &packet->hdr;
		frame.at = iov_begin(packet->iov, packet->iov_cnt);
		capture_put(tx->capture, &frame);
	}
}

static void use_chains(struct vring_end *tx, const struct burst *burst, unsigned cnt,
		       uint64_t bytes)
{
	uint32_t slots = 0;
	unsigned i;

	vring_use(&tx->vring, burst->tx_chains, NULL, cnt); /* nothing was written */
	for (i = 0; i < cnt; i++)
		slots += burst->tx_chains[i].slots;
	tx->unpublished_slots += slots;
	tx->unpublished += cnt;
	tx->used_cnt += cnt;
	count(&tx->counters.chains, cnt);
	count(&tx->counters.packets, cnt);
	count(&tx->counters.bytes, bytes);
}

unsigned guest_tx_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	struct vring_end *tx = &pair->tx;
	uint64_t took_ns, bytes;
	unsigned taken, cnt, done;

	if (pair->tx_blocked)
		return 0;
	burst_scratch_clear(&burst->tx_scratch);
	taken = vring_take(&tx->vring, &burst->tx_scratch, burst->tx_chains, BURST_FRAMES);
	if (taken == 0) {
		tx->seen_ns = 0; /* a kick for what was taken before it came */
		return 0;
	}
	took_ns = measure_begin(tx);

	cnt = packets_from_chains(tx, burst, taken, &bytes);
	if (tx->capture)
		copy_for_capture(tx, burst, cnt);
	done = send_or_drop(tx, burst, cnt, now_ns);
	if (tx->capture)
		capture_publish(tx->capture, done);
	vring_put_back(&tx->vring, &burst->tx_chains[done], taken - done);

	use_chains(tx, burst, done, done == cnt ? bytes : bytes_of(burst, done));
	measure_taken(tx, done, taken - done, now_ns);
	call_publish(tx, now_ns);
	measure_end(tx, took_ns);
	return done;
}
