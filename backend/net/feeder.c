/* SPDX-License-Identifier: BSD-3-Clause */
/* feeder.c - see feeder.h. */
#include "net/feeder.h"

#include <errno.h>
#include <sys/epoll.h>

#include "clock.h"
#include "net/worker_private.h"

/* A descriptor with an error is always ready: it is not watched, but asked again. */
#define RETRY_NS NS_PER_SECOND

static void make_hot(struct worker *worker, struct feeder *feeder, uint64_t now_ns)
{
	feeder->hot_until_ns = now_ns;
	if (feeder->hot)
		return;
	feeder->hot = true;
	worker->hot_feeders[worker->hot_feeder_cnt++] = feeder;
}

void feeders_make_hot(struct worker *worker, uint64_t now_ns)
{
	unsigned slot;

	for (slot = 0; slot < worker->feeder_slot_cnt; slot++)
		if (worker->feeders[slot])
			make_hot(worker, worker->feeders[slot], now_ns);
}

void feeder_on_event(struct worker *worker, unsigned slot, uint64_t now_ns)
{
	if (worker->feeders[slot])
		make_hot(worker, worker->feeders[slot], now_ns);
}

static void cool(struct worker *worker, unsigned nth)
{
	worker->hot_feeders[nth]->hot = false;
	worker->hot_feeders[nth] = worker->hot_feeders[--worker->hot_feeder_cnt];
}

/* One shot, each time a feeder goes to sleep. */
static void watch(struct worker *worker, const struct feeder *feeder)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u64 = watch_of(WATCH_FEEDER, feeder->slot),
	};

	epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, feeder->fd, &event);
}

static void ask_later(struct worker *worker, struct feeder *feeder, uint64_t now_ns)
{
	feeder->retry_ns = now_ns + RETRY_NS;
	if (feeder->retry_ns < worker->next_look_ns)
		worker->next_look_ns = feeder->retry_ns;
}

/* It yielded nothing. False: it is not idle for long enough. */
static bool may_cool(struct worker *worker, struct feeder *feeder, uint64_t now_ns)
{
	if (feeder->failed) {
		ask_later(worker, feeder, now_ns);
		return true;
	}
	if (feeder->fd < 0 || !worker_idle_enough(worker, feeder->hot_until_ns, now_ns))
		return false;
	watch(worker, feeder);
	return true;
}

unsigned feeders_poll(struct worker *worker, uint64_t now_ns)
{
	unsigned cnt = 0;
	unsigned i = 0;

	while (i < worker->hot_feeder_cnt) {
		struct feeder *feeder = worker->hot_feeders[i];
		int came = feeder->poll(feeder, worker->burst, now_ns);

		feeder->failed = came < 0;
		if (came > 0) {
			cnt += (unsigned)came;
			feeder->hot_until_ns = now_ns;
		} else if (may_cool(worker, feeder, now_ns)) {
			cool(worker, i);
			continue;
		}
		i++;
	}
	return cnt;
}

uint64_t feeders_look(struct worker *worker, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;
	unsigned slot;

	for (slot = 0; slot < worker->feeder_slot_cnt; slot++) {
		struct feeder *feeder = worker->feeders[slot];

		if (!feeder || !feeder->failed || feeder->hot)
			continue;
		if (now_ns >= feeder->retry_ns)
			make_hot(worker, feeder, now_ns);
		else if (feeder->retry_ns < next_ns)
			next_ns = feeder->retry_ns;
	}
	return next_ns;
}

/* ---- jobs ---- */

struct feeder_job {
	struct worker *worker;
	struct feeder *feeder;
	int err;
};

static void add_feeder(void *argument)
{
	struct feeder_job *job = argument;
	struct worker *worker = job->worker;
	struct feeder *feeder = job->feeder;
	struct epoll_event event = { .events = EPOLLONESHOT };
	unsigned slot = 0;

	while (slot < WORKER_FEEDERS_MAX && worker->feeders[slot])
		slot++;
	if (slot == WORKER_FEEDERS_MAX) {
		job->err = -ENOSPC;
		return;
	}
	event.data.u64 = watch_of(WATCH_FEEDER, slot);
	if (feeder->fd >= 0 &&
	    epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, feeder->fd, &event) != 0) {
		job->err = -errno;
		return;
	}
	worker->feeders[slot] = feeder;
	if (slot >= worker->feeder_slot_cnt)
		worker->feeder_slot_cnt = slot + 1;
	feeder->worker = worker;
	feeder->slot = slot;
	make_hot(worker, feeder, clock_now_ns());
}

int worker_add_feeder(struct worker *worker, struct feeder *feeder)
{
	struct feeder_job job = { .worker = worker, .feeder = feeder };

	worker_run(worker, add_feeder, &job);
	return job.err;
}

static void remove_feeder(void *argument)
{
	const struct feeder_job *job = argument;
	struct worker *worker = job->worker;
	unsigned i;

	for (i = 0; i < worker->hot_feeder_cnt; i++)
		if (worker->hot_feeders[i] == job->feeder)
			cool(worker, i);
	if (job->feeder->fd >= 0)
		epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, job->feeder->fd, NULL);
	worker->feeders[job->feeder->slot] = NULL;
}

void worker_remove_feeder(struct feeder *feeder)
{
	struct feeder_job job = { .worker = feeder->worker, .feeder = feeder };

	worker_run(feeder->worker, remove_feeder, &job);
}
