/* SPDX-License-Identifier: BSD-3-Clause */
/* switch_private.h - the switch itself, for its data path and its life.
 *
 * switch_send.c is what workers do with it; switch.c is who joins and leaves.
 */
#ifndef VRINGD_PORT_SWITCH_PRIVATE_H
#define VRINGD_PORT_SWITCH_PRIVATE_H

#include <stdatomic.h>

#include "clock.h"
#include "compiler.h"
#include "counters.h"
#include "port/fdb.h"
#include "port/switch.h"

/* Written by several workers, once a burst: added to atomically. */
struct switch_counters_in {
#define X(name, english) counter_t name;
	SWITCH_COUNTERS_IN(X)
#undef X
} CACHE_ALIGNED;

struct switch_counters_out {
#define X(name, english) counter_t name;
	SWITCH_COUNTERS_OUT(X)
#undef X
} CACHE_ALIGNED;

struct switch_member {
	struct uplink uplink; /* what the port sends into; first */
	struct net_switch *net;
	unsigned number;
	struct guest_port *guest; /* as in struct switch_port */
	struct uplink *out;
	unsigned out_queues;
	struct switch_counters_in in;	    /* by who sends for the port */
	struct switch_counters_out out_cnt; /* by who sends to it */
};

struct net_switch {
	struct fdb *fdb;
	_Atomic unsigned end; /* from this number on there was never a member */
	_Atomic(struct switch_member *) members[SWITCH_MEMBERS_MAX]; /* NULL: none */
};

/* NULL: there is none of that number, or none any more. */
static inline struct switch_member *switch_member_at(const struct net_switch *net, unsigned number)
{
	return atomic_load_explicit(&net->members[number], memory_order_acquire);
}

static inline uint32_t switch_now_s(uint64_t now_ns)
{
	return (uint32_t)(now_ns / NS_PER_SECOND);
}

extern const struct uplink_ops switch_ops;

#endif
