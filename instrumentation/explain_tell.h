/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_tell.h - how the files of explain speak; for them alone.
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

/* The last decision, with its arithmetic (explain_decision.c). */
void explain_decision(const struct teller *teller);

/* A position as people read it: "30402"; packed "17 (wrap 1)". */
struct position_text {
	char text[24];
};
struct position_text position_text(const struct vring_report *report, uint16_t position);
#define AT(report, position) (position_text(report, position).text)

static inline const char *plural(uint64_t amount)
{
	return amount == 1 ? "" : "s";
}

#endif
