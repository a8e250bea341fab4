/* SPDX-License-Identifier: BSD-3-Clause */
/* explain.h - the state of a vring in sentences, with the reason for each claim.
 *
 * Reads a report and nothing else, so it can be tried on any report that can
 * be written down. The numbers of each conclusion stand beside it: a reader
 * who doubts a sentence can do the sum again.
 *
 * What must stay true: a fault that was injected is said first, so that nobody
 * hunts a bug that somebody put there; and what a device cannot know (a late
 * vCPU, a dead guest) is not claimed.
 *
 * Thread: any.
 */
#ifndef VRINGD_EXPLAIN_H
#define VRINGD_EXPLAIN_H

#include "vring_report.h"

/* The longest sentence, with its NUL. */
#define EXPLAIN_SENTENCE_MAX 512

/* Calls `say` once a sentence; each lives for that call only. A healthy vring
 * gets one or two. */
void explain_vring(const struct vring_report *report,
		   void (*say)(void *listener, const char *sentence), void *listener);

#endif
