/* SPDX-License-Identifier: BSD-3-Clause */
/* bare.h - an uplink that is nothing but its operations: no device, no state.
 *
 * Thread: open and close by the control thread.
 */
#ifndef VRINGD_PORT_BARE_H
#define VRINGD_PORT_BARE_H

#include "error_text.h"
#include "net/uplink.h"

/* NULL with `error` filled: out of memory. */
struct uplink *port_bare_open(const char *name, const struct uplink_ops *ops,
			      struct error_text *error);
void port_bare_close(struct uplink *uplink);

/* There is no descriptor to wait for. */
int port_bare_fd(const struct uplink *uplink, unsigned queue);

#endif
