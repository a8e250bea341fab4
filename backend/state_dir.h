/* SPDX-License-Identifier: BSD-3-Clause */
/* state_dir.h - the folder for what must survive the daemon.
 *
 * One daemon at a time: a lock that ends with its holder. In it lie `trace`
 * (flight recorders) and `incidents`. Without a folder, all of that lives in
 * memory and ends with the daemon.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_STATE_DIR_H
#define VRINGD_STATE_DIR_H

#include <sys/types.h>

#include "error_text.h"

#define STATE_DIR_DEFAULT "/run/vringd/state"

struct state_dir {
	int lock_fd;  /* -1: there is no folder */
	int trace_fd; /* the sub-folders, or -1 */
	int incidents_fd;
};

/* Makes what is missing of the path, and locks it. With `owner` not -1 the folders
 * are made that user's. 0, or a negative errno with `error` filled. */
int state_dir_open(struct state_dir *dir, const char *path, uid_t owner, gid_t group,
		   struct error_text *error);
void state_dir_close(struct state_dir *dir);

#endif
