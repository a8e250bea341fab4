/* SPDX-License-Identifier: BSD-3-Clause */
/* house_hand.c - what is done to a vring by hand: call, kick, injected faults.
 *
 * Each is a function run on the worker that owns the vring, between two turns
 * of its loop, so that it needs no lock and races with nothing.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "house_private.h"
#include "log.h"
#include "net/call.h"
#include "net/pair.h"

struct by_hand {
	struct vring_end *end;
	bool running, done;
	enum inject_kind kind;
	uint64_t events;
	int64_t value;
};

static void run_call(void *argument)
{
	struct by_hand *job = argument;

	job->running = guest_port_live(job->end->pair->port) && job->end->started;
	if (!job->running)
		return;
	vring_end_lock(job->end);
	job->done = call_by_hand(job->end, clock_now_ns());
	vring_end_unlock(job->end);
	pair_store_gauges(job->end->pair);
}

static void run_kick(void *argument)
{
	struct by_hand *job = argument;

	/* worker_run() rings the bell, which makes the worker look at every ring. */
	job->running = guest_port_live(job->end->pair->port) && job->end->started;
	job->done = job->running;
}

/* The word as it is now, for a rehearsal that freezes it. */
static uint64_t frozen_event(const struct by_hand *job)
{
	const struct vring_end *end = job->end;

	if (job->value >= 0)
		return (uint64_t)job->value;
	if (!guest_port_live(end->pair->port) || !end->started || !end->vring.event_idx)
		return 0;
	return vring_wish(&end->vring).event;
}

static void run_fault_set(void *argument)
{
	struct by_hand *job = argument;
	uint64_t value = job->kind == INJECT_stale_used_event ? frozen_event(job) : 0;

	vring_end_lock(job->end);
	inject_arm(&job->end->inject, job->kind, job->events, value);
	vring_end_unlock(job->end);
}

static void run_fault_clear(void *argument)
{
	struct by_hand *job = argument;

	vring_end_lock(job->end);
	inject_clear(&job->end->inject);
	vring_end_unlock(job->end);
}

static void run_by_hand(struct by_hand *job, void (*function)(void *))
{
	worker_run(job->end->pair->worker, function, job);
}

/* NULL with *err and `error` filled. */
static struct vring_end *find_end(struct house *house, const char *name, unsigned index, int *err,
				  struct error_text *error)
{
	const struct house_port *port = house_find(house, name);
	struct vring_end *end;

	if (!port) {
		*err = error_set(error, ENOENT, "port %s: there is no such port", name);
		return NULL;
	}
	if (!port->vhost) {
		*err = error_set(error, EOPNOTSUPP, "port %s: a port of type %s has no vrings",
				 name, port_type_name(port->spec.type));
		return NULL;
	}
	end = guest_port_end(house_guest(port), index);
	if (!end)
		*err = error_set(error, ENOENT, "port %s: it has no vring with index %u", name,
				 index);
	return end;
}

static int by_hand(void *house, const char *name, unsigned index, void (*function)(void *),
		   struct error_text *error)
{
	struct by_hand job = { 0 };
	int err = 0;

	job.end = find_end(house, name, index, &err, error);
	if (!job.end)
		return err;
	run_by_hand(&job, function);
	if (!job.running)
		return error_set(error, ENOTCONN,
				 "%s/%s: the vring is not started; `vringctl show %s` tells more",
				 name, job.end->name, name);
	if (!job.done)
		return error_set(error, EOPNOTSUPP,
				 "%s/%s: the front end gave no call descriptor that can be written",
				 name, job.end->name);
	return 0;
}

int house_vring_call(void *house, const char *port, unsigned index, struct error_text *error)
{
	return by_hand(house, port, index, run_call, error);
}

int house_vring_kick(void *house, const char *port, unsigned index, struct error_text *error)
{
	return by_hand(house, port, index, run_kick, error);
}

/* One vring, or with index < 0 all of a port. */
static int each_end(struct house *house, const char *name, int index, struct by_hand *job,
		    void (*function)(void *), struct error_text *error)
{
	unsigned nth = index < 0 ? 0 : (unsigned)index;
	int err = 0;
	struct vring_end *end = find_end(house, name, nth, &err, error);

	while (end) {
		job->end = end;
		run_by_hand(job, function);
		end = index < 0 ? guest_port_end(end->pair->port, ++nth) : NULL;
	}
	return err;
}

int house_fault_set(void *house, const char *port, int index, enum inject_kind kind,
		    uint64_t events, int64_t value, struct error_text *error)
{
	struct by_hand job = { .kind = kind, .events = events, .value = value };
	int err = each_end(house, port, index, &job, run_fault_set, error);

	if (!err)
		log_info("port %s: fault %s armed on %s", port, inject_kind_word(kind),
			 index < 0 ? "all its vrings" : "one vring");
	return err;
}

int house_fault_clear(void *context, const char *name, int index, struct error_text *error)
{
	struct house *house = context;
	struct house_port *port;
	struct by_hand job = { 0 };
	int err = 0;

	if (name)
		return each_end(house, name, index, &job, run_fault_clear, error);
	for (port = house->ports; port && !err; port = port->next)
		if (port->vhost)
			err = each_end(house, port->spec.name, -1, &job, run_fault_clear, error);
	return err;
}
