/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h - aligned columns for people.
 *
 * Cells are given row after row; widths are found when the table is printed.
 * Numbers stand right with thousands apart, units belong into headings. Only
 * a state has a colour, and only on a terminal without NO_COLOR.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_TABLE_H
#define VRINGCTL_TABLE_H

#include <jansson.h>

struct table;

/* Headings, NULL behind the last; one that starts with '>' stands right. They
 * are copied. Exits when memory is short. */
struct table *table_new(const char *const headings[]);

void table_text(struct table *table, const char *text); /* NULL: "-" */
void table_state(struct table *table, const char *state);
void table_number(struct table *table, json_int_t number);
void table_real(struct table *table, double number, int decimals);
/* A scalar of JSON as it should stand in a column; null and nothing: "-". */
void table_json(struct table *table, const json_t *value);

/* Prints to stdout and frees; or only frees. */
void table_print(struct table *table);
void table_free(struct table *table);

/* Columns of the terminal, 80 where there is none. */
int table_terminal_width(void);

/* Around a state word on stdout: "" and "" where there is no colour. */
const char *table_colour(const char *state);
const char *table_colour_end(const char *state);

#endif
