/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.h - a port that sends every frame back with its MAC addresses swapped.
 *
 * Needs no second program: what a guest transmits comes back to the same
 * guest, through the same data path as any delivery from outside.
 */
#ifndef VRINGD_PORT_ECHO_H
#define VRINGD_PORT_ECHO_H

#include "net/uplink.h"

/* For port_bare_open(). */
extern const struct uplink_ops echo_ops;

#endif
