/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_listen.h - the listening socket and its file.
 *
 * Takes the place of a daemon that died, never of one that lives, and never of
 * a file that is no socket. Used by ctl_server.c.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_LISTEN_H
#define VRINGD_CTL_LISTEN_H

#include <sys/stat.h>

#include "error_text.h"

/* Returns a listening, non-blocking descriptor or a negative errno. `made` tells
 * the file apart from one that somebody else puts there later. gid -1: leave it. */
int ctl_listen_open(const char *path, int gid, struct stat *made, struct error_text *error);

/* Removes the file if it still is the one that was made. */
void ctl_listen_remove(const char *path, const struct stat *made);

#endif
