/* SPDX-License-Identifier: BSD-3-Clause */
/* worker.c - the loop; see worker.h. */
#include "net/worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "net/burst.h"
#include "net/guest_port.h"
#include "net/kick.h"
#include "net/pair.h"
#include "net/uplink.h"
#include "net/watchdog.h"

#define PAIRS_MAX 1024
#define EVENTS_MAX 64
/* While pairs are hot, the descriptors of cold ones are asked this often. */
#define EVENTS_EVERY_NS (20 * NS_PER_US)

/* What an epoll event is about: kind in the low bits, slot above. */
enum watch_kind { WATCH_BELL, WATCH_RX_KICK, WATCH_TX_KICK, WATCH_UPLINK };

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

	struct guest_pair *pairs[PAIRS_MAX]; /* by slot; NULL: free */
	unsigned slot_cnt;		     /* slots above are free */
	struct guest_pair *hot[PAIRS_MAX];
	unsigned hot_cnt;
	uint64_t next_events_ns, next_look_ns;

	pthread_mutex_t run_lock; /* one job at a time */
	_Atomic(struct job *) job;

	counter_t busy_cycles, packets, bursts, sleeps, wakes, busy_ppm;
	uint64_t window_start_ns, window_busy_ns;

	struct news_ring news;
};

static uint64_t watch_of(enum watch_kind kind, unsigned slot)
{
	return (uint64_t)slot << 2 | kind;
}

/* ---- pairs ---- */

static void make_hot(struct worker *worker, struct guest_pair *pair, uint64_t now_ns)
{
	if (!guest_port_live(pair->port))
		return;
	if (!pair->hot)
		worker->hot[worker->hot_cnt++] = pair;
	pair_wake(pair, now_ns);
}

static void make_all_hot(struct worker *worker, uint64_t now_ns)
{
	unsigned slot;

	for (slot = 0; slot < worker->slot_cnt; slot++)
		if (worker->pairs[slot])
			make_hot(worker, worker->pairs[slot], now_ns);
}

static int uplink_fd(const struct guest_pair *pair)
{
	return pair->uplink ? pair->uplink->ops->fd(pair->uplink, pair->index) : -1;
}

/* One shot: an uplink is watched again each time its pair goes to sleep. */
static void watch_uplink(struct worker *worker, struct guest_pair *pair, uint32_t events)
{
	int fd = uplink_fd(pair);
	struct epoll_event event = {
		.events = events | EPOLLONESHOT,
		.data.u64 = watch_of(WATCH_UPLINK, pair->slot),
	};

	if (fd >= 0)
		epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

static void cool(struct worker *worker, unsigned nth)
{
	worker->hot[nth]->hot = false;
	worker->hot[nth] = worker->hot[--worker->hot_cnt];
}

/* False: it is not idle for long enough, or work has come meanwhile. */
static bool may_cool(struct worker *worker, struct guest_pair *pair, uint64_t now_ns)
{
	const struct worker_settings *settings = worker->settings;
	int poll = atomic_load_explicit(&settings->poll, memory_order_relaxed);
	uint64_t idle_ns = atomic_load_explicit(&settings->poll_idle_ns, memory_order_relaxed);

	if (poll == WORKER_POLL_ALWAYS)
		return false;
	if (poll == WORKER_POLL_ADAPTIVE && now_ns < pair->hot_until_ns + idle_ns)
		return false;
	if (pair_sleep(pair))
		return false;
	pair_store_gauges(pair);
	if (!pair->uplink_failed)
		watch_uplink(worker, pair, pair_uplink_events(pair));
	return true;
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
			cool(worker, i);
			continue;
		}
		crossed = pair_poll(pair, worker->burst, now_ns);
		cnt += crossed;
		if (crossed > 0)
			pair->hot_until_ns = now_ns;
		else if (may_cool(worker, pair, now_ns)) {
			cool(worker, i);
			continue;
		}
		i++;
	}
	return cnt;
}

static void look_all(struct worker *worker, uint64_t now_ns)
{
	unsigned slot;

	worker->next_look_ns = UINT64_MAX;
	for (slot = 0; slot < worker->slot_cnt; slot++) {
		struct guest_pair *pair = worker->pairs[slot];
		uint64_t due_ns;

		if (!pair || !guest_port_live(pair->port))
			continue;
		if (now_ns >= watchdog_due_ns(pair)) {
			if (watchdog_look(pair, now_ns))
				make_hot(worker, pair, now_ns);
			pair_store_gauges(pair);
		}
		due_ns = watchdog_due_ns(pair);
		if (due_ns < worker->next_look_ns)
			worker->next_look_ns = due_ns;
	}
}

/* ---- events ---- */

static void on_kick(struct worker *worker, struct vring_end *end, uint64_t now_ns)
{
	if (!guest_port_live(end->pair->port) || !end->started)
		return;
	if (kick_drain(end) && inject_hit(&end->inject, INJECT_drop_kick))
		return;
	make_hot(worker, end->pair, now_ns);
}

