/* SPDX-License-Identifier: BSD-3-Clause */
/* error_text.h - an error as people read it: what, the value, why, what to do.
 *
 * A function that can fail for a reason its caller cannot know takes a
 * `struct error_text *` (never NULL), fills it and returns a negative errno.
 *
 * Thread: the caller's.
 */
#ifndef VRINGD_ERROR_TEXT_H
#define VRINGD_ERROR_TEXT_H

#include <stdarg.h>
#include <stdio.h>

#include "compiler.h"

struct error_text {
	char text[512];
};

/* Fills the text and returns -err, so that `return error_set(...)` reads well. */
static inline PRINTF_LIKE(3, 4) int error_set(struct error_text *error, int err, const char *format,
					      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -err;
}

#endif
