/* SPDX-License-Identifier: BSD-3-Clause */
/* watchdog.c - see watchdog.h; rules 2 to 7 of docs/stalls in action. */
#include "net/watchdog.h"

#include "clock.h"
#include "net/call.h"
#include "net/kick.h"
#include "net/tell.h"
#include "net/uplink.h"

static void judge(struct vring_end *end, uint64_t now_ns)
{
	struct stall_config config = vring_end_stall_config(end);
	struct stall_verdict verdict =
		stall_look(&end->stall, &config, vring_end_look(end), now_ns);

	verdict.unsignalled = end->used_cnt - end->called_cnt;
	if (verdict.forced_expired)
		count(&end->counters.forced[FORCED_no_effect], 1);
	if (verdict.act != STALL_ACT_NONE && !call_forced(end, verdict.act, now_ns))
		return; /* without a call descriptor nothing is forced, nor a stall */
	tell_verdict(end, &verdict, true, now_ns);
}

void watchdog_peek(struct vring_end *end, uint64_t now_ns)
{
	struct stall_verdict verdict = stall_peek(&end->stall, vring_end_look(end), now_ns);

	tell_verdict(end, &verdict, false, now_ns);
}

/* Buffers that an earlier look found unannounced count as missed kicks only
 * if the descriptor has been silent since: the driver may have stood between
 * making them available and kicking. */
static void settle_missed(struct vring_end *end, uint64_t now_ns)
{
	if (end->missed_cnt == 0)
		return;
	kick_drain(end, now_ns);
	if (counter_read(&end->counters.kicks) == end->kicks_at_look) {
		count(&end->counters.kicks_missed, end->missed_cnt);
		tell_found(end, NEWS_KICK_MISSED, end->missed_cnt, 0, now_ns);
	}
	end->missed_cnt = 0;
}

/* Of what is available, that which came since kicks were asked for, and no kick since.
 * The rest is the stock of a receive ring: it may lie there for long. */
static unsigned unannounced(const struct vring_end *end, unsigned backlog)
{
	unsigned came = vring_distance(&end->vring, end->vring.avail_seen, end->announced_to);

	if (counter_read(&end->counters.kicks) != end->kicks_then)
		return 0;
	return came < backlog ? came : backlog;
}

static bool find_unannounced(struct vring_end *end, uint64_t now_ns)
{
	unsigned backlog;

	settle_missed(end, now_ns);
	backlog = vring_backlog(&end->vring);
	if (backlog > 0 && end->asked_for_kicks) {
		kick_drain(end, now_ns);
		end->missed_cnt = unannounced(end, backlog);
		end->kicks_at_look = end->kicks_then = counter_read(&end->counters.kicks);
		end->announced_to = end->vring.avail_seen;
	}
	return backlog > 0;
}

