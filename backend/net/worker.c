/* SPDX-License-Identifier: BSD-3-Clause */
/* worker.c - what a worker's thread does: poll, look, sleep; see worker.h. */
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "net/feeder.h"
#include "net/kick.h"
#include "net/pair.h"
#include "net/record.h"
#include "net/uplink.h"
#include "net/watchdog.h"
#include "net/worker_private.h"

#define EVENTS_MAX 64
/* While pairs are hot, the descriptors of cold ones are asked this often. */
#define EVENTS_EVERY_NS (20 * NS_PER_US)

static _Thread_local struct worker *running;

struct news_ring *worker_own_news(void)
{
	return &running->news;
}

/* ---- pairs ---- */

void worker_make_hot(struct worker *worker, struct guest_pair *pair, uint64_t now_ns)
{
	if (!guest_port_live(pair->port))
		return;
	if (!pair->hot)
		worker->hot[worker->hot_cnt++] = pair;
	pair_wake(pair, now_ns);
}

void worker_rouse(struct guest_pair *pair, uint64_t now_ns)
{
	if (pair->worker == running)
		worker_make_hot(running, pair, now_ns);
	else
		worker_wake(pair->worker);
}

static void make_all_hot(struct worker *worker, uint64_t now_ns)
{
	unsigned slot;

	for (slot = 0; slot < worker->slot_cnt; slot++)
		if (worker->pairs[slot])
			worker_make_hot(worker, worker->pairs[slot], now_ns);
	feeders_make_hot(worker, now_ns);
}

int worker_uplink_fd(const struct guest_pair *pair)
{
	return pair->uplink ? pair->uplink->ops->fd(pair->uplink, pair->index) : -1;
}