static void on_event(struct worker *worker, uint64_t watch, uint64_t now_ns)
{
	enum watch_kind kind = (enum watch_kind)(watch & 3);
	struct guest_pair *pair = worker->pairs[watch >> 2];
	uint64_t rings;

	if (kind == WATCH_BELL) {
		if (read(worker->bell_fd, &rings, sizeof(rings)) > 0)
			make_all_hot(worker, now_ns);
		worker->next_look_ns = 0;
		return;
	}
	if (!pair)
		return;
	if (kind == WATCH_RX_KICK || kind == WATCH_TX_KICK) {
		on_kick(worker, kind == WATCH_RX_KICK ? &pair->rx : &pair->tx, now_ns);
		return;
	}
	pair->tx_blocked = false;
	make_hot(worker, pair, now_ns);
}

/* epoll counts milliseconds; rounded up, so that a look is never early. */
static int sleep_ms(const struct worker *worker, uint64_t now_ns)
{
	if (worker->hot_cnt > 0)
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
		count(&worker->sleeps, 1);
		grace_leave(worker->slot);
		cnt = epoll_wait(worker->epoll_fd, events, EVENTS_MAX, timeout);
		grace_enter(worker->grace, worker->slot);
		now_ns = clock_now_ns();
		if (cnt > 0)
			count(&worker->wakes, 1);
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

static void account(struct worker *worker, unsigned packets, uint64_t cycles, uint64_t busy_ns)
{
	count(&worker->busy_cycles, cycles);
	count(&worker->packets, packets);
	count(&worker->bursts, 1);
	worker->window_busy_ns += busy_ns;
}

static void turn_window(struct worker *worker, uint64_t now_ns)
{
	uint64_t elapsed_ns = now_ns - worker->window_start_ns;

	if (elapsed_ns < NS_PER_SECOND)
		return;
	counter_set(&worker->busy_ppm, worker->window_busy_ns * 1000000 / elapsed_ns);
	worker->window_start_ns = now_ns;
	worker->window_busy_ns = 0;
}

static void *worker_loop(void *argument)
{
	struct worker *worker = argument;

	worker->window_start_ns = clock_now_ns();
	grace_enter(worker->grace, worker->slot);
	while (!worker->ended) {
		uint64_t now_ns = clock_now_ns();
		uint64_t start_cycles = clock_cycles();
		unsigned packets;

		grace_turn(worker->grace, worker->slot);
		run_job(worker);
		packets = poll_hot(worker, now_ns);
		if (now_ns >= worker->next_look_ns)
			look_all(worker, now_ns);
		if (packets > 0)
			account(worker, packets, clock_cycles() - start_cycles,
				clock_now_ns() - now_ns);
		turn_window(worker, now_ns);
		if (!worker->ended && (worker->hot_cnt == 0 || now_ns >= worker->next_events_ns))
			take_events(worker, clock_now_ns());
	}
	grace_leave(worker->slot);
	return NULL;
}

void worker_wake(struct worker *worker)
{
	const uint64_t one = 1;
	ssize_t written = write(worker->bell_fd, &one, sizeof(one));

	(void)written; /* full: it rings already */
}

void worker_run(struct worker *worker, void (*function)(void *), void *argument)
{
	struct job job = { .function = function, .argument = argument };

	sem_init(&job.done, 0, 0);
	pthread_mutex_lock(&worker->run_lock);
	atomic_store_explicit(&worker->job, &job, memory_order_release);
	worker_wake(worker);
	while (sem_wait(&job.done) != 0)
		;
	pthread_mutex_unlock(&worker->run_lock);
	sem_destroy(&job.done);
}

/* ---- watching ---- */

static void watch_kick(struct vring_end *end, int operation)
{
	struct worker *worker = end->pair->worker;
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u64 = watch_of(end->guest_tx ? WATCH_TX_KICK : WATCH_RX_KICK,
				     end->pair->slot),
	};

	epoll_ctl(worker->epoll_fd, operation, end->kick_fd, &event);
}

void worker_watch_kick(struct vring_end *end)
{
	watch_kick(end, EPOLL_CTL_ADD);
}

void worker_unwatch_kick(struct vring_end *end)
{
	watch_kick(end, EPOLL_CTL_DEL);
}

/* ---- jobs ---- */

struct pair_job {
	struct worker *worker;
	struct guest_pair *pair;
	struct uplink *uplink;
	int err;
};

static void add_pair(void *argument)
{
	struct pair_job *job = argument;
	struct worker *worker = job->worker;
	unsigned slot = 0;

	while (slot < PAIRS_MAX && worker->pairs[slot])
		slot++;
	if (slot == PAIRS_MAX) {
		job->err = -ENOSPC;
		return;
	}
	worker->pairs[slot] = job->pair;
	if (slot >= worker->slot_cnt)
		worker->slot_cnt = slot + 1;
	job->pair->slot = slot;
	job->pair->worker = worker;
	job->pair->due_ns = UINT64_MAX;
	worker->next_look_ns = 0;
}

