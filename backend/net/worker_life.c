/* SPDX-License-Identifier: BSD-3-Clause */
/* worker_life.c - what others do to a worker: start, wake, run a job, stop; see worker.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "net/uplink.h"
#include "net/worker_private.h"

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
		.data.u64 =
			watch_of(end->guest_tx ? WATCH_TX_KICK : WATCH_RX_KICK, end->pair->slot),
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
	bool shared;
	int err;
};

static void add_pair(void *argument)
{
	struct pair_job *job = argument;
	struct worker *worker = job->worker;
	unsigned slot = 0;

	while (slot < WORKER_PAIRS_MAX && worker->pairs[slot])
		slot++;
	if (slot == WORKER_PAIRS_MAX) {
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
			worker_cool(job->worker, i);
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

	if (worker_uplink_fd(pair) >= 0)
		epoll_ctl(job->worker->epoll_fd, EPOLL_CTL_DEL, worker_uplink_fd(pair), &event);
	pair->uplink = job->uplink;
	pair->waiting.waits = false;
	pair->rx_starved = false;
	pair->tx_blocked = false;
	vring_end_lock(&pair->rx);
	pair->rx_short = false;
	pair->rx_wanted = false;
	vring_end_unlock(&pair->rx);
	event.events = EPOLLONESHOT;
	if (worker_uplink_fd(pair) >= 0)
		epoll_ctl(job->worker->epoll_fd, EPOLL_CTL_ADD, worker_uplink_fd(pair), &event);
	worker_make_hot(job->worker, pair, clock_now_ns());
}

void worker_set_uplink(struct guest_pair *pair, struct uplink *uplink)
{
	struct pair_job job = { .worker = pair->worker, .pair = pair, .uplink = uplink };

	worker_run(pair->worker, set_uplink, &job);
}

static void set_shared(void *argument)
{
	const struct pair_job *job = argument;

	job->pair->rx.shared = job->shared;
}

void worker_share(struct guest_pair *pair, bool shared)
{
	struct pair_job job = { .pair = pair, .shared = shared };

	worker_run(pair->worker, set_shared, &job);
}

struct capture_job {
	struct vring_end *end;
	struct capture_ring *ring;
};

static void set_capture(void *argument)
{
	const struct capture_job *job = argument;

	vring_end_lock(job->end);
	job->end->capture = job->ring;
	vring_end_unlock(job->end);
}

void worker_capture(struct vring_end *end, struct capture_ring *ring)
{
	struct capture_job job = { .end = end, .ring = ring };

	worker_run(end->pair->worker, set_capture, &job);
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
