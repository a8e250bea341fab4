/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_tell.h - how explain.c and explain_stall.c speak; for them alone.
 *
 * Thread: any.
 */
#ifndef VRINGD_EXPLAIN_TELL_H
#define VRINGD_EXPLAIN_TELL_H

#include <inttypes.h>

#include "compiler.h"
#include "explain.h"

/* Whose story it is, and who listens. */
struct teller {
	const struct vring_report *report;
	void (*say)(void *listener, const char *sentence);
	void *listener;
};

/* One sentence. */
void tell(const struct teller *teller, const char *format, ...) PRINTF_LIKE(2, 3);

/* The health of a running vring and the evidence for it (explain_stall.c). */
void explain_health(const struct teller *teller);

static inline const char *plural(uint64_t amount)
{
	return amount == 1 ? "" : "s";
}

#endif
