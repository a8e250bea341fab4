/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_doctor.c - `doctor`: what is wrong, and what to do.
 *
 * The judgements are the daemon's (instrumentation/doctor*.c), worst first; here
 * they are laid out. Exit status 3 when a vring is stalled or faulted, whatever
 * else was found.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "table.h"
#include "verbs.h"

/* As a state has a colour: of a status. */
static const char *colour_word(const char *status)
{
	if (strcmp(status, "bad") == 0)
		return "faulted";
	return strcmp(status, "warn") == 0 ? "stalled" : status;
}

static void print_paragraph(const char *text, const char *first)
{
	if (isatty(STDOUT_FILENO))
		print_wrapped(text, first, table_terminal_width());
	else
		printf("  %s%s%s\n", first, *first ? " " : "", text);
}

static void print_check(const json_t *check)
{
	const char *status = text_of(check, "status"), *word = colour_word(status);

	printf("%s%s%s %s: %s\n", table_colour(word), text_of(check, "status"),
	       table_colour_end(word), text_of(check, "subject"),
	       text_of(check, strcmp(status, "ok") == 0 ? "text" : "name"));
	if (strcmp(status, "ok") == 0)
		return;
	print_paragraph(text_of(check, "text"), "");
	if (*text_of(check, "advice"))
		print_paragraph(text_of(check, "advice"), "->");
	if (*text_of(check, "reference"))
		print_paragraph(text_of(check, "reference"), "see");
}

static void print_checks(const json_t *checks)
{
	const json_t *check;
	size_t i;

	json_array_foreach(checks, i, check) {
		if (i > 0 && strcmp(text_of(check, "status"), "ok") != 0)
			putchar('\n');
		else if (i > 0 && *text_of(json_array_get(checks, i - 1), "advice"))
			putchar('\n');
		print_check(check);
	}
}

enum exit_status verb_doctor(const struct invocation *said)
{
	enum exit_status judged, status = EXIT_DONE;
	json_t *result =
		said->bundle ? bundle_write(said) : client_ask(said->client, "doctor", NULL);

	if (!result)
		return EXIT_FAILED;
	judged = json_array_size(json_object_get(result, "ill")) ? EXIT_ILL : EXIT_DONE;
	if (said->json) {
		json_object_del(result, "facts");
		status = print_json(result);
	} else {
		print_checks(json_object_get(result, "checks"));
		json_decref(result);
	}
	if (said->bundle)
		fprintf(stderr, "vringctl: doctor: all of that and more is in %s\n", said->bundle);
	return status ? status : judged;
}
