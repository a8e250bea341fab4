/* SPDX-License-Identifier: BSD-3-Clause */
/* frontend_memory.h - the memory of the scripted front end.
 *
 * Makes as many memfd regions as the configuration says: rings in the first,
 * buffers in the last, what lies between is there to be told of. Only
 * vhost_frontend.c calls it. What must stay true: the size of the first
 * region is what the rings take, so that nothing else lands there by chance.
 */
#ifndef TESTS_LIB_FRONTEND_MEMORY_H
#define TESTS_LIB_FRONTEND_MEMORY_H

#include "vhost_frontend.h"

/* 0 or -errno; what was made stays in @fe for frontend_memory_close(). */
int frontend_memory_open(struct frontend *fe);
void frontend_memory_close(struct frontend *fe);

struct driver_config frontend_ring_config(const struct frontend *fe,
					  unsigned int index);

#endif
