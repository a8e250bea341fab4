/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.h - a port that sends every frame back with its MAC addresses swapped.
 *
 * Needs no second program: what a guest transmits comes back to the same
 * guest, through the same data path as any delivery from outside.
 *
 * Thread: open and close by the control thread.
 */
#ifndef VRINGD_PORT_ECHO_H
#define VRINGD_PORT_ECHO_H

#include "error_text.h"
#include "net/uplink.h"

struct uplink *echo_open(const char *name, struct error_text *error);
void echo_close(struct uplink *uplink);

#endif
