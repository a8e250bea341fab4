/* SPDX-License-Identifier: BSD-3-Clause */
/* worker.h - a data-path thread: polls what is hot, sleeps when nothing is.
 *
 * A worker owns pairs, and feeders (net/feeder.h). Cost grows with traffic, not
 * with guests: only what is hot is polled, and when there are none the worker sleeps in epoll over
 * kick descriptors, uplinks and its bell, until the next look at the latest.
 *
 * Thread: everything here may be called by the control threads, not by a
 * worker, unless it says so.
 */
#ifndef VRINGD_NET_WORKER_H
#define VRINGD_NET_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "error_text.h"
#include "net/grace.h"
#include "net/news.h"

struct capture_ring;
struct feeder;
struct guest_pair;
struct uplink;
struct vring_end;
struct worker;

enum worker_poll {
	WORKER_POLL_ADAPTIVE, /* spin while busy and poll_idle after, then sleep */
	WORKER_POLL_ALWAYS,   /* spin for ever */
	WORKER_POLL_NEVER,    /* sleep at once */
};

/* Settings of all workers; may change at any time. */
struct worker_settings {
	_Atomic int poll; /* enum worker_poll */
	_Atomic uint64_t poll_idle_ns;
};

/* Sums since the start, except busy_percent: of the last second or so. */
struct worker_stats {
	uint64_t busy_cycles, packets, bursts, sleeps, wakes;
	double busy_percent;
};

/* Starts a thread on `cpu` (-1: anywhere). `bell_fd` is rung for news. */
struct worker *worker_start(unsigned index, int cpu, const struct worker_settings *settings,
			    struct grace *grace, int bell_fd, struct error_text *error);
void worker_stop(struct worker *worker); /* it owns no pair and no feeder any more */

unsigned worker_index(const struct worker *worker);
int worker_cpu(const struct worker *worker);
void worker_read_stats(const struct worker *worker, struct worker_stats *stats);

/* Runs a function on the worker between two turns and waits until it is done.
 * Not from inside a grace slot. */
void worker_run(struct worker *worker, void (*function)(void *), void *argument);

/* Assigns a pair for ever, and ends that. 0, or -ENOSPC. */
int worker_add_pair(struct worker *worker, struct guest_pair *pair);
void worker_remove_pair(struct guest_pair *pair);

/* Polls a feeder from now on, and ends that. 0, or a negative errno: -ENOSPC, or
 * why its descriptor can not be watched. */
int worker_add_feeder(struct worker *worker, struct feeder *feeder);
void worker_remove_feeder(struct feeder *feeder);

/* Joins a pair to an uplink; NULL parts them. */
void worker_set_uplink(struct guest_pair *pair, struct uplink *uplink);

/* Says whether other workers deliver to the pair's rx. */
void worker_share(struct guest_pair *pair, bool shared);

/* Copies of the vring's frames go into `ring` from now on; NULL: nowhere. */
void worker_capture(struct vring_end *end, struct capture_ring *ring);

/* Makes the worker look at all its pairs now. Any thread. */
void worker_wake(struct worker *worker);

/* Watching kick_fd; from whoever holds the paused port, or the worker. */
void worker_watch_kick(struct vring_end *end);
void worker_unwatch_kick(struct vring_end *end);

/* Where a worker's news are: for the one who takes them. */
struct news_ring *worker_news(struct worker *worker);

/* ---- for a worker itself ---- */

/* Where the running worker puts its news. */
struct news_ring *worker_own_news(void);

/* Makes a pair hot, or lets the other worker that owns it do so. */
void worker_rouse(struct guest_pair *pair, uint64_t now_ns);

#endif
