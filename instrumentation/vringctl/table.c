/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c - aligned columns for people.
 *
 * See table.h. Two blanks part columns, or one where the table would be wider
 * than the terminal otherwise.
 */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 16
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

struct cell {
	char *text;
	bool right, state;
};

struct table {
	unsigned columns;
	size_t cell_cnt, cell_size;
	struct cell *cell; /* headings first, then row after row */
};

static void add(struct table *table, const char *text, bool right, bool state);
static void find_widths(const struct table *table, int widths[COLUMNS_MAX], int *gap);
static void print_cell(const struct cell *cell, int width, bool last);
static void *or_exit(void *memory);

struct table *table_new(const char *const headings[])
{
	struct table *table = or_exit(calloc(1, sizeof(*table)));

	for (; headings[table->columns] && table->columns < COLUMNS_MAX; table->columns++) {
		const char *heading = headings[table->columns];
		const bool right = heading[0] == '>';

		add(table, heading + right, right, false);
	}
	return table;
}

void table_text(struct table *table, const char *text)
{
	add(table, text && *text ? text : "-", false, false);
}

void table_state(struct table *table, const char *state)
{
	add(table, state ? state : "-", false, true);
}

void table_number(struct table *table, json_int_t number)
{
	char digits[32], grouped[48];
	int i, len = snprintf(digits, sizeof(digits), "%lld", (long long)number), to = 0;

	for (i = 0; i < len; i++) {
		grouped[to++] = digits[i];
		if ((len - i) % 3 == 1 && i + 1 < len && digits[i] != '-')
			grouped[to++] = ',';
	}
	grouped[to] = '\0';
	add(table, grouped, true, false);
}

void table_real(struct table *table, double number, int decimals)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", decimals, number);
	add(table, text, true, false);
}

void table_json(struct table *table, const json_t *value)
{
	if (json_is_integer(value))
		table_number(table, json_integer_value(value));
	else if (json_is_real(value))
		table_real(table, json_real_value(value), 1);
	else if (json_is_boolean(value))
		add(table, json_is_true(value) ? "yes" : "no", true, false);
	else if (json_is_string(value))
		add(table, json_string_value(value), true, false);
	else
		add(table, "-", true, false);
}

void table_print(struct table *table)
{
	int widths[COLUMNS_MAX], gap;
	size_t i;

	find_widths(table, widths, &gap);
	for (i = 0; i < table->cell_cnt; i++) {
		const unsigned column = (unsigned)(i % table->columns);
		const bool last = column + 1 == table->columns;

		print_cell(&table->cell[i], widths[column], last);
		printf("%*s", last ? 0 : gap, "");
		if (last)
			putchar('\n');
	}
	table_free(table);
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->cell_cnt; i++)
		free(table->cell[i].text);
	free(table->cell);
	free(table);
}

int table_terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

const char *table_colour(const char *state)
{
	static const char *const red[] = { "stalled", "reviving", "stuck", "faulted", NULL };
	static const char *const green[] = { "ok", "running", "connected", "suppressed", NULL };
	const char *no_colour = getenv("NO_COLOR");
	int i;

	if (!isatty(STDOUT_FILENO) || (no_colour && *no_colour))
		return "";
	for (i = 0; red[i]; i++)
		if (strcmp(state, red[i]) == 0)
			return RED;
	for (i = 0; green[i]; i++)
		if (strcmp(state, green[i]) == 0)
			return GREEN;
	return YELLOW;
}

const char *table_colour_end(const char *state)
{
	return *table_colour(state) ? PLAIN : "";
}

static void add(struct table *table, const char *text, bool right, bool state)
{
	if (table->cell_cnt == table->cell_size) {
		table->cell_size = table->cell_size * 2 + 64;
		table->cell =
			or_exit(realloc(table->cell, table->cell_size * sizeof(*table->cell)));
	}
	table->cell[table->cell_cnt++] = (struct cell){ or_exit(strdup(text)), right, state };
}

static void find_widths(const struct table *table, int widths[COLUMNS_MAX], int *gap)
{
	int total = 0;
	unsigned column;
	size_t i;

	memset(widths, 0, COLUMNS_MAX * sizeof(*widths));
	for (i = 0; i < table->cell_cnt; i++) {
		const int len = (int)strlen(table->cell[i].text);

		if (len > widths[i % table->columns])
			widths[i % table->columns] = len;
	}
	for (column = 0; column < table->columns; column++)
		total += widths[column] + 2;
	*gap = total - 2 > table_terminal_width() ? 1 : 2;
}

static void print_cell(const struct cell *cell, int width, bool last)
{
	const int pad = width - (int)strlen(cell->text);

	printf("%*s%s%s%s%*s", cell->right ? pad : 0, "",
	       cell->state ? table_colour(cell->text) : "", cell->text,
	       cell->state ? table_colour_end(cell->text) : "", cell->right || last ? 0 : pad, "");
}

static void *or_exit(void *memory)
{
	if (memory)
		return memory;
	fputs("vringctl: no memory\n", stderr);
	exit(1);
}
