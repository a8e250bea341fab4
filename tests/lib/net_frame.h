/* SPDX-License-Identifier: BSD-3-Clause */
/* net_frame.h - how a buffer is cut into descriptors.
 *
 * The one thing net_guest.c borrows from net_frame.c that tests need not
 * see. What must stay true: the pieces follow one another without gap, so
 * that a used length counts bytes from the start of the buffer.
 */
#ifndef TESTS_LIB_NET_FRAME_H
#define TESTS_LIB_NET_FRAME_H

#include "net_guest.h"

/* Cuts @whole (header and frame) as @layout says; the number of pieces, at
 * most NET_PARTS_MAX. */
uint16_t net_frame_cut(const struct driver_part *whole, uint32_t hdr_len,
		       enum net_layout layout, struct driver_part *part);

#endif
