/* SPDX-License-Identifier: BSD-3-Clause */
/* top_view.c - the keys of `top`.
 *
 * See top_view.h.
 */
#include "top_view.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_S 60.0

static void type_filter(struct top_view *view, int key);
static bool common_key(struct top_view *view, const struct top_model *model, int key);
static void list_key(struct top_view *view, const struct top_table *table, int key);
static void text_key(struct top_view *view, int key);
static void escape(struct top_view *view);
static void help(struct top_view *view);
static void hold(struct top_view *view, const struct top_model *model, uint64_t nth);
static void sort_by(struct top_view *view, int key);
static void next_column(struct top_view *view, int step);
static size_t moved(size_t at, size_t last, size_t page, int key);

struct top_view top_view_new(void)
{
	return (struct top_view){ .order = { .column = TOP_VRING } };
}

void top_view_key(struct top_view *view, const struct top_model *model,
		  const struct top_table *table, int key)
{
	if (view->typing)
		type_filter(view, key);
	else if (common_key(view, model, key))
		return;
	else if (view->page == TOP_PAGE_LIST)
		list_key(view, table, key);
	else
		text_key(view, key);
}

void top_view_follow(struct top_view *view, const struct top_model *model)
{
	if (!view->held)
		view->nth = top_model_newest(model);
}

void top_view_settle(struct top_view *view, const struct top_table *table)
{
	const long row = top_table_find(table, view->selected);

	if (row >= 0)
		view->cursor = (size_t)row;
	else if (view->cursor >= table->cnt)
		view->cursor = table->cnt ? table->cnt - 1 : 0;
	if (row < 0 && view->page == TOP_PAGE_LIST && table->cnt)
		snprintf(view->selected, sizeof(view->selected), "%s",
			 table->row[view->cursor].label);
}

static void type_filter(struct top_view *view, int key)
{
	char *filter = view->order.filter;
	const size_t len = strlen(filter);

	if (key == TOP_KEY_ESCAPE)
		filter[0] = '\0';
	if (key == TOP_KEY_ESCAPE || key == TOP_KEY_ENTER)
		view->typing = false;
	else if (key == TOP_KEY_BACKSPACE && len)
		filter[len - 1] = '\0';
	else if (key >= ' ' && key <= '~' && len + 1 < TOP_FILTER_MAX) {
		filter[len] = (char)key;
		filter[len + 1] = '\0';
	}
}

/* What a key means on every page; false: it is the page's own. */
static bool common_key(struct top_view *view, const struct top_model *model, int key)
{
	switch (key) {
	case 'q':
		view->quit = true;
		return true;
	case 'h':
	case '?':
		help(view);
		return true;
	case TOP_KEY_ESCAPE:
		escape(view);
		return true;
	case ' ':
		view->held = !view->held;
		top_view_follow(view, model);
		return true;
	case '[':
	case ']':
		hold(view, model, top_model_step(model, view->nth, key == '[' ? -1 : 1));
		return true;
	case '{':
	case '}':
		hold(view, model,
		     top_model_jump(model, view->nth, key == '{' ? -MINUTE_S : MINUTE_S));
		return true;
	default:
		return false;
	}
}

static void list_key(struct top_view *view, const struct top_table *table, int key)
{
	switch (key) {
	case '/':
		view->typing = true;
		break;
	case 'r':
		view->order.reverse = !view->order.reverse;
		break;
	case '<':
	case '>':
		next_column(view, key == '<' ? -1 : 1);
		break;
	case TOP_KEY_ENTER:
		if (!table->cnt)
			break;
		view->page = TOP_PAGE_VRING;
		view->scroll = 0;
		break;
	default:
		sort_by(view, key);
		if (!table->cnt)
			break;
		view->cursor = moved(view->cursor, table->cnt - 1, view->room, key);
		snprintf(view->selected, sizeof(view->selected), "%s",
			 table->row[view->cursor].label);
	}
}

static void text_key(struct top_view *view, int key)
{
	const size_t last = view->lines > view->room ? view->lines - view->room : 0;

	view->scroll = moved(view->scroll, last, view->room, key);
}

/* One step back: from a page to the list, from some vrings to all. */
static void escape(struct top_view *view)
{
	if (view->page == TOP_PAGE_HELP)
		help(view);
	else if (view->page == TOP_PAGE_VRING)
		view->page = TOP_PAGE_LIST;
	else
		view->order.filter[0] = '\0';
}

static void help(struct top_view *view)
{
	const enum top_page page = view->page;

	view->page = page == TOP_PAGE_HELP ? view->page_before_help : TOP_PAGE_HELP;
	view->page_before_help = page;
	view->scroll = 0;
}

static void hold(struct top_view *view, const struct top_model *model, uint64_t nth)
{
	if (!top_model_newest(model))
		return;
	view->held = true;
	view->nth = nth;
}

/* The same letter once more turns the order round. */
static void sort_by(struct top_view *view, int key)
{
	struct top_order *order = &view->order;
	int column;

	for (column = 0; column < TOP_COLUMN_CNT; column++) {
		if (top_columns[column].key != key)
			continue;
		order->reverse = (int)order->column == column && !order->reverse;
		order->column = (enum top_column)column;
	}
}

static void next_column(struct top_view *view, int step)
{
	const int column = ((int)view->order.column + step + TOP_COLUMN_CNT) % TOP_COLUMN_CNT;

	view->order.column = (enum top_column)column;
}

/* Where an arrow leads from `at`, between 0 and `last`. */
static size_t moved(size_t at, size_t last, size_t page, int key)
{
	if (page == 0)
		page = 1;
	switch (key) {
	case TOP_KEY_UP:
		at -= at > 0;
		break;
	case TOP_KEY_DOWN:
		at++;
		break;
	case TOP_KEY_PAGE_UP:
		at -= at < page ? at : page;
		break;
	case TOP_KEY_PAGE_DOWN:
		at += page;
		break;
	case TOP_KEY_HOME:
		at = 0;
		break;
	case TOP_KEY_END:
		at = last;
		break;
	default:
		break;
	}
	return at < last ? at : last;
}
