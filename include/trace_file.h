/* SPDX-License-Identifier: BSD-3-Clause */
/* trace_file.h - flight recorders in a file that survives the daemon.
 *
 * One file a guest port: a page that says whose it is, then one trace_ring for
 * each vring by vhost index. The daemon writes it through a shared mapping, so
 * what was recorded is there however the daemon ends; a reader maps it
 * read-only, while it is written or afterwards. Native byte order and layout:
 * it is read on the host that wrote it.
 *
 * Thread: any; what trace_file_rings() gives is trace.h's.
 */
#ifndef VRINGD_TRACE_FILE_H
#define VRINGD_TRACE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "error_text.h"
#include "trace.h"

#define TRACE_FILE_MAGIC "VRTRACE2"
#define TRACE_FILE_HEADER 4096
#define TRACE_FILE_NAME_MAX 32
#define TRACE_FILE_RINGS_MAX 512

struct trace_file_header {
	char magic[8];
	uint32_t ring_cnt, events; /* of each ring: TRACE_EVENTS */
	char port[TRACE_FILE_NAME_MAX];
	int64_t realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC when it was made */
	int32_t pid;		    /* of the daemon */
};

struct trace_file {
	struct trace_file_header *header; /* NULL: not open */
	uint64_t size;
};

/* Makes `file_name` in the folder `dir_fd` anew, for `ring_cnt` vrings; dir_fd -1: in
 * memory only. 0, or a negative errno with `error` filled. */
int trace_file_create(struct trace_file *file, int dir_fd, const char *file_name, const char *port,
		      unsigned ring_cnt, struct error_text *error);

/* Maps one that is there, read-only, after checking that it is one. */
int trace_file_open(struct trace_file *file, const char *path, struct error_text *error);
void trace_file_close(struct trace_file *file); /* not open: does nothing */

static inline struct trace_ring *trace_file_rings(const struct trace_file *file)
{
	return (struct trace_ring *)((char *)file->header + TRACE_FILE_HEADER);
}

#endif