/* One shot: an uplink is watched again each time its pair goes to sleep. */
static void watch_uplink(struct worker *worker, struct guest_pair *pair, uint32_t events)
{
	int fd = worker_uplink_fd(pair);
	struct epoll_event event = {
		.events = events | EPOLLONESHOT,
		.data.u64 = watch_of(WATCH_UPLINK, pair->slot),
	};

	if (fd >= 0)
		epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

void worker_cool(struct worker *worker, unsigned nth)
{
	worker->hot[nth]->hot = false;
	worker->hot[nth] = worker->hot[--worker->hot_cnt];
}

/* False: it is not idle for long enough, or work has come meanwhile. */
static bool may_cool(struct worker *worker, struct guest_pair *pair, uint64_t now_ns)
{
	if (!worker_idle_enough(worker, pair->hot_until_ns, now_ns) || pair_sleep(pair, now_ns))
		return false;
	pair_store_gauges(pair);
	if (!pair->uplink_failed)
		watch_uplink(worker, pair, pair_uplink_events(pair));
	return true;
}

/* The worker sleeps no longer than until the pair's next look. */
static void look_in_time(struct worker *worker, const struct guest_pair *pair)
{
	uint64_t due_ns = watchdog_due_ns(pair);

	if (due_ns < worker->next_look_ns)
		worker->next_look_ns = due_ns;
}

/* Returns how many frames crossed. */
static unsigned poll_hot(struct worker *worker, uint64_t now_ns)
{
	unsigned cnt = 0;
	unsigned i = 0;

	while (i < worker->hot_cnt) {
		struct guest_pair *pair = worker->hot[i];
		unsigned crossed;

		if (!guest_port_live(pair->port)) {
			worker_cool(worker, i);
			continue;
		}
		crossed = pair_poll(pair, worker->burst, now_ns);
		cnt += crossed;
		if (crossed > 0)
			pair->hot_until_ns = now_ns;
		else if (may_cool(worker, pair, now_ns)) {
			worker_cool(worker, i);
			look_in_time(worker, pair);
			continue;
		}
		i++;
	}
	return cnt;
}

static void look_all(struct worker *worker, uint64_t now_ns)
{
	unsigned slot;

	worker->next_look_ns = feeders_look(worker, now_ns);
	for (slot = 0; slot < worker->slot_cnt; slot++) {
		struct guest_pair *pair = worker->pairs[slot];

		if (!pair || !guest_port_live(pair->port))
			continue;
		if (now_ns >= watchdog_due_ns(pair)) {
			if (watchdog_look(pair, now_ns))
				worker_make_hot(worker, pair, now_ns);
			pair_store_gauges(pair);
		}
		look_in_time(worker, pair);
	}
}

/* ---- events ---- */

static void on_kick(struct worker *worker, struct vring_end *end, uint64_t now_ns)
{
	if (!guest_port_live(end->pair->port) || !end->started)
		return;
	if (kick_drain(end, now_ns) && inject_hit(&end->inject, INJECT_drop_kick)) {
		record_injected(end, TRACE_kick_ignored, now_ns);
		return;
	}
	worker_make_hot(worker, end->pair, now_ns);
}

static void on_event(struct worker *worker, uint64_t watch, uint64_t now_ns)
{
	enum watch_kind kind = (enum watch_kind)(watch & ((1u << WATCH_KIND_BITS) - 1));
	unsigned slot = (unsigned)(watch >> WATCH_KIND_BITS);
	struct guest_pair *pair = worker->pairs[slot];
	uint64_t rings;

	if (kind == WATCH_BELL) {
		if (read(worker->bell_fd, &rings, sizeof(rings)) > 0)
			make_all_hot(worker, now_ns);
		worker->next_look_ns = 0;
		return;
	}
	if (kind == WATCH_FEEDER) {
		feeder_on_event(worker, slot, now_ns);
		return;
	}
	if (!pair)
		return;
	if (kind == WATCH_RX_KICK || kind == WATCH_TX_KICK) {
		on_kick(worker, kind == WATCH_RX_KICK ? &pair->rx : &pair->tx, now_ns);
		return;
	}
	pair->tx_blocked = false;
	worker_make_hot(worker, pair, now_ns);
}

static bool idle(const struct worker *worker)
{
	return worker->hot_cnt == 0 && worker->hot_feeder_cnt == 0;
}

/* epoll counts milliseconds; rounded up, so that a look is never early. */
static int sleep_ms(const struct worker *worker, uint64_t now_ns)
{
	if (!idle(worker))
		return 0;
	if (worker->next_look_ns == UINT64_MAX)
		return -1;
	if (worker->next_look_ns <= now_ns)
		return 0;
	return (int)((worker->next_look_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void take_events(struct worker *worker, uint64_t now_ns)
{
	struct epoll_event events[EVENTS_MAX];
	int timeout = sleep_ms(worker, now_ns);
	int cnt, i;

	if (timeout == 0) {
		cnt = epoll_wait(worker->epoll_fd, events, EVENTS_MAX, 0);
	} else {
		tally(&worker->sleeps, 1);
		grace_leave(worker->slot);
		cnt = epoll_wait(worker->epoll_fd, events, EVENTS_MAX, timeout);
		grace_enter(worker->grace, worker->slot);
		now_ns = clock_now_ns();
		if (cnt > 0)
			tally(&worker->wakes, 1);
	}
	for (i = 0; i < cnt; i++)
		on_event(worker, events[i].data.u64, now_ns);
	worker->next_events_ns = now_ns + EVENTS_EVERY_NS;
}

/* ---- the loop ---- */

static void run_job(struct worker *worker)
{
	struct job *job = atomic_load_explicit(&worker->job, memory_order_acquire);

	if (!job)
		return;
	atomic_store_explicit(&worker->job, NULL, memory_order_relaxed);
	job->function(job->argument);
	sem_post(&job->done);
}

static void account(struct worker *worker, unsigned packets, uint64_t cycles)
{
	tally(&worker->busy_cycles, cycles);
	tally(&worker->packets, packets);
	tally(&worker->bursts, 1);
	worker->window_busy_cycles += cycles;
}

static void begin_window(struct worker *worker, uint64_t now_ns)
{
	worker->window_start_ns = now_ns;
	worker->window_start_cycles = clock_cycles();
	worker->window_busy_cycles = 0;
}

static void turn_window(struct worker *worker, uint64_t now_ns)
{
	uint64_t elapsed;

	if (now_ns - worker->window_start_ns < NS_PER_SECOND)
		return;
	elapsed = clock_cycles() - worker->window_start_cycles;
	counter_set(&worker->busy_ppm, worker->window_busy_cycles * 1000000 / elapsed);
	begin_window(worker, now_ns);
}

void *worker_loop(void *argument)
{
	struct worker *worker = argument;

	running = worker;
	begin_window(worker, clock_now_ns());
	grace_enter(worker->grace, worker->slot);
	while (!worker->ended) {
		uint64_t now_ns, start_cycles;
		unsigned packets;

		grace_turn(worker->grace, worker->slot);
		run_job(worker);
		now_ns = clock_now_ns();
		start_cycles = clock_cycles();
		packets = poll_hot(worker, now_ns) + feeders_poll(worker, now_ns);
		if (now_ns >= worker->next_look_ns)
			look_all(worker, now_ns);
		if (packets > 0)
			account(worker, packets, clock_cycles() - start_cycles);
		turn_window(worker, now_ns);
		if (!worker->ended && (idle(worker) || now_ns >= worker->next_events_ns))
			take_events(worker, clock_now_ns());
	}
	grace_leave(worker->slot);
	return NULL;
}
