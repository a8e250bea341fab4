/* SPDX-License-Identifier: BSD-3-Clause */
/* pair.h - what a worker does with one queue pair: wake it, poll it, let it sleep.
 *
 * A pair is hot while it has work and for `poll_idle` after: its rings and its
 * uplink are polled. Then it asks for kicks, looks again, and is cold until a
 * descriptor or a look says otherwise.
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_PAIR_H
#define VRINGD_NET_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "net/burst.h"
#include "net/guest_port.h"

/* Makes it hot. */
void pair_wake(struct guest_pair *pair, uint64_t now_ns);

/* One turn; returns how many frames crossed. */
unsigned pair_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns);

/* Asks for kicks. True: work has come meanwhile, stay hot. */
bool pair_sleep(struct guest_pair *pair, uint64_t now_ns);

/* The epoll events its uplink should be watched for while it is cold. */
uint32_t pair_uplink_events(const struct guest_pair *pair);

/* Stores the gauges of both vrings. */
void pair_store_gauges(struct guest_pair *pair);

#endif
