/* SPDX-License-Identifier: BSD-3-Clause */
/* mem_guard.h - guest memory that goes away under us costs one guest, not the daemon.
 *
 * A front end can shrink the file behind its memory at any time; who touches a
 * page behind the new end gets SIGBUS. The guard's handler puts empty memory
 * in place of the whole region and marks it lost, so that the worker goes on
 * and finds the port's vrings faulted. A SIGBUS anywhere else kills the
 * daemon, as it should.
 *
 * Thread: add and remove by the library's message thread while the port is
 * paused, or by the main thread that closes it; the handler runs on any.
 */
#ifndef VRINGD_GLUE_MEM_GUARD_H
#define VRINGD_GLUE_MEM_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "error_text.h"

int mem_guard_install(struct error_text *error);

/* Guards a mapping; *lost becomes true when it had to be replaced. */
void mem_guard_add(void *base, size_t size, _Atomic bool *lost);

/* Guards nothing of this owner any more. Before the mappings go. */
void mem_guard_remove_all(const _Atomic bool *lost);

#endif
