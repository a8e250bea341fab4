/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_tell.h - how the files of doctor speak; for them alone.
 *
 * Thread: any.
 */
#ifndef VRINGD_DOCTOR_TELL_H
#define VRINGD_DOCTOR_TELL_H

#include <inttypes.h>

#include "compiler.h"
#include "doctor.h"

#define RUNBOOK "docs/runbook.md"

/* Whom it is about, and who listens. */
struct doctor_teller {
	const struct doctor_ear *ear;
	char subject[PORT_NAME_MAX + VRING_NAME_MAX];
};

/* Begins a check: its finding. */
struct doctor_check doctor_find(const struct doctor_teller *teller, const char *name,
				enum doctor_status status, const char *format, ...)
	PRINTF_LIKE(4, 5);
/* Ends it: what to do, and what rules it; NULL: nothing does. It is heard now. */
void doctor_advise(const struct doctor_teller *teller, struct doctor_check *check,
		   const char *reference, const char *format, ...) PRINTF_LIKE(4, 5);
/* Ends it without advice. */
void doctor_rest(const struct doctor_teller *teller, struct doctor_check *check);

#endif
