/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_explain.c - `explain`, `metrics` and `version`: what the daemon says of itself.
 *
 * The sentences are the daemon's (instrumentation/explain.c); here they are
 * only laid out. `explain` judges: exit status 3 when a vring is stalled or
 * faulted.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "table.h"
#include "verbs.h"

#ifndef VRINGD_VERSION
#define VRINGD_VERSION "unknown"
#endif

static void print_story(const json_t *vring);

enum exit_status verb_explain(const struct invocation *said)
{
	json_t *params = said_vring(said, 0, false), *result;
	const json_t *vring, *vrings;
	enum exit_status judged = EXIT_DONE;
	size_t i;

	if (!params)
		return EXIT_USAGE;
	result = client_ask(said->client, "explain", params);
	if (!result)
		return EXIT_FAILED;
	vrings = json_object_get(result, "vrings");
	json_array_foreach(vrings, i, vring) {
		if (vring_is_ill(vring))
			judged = EXIT_ILL;
		if (!said->json)
			print_story(vring);
	}
	if (said->json)
		return print_json(result) ? EXIT_FAILED : judged;
	if (json_array_size(vrings) == 0)
		printf("there is no guest port, so no vring to explain; 'vringctl port add' opens "
		       "one\n");
	json_decref(result);
	return judged;
}

enum exit_status verb_version(const struct invocation *said)
{
	json_t *result = client_ask(said->client, "version", NULL);

	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	printf("vringctl %s, vringd %s (pid %lld)\n", VRINGD_VERSION, text_of(result, "version"),
	       (long long)number_of(result, "pid"));
	json_decref(result);
	return EXIT_DONE;
}

enum exit_status verb_metrics(const struct invocation *said)
{
	json_t *result = client_ask(said->client, "metrics", NULL);
	int err;

	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	err = fputs(text_of(result, "text"), stdout) < 0 || fflush(stdout) != 0;
	json_decref(result);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "vringctl: cannot write the result\n");
	return EXIT_FAILED;
}

static void print_story(const json_t *vring)
{
	const char *word = vring_word(vring);
	const json_t *sentence;
	char label[64];
	size_t i;

	printf("%s (vring %lld): %s%s%s\n", vring_label(vring, label, sizeof(label)),
	       (long long)number_of(vring, "index"), table_colour(word), word,
	       table_colour_end(word));
	json_array_foreach(json_object_get(vring, "sentences"), i, sentence) {
		if (isatty(STDOUT_FILENO))
			print_wrapped(json_string_value(sentence), "", table_terminal_width());
		else
			printf("  %s\n", json_string_value(sentence));
	}
}
