/* SPDX-License-Identifier: BSD-3-Clause */
/* worker_private.h - the worker itself, for its loop and its life.
 *
 * worker.c is what its thread does; worker_life.c is what others do to it;
 * feeder.c has both for feeders.
 */
#ifndef VRINGD_NET_WORKER_PRIVATE_H
#define VRINGD_NET_WORKER_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>

#include "counters.h"
#include "net/burst.h"
#include "net/guest_port.h"
#include "net/worker.h"

#define WORKER_PAIRS_MAX 1024
#define WORKER_FEEDERS_MAX 1024

/* What an epoll event is about: kind in the low bits, slot above. */
enum watch_kind { WATCH_BELL, WATCH_RX_KICK, WATCH_TX_KICK, WATCH_UPLINK, WATCH_FEEDER };
#define WATCH_KIND_BITS 3

struct job {
	void (*function)(void *);
	void *argument;
	sem_t done;
};

struct worker {
	unsigned index;
	int cpu;
	const struct worker_settings *settings;
	struct grace *grace;
	struct grace_slot *slot;
	struct burst *burst;
	int epoll_fd, bell_fd;
	pthread_t thread;
	bool ended; /* the worker's; set by a job */

	struct guest_pair *pairs[WORKER_PAIRS_MAX]; /* by slot; NULL: free */
	unsigned slot_cnt;			    /* slots above are free */
	struct guest_pair *hot[WORKER_PAIRS_MAX];
	unsigned hot_cnt;
	struct feeder *feeders[WORKER_FEEDERS_MAX]; /* likewise */
	unsigned feeder_slot_cnt;
	struct feeder *hot_feeders[WORKER_FEEDERS_MAX];
	unsigned hot_feeder_cnt;
	uint64_t next_events_ns, next_look_ns;

	pthread_mutex_t run_lock; /* one job at a time */
	_Atomic(struct job *) job;

	counter_t busy_cycles, packets, bursts, sleeps, wakes, busy_ppm;
	uint64_t window_start_ns, window_start_cycles, window_busy_cycles;

	struct news_ring news;
};

static inline uint64_t watch_of(enum watch_kind kind, unsigned slot)
{
	return (uint64_t)slot << WATCH_KIND_BITS | kind;
}

/* What was last busy at `busy_ns` and has nothing to do now: may it sleep? */
static inline bool worker_idle_enough(const struct worker *worker, uint64_t busy_ns,
				      uint64_t now_ns)
{
	const struct worker_settings *settings = worker->settings;
	int poll = atomic_load_explicit(&settings->poll, memory_order_relaxed);
	uint64_t idle_ns = atomic_load_explicit(&settings->poll_idle_ns, memory_order_relaxed);

	if (poll == WORKER_POLL_ALWAYS)
		return false;
	return poll == WORKER_POLL_NEVER || now_ns >= busy_ns + idle_ns;
}

/* The thread's function. */
void *worker_loop(void *worker);

/* The descriptor to watch for frames from outside, or -1. */
int worker_uplink_fd(const struct guest_pair *pair);

/* On the worker: to be polled from the next turn on. */
void worker_make_hot(struct worker *worker, struct guest_pair *pair, uint64_t now_ns);
/* On the worker: the nth hot pair is cold from now on. */
void worker_cool(struct worker *worker, unsigned nth);

#endif
