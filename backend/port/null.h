/* SPDX-License-Identifier: BSD-3-Clause */
/* null.h - a port that swallows every frame and yields none.
 *
 * The floor for tests and timings: what the rings alone cost.
 *
 * Thread: open and close by the control thread.
 */
#ifndef VRINGD_PORT_NULL_H
#define VRINGD_PORT_NULL_H

#include "error_text.h"
#include "net/uplink.h"

struct uplink *null_open(const char *name, struct error_text *error);
void null_close(struct uplink *uplink);

#endif