static bool look_at(struct vring_end *end, bool periodic, uint64_t now_ns)
{
	bool work = false;

	if (!end->started || end->vring.fault != VRING_FAULT_none)
		return false;
	if (periodic)
		work = find_unannounced(end, now_ns);
	judge(end, now_ns);
	return work;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t end_due_ns(const struct vring_end *end)
{
	struct stall_config config = vring_end_stall_config(end);

	if (!end->started || end->vring.fault != VRING_FAULT_none)
		return UINT64_MAX;
	return stall_due_ns(&end->stall, &config);
}

/* When the uplink has frames again, if it has not now and the guest has room. */
static uint64_t uplink_due_ns(const struct guest_pair *pair)
{
	const struct uplink *uplink = pair->uplink;

	if (pair->hot || pair->rx_starved || !uplink || !uplink->ops->due_ns || !pair->rx.started ||
	    !pair->rx.enabled || pair->rx.vring.fault != VRING_FAULT_none)
		return UINT64_MAX;
	return uplink->ops->due_ns(uplink, pair->index);
}

uint64_t watchdog_due_ns(const struct guest_pair *pair)
{
	return earlier(pair->next_look_ns, earlier(pair->due_ns, uplink_due_ns(pair)));
}

/* An uplink that takes nothing for so long is told of, once. */
#define BLOCKED_NS NS_PER_SECOND
/* A driver that tries again less often than that begins anew. */
#define BLOCKED_GAP_NS (5 * NS_PER_SECOND)
/* A worker that comes so much too late, though the driver has work for it. */
#define LATE_NS (200 * NS_PER_MS)

static bool uplink_took(const struct guest_pair *pair)
{
	uint64_t dealt_with = counter_read(&pair->tx.counters.chains) - pair->chains_at_look;

	return dealt_with > pair->tx_refused;
}

static void not_blocked(struct guest_pair *pair, uint64_t now_ns)
{
	if (pair->blocked_told && pair->tx.started)
		tell_found(&pair->tx, NEWS_UNBLOCKED, 0, now_ns - pair->blocked_since_ns, now_ns);
	pair->blocked_told = false;
	pair->blocked_since_ns = now_ns;
}

/* Whether what it does not take waits or, after a while, is dropped is up to the
 * uplink. A driver that sends nothing says nothing of it either way. */
static void judge_blocked(struct guest_pair *pair, uint64_t now_ns)
{
	struct vring_end *tx = &pair->tx;
	bool should_take = pair->tx_blocked || pair->tx_refused > 0;

	if (uplink_took(pair) || !tx->started ||
	    (!should_take && !pair->blocked_told &&
	     now_ns - pair->blocked_seen_ns > BLOCKED_GAP_NS))
		not_blocked(pair, now_ns);
	if (!should_take)
		return;
	pair->blocked_seen_ns = now_ns;
	if (pair->blocked_told || now_ns - pair->blocked_since_ns < BLOCKED_NS)
		return;
	pair->blocked_told = true;
	tell_found(tx, NEWS_BLOCKED, vring_backlog(&tx->vring) + pair->tx_refused,
		   now_ns - pair->blocked_since_ns, now_ns);
}

static void look_blocked(struct guest_pair *pair, uint64_t now_ns)
{
	judge_blocked(pair, now_ns);
	pair->chains_at_look = counter_read(&pair->tx.counters.chains);
	pair->tx_refused = 0;
}

/* What waited is there still, or was taken a moment ago, in this turn. After a pause
 * next_look_ns is 0. */
static void look_late(struct guest_pair *pair, uint64_t now_ns)
{
	struct vring_end *tx = &pair->tx;
	uint64_t waited;

	if (pair->next_look_ns == 0 || now_ns - pair->next_look_ns < LATE_NS || !tx->started)
		return;
	waited = vring_backlog(&tx->vring) + counter_read(&tx->counters.chains) -
		 pair->chains_at_look;
	if (waited > 0)
		tell_found(tx, NEWS_LATE, waited, now_ns - pair->next_look_ns, now_ns);
}

bool watchdog_look(struct guest_pair *pair, uint64_t now_ns)
{
	bool periodic = now_ns >= pair->next_look_ns;
	bool work;

	if (now_ns < watchdog_due_ns(pair))
		return false;
	work = now_ns >= uplink_due_ns(pair);
	work |= look_at(&pair->tx, periodic, now_ns);
	vring_end_lock(&pair->rx);
	work |= look_at(&pair->rx, periodic, now_ns) && (pair->rx_starved || pair->rx_wanted);
	vring_end_unlock(&pair->rx);
	if (periodic) {
		look_late(pair, now_ns);
		look_blocked(pair, now_ns);
		work |= pair->tx_blocked || pair->uplink_failed;
		pair->tx_blocked = false; /* try again, whatever the uplink says */
		pair->uplink_failed = false;
		pair->next_look_ns = now_ns + atomic_load_explicit(&pair->port->stall_after_ns,
								   memory_order_relaxed);
	}
	pair->due_ns = earlier(end_due_ns(&pair->tx), end_due_ns(&pair->rx));
	return work;
}
