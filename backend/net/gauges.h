/* SPDX-License-Identifier: BSD-3-Clause */
/* gauges.h - what a vring stands at, stored by its worker after a burst.
 *
 * While bursts follow one another it does so every 50 us, and after the last of them:
 * readers do not come as often. Counters are told with each.
 *
 * Readers take positions from here and never touch the vring itself. Values
 * are whole each; the set is of one burst or of two adjoining ones.
 *
 * Thread: stored by the owning worker, read by any.
 */
#ifndef VRINGD_NET_GAUGES_H
#define VRINGD_NET_GAUGES_H

#include "compiler.h"
#include "counters.h"

struct vring_gauges {
	/* Positions; see vring.h. */
	counter_t next_avail, next_used, decided_used, called_used, avail_seen, avail_event;
	counter_t device_flags;

	/* The last decision's operands; decision_any is 0 before the first. */
	counter_t decision_any, decision_old, decision_new, decision_called;
	counter_t decision_event, decision_flags;

	counter_t unsignalled; /* buffers used since the last call was written */

	/* The judge's. */
	counter_t unanswered, unanswered_since_ns, last_move_ns, last_force_ns;
	counter_t forced_in_a_row, last_answer_ns;
	counter_t health, spent;

	counter_t state, fault, size;
} CACHE_ALIGNED;

#endif
