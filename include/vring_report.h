/* SPDX-License-Identifier: BSD-3-Clause */
/* vring_report.h - one vring at one moment, as plain numbers.
 *
 * What the data path knows of a vring, copied out for those who show it: the
 * control socket, `explain`, and later metrics. Nothing here points into a
 * ring, so a report outlives the vring it was made from.
 *
 * Viewpoint: the guest's (tx = the guest transmits).
 * Thread: any; a report belongs to whoever asked for it.
 */
#ifndef VRINGD_VRING_REPORT_H
#define VRINGD_VRING_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "inject.h"
#include "latency.h"
#include "position.h"
#include "stall.h"

#define PORT_NAME_MAX 32
#define VRING_NAME_MAX 8

/* clang-format off */
#define VRING_STATES(X)                                                                           \
	X(absent,   "no front end is connected")                                                  \
	X(stopped,  "the front end has not started this vring")                                   \
	X(disabled, "started, not enabled: tx is drained and discarded, rx is not fed")           \
	X(running,  "started and enabled")                                                        \
	X(faulted,  "stopped by a mistake of the driver, until the driver resets it")
/* clang-format on */

enum vring_state {
#define X(name, english) VRING_STATE_##name,
	VRING_STATES(X)
#undef X
};

const char *vring_state_name(enum vring_state state);
const char *vring_state_english(enum vring_state state);

struct vring_decision {
	uint16_t old, new, used_event;
	bool called;
	bool any;	/* false: nothing was decided since the start */
	uint16_t flags; /* the driver's, as read for it */
};

/* What speaks for or against a guest that did not get the CPU when it was last
 * found stalled. */
struct cpu_evidence {
	bool known;	    /* false: no stall, or the front end's process can not be seen */
	int pid;	    /* the front end's */
	uint64_t at_ns;	    /* when the stall was found */
	uint64_t window_ms; /* what follows happened in this time before */
	uint64_t waited_ms; /* one thread of it was ready and waited for a CPU; the worst */
	uint64_t steal_ms;  /* a hypervisor below this host took, of all CPUs */
	char thread[16];    /* which thread */
};

struct vring_report {
	char port[PORT_NAME_MAX];
	char vring[VRING_NAME_MAX]; /* "rx0", "tx0" … */
	unsigned index;		    /* vhost index: rx0 = 0, tx0 = 1 … */
	bool guest_tx;

	enum vring_state state;
	enum stall_health health;
	enum vring_fault fault;
	bool event_idx, indirect, mrg_rxbuf;
	struct ring_shape shape; /* size 0: there is no ring */
	bool has_call_fd, has_kick_fd;

	/* Positions: the driver's words, then ours. Valid when size is not 0. A
	 * packed ring has no indices: avail_idx is the position behind the last
	 * available descriptor that the device has seen, used_idx is next_used. Its
	 * flags are RING_EVENT_FLAGS_…. */
	uint16_t avail_idx, used_event, driver_flags;
	uint16_t used_idx, avail_event, device_flags;
	uint16_t next_avail, next_used, decided_used, called_used;
	struct vring_decision last_decision;

	uint64_t unsignalled;	/* buffers used since the last call was written */
	uint64_t unanswered;	/* buffers used since the driver last moved */
	uint64_t unanswered_ms; /* for how long; 0 when unanswered is 0 */
	uint64_t backlog;	/* buffers available and not taken */
	bool spent;

	/* The watchdog's settings and what it saw last. */
	bool force;
	uint64_t stall_after_ms;
	unsigned forced_in_a_row;    /* forced calls of the present stall */
	uint64_t last_forced_ago_ms; /* valid when forced calls were made */
	uint64_t last_revival_us;    /* forced call → move, of the last revival; 0 none */
	uint64_t last_move_ago_ms;   /* since the driver was last seen to move */

	struct cpu_evidence cpu;
	uint64_t cpu_ago_ms; /* since cpu.at_ns */

	char uplink[PORT_NAME_MAX]; /* the port at the other end of the wire; "" unwired */
	char uplink_type[16];

	struct inject_report inject[INJECT_KIND_CNT];
	struct latency_summary latency[LATENCY_KIND_CNT];
	struct vring_counters_read counters;
};

#endif
