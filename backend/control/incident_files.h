/* SPDX-License-Identifier: BSD-3-Clause */
/* incident_files.h - incidents as files of the state folder, NUMBER.json each.
 *
 * A file is written beside its place and then renamed, so that a reader, or the
 * next daemon, sees a whole one or none. A folder that can not be written costs a
 * log line and nothing else.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_INCIDENT_FILES_H
#define VRINGD_INCIDENT_FILES_H

#include <jansson.h>

/* dir_fd -1: does nothing. */
void incident_file_write(int dir_fd, json_int_t id, const json_t *incident);
void incident_file_remove(int dir_fd, json_int_t id);

/* Gives those that lie there, in the order of their numbers, the latest `max` at
 * most; `take` owns what it is given. What is no incident is left alone. */
void incident_files_read(int dir_fd, unsigned max, void (*take)(void *context, json_t *incident),
			 void *context);

#endif
