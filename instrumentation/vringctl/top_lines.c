/* SPDX-License-Identifier: BSD-3-Clause */
/* top_lines.c - facts and sentences into lines; see top_lines.h. */
#include "top_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top_model.h"

#define BETWEEN_FACTS "   "
/* Lines of a sentence after its first. */
#define HANGING 2

static void take_line(struct top_lines *lines, char *text, bool ill);
static void append(struct top_lines *lines, const char *between, const char *text, size_t len);
static int room_in_last(const struct top_lines *lines);

struct top_lines top_lines_of(int width)
{
	return (struct top_lines){ .width = width };
}

void top_lines_free(struct top_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->cnt; i++)
		free(lines->line[i].text);
	free(lines->line);
	*lines = top_lines_of(lines->width);
}

void top_lines_add(struct top_lines *lines, bool ill, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	take_line(lines, top_memory(text), ill);
	lines->inside = false;
}

void top_lines_section(struct top_lines *lines, const char *name)
{
	top_lines_add(lines, false, "%-*s", TOP_INDENT, name);
	lines->inside = true;
}

void top_lines_fact(struct top_lines *lines, const char *format, ...)
{
	char fact[256];
	const char *between = "";
	va_list args;

	va_start(args, format);
	vsnprintf(fact, sizeof(fact), format, args);
	va_end(args);
	if (lines->inside && room_in_last(lines) < lines->width - TOP_INDENT)
		between = BETWEEN_FACTS;
	if (!lines->inside ||
	    (*between && room_in_last(lines) < (int)(strlen(between) + strlen(fact)))) {
		top_lines_section(lines, "");
		between = "";
	}
	append(lines, between, fact, strlen(fact));
}

void top_lines_sentence(struct top_lines *lines, const char *sentence)
{
	bool first_word = true;

	if (!lines->inside || room_in_last(lines) < lines->width - TOP_INDENT)
		top_lines_section(lines, "");
	while (*sentence) {
		const size_t len = strcspn(sentence, " ");

		if (!first_word && room_in_last(lines) < (int)len + 1) {
			top_lines_add(lines, false, "%*s", TOP_INDENT + HANGING, "");
			first_word = true;
		}
		append(lines, first_word ? "" : " ", sentence, len);
		first_word = false;
		sentence += len;
		sentence += strspn(sentence, " ");
	}
	lines->inside = false;
}

/* Cuts it, and keeps it printable: the screen is told of one column a byte. */
static void take_line(struct top_lines *lines, char *text, bool ill)
{
	if (lines->cnt == lines->size) {
		lines->size = lines->size * 2 + 32;
		lines->line = top_memory(realloc(lines->line, lines->size * sizeof(*lines->line)));
	}
	if (lines->width > 0 && strlen(text) > (size_t)lines->width)
		text[lines->width] = '\0';
	lines->line[lines->cnt++] = (struct top_line){ text, ill };
}

static void append(struct top_lines *lines, const char *between, const char *text, size_t len)
{
	struct top_line *last = &lines->line[lines->cnt - 1];
	char *longer = NULL;

	if (asprintf(&longer, "%s%s%.*s", last->text, between, (int)len, text) < 0)
		longer = NULL;
	free(last->text);
	lines->cnt--;
	take_line(lines, top_memory(longer), last->ill);
}

static int room_in_last(const struct top_lines *lines)
{
	return lines->width - (int)strlen(lines->line[lines->cnt - 1].text);
}
