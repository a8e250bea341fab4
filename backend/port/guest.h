/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.h - a guest as the uplink of another one: one copy from buffers to buffers.
 *
 * A frame goes as it is, header and all: a partial checksum stays partial, 64 KiB
 * of TCP stay one frame, unless the receiver did not negotiate that. Queue pair
 * n leads to pair n of the other, or n modulo as many as it has.
 *
 * A guest that is out of receive buffers blocks its sender, as a cable with flow
 * control would; nothing is lost then. One that gives none for long is no reason
 * to hang another: its frames are dropped and counted on its vring.
 *
 * Thread: open and close by the main thread.
 */
#ifndef VRINGD_PORT_GUEST_H
#define VRINGD_PORT_GUEST_H

#include "error_text.h"
#include "net/guest_port.h"
#include "net/uplink.h"

/* What leads to a guest. The port must outlive it. NULL: out of memory. */
struct uplink *port_guest_open(struct guest_port *to, struct error_text *error);
void port_guest_close(struct uplink *uplink);

#endif
