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
#define VIRTIO "Virtio 1.2, "
#define SUPPRESSION_USED VIRTIO "\"Used Buffer Notification Suppression\""
#define SUPPRESSION_AVAIL VIRTIO "\"Available Buffer Notification Suppression\""

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

/* Part of doctor_vring(), doctor_stall.c: whether it stands or stood, and why. */
void doctor_stall(const struct vring_report *report, const struct doctor_incident *last,
		  const struct doctor_teller *teller);

static inline const char *plural(uint64_t amount)
{
	return amount == 1 ? "" : "s";
}

#endif
