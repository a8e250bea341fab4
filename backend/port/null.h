/* SPDX-License-Identifier: BSD-3-Clause */
/* null.h - a port that swallows every frame and yields none.
 *
 * The floor for tests and timings: what the rings alone cost.
 */
#ifndef VRINGD_PORT_NULL_H
#define VRINGD_PORT_NULL_H

#include "net/uplink.h"

/* For port_bare_open(). */
extern const struct uplink_ops null_ops;

#endif
