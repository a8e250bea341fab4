/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_memory.h - the guest's memory, as the front end describes and the library maps it.
 *
 * The library maps what it is told to and leaks descriptors where that fails;
 * so a table is checked before the library sees it.
 *
 * Thread: the library's message thread.
 */
#ifndef VRINGD_GLUE_VHOST_MEMORY_H
#define VRINGD_GLUE_VHOST_MEMORY_H

#include "net/guest_port.h"

struct vhost_msg;

/* What is wrong with the table of a SET_MEM_TABLE, or NULL. */
const char *vhost_memory_check(const struct vhost_msg *msg);

/* Takes over the mapped regions of a connection, under guard. The port is
 * paused; it has no memory if the connection has none. */
void vhost_memory_read(int vid, struct guest_port *port);

/* Before the library unmaps them. */
void vhost_memory_forget(struct guest_port *port);

#endif
