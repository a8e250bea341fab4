/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_ear.c - what the doctor said; see doctor_ear.h. */
#include "doctor_ear.h"

#include "check.h"

#include <string.h>

struct doctor_check heard[HEARD_MAX];
unsigned heard_cnt;

static void hear(void *listener, const struct doctor_check *check)
{
	(void)listener;
	assert_true(heard_cnt < HEARD_MAX);
	heard[heard_cnt++] = *check;
}

const struct doctor_ear ear = { hear, NULL };

const struct doctor_check *find(const char *name)
{
	unsigned i;

	for (i = 0; i < heard_cnt; i++)
		if (strcmp(heard[i].name, name) == 0)
			return &heard[i];
	return NULL;
}

static void print_heard(void)
{
	unsigned i;

	for (i = 0; i < heard_cnt; i++)
		print_message("%s %s %s: %s -> %s (%s)\n", doctor_status_name(heard[i].status),
			      heard[i].subject, heard[i].name, heard[i].text, heard[i].advice,
			      heard[i].reference);
}

void expect(const char *row, const char *name, enum doctor_status status, const char *words)
{
	const struct doctor_check *check = find(name);

	if (check && check->status == status &&
	    (strstr(check->text, words) || strstr(check->advice, words) ||
	     strstr(check->reference, words)))
		return;
	print_heard();
	fail_msg("%s: no %s of status %s that says '%s'", row, name, doctor_status_name(status),
		 words);
}

void expect_only(const char *row, const char *name)
{
	unsigned i;

	for (i = 0; i < heard_cnt; i++)
		if (heard[i].status != DOCTOR_STATUS_ok &&
		    (!name || strcmp(heard[i].name, name) != 0)) {
			print_heard();
			fail_msg("%s: %s was said as well", row, heard[i].name);
		}
}
