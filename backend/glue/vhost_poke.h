/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_poke.h - makes the library look at a socket that was just opened.
 *
 * librte_vhost waits in poll() for up to a second before it notices that a
 * descriptor was added for a server socket; a front end that connects meanwhile
 * waits as long. It wakes its thread through a pipe of its own when a connection
 * is added, and not when a socket is. That pipe is made by the first socket that
 * is started, and is found by being the one that is new then.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_GLUE_VHOST_POKE_H
#define VRINGD_GLUE_VHOST_POKE_H

/* Around the start of each socket. If the pipe can not be told from others,
 * nothing is written, and the first connection waits. */
void vhost_poke_prepare(void);
void vhost_poke(void);

#endif
