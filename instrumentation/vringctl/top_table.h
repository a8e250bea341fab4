/* SPDX-License-Identifier: BSD-3-Clause */
/* top_table.h - the list of `top`: a row a vring, chosen, sorted and added up.
 *
 * Made anew of the sample that is looked at whenever that, the order or the
 * filter changes. Which columns stand on the screen is decided by its width:
 * each has a rank, and the last ones go first.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_TABLE_H
#define VRINGCTL_TOP_TABLE_H

#include "top_model.h"

#define TOP_LABEL_MAX 64
#define TOP_FILTER_MAX 32

/* name, heading, width, rank (0: always there), key that sorts by it, what it is */
/* clang-format off */
#define TOP_COLUMNS(X)                                                                            \
	X(VRING,       "VRING",   7,  0,  'v', "port and vring, as the guest sees it")            \
	X(INDEX,       "IDX",     3,  0,  'i', "vhost index of the vring")                        \
	X(STATE,       "STATE",   10, 0,  'e', "health, or state if it does not run; worst first")\
	X(PACKETS,     "PKT/s",   5,  1,  'p', "packets a second")                                \
	X(BITS,        "BIT/s",   5,  2,  'b', "bits a second")                                   \
	X(KICKS,       "KICK/s",  6,  4,  'k', "kicks a second: the driver notifies us")          \
	X(CALLS,       "CALL/s",  6,  3,  'c', "calls a second: we notify the driver")            \
	X(SUPPRESSED,  "SUPP%",   5,  5,  's', "decisions that said: no call")                    \
	X(PER_CALL,    "P/CALL",  6,  9,  'a', "packets a call")                                  \
	X(BACKLOG,     "BACKLOG", 7,  7,  'l', "buffers available and not taken")                 \
	X(UNSIGNALLED, "UNSIG",   5,  10, 'u', "buffers used since the last call")                \
	X(UNANSWERED,  "UNANSW",  6,  11, 'w', "buffers used since the driver last moved")        \
	X(STALLS,      "STALLS",  6,  6,  't', "stalls since the port was opened")                \
	X(FORCED,      "FORCED",  6,  8,  'f', "forced calls since then")                         \
	X(DROPS,       "DROP/s",  6,  12, 'd', "frames dropped a second")
/* clang-format on */

enum top_column {
#define X(name, heading, width, rank, key, help) TOP_##name,
	TOP_COLUMNS(X)
#undef X
		TOP_COLUMN_CNT
};

struct top_column_info {
	const char *heading;
	int width, rank;
	char key;
	const char *help;
};

extern const struct top_column_info top_columns[TOP_COLUMN_CNT];

struct top_order {
	enum top_column column;
	bool reverse;
	char filter[TOP_FILTER_MAX]; /* part of a label or of a state; "": all */
};

struct top_row {
	char label[TOP_LABEL_MAX];
	const char *word; /* of its health or state; lives as long as the sample is looked at */
	bool ill;
	double value[TOP_COLUMN_CNT]; /* NAN: not known */
	struct top_rates rates;
	bool rates_known;
	size_t nth; /* in the daemon's answer */
};

struct top_table {
	struct top_row *row;
	size_t cnt, size;
	size_t vring_cnt, ill_cnt;	    /* whatever the filter */
	char first_ill[TOP_LABEL_MAX + 16]; /* "vm0/rx0 stalled", or "" */
	struct top_row total;		    /* of the rows */
};

/* Of the sample that the model looks at. `table` begins as {0}. */
void top_table_build(struct top_table *table, const struct top_model *model,
		     const struct top_order *order);
void top_table_free(struct top_table *table);

/* The row of a label, or -1. */
long top_table_find(const struct top_table *table, const char *label);

/* Does the greatest stand first, as it does for amounts? */
bool top_order_falls(const struct top_order *order);

/* Columns that fit into `width`, from left to right; their number. That by which
 * the table is sorted is always among them. */
int top_table_fit(const struct top_table *table, const struct top_order *order, int width,
		  enum top_column columns[TOP_COLUMN_CNT]);
/* Of a column; that of the labels depends on them and on the screen. */
int top_column_width(const struct top_table *table, enum top_column column, int width);

/* What stands in a cell, without padding. */
void top_cell(const struct top_row *row, enum top_column column, int width, char *text, size_t len);

/* "9999", "12.3k", "1.23M": five characters at most up to 999T; "-" for NAN. */
void top_amount(double amount, char *text, size_t len);

#endif
