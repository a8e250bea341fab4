/* SPDX-License-Identifier: BSD-3-Clause */
/* record.h - what the data path puts into a vring's flight recorder.
 *
 * One function a family of events; each fills in where the vring stands. A
 * vring without a recorder (tests) records nothing.
 *
 * Thread: the owning worker, or whoever has the paused port.
 */
#ifndef VRINGD_NET_RECORD_H
#define VRINGD_NET_RECORD_H

#include "net/guest_port.h"
#include "ring/notify.h"
#include "trace.h"

/* The vring starts; from now on its events say what is negotiated. */
void record_begin(struct vring_end *end, uint64_t now_ns);

/* A decision about `buffers` buffers; `kind` says what became of it. */
void record_decision(struct vring_end *end, enum trace_kind kind, struct notify_decision decision,
		     uint32_t buffers, bool injected, uint64_t now_ns);

/* Anything that is told by its kind and where the vring stands. */
void record_event(struct vring_end *end, enum trace_kind kind, uint64_t now_ns);
/* The same, where an injected fault has struck. */
void record_injected(struct vring_end *end, enum trace_kind kind, uint64_t now_ns);

/* The driver's mistake has stopped the vring. */
void record_fault(struct vring_end *end, uint64_t now_ns);

/* The driver was asked to kick at `avail_event`. */
void record_arm(struct vring_end *end, uint64_t now_ns);

/* Forced calls and what the judge found: `count` buffers lay for `span_ns`. */
void record_judged(struct vring_end *end, enum trace_kind kind, uint64_t count, uint64_t span_ns,
		   bool injected, uint64_t now_ns);

/* The driver moved `span_ns` after a call; `coarse`: not later than that. */
void record_move(struct vring_end *end, uint64_t span_ns, bool coarse, uint64_t now_ns);

#endif
