/* SPDX-License-Identifier: BSD-3-Clause */
/* top_table.c - rows of a sample, in order.
 *
 * See top_table.h.
 */
#include "top_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verbs.h"

/* Longer labels are cut, on a narrow screen earlier. */
#define LABEL_NARROW 20
#define LABEL_WIDE 38
#define SCREEN_WIDE 100

const struct top_column_info top_columns[TOP_COLUMN_CNT] = {
#define X(name, heading, width, rank, key, help) { heading, width, rank, key, help },
	TOP_COLUMNS(X)
#undef X
};

static void add_row(struct top_table *table, const struct top_model *model, const json_t *vring,
		    size_t nth);
static void fill_row(struct top_row *row, const json_t *vring);
static void fill_rates(struct top_row *row);
static int severity(const char *word);
static bool passes(const struct top_row *row, const char *filter);
static void add_up(struct top_table *table);
static void add_rates(struct top_rates *sum, const struct top_rates *rates);
static int compare(const void *a, const void *b, void *order);
static int compare_labels(const struct top_row *a, const struct top_row *b);

void top_table_build(struct top_table *table, const struct top_model *model,
		     const struct top_order *order)
{
	const json_t *vring;
	size_t i;

	table->cnt = table->vring_cnt = table->ill_cnt = 0;
	table->first_ill[0] = '\0';
	json_array_foreach(json_object_get(top_model_answers(model), "vrings"), i, vring) {
		const struct top_row *row;

		add_row(table, model, vring, i);
		row = &table->row[table->cnt - 1];
		table->vring_cnt++;
		if (row->ill && table->ill_cnt++ == 0)
			snprintf(table->first_ill, sizeof(table->first_ill), "%s %s", row->label,
				 row->word);
		if (!passes(row, order->filter))
			table->cnt--;
	}
	add_up(table);
	if (table->cnt)
		qsort_r(table->row, table->cnt, sizeof(*table->row), compare, (void *)order);
}

void top_table_free(struct top_table *table)
{
	free(table->row);
	*table = (struct top_table){ 0 };
}

long top_table_find(const struct top_table *table, const char *label)
{
	size_t i;

	for (i = 0; i < table->cnt; i++)
		if (strcmp(table->row[i].label, label) == 0)
			return (long)i;
	return -1;
}

bool top_order_falls(const struct top_order *order)
{
	return (order->column != TOP_VRING && order->column != TOP_INDEX) != order->reverse;
}

int top_table_fit(const struct top_table *table, const struct top_order *order, int width,
		  enum top_column columns[TOP_COLUMN_CNT])
{
	bool chosen[TOP_COLUMN_CNT] = {
		[TOP_VRING] = true, [TOP_INDEX] = true, [TOP_STATE] = true
	};
	int rank, column, cnt = 0, left = width + 1;

	chosen[order->column] = true;
	for (column = 0; column < TOP_COLUMN_CNT; column++)
		if (chosen[column])
			left -= top_column_width(table, (enum top_column)column, width) + 1;
	for (rank = 1; rank <= TOP_COLUMN_CNT; rank++)
		for (column = 0; column < TOP_COLUMN_CNT; column++) {
			const int needs = top_columns[column].width + 1;

			if (top_columns[column].rank != rank || chosen[column] || needs > left)
				continue;
			chosen[column] = true;
			left -= needs;
		}
	for (column = 0; column < TOP_COLUMN_CNT; column++)
		if (chosen[column])
			columns[cnt++] = (enum top_column)column;
	return cnt;
}

int top_column_width(const struct top_table *table, enum top_column column, int width)
{
	const int most = width < SCREEN_WIDE ? LABEL_NARROW : LABEL_WIDE;
	int longest = top_columns[column].width;
	size_t i;

	if (column != TOP_VRING)
		return longest;
	for (i = 0; i < table->cnt; i++)
		if ((int)strlen(table->row[i].label) > longest)
			longest = (int)strlen(table->row[i].label);
	return longest < most ? longest : most;
}

void top_cell(const struct top_row *row, enum top_column column, int width, char *text, size_t len)
{
	const double value = row->value[column];
	const char *slash = strchr(row->label, '/');
	const int tail = slash ? (int)strlen(slash) : 0;

	if (column == TOP_STATE)
		snprintf(text, len, "%s", row->word);
	else if (column == TOP_VRING && (int)strlen(row->label) > width && tail + 1 < width)
		snprintf(text, len, "%.*s~%s", width - tail - 1, row->label, slash);
	else if (column == TOP_VRING)
		snprintf(text, len, "%s", row->label);
	else if (column == TOP_INDEX && isnan(value))
		snprintf(text, len, "%s", "");
	else if (column == TOP_SUPPRESSED && !isnan(value))
		snprintf(text, len, "%.1f", value);
	else
		top_amount(value, text, len);
}

void top_amount(double amount, char *text, size_t len)
{
	static const char units[] = " kMGTPE";
	int unit = 0;

	if (isnan(amount)) {
		snprintf(text, len, "-");
		return;
	}
	if (amount < 9999.5) {
		const bool whole = amount >= 9.95 || fabs(amount - round(amount)) < 0.05;

		snprintf(text, len, "%.*f", whole ? 0 : 1, amount);
		return;
	}
	for (; amount >= 999.5 && units[unit + 1]; unit++)
		amount /= 1000;
	snprintf(text, len, "%.*f%c",
		 amount < 9.995	  ? 2
		 : amount < 99.95 ? 1
				  : 0,
		 amount, units[unit]);
}

