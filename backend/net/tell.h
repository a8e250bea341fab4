/* SPDX-License-Identifier: BSD-3-Clause */
/* tell.h - what people should know of a vring: counted here, and put among the news.
 *
 * Thread: the worker that handles the vring, its owner or one that delivers to it.
 */
#ifndef VRINGD_NET_TELL_H
#define VRINGD_NET_TELL_H

#include "net/guest_port.h"
#include "net/news.h"

/* What the judge said. `coarse`: it was asked at the periodic look, so a move may
 * have been made long before. */
void tell_verdict(struct vring_end *end, const struct stall_verdict *verdict, bool coarse,
		  uint64_t now_ns);

/* A fault of a vring, once; memory that was lost is one. */
void tell_fault(struct vring_end *end, uint64_t now_ns);

/* What the watchdog found besides: buffers that no kick announced, an uplink that
 * takes nothing, a worker that comes late. */
void tell_found(struct vring_end *end, enum news_kind kind, uint64_t buffers, uint64_t span_ns,
		uint64_t now_ns);

#endif
