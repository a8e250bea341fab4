/* SPDX-License-Identifier: BSD-3-Clause */
/* top_lines.h - a page of text for `top`: lines that fit the screen.
 *
 * Facts are laid out as "section  name value   name value ...", and go on below
 * where a line is full; sentences are broken between words.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_LINES_H
#define VRINGCTL_TOP_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Facts begin here, behind the name of their section. */
#define TOP_INDENT 14

struct top_line {
	char *text;
	bool ill; /* tells of something that is wrong */
};

struct top_lines {
	struct top_line *line;
	size_t cnt, size;
	int width;   /* of the screen */
	bool inside; /* the last line can take one more fact */
};

struct top_lines top_lines_of(int width);
void top_lines_free(struct top_lines *lines);

/* A line of its own, cut at the width. */
void top_lines_add(struct top_lines *lines, bool ill, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Begins a section: facts and sentences that follow stand in it. */
void top_lines_section(struct top_lines *lines, const char *name);
void top_lines_fact(struct top_lines *lines, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void top_lines_sentence(struct top_lines *lines, const char *sentence);

#endif
