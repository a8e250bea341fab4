/* SPDX-License-Identifier: BSD-3-Clause */
/* probes.h - static probe points (USDT), provider "vringd", for bpftrace and systemtap.
 *
 * Each is one nop until somebody attaches to it. The first three arguments are always
 * the port's name, the vring's vhost index (rx0 = 0, tx0 = 1 ...) and the time in
 * nanoseconds of CLOCK_MONOTONIC, of the worker's turn:
 *
 *   vring__call(.., old, new, used_event, kind, avail_idx)      a decision that wanted it
 *   vring__suppress(.., old, new, used_event, kind, avail_idx)  one that did not
 *   vring__force(.., next_used, unanswered, unanswered_ns, kind)  a forced call
 *   vring__force__result(.., kind, ns)                          what came of a stall
 *   vring__stall(.., unanswered, ns)                            one begins
 *   vring__kick(.., avail_idx, next_avail)
 *   vring__arm(.., avail_event, next_avail)
 *   vring__move(.., ns)                                         a call was answered
 *   vring__state(.., started)
 *   uplink__backpressure(.., backlog, ns)                       nothing is taken
 *
 * `kind` is a trace_kind of trace.h, as a number.
 *
 * Thread: as the code they stand in.
 */
#ifndef VRINGD_NET_PROBES_H
#define VRINGD_NET_PROBES_H

#include <sys/sdt.h>

#include "net/guest_port.h"

#define PROBE_PORT(end) (end)->pair->port->name

#define PROBE1(name, end, now_ns, a) \
	STAP_PROBE4(vringd, name, PROBE_PORT(end), (end)->index, now_ns, a)
#define PROBE2(name, end, now_ns, a, b) \
	STAP_PROBE5(vringd, name, PROBE_PORT(end), (end)->index, now_ns, a, b)
#define PROBE4(name, end, now_ns, a, b, c, d) \
	STAP_PROBE7(vringd, name, PROBE_PORT(end), (end)->index, now_ns, a, b, c, d)
#define PROBE5(name, end, now_ns, a, b, c, d, e) \
	STAP_PROBE8(vringd, name, PROBE_PORT(end), (end)->index, now_ns, a, b, c, d, e)

#endif
