/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_peer.h - who is at the other end of a vhost-user socket.
 *
 * The library does not hand its connections out, but they are descriptors of
 * this process like any other.
 *
 * Thread: any.
 */
#ifndef VRINGD_GLUE_VHOST_PEER_H
#define VRINGD_GLUE_VHOST_PEER_H

#include <sys/types.h>

/* The process connected by the socket at `path`, whoever listens; 0 if there is
 * none, or it can not be told. */
pid_t vhost_peer_pid(const char *path);

#endif
