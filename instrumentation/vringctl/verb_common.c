/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_common.c - words of the command line into JSON, and JSON into words.
 *
 * See verbs.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

const char *said_arg(const struct invocation *said, int nth)
{
	return nth < said->argc ? said->argv[nth] : NULL;
}

json_t *said_port(const struct invocation *said, int nth)
{
	const char *port = said_arg(said, nth);

	return port ? json_pack("{s:s}", "port", port) : json_object();
}

json_t *said_vring(const struct invocation *said, int nth, bool need_vring)
{
	const char *words = said_arg(said, nth);
	const char *slash = words ? strchr(words, '/') : NULL;

	if (!words)
		return json_object();
	if (!slash && !need_vring)
		return json_pack("{s:s}", "port", words);
	if (!slash || slash == words || !slash[1]) {
		said_wrong(said, "'%s' names no vring: say PORT/VRING, for instance vm0/tx0",
			   words);
		return NULL;
	}
	return json_pack("{s:s%, s:s}", "port", words, (size_t)(slash - words), "vring", slash + 1);
}

enum exit_status said_wrong(const struct invocation *said, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "vringctl: %s: ", said->verb);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry 'vringctl --help'.\n");
	return EXIT_USAGE;
}

int vring_index_of(const char *name)
{
	bool tx = strncmp(name, "tx", 2) == 0;
	char *end;
	long pair;

	if ((!tx && strncmp(name, "rx", 2) != 0) || name[2] < '0' || name[2] > '9')
		return -1;
	pair = strtol(name + 2, &end, 10);
	return *end || pair > 1000 ? -1 : (int)(pair * 2 + tx);
}

void print_wrapped(const char *sentence, const char *first, int width)
{
	const char *word = sentence;
	int column = printf("%s%s", *first ? "  " : " ", first);

	while (*word) {
		const int len = (int)strcspn(word, " ");

		if (column + 1 + len > width && word != sentence) {
			putchar('\n');
			column = printf("   ");
		}
		column += printf(" %.*s", len, word);
		word += len;
		word += strspn(word, " ");
	}
	putchar('\n');
}

enum exit_status print_json(json_t *result)
{
	int err = json_dumpf(result, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);

	putchar('\n');
	json_decref(result);
	if (!err && fflush(stdout) == 0)
		return EXIT_DONE;
	fprintf(stderr, "vringctl: cannot write the result\n");
	return EXIT_FAILED;
}

enum exit_status ask_and_be_quiet(const struct invocation *said, const char *method, json_t *params)
{
	json_t *result = client_ask(said->client, method, params);

	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	json_decref(result);
	return EXIT_DONE;
}

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_int_t sum_of(const json_t *object)
{
	const char *key;
	const json_t *value;
	json_int_t sum = 0;

	json_object_foreach((json_t *)object, key, value)
		sum += json_integer_value(value);
	return sum;
}

const char *vring_label(const json_t *vring, char *label, size_t len)
{
	snprintf(label, len, "%s/%s", text_of(vring, "port"), text_of(vring, "vring"));
	return label;
}

const char *vring_word(const json_t *vring)
{
	const char *state = text_of(vring, "state");

	return strcmp(state, "running") == 0 ? text_of(vring, "health") : state;
}

bool vring_is_ill(const json_t *vring)
{
	const char *word = vring_word(vring);

	return strcmp(word, "stalled") == 0 || strcmp(word, "reviving") == 0 ||
	       strcmp(word, "stuck") == 0 || strcmp(word, "faulted") == 0;
}
