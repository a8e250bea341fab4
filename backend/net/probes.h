/* SPDX-License-Identifier: BSD-3-Clause */
/* probes.h - static probe points (USDT), provider "vringd", for bpftrace and systemtap.
 *
 * Each is one nop until somebody attaches to it. Its arguments are what is at hand
 * where it stands: nothing is computed for it. docs/probes.md has them for users.
 *
 * bpftrace before 0.24 reads the first six arguments of a probe, so what matters
 * stands in front. First the name of the port, and for a vring its vhost index (rx0 = 0,
 * tx0 = 1 ...); the time of the worker's turn is last, in nanoseconds of
 * CLOCK_MONOTONIC, which is bpftrace's `nsecs`.
 *
 *   vring__call(.., old, new, used_event, avail_idx, ns)      a decision: called
 *   vring__suppress(.., old, new, used_event, avail_idx, ns)  a decision: no call
 *   vring__call__failed(.., next_used, ns)                    wanted, and could not be made
 *   vring__call__first(.., ns)                                after a start, without a decision
 *   vring__call__hand(.., ns)                                 somebody asked for it
 *   vring__force(.., next_used, unanswered, span_ns, kind, ns)  by force
 *   vring__force__result(.., kind, span_ns, ns)               how a stall ended, or forcing did
 *   vring__stall(.., unanswered, span_ns, ns)                 one begins
 *   vring__move(.., span_ns, coarse, ns)                      a call was answered
 *   vring__kick(.., avail_idx, next_avail, ns)
 *   vring__kick__missed(.., buffers, span_ns, ns)
 *   vring__arm(.., avail_event, next_avail, ns)
 *   vring__state(.., started, ns)
 *   vring__fault(.., fault, ns)                               the driver's mistake stopped it
 *   vring__drop(.., reason, frames)                           no ns: there is none at hand
 *   uplink__backpressure(.., backlog, span_ns, ns)            nothing is taken
 *
 *   port__connect(port, pid)                 a front end
 *   port__disconnect(port)
 *   port__message(port, request, payload)    before it is dealt with; its first 64 bits
 *   port__pause(port), port__resume(port)    taken from the workers and given back
 *
 * `kind` is a trace_kind of trace.h, `fault` a vring_fault, `reason` a drop_reason.
 *
 * Thread: as the code they stand in.
 */
#ifndef VRINGD_NET_PROBES_H
#define VRINGD_NET_PROBES_H

#include <sys/sdt.h>

#include "net/guest_port.h"

#define PROBE_PORT(end) (end)->pair->port->name

#define PROBE1(probe, end, a) STAP_PROBE3(vringd, probe, PROBE_PORT(end), (end)->index, a)
#define PROBE2(probe, end, a, b) STAP_PROBE4(vringd, probe, PROBE_PORT(end), (end)->index, a, b)
#define PROBE3(probe, end, a, b, c) \
	STAP_PROBE5(vringd, probe, PROBE_PORT(end), (end)->index, a, b, c)
#define PROBE5(probe, end, a, b, c, d, e) \
	STAP_PROBE7(vringd, probe, PROBE_PORT(end), (end)->index, a, b, c, d, e)

#define PORT_PROBE0(probe, port) STAP_PROBE1(vringd, probe, (port)->name)
#define PORT_PROBE1(probe, port, a) STAP_PROBE2(vringd, probe, (port)->name, a)
#define PORT_PROBE2(probe, port, a, b) STAP_PROBE3(vringd, probe, (port)->name, a, b)

#endif
