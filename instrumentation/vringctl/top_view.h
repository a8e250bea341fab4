/* SPDX-License-Identifier: BSD-3-Clause */
/* top_view.h - what the user of `top` looks at, and what each key does to that.
 *
 * Page, order, filter, the selected vring, and the sample: the newest one, or
 * one that is held. Keys change it and nothing else; nothing here knows a
 * terminal.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_VIEW_H
#define VRINGCTL_TOP_VIEW_H

#include "top_table.h"

/* Keys are characters, or these. */
enum top_key {
	TOP_KEY_NONE = -1,
	TOP_KEY_ENTER = '\n',
	TOP_KEY_ESCAPE = 27,
	TOP_KEY_BACKSPACE = 127,
	TOP_KEY_UP = 256,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_OTHER,
};

enum top_page { TOP_PAGE_LIST, TOP_PAGE_VRING, TOP_PAGE_HELP };

struct top_view {
	enum top_page page, page_before_help;
	struct top_order order;
	bool typing;		      /* the filter */
	bool held;		      /* else the newest sample is shown */
	uint64_t nth;		      /* the sample shown; 0: none yet */
	char selected[TOP_LABEL_MAX]; /* the vring, also of the page VRING */
	size_t cursor;		      /* its row */
	size_t scroll;		      /* first line shown of a page of text */
	bool quit;

	/* Told by who draws: lines that a page has room for, and lines that it
	 * has, if it is one of text. */
	size_t room, lines;
};

/* What begins: all vrings by name, live. */
struct top_view top_view_new(void);

void top_view_key(struct top_view *view, const struct top_model *model,
		  const struct top_table *table, int key);

/* Once the model has a newer sample: follows it unless one is held. */
void top_view_follow(struct top_view *view, const struct top_model *model);

/* Once the table was made anew: the selection stays on its vring, or where it
 * was if that is gone. */
void top_view_settle(struct top_view *view, const struct top_table *table);

#endif
