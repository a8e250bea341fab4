/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_file.h - a capture: a pcapng file, and the thread that fills it.
 *
 * Workers copy frames into a ring for each vring (net/capture.h); the thread takes
 * them out in the order of their times, asks the filter, and writes. It sees these
 * rings and nothing else of the daemon, so that a slow disk costs frames of the
 * capture and nothing besides.
 *
 * The file is one that others can read at any time, and whatever ended the capture:
 * blocks are written whole, or taken away again.
 *
 * Thread: the main thread, which opens, looks and closes.
 */
#ifndef VRINGD_CAPTURE_FILE_H
#define VRINGD_CAPTURE_FILE_H

#include "capture_report.h"
#include "error_text.h"
#include "net/capture.h"

/* Vrings of a port at most, and memory of all their rings together: a power of two
 * that gives each one room for some of the largest frames. */
#define CAPTURE_VRINGS_MAX 32
#define CAPTURE_MEMORY ((size_t)16 * 1024 * 1024)

struct capture_config {
	const struct capture_order *order;
	const char *vrings[CAPTURE_VRINGS_MAX]; /* their names, by vhost index */
	unsigned vring_cnt;
	int ended_fd; /* an eventfd, rung when it ends by itself; not ours to close */
};

struct capture;

/* Makes the file, which must not be there, and starts the thread. 0, or a negative
 * errno with `error` filled, and no file: -EINVAL, -EEXIST, or what the system said. */
int capture_open(const struct capture_config *config, struct capture **capture,
		 struct error_text *error);

/* Where the frames of a vring go. */
struct capture_ring *capture_ring_of(struct capture *capture, unsigned index);

/* How it stands; *err is the errno of an error. */
enum capture_state capture_read(const struct capture *capture, struct capture_counts *counts,
				int *err);

/* Once no worker has the rings any more: writes what they still hold, unless it has
 * ended by itself, and frees all. Returns as capture_read(). */
enum capture_state capture_close(struct capture *capture, struct capture_counts *counts, int *err);

#endif
