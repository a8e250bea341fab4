/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_ear.h - what the doctor said, and rows that say what it must; for the doctor tests.
 *
 * A row changes what is healthy, and names the check that must come of it, its
 * status and words of its text, advice or reference.
 */
#ifndef TESTS_UNIT_DOCTOR_EAR_H
#define TESTS_UNIT_DOCTOR_EAR_H

#include "doctor.h"

#define HEARD_MAX 32

extern struct doctor_check heard[HEARD_MAX];
extern unsigned heard_cnt;
extern const struct doctor_ear ear;

/* NULL: it was not said. */
const struct doctor_check *find(const char *name);
void expect(const char *row, const char *name, enum doctor_status status, const char *words);
/* Nothing but this (NULL: nothing), and "ok" of any name. */
void expect_only(const char *row, const char *name);

struct row {
	const char *title;
	void (*change)(void);
	const char *name; /* NULL: nothing is said */
	enum doctor_status status;
	const char *words;
	bool ill;
};

#define ROW(change, name, status, words)                                    \
	{                                                                   \
#change, change, name, DOCTOR_STATUS_##status, words, false \
	}
#define ILL(change, name, words)                                      \
	{                                                             \
#change, change, name, DOCTOR_STATUS_bad, words, true \
	}
#define SILENT(change)                                               \
	{                                                            \
#change, change, NULL, DOCTOR_STATUS_ok, NULL, false \
	}

#endif