int worker_add_pair(struct worker *worker, struct guest_pair *pair)
{
	struct pair_job job = { .worker = worker, .pair = pair };

	worker_run(worker, add_pair, &job);
	return job.err;
}

static void remove_pair(void *argument)
{
	struct pair_job *job = argument;
	unsigned i;

	for (i = 0; i < job->worker->hot_cnt; i++)
		if (job->worker->hot[i] == job->pair)
			cool(job->worker, i);
	job->worker->pairs[job->pair->slot] = NULL;
}

void worker_remove_pair(struct guest_pair *pair)
{
	struct pair_job job = { .worker = pair->worker, .pair = pair };

	worker_run(pair->worker, remove_pair, &job);
}

static void set_uplink(void *argument)
{
	struct pair_job *job = argument;
	struct guest_pair *pair = job->pair;
	struct epoll_event event = { .data.u64 = watch_of(WATCH_UPLINK, pair->slot) };

	if (uplink_fd(pair) >= 0)
		epoll_ctl(job->worker->epoll_fd, EPOLL_CTL_DEL, uplink_fd(pair), &event);
	pair->uplink = job->uplink;
	pair->waiting.waits = false;
	pair->rx_starved = false;
	pair->tx_blocked = false;
	event.events = EPOLLONESHOT;
	if (uplink_fd(pair) >= 0)
		epoll_ctl(job->worker->epoll_fd, EPOLL_CTL_ADD, uplink_fd(pair), &event);
	make_hot(job->worker, pair, clock_now_ns());
}

void worker_set_uplink(struct guest_pair *pair, struct uplink *uplink)
{
	struct pair_job job = { .worker = pair->worker, .pair = pair, .uplink = uplink };

	worker_run(pair->worker, set_uplink, &job);
}

static void end_worker(void *argument)
{
	struct worker *worker = argument;

	worker->ended = true;
}

/* ---- life ---- */

static int open_descriptors(struct worker *worker)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = watch_of(WATCH_BELL, 0) };

	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	worker->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->epoll_fd < 0 || worker->bell_fd < 0)
		return -errno;
	return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, worker->bell_fd, &event) ? -errno : 0;
}

static int start_thread(struct worker *worker)
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int err;

	pthread_attr_init(&attr);
	if (worker->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET((unsigned)worker->cpu, &cpus);
		pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	}
	err = pthread_create(&worker->thread, &attr, worker_loop, worker);
	pthread_attr_destroy(&attr);
	if (!err) {
		char name[16];

		snprintf(name, sizeof(name), "worker%u", worker->index % 1000);
		pthread_setname_np(worker->thread, name);
	}
	return -err;
}

static void worker_free(struct worker *worker)
{
	if (worker->epoll_fd >= 0)
		close(worker->epoll_fd);
	if (worker->bell_fd >= 0)
		close(worker->bell_fd);
	burst_free(worker->burst);
	pthread_mutex_destroy(&worker->run_lock);
	free(worker);
}

struct worker *worker_start(unsigned index, int cpu, const struct worker_settings *settings,
			    struct grace *grace, int bell_fd, struct error_text *error)
{
	struct worker *worker = aligned_alloc(CACHE_LINE, (sizeof(*worker) + 63) / 64 * 64);
	int err = -ENOMEM;

	if (!worker) {
		error_set(error, ENOMEM, "worker %u: out of memory", index);
		return NULL;
	}
	memset(worker, 0, sizeof(*worker));
	worker->index = index;
	worker->cpu = cpu;
	worker->settings = settings;
	worker->grace = grace;
	worker->slot = &grace->slots[index];
	worker->news.bell_fd = bell_fd;
	worker->epoll_fd = -1;
	worker->bell_fd = -1;
	worker->next_look_ns = UINT64_MAX;
	pthread_mutex_init(&worker->run_lock, NULL);

	worker->burst = burst_new();
	if (worker->burst)
		err = open_descriptors(worker);
	if (!err)
		err = start_thread(worker);
	if (err) {
		error_set(error, -err, "worker %u on CPU %d can not start: %s", index, cpu,
			  strerror(-err));
		worker_free(worker);
		return NULL;
	}
	return worker;
}

void worker_stop(struct worker *worker)
{
	if (!worker)
		return;
	worker_run(worker, end_worker, worker);
	pthread_join(worker->thread, NULL);
	worker_free(worker);
}

unsigned worker_index(const struct worker *worker)
{
	return worker->index;
}

int worker_cpu(const struct worker *worker)
{
	return worker->cpu;
}

struct burst *worker_burst(struct worker *worker)
{
	return worker->burst;
}

struct news_ring *worker_news(struct worker *worker)
{
	return &worker->news;
}

void worker_read_stats(const struct worker *worker, struct worker_stats *stats)
{
	stats->busy_cycles = counter_read(&worker->busy_cycles);
	stats->packets = counter_read(&worker->packets);
	stats->bursts = counter_read(&worker->bursts);
	stats->sleeps = counter_read(&worker->sleeps);
	stats->wakes = counter_read(&worker->wakes);
	stats->busy_percent = (double)counter_read(&worker->busy_ppm) / 10000;
}
