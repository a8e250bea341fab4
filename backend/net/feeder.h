/* SPDX-License-Identifier: BSD-3-Clause */
/* feeder.h - what a worker polls beside its pairs: a source of frames that is no guest.
 *
 * A pair reads from the uplink it is wired to. Where frames come in and no pair asks
 * for them, behind a switch, a feeder does. It is hot while there are frames and for
 * `poll-idle` after, like a pair; then its descriptor is watched with one shot of
 * epoll.
 *
 * Thread: added and removed by the control threads (worker.h); the rest by the worker
 * it belongs to.
 */
#ifndef VRINGD_NET_FEEDER_H
#define VRINGD_NET_FEEDER_H

#include <stdbool.h>
#include <stdint.h>

struct burst;
struct feeder;
struct worker;

struct feeder {
	/* Set once, by its owner. */
	int fd; /* readable when there are frames; -1: nothing tells, it is polled for ever */
	/* Returns how many frames came, or a negative errno: ask again later. */
	int (*poll)(struct feeder *feeder, struct burst *burst, uint64_t now_ns);

	/* The worker's. */
	struct worker *worker;
	unsigned slot; /* in its table */
	bool hot;
	bool failed; /* its descriptor has an error: not watched before … */
	uint64_t retry_ns;
	uint64_t hot_until_ns;
};

/* Makes all of a worker's hot. */
void feeders_make_hot(struct worker *worker, uint64_t now_ns);

/* Polls the hot ones, and lets those go cold that have long been idle. Returns how
 * many frames crossed. */
unsigned feeders_poll(struct worker *worker, uint64_t now_ns);

/* Asks those that failed again, and returns when to look next (UINT64_MAX: never). */
uint64_t feeders_look(struct worker *worker, uint64_t now_ns);

/* The descriptor of one has frames. */
void feeder_on_event(struct worker *worker, unsigned slot, uint64_t now_ns);

#endif
