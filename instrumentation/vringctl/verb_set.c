/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_set.c - `set`, `fault` and `unfault`: KEY=VALUE words.
 *
 * Without a KEY=VALUE `set` shows what is set.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

static enum exit_status show_settings(const struct invocation *said, const char *port);
static enum exit_status set_one(const struct invocation *said, const char *port, const char *word);
static bool put_count(json_t *params, const char *key, const char *text);

enum exit_status verb_set(const struct invocation *said)
{
	const char *first = said_arg(said, 0);
	const char *port = first && !strchr(first, '=') ? first : NULL;
	enum exit_status status = EXIT_DONE;
	int i = port ? 1 : 0;

	if (i == said->argc)
		return show_settings(said, port);
	for (; i < said->argc && status == EXIT_DONE; i++)
		status = set_one(said, port, said->argv[i]);
	return status;
}

enum exit_status verb_fault(const struct invocation *said)
{
	const char *word = said_arg(said, 1), *more = said_arg(said, 2);
	const char *equals = strchr(word, '=');
	json_t *params = said_vring(said, 0, false);

	if (!params)
		return EXIT_USAGE;
	json_object_set_new(params, "kind",
			    json_stringn(word, equals ? (size_t)(equals - word) : strlen(word)));
	if (equals && !put_count(params, "value", equals + 1)) {
		json_decref(params);
		return said_wrong(said,
				  "'%s': what stands behind '=' is neither a whole number "
				  "nor 'always'",
				  word);
	}
	if (more && (strncmp(more, "count=", 6) != 0 || !put_count(params, "count", more + 6))) {
		json_decref(params);
		return said_wrong(said, "'%s' is not count=N or count=always", more);
	}
	return ask_and_be_quiet(said, "fault.set", params);
}

enum exit_status verb_unfault(const struct invocation *said)
{
	json_t *params = said_vring(said, 0, false);

	return params ? ask_and_be_quiet(said, "fault.clear", params) : EXIT_USAGE;
}

static enum exit_status show_settings(const struct invocation *said, const char *port)
{
	json_t *params = port ? json_pack("{s:s}", "port", port) : NULL;
	json_t *result = client_ask(said->client, "get", params);
	const char *key;
	json_t *value;

	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	json_object_foreach(json_object_get(result, "values"), key, value)
		printf("%s=%s\n", key, json_string_value(value));
	json_decref(result);
	return EXIT_DONE;
}

static enum exit_status set_one(const struct invocation *said, const char *port, const char *word)
{
	const char *equals = strchr(word, '=');
	json_t *params;

	if (!equals || equals == word)
		return said_wrong(said,
				  "'%s' is not KEY=VALUE; the keys are stall-after, force, "
				  "poll, poll-idle and log-level",
				  word);
	params =
		json_pack("{s:s%, s:s}", "key", word, (size_t)(equals - word), "value", equals + 1);
	if (port)
		json_object_set_new(params, "port", json_string(port));
	return ask_and_be_quiet(said, "set", params);
}

/* "always", or a whole number of 0 or more. */
static bool put_count(json_t *params, const char *key, const char *text)
{
	long long number;
	char *end;

	if (strcmp(text, "always") == 0)
		return json_object_set_new(params, key, json_string(text)) == 0;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end || errno)
		return false;
	return json_object_set_new(params, key, json_integer(number)) == 0;
}