static void add_row(struct top_table *table, const struct top_model *model, const json_t *vring,
		    size_t nth)
{
	struct top_row *row;

	if (table->cnt == table->size) {
		table->size = table->size * 2 + 16;
		table->row = top_memory(realloc(table->row, table->size * sizeof(*row)));
	}
	row = &table->row[table->cnt++];
	*row = (struct top_row){ .nth = nth };
	fill_row(row, vring);
	row->rates_known = top_model_rates(model, vring, &row->rates);
	fill_rates(row);
}

static void fill_row(struct top_row *row, const json_t *vring)
{
	const json_t *counters = json_object_get(vring, "counters");

	vring_label(vring, row->label, sizeof(row->label));
	row->word = vring_word(vring);
	row->ill = vring_is_ill(vring);
	row->value[TOP_VRING] = 0;
	row->value[TOP_INDEX] = (double)number_of(vring, "index");
	row->value[TOP_STATE] = severity(row->word);
	row->value[TOP_BACKLOG] = (double)number_of(vring, "backlog");
	row->value[TOP_UNSIGNALLED] = (double)number_of(vring, "unsignalled");
	row->value[TOP_UNANSWERED] = (double)number_of(vring, "unanswered");
	row->value[TOP_STALLS] = (double)number_of(counters, "stalls");
	row->value[TOP_FORCED] = (double)number_of(counters, "calls_forced");
}

static void fill_rates(struct top_row *row)
{
	const struct top_rates *rates = &row->rates;
	const bool known = row->rates_known;

	row->value[TOP_PACKETS] = known ? rates->packets : NAN;
	row->value[TOP_BITS] = known ? rates->bytes * 8 : NAN;
	row->value[TOP_KICKS] = known ? rates->kicks : NAN;
	row->value[TOP_CALLS] = known ? rates->calls : NAN;
	row->value[TOP_DROPS] = known ? rates->drops : NAN;
	row->value[TOP_SUPPRESSED] =
		rates->publishes > 0 ? 100 * rates->suppressed / rates->publishes : NAN;
	row->value[TOP_PER_CALL] = rates->calls > 0 ? rates->packets / rates->calls : NAN;
}

/* Sorts states: what somebody must look at first. */
static int severity(const char *word)
{
	static const char *const words[] = { "absent",	"stopped",    "disabled", "ok",
					     "polling", "suppressed", "quiet",	  "reviving",
					     "stalled", "stuck",      "faulted",  NULL };
	int i;

	for (i = 0; words[i] && strcmp(words[i], word) != 0; i++)
		;
	return i;
}

static bool passes(const struct top_row *row, const char *filter)
{
	return strcasestr(row->label, filter) || strcasestr(row->word, filter);
}

static void add_up(struct top_table *table)
{
	static const enum top_column sums[] = { TOP_BACKLOG, TOP_UNSIGNALLED, TOP_UNANSWERED,
						TOP_STALLS, TOP_FORCED };
	struct top_row *total = &table->total;
	size_t i, j;

	*total = (struct top_row){ .label = "total", .word = "" };
	total->value[TOP_INDEX] = NAN;
	for (i = 0; i < table->cnt; i++) {
		const struct top_row *row = &table->row[i];

		for (j = 0; j < sizeof(sums) / sizeof(sums[0]); j++)
			total->value[sums[j]] += row->value[sums[j]];
		if (row->rates_known)
			add_rates(&total->rates, &row->rates);
		total->rates_known |= row->rates_known;
	}
	fill_rates(total);
}

static void add_rates(struct top_rates *sum, const struct top_rates *rates)
{
	sum->packets += rates->packets;
	sum->bytes += rates->bytes;
	sum->kicks += rates->kicks;
	sum->calls += rates->calls;
	sum->publishes += rates->publishes;
	sum->suppressed += rates->suppressed;
	sum->drops += rates->drops;
}

/* What is not known stands last, whatever the direction; equals stand as the
 * daemon names them. */
static int compare(const void *a, const void *b, void *ordered)
{
	const struct top_row *row = a, *other = b;
	const struct top_order *order = ordered;
	const double left = row->value[order->column], right = other->value[order->column];
	int result = 0;

	if (isnan(left) != isnan(right))
		return isnan(left) ? 1 : -1;
	if (order->column == TOP_VRING)
		result = compare_labels(row, other);
	else if (left < right || left > right)
		result = left < right ? -1 : 1;
	if (top_order_falls(order))
		result = -result;
	if (!result)
		result = row->nth < other->nth ? -1 : 1;
	return result;
}

/* By port, and then by index: tx9 before tx10. */
static int compare_labels(const struct top_row *a, const struct top_row *b)
{
	const size_t len = strcspn(a->label, "/");
	const int by_port = strncmp(a->label, b->label, len + 1);

	if (by_port)
		return by_port;
	return a->value[TOP_INDEX] < b->value[TOP_INDEX] ? -1 : 1;
}
