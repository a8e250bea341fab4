/* SPDX-License-Identifier: BSD-3-Clause */
/* watchdog.h - the look at a pair's rings that needs no kick.
 *
 * Each `stall_after` the worker looks at every ring it owns: is there work
 * that no kick announced, and what does the stall judge say? The judge may
 * ask for an earlier look of its own, so that forced calls are on time.
 *
 * Thread: the worker that owns the pair.
 */
#ifndef VRINGD_NET_WATCHDOG_H
#define VRINGD_NET_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "net/guest_port.h"

/* When this pair wants to be looked at. */
uint64_t watchdog_due_ns(const struct guest_pair *pair);

/* Between two looks, while nothing crosses: settles a move that the driver made. */
void watchdog_peek(struct vring_end *end, uint64_t now_ns);

/* Looks, if it is time. True if there are buffers that no kick announced. */
bool watchdog_look(struct guest_pair *pair, uint64_t now_ns);

#endif
