/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_vrings.c - `vrings`: every position, event word and counter.
 *
 * A column a vring and a line a value, so that a guest's two ends stand side
 * by side and 80 columns do. The lines are what the daemon sends, whatever
 * that is: a value added there appears here by itself.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "verbs.h"

/* Vrings side by side: with the names of values they fit 80 columns. */
#define ABREAST 4
#define PATH_MAX_LEN 96

/* A few vrings and where in their objects we are ("counters.drops"). */
struct block {
	struct table *table;
	const json_t *vring[ABREAST];
	unsigned cnt;
};

static void print_block(const json_t *vrings, size_t first, unsigned cnt);
static void add_lines(struct block *block, const char *path, const json_t *model);
static const json_t *value_at(const json_t *object, const char *path);
static bool is_rare(const struct block *block, const char *path);
static bool is_heading(const char *path);

enum exit_status verb_vrings(const struct invocation *said)
{
	json_t *result = client_ask(said->client, "vring.list", said_port(said, 0));
	const json_t *vrings = json_object_get(result, "vrings");
	size_t first, left;

	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	for (first = 0; first < json_array_size(vrings); first += ABREAST) {
		left = json_array_size(vrings) - first;
		print_block(vrings, first, left < ABREAST ? (unsigned)left : ABREAST);
	}
	json_decref(result);
	return EXIT_DONE;
}

static void print_block(const json_t *vrings, size_t first, unsigned cnt)
{
	char label[ABREAST][64], name[56];
	const char *headings[ABREAST + 2] = { "VRING" };
	struct block block = { .cnt = cnt };
	const json_t *model = json_array_get(vrings, first);
	unsigned i;

	for (i = 0; i < cnt; i++) {
		block.vring[i] = json_array_get(vrings, first + i);
		snprintf(label[i], sizeof(label[i]), ">%s (%lld)",
			 vring_label(block.vring[i], name, sizeof(name)),
			 (long long)number_of(block.vring[i], "index"));
		headings[i + 1] = label[i];
		/* One without a ring has fewer values than one with. */
		if (json_is_object(json_object_get(block.vring[i], "last_decision")))
			model = block.vring[i];
	}
	if (first)
		putchar('\n');
	block.table = table_new(headings);
	add_lines(&block, "", model);
	table_print(block.table);
}

static void add_lines(struct block *block, const char *path, const json_t *model)
{
	const char *key;
	const json_t *value;
	char inner[PATH_MAX_LEN];
	unsigned i;

	json_object_foreach((json_t *)model, key, value) {
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", key);
		if (is_heading(inner) || is_rare(block, inner))
			continue;
		if (json_is_object(value)) {
			add_lines(block, inner, value);
			continue;
		}
		table_text(block->table, strncmp(inner, "counters.", 9) == 0 ? inner + 9 : inner);
		for (i = 0; i < block->cnt; i++)
			table_json(block->table, value_at(block->vring[i], inner));
	}
}

/* "counters.drops.unwired" in an object of objects. */
static const json_t *value_at(const json_t *object, const char *path)
{
	char key[PATH_MAX_LEN];
	const char *dot;

	for (;;) {
		dot = strchr(path, '.');
		if (!dot)
			return json_object_get(object, path);
		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		object = json_object_get(object, key);
		path = dot + 1;
	}
}

/* Drops and faults that no vring here has had. */
static bool is_rare(const struct block *block, const char *path)
{
	unsigned i;

	if (strncmp(path, "counters.drops.", 15) != 0 && strncmp(path, "counters.faults.", 16) != 0)
		return false;
	for (i = 0; i < block->cnt; i++)
		if (json_integer_value(value_at(block->vring[i], path)))
			return false;
	return true;
}

/* What stands at the top of the column already. */
static bool is_heading(const char *path)
{
	return strcmp(path, "port") == 0 || strcmp(path, "vring") == 0 ||
	       strcmp(path, "index") == 0;
}
