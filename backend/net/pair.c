/* SPDX-License-Identifier: BSD-3-Clause */
/* pair.c - see pair.h. */
#include "net/pair.h"

#include <sys/epoll.h>

#include "clock.h"
#include "net/call.h"
#include "net/guest_rx.h"
#include "net/guest_take.h"
#include "net/guest_tx.h"
#include "net/kick.h"
#include "net/tell.h"
#include "net/uplink.h"
#include "net/watchdog.h"

static bool works(const struct vring_end *end)
{
	return end->started && end->vring.fault == VRING_FAULT_none;
}

void pair_wake(struct guest_pair *pair, uint64_t now_ns)
{
	pair->hot_until_ns = now_ns;
	if (pair->hot)
		return;
	pair->hot = true;
	if (works(&pair->tx))
		kick_spare(&pair->tx);
	vring_end_lock(&pair->rx);
	if (works(&pair->rx))
		kick_spare(&pair->rx);
	vring_end_unlock(&pair->rx);
}

static void settle(struct vring_end *end, uint64_t now_ns)
{
	if (!end->first_call_due)
		return;
	if (end->started)
		call_first(end, now_ns);
	vring_end_store_gauges(end);
}

/* While nothing crosses: did the driver answer the last call meanwhile? */
static void watch_answer(struct vring_end *end, uint64_t now_ns)
{
	if (end->stall.call_pends && works(end))
		watchdog_peek(end, now_ns);
}

static void after_turn(struct vring_end *end, unsigned cnt, uint64_t now_ns)
{
	if (cnt > 0) {
		vring_end_show(end, now_ns);
		return;
	}
	vring_end_show_rest(end);
	watch_answer(end, now_ns);
}

static unsigned poll_tx(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	unsigned cnt = 0;

	settle(&pair->tx, now_ns);
	/* Nobody tells us of room while we are awake: try again. */
	if (pair->tx_blocked && pair->uplink && pair->uplink->ops->ask_room)
		pair->tx_blocked = false;
	if (works(&pair->tx))
		cnt = guest_tx_poll(pair, burst, now_ns);
	tell_fault(&pair->tx, now_ns);
	after_turn(&pair->tx, cnt, now_ns);
	return cnt;
}

/* Senders that wait for receive buffers hear of the first that is given. */
static void tell_refilled(struct guest_pair *pair, uint64_t now_ns)
{
	vring_look(&pair->rx.vring);
	if (pair->rx.vring.avail_seen == pair->rx_short_at)
		return;
	pair->rx_wanted = false;
	if (pair->uplink && pair->uplink->ops->rx_refilled)
		pair->uplink->ops->rx_refilled(pair->uplink, pair, now_ns);
}

/* From the first frame without a place to the first buffers after it. */
static void measure_refill(struct guest_pair *pair, uint64_t now_ns)
{
	struct vring_end *rx = &pair->rx;
	bool short_of = pair->rx_starved || pair->rx_wanted;

	if (short_of && rx->refill_ns == 0)
		rx->refill_ns = now_ns;
	if (short_of || rx->refill_ns == 0)
		return;
	latency_add(&rx->latency[LATENCY_refill], clock_since_ns(now_ns, rx->refill_ns));
	rx->refill_ns = 0;
}

static unsigned poll_rx(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	bool takes = pair->uplink && pair->uplink->ops->take;
	unsigned cnt = 0;

	vring_end_lock(&pair->rx);
	settle(&pair->rx, now_ns);
	if (works(&pair->rx))
		cnt = takes ? guest_take_poll(pair, burst, now_ns)
			    : guest_rx_poll(pair, burst, now_ns);
	if (pair->rx_wanted && works(&pair->rx))
		tell_refilled(pair, now_ns);
	tell_fault(&pair->rx, now_ns);
	measure_refill(pair, now_ns);
	after_turn(&pair->rx, cnt, now_ns);
	vring_end_unlock(&pair->rx);
	return cnt;
}

unsigned pair_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	unsigned cnt;

	burst->turn = pair;
	cnt = poll_tx(pair, burst, now_ns);
	cnt += poll_rx(pair, burst, now_ns);
	burst->turn = NULL;
	return cnt;
}

static bool sleep_tx(struct guest_pair *pair, uint64_t now_ns)
{
	if (!works(&pair->tx))
		return false;
	if (!pair->tx_blocked)
		return kick_ask(&pair->tx, pair->tx.vring.next_avail, now_ns);
	return pair->uplink && pair->uplink->ops->ask_room &&
	       pair->uplink->ops->ask_room(pair->uplink, pair, now_ns);
}

static bool sleep_rx(struct guest_pair *pair, uint64_t now_ns)
{
	bool work = false;

	vring_end_lock(&pair->rx);
	if (works(&pair->rx) && pair->rx_starved)
		work |= kick_ask(&pair->rx, pair->rx_starved_at, now_ns);
	if (works(&pair->rx) && pair->rx_wanted)
		work |= kick_ask(&pair->rx, pair->rx_short_at, now_ns);
	vring_end_unlock(&pair->rx);
	return work;
}

bool pair_sleep(struct guest_pair *pair, uint64_t now_ns)
{
	bool work = sleep_tx(pair, now_ns);

	return sleep_rx(pair, now_ns) || work;
}

uint32_t pair_uplink_events(const struct guest_pair *pair)
{
	uint32_t events = 0;

	if (works(&pair->rx) && pair->rx.enabled && !pair->rx_starved)
		events |= EPOLLIN;
	if (pair->tx_blocked)
		events |= EPOLLOUT;
	return events;
}

static void look_and_store(struct vring_end *end)
{
	if (!end->started)
		return;
	vring_end_look(end);
	vring_end_store_gauges(end);
}

void pair_store_gauges(struct guest_pair *pair)
{
	look_and_store(&pair->tx);
	vring_end_lock(&pair->rx);
	look_and_store(&pair->rx);
	vring_end_unlock(&pair->rx);
}
