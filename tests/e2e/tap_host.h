/* SPDX-License-Identifier: BSD-3-Clause */
/* tap_host.h - the kernel at the other end of a tap, or the other end of a veth pair: a
 * packet socket plays the host.
 *
 * Frames of net_frame_make() go into the tap's interface and come out of it.
 * What must stay true: the kernel sends no frames of its own there. Needs root
 * and /dev/net/tun; a test asks tap_host_able() first and skips.
 *
 * There is one host a program.
 */
#ifndef TESTS_E2E_TAP_HOST_H
#define TESTS_E2E_TAP_HOST_H

#include "bed.h"

bool tap_host_able(void);

/* A name for the interface that no other program has. */
const char *tap_host_ifname(void);

/* After the daemon has made the tap, with up=off. */
void tap_host_open(void);
void tap_host_close(void); /* does nothing if it is not open */

/* From now on it gets frames of this type, and not those of net_frame_make(). */
void tap_host_hear(uint16_t ethertype);

void tap_host_sends(const struct net_frame *frame);

/* The next frame is this one; fails the test if not. */
void tap_host_gets(const struct net_frame *sent);

/* Whatever is next; fails the test if there is none. */
void tap_host_next(struct net_frame *got);

/* There is none. */
bool tap_host_has_none(void);

/* Takes all there are. */
void tap_host_drain(void);

#endif
