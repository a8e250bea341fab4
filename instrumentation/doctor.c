/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor.c - how a check is told; see doctor.h. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "doctor_tell.h"
#include "names.h"

NAME_TABLE(doctor_status, DOCTOR_STATUSES)

struct doctor_check doctor_find(const struct doctor_teller *teller, const char *name,
				enum doctor_status status, const char *format, ...)
{
	struct doctor_check check = { .name = name, .status = status };
	va_list args;

	memcpy(check.subject, teller->subject, sizeof(check.subject));
	va_start(args, format);
	vsnprintf(check.text, sizeof(check.text), format, args);
	va_end(args);
	return check;
}

void doctor_advise(const struct doctor_teller *teller, struct doctor_check *check,
		   const char *reference, const char *format, ...)
{
	va_list args;

	if (reference)
		snprintf(check->reference, sizeof(check->reference), "%s", reference);
	va_start(args, format);
	vsnprintf(check->advice, sizeof(check->advice), format, args);
	va_end(args);
	doctor_rest(teller, check);
}

void doctor_rest(const struct doctor_teller *teller, struct doctor_check *check)
{
	teller->ear->hear(teller->ear->listener, check);
}
