/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_private.h - a capture itself, for its thread and its life.
 *
 * capture_write.c is what its thread does; capture_file.c is what the main thread
 * does to it.
 */
#ifndef VRINGD_CAPTURE_PRIVATE_H
#define VRINGD_CAPTURE_PRIVATE_H

#include <pthread.h>

#include "capture/capture_file.h"
#include "capture/capture_filter.h"
#include "capture/pcapng.h"

struct capture {
	/* Set once. */
	const char *vrings[CAPTURE_VRINGS_MAX]; /* of the port, which lives longer */
	struct capture_ring *rings[CAPTURE_VRINGS_MAX];
	unsigned ring_cnt;
	struct capture_filter *filter;
	uint64_t count; /* of frames; 0: no end */
	int fd, bell_fd, ended_fd;
	pthread_t thread;

	_Atomic bool closing; /* the main thread's: no more will come */

	/* The thread's. */
	struct pcapng_out out;		   /* whole blocks that are not in the file yet … */
	uint64_t frames, bytes;		   /* … and their frames */
	off_t file_len;			   /* of whole blocks in the file */
	uint64_t seen[CAPTURE_VRINGS_MAX]; /* frames taken out of each ring */

	/* What it stands at, stored by the thread. */
	counter_t frames_written, bytes_written, filtered;
	counter_t lost;	   /* when it had ended by itself */
	_Atomic int state; /* enum capture_state */
	int err;	   /* valid with the state */
};

/* Writes the blocks that wait. 0, or a negative errno, with the file as it was. */
int capture_flush(struct capture *capture);

/* The thread's function. */
void *capture_write_loop(void *capture);

#endif
