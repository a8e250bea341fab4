/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_note.h - the comment of a frame: where it was on the ring, and its header.
 *
 *	head=17 vring=tx0(1) flags=NEEDS_CSUM gso=TCPV4 gso_size=1448 hdr_len=66
 *	csum_start=34 csum_offset=16
 *
 * in one line, words as in the specification. What a driver has written is told as it
 * is, whether it means something or not; num_buffers, which only the device writes,
 * stands behind rx frames.
 *
 * Thread: any.
 */
#ifndef VRINGD_CAPTURE_NOTE_H
#define VRINGD_CAPTURE_NOTE_H

#include <stddef.h>

#include "net/capture.h"

#define CAPTURE_NOTE_MAX 256

/* `index`: the vhost index of the vring. */
void capture_note(char *note, size_t size, const char *vring, unsigned index,
		  const struct captured *frame);

#endif
