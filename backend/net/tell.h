/* SPDX-License-Identifier: BSD-3-Clause */
/* tell.h - what people should know of a vring: counted here, and put among the news.
 *
 * Thread: the worker that handles the vring, its owner or one that delivers to it.
 */
#ifndef VRINGD_NET_TELL_H
#define VRINGD_NET_TELL_H

#include "net/guest_port.h"

/* What the judge said of the driver's move. */
void tell_verdict(struct vring_end *end, const struct stall_verdict *verdict);

/* A fault of a vring, once; memory that was lost is one. */
void tell_fault(struct vring_end *end);

#endif
