/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_filter.h - which frames somebody wants to see: libpcap's syntax and compiler.
 *
 * Thread: compiled and freed by the main thread, asked by one other.
 */
#ifndef VRINGD_CAPTURE_FILTER_H
#define VRINGD_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "error_text.h"

struct capture_filter;

/* Compiles an expression for Ethernet frames. 0 with *filter set, or -EINVAL with
 * what libpcap says of it, or -ENOMEM. A host that is named, not numbered, is looked
 * up, which waits. */
int capture_filter_new(const char *expression, uint32_t snap_len, struct capture_filter **filter,
		       struct error_text *error);
void capture_filter_free(struct capture_filter *filter); /* NULL is fine */

/* NULL wants every frame. `data` is what was kept of a frame of `len` bytes. */
bool capture_filter_wants(const struct capture_filter *filter, const uint8_t *data,
			  uint32_t kept_len, uint32_t len);

#endif
