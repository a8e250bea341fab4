/* SPDX-License-Identifier: BSD-3-Clause */
/* inject.c - arming, clearing and reading injected faults; see inject.h. */
#include "inject.h"

#include <string.h>

#define WORD_OF(name, word, english) word,
#define ENGLISH_OF(name, word, english) english,

static const char *const words[] = { INJECT_KINDS(WORD_OF) };
static const char *const sentences[] = { INJECT_KINDS(ENGLISH_OF) };

void inject_arm(struct inject *inject, enum inject_kind kind, uint64_t events, uint64_t value)
{
	if (kind == INJECT_stale_used_event)
		counter_set(&inject->value, value);
	counter_set(&inject->left[kind], events);
}

void inject_clear(struct inject *inject)
{
	unsigned kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++)
		counter_set(&inject->left[kind], 0);
}

void inject_read(const struct inject *inject, struct inject_report report[INJECT_KIND_CNT])
{
	unsigned kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++)
		report[kind] = (struct inject_report){
			.left = counter_read(&inject->left[kind]),
			.hits = counter_read(&inject->hits[kind]),
			.value = kind == INJECT_stale_used_event ? counter_read(&inject->value) : 0,
		};
}

const char *inject_kind_word(enum inject_kind kind)
{
	return words[kind];
}

const char *inject_kind_english(enum inject_kind kind)
{
	return sentences[kind];
}

int inject_kind_parse(const char *word)
{
	unsigned kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++)
		if (strcmp(word, words[kind]) == 0)
			return (int)kind;
	return -1;
}
