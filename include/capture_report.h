/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_report.h - a capture of a port's frames: what was asked for, and what came of it.
 *
 * Thread: any; a report belongs to whoever asked for it.
 */
#ifndef VRINGD_CAPTURE_REPORT_H
#define VRINGD_CAPTURE_REPORT_H

#include <stdint.h>

#include "vring_report.h"

/* Longest path and longest filter, with the zero behind them. */
#define CAPTURE_TEXT_MAX 4096

/* clang-format off */
#define CAPTURE_STATES(X)                                                                         \
	X(running, "frames are written")                                                          \
	X(stopped, "somebody ended it")                                                           \
	X(count,   "there are as many frames as were asked for")                                  \
	X(port,    "the port was removed")                                                        \
	X(error,   "the file could not be written")
/* clang-format on */

enum capture_state {
#define X(name, english) CAPTURE_STATE_##name,
	CAPTURE_STATES(X)
#undef X
};

const char *capture_state_name(enum capture_state state);
const char *capture_state_english(enum capture_state state);

struct capture_order {
	char port[PORT_NAME_MAX];
	char file[CAPTURE_TEXT_MAX];   /* an absolute path; nothing is there yet */
	char filter[CAPTURE_TEXT_MAX]; /* libpcap's syntax; "": all frames */
	uint64_t count;		       /* frames after which it ends; 0: does not */
	uint32_t snap_len;	       /* bytes of a frame that are kept; 0: all */
};

struct capture_counts {
	uint64_t frames;   /* in the file */
	uint64_t bytes;	   /* of these frames on the vring, whatever was kept of them */
	uint64_t filtered; /* that the filter did not want */
	uint64_t lost;	   /* for which there was no room in memory */
};

struct capture_report {
	struct capture_order order;
	enum capture_state state;
	int err; /* errno of an error */
	struct capture_counts counts;
};

#endif
