/* SPDX-License-Identifier: BSD-3-Clause */
/* instr_case.c - see instr_case.h. */
#include "instr_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/callgrind.h>

#include "compiler.h"

static const char *const layouts[] = { "split", "packed" };
static const char *const forms[] = { "direct", "table1", "table2" };
static const char *const batches[] = { "1", "32" };
static const char *const directions[] = { "tx", "rx" };

static bool among(const char *word, const char *const *words, unsigned cnt)
{
	while (cnt-- > 0)
		if (strcmp(word, words[cnt]) == 0)
			return true;
	return false;
}

static bool known(const char *word)
{
	return among(word, layouts, ARRAY_SIZE(layouts)) || among(word, forms, ARRAY_SIZE(forms)) ||
	       among(word, batches, ARRAY_SIZE(batches)) ||
	       among(word, directions, ARRAY_SIZE(directions));
}

struct instr_run instr_run_read(int argc, char *const argv[])
{
	struct instr_run run = { 0 };
	bool sense = argc >= 2;
	unsigned i;

	if (sense) {
		run.packets = (unsigned)strtoul(argv[1], NULL, 10);
		run.words = &argv[2];
		run.word_cnt = (unsigned)argc - 2;
	}
	for (i = 0; i < run.word_cnt; i++)
		sense = sense && known(run.words[i]);
	if (!sense || run.packets == 0 || run.packets % INSTR_BATCH_MAX) {
		fprintf(stderr,
			"usage: %s PACKETS [split|packed] [direct|table1|table2] [1|32] [tx|rx]\n"
			"PACKETS of each case: a multiple of %d\n",
			argv[0], INSTR_BATCH_MAX);
		exit(2);
	}
	return run;
}

/* ---- which ---- */

static void case_words(const struct instr_case *of, const char *words[4])
{
	words[0] = layouts[of->packed];
	words[1] = forms[of->table];
	words[2] = batches[of->batch > 1];
	words[3] = directions[of->rx];
}

static bool chosen(const struct instr_run *run, const struct instr_case *of)
{
	const char *words[4];
	unsigned i;

	case_words(of, words);
	for (i = 0; i < run->word_cnt; i++)
		if (!among(run->words[i], words, ARRAY_SIZE(words)))
			return false;
	return true;
}

bool instr_case_next(const struct instr_run *run, unsigned *nth, struct instr_case *next)
{
	const unsigned cnt = ARRAY_SIZE(layouts) * ARRAY_SIZE(forms) * ARRAY_SIZE(batches) *
			     ARRAY_SIZE(directions);

	while (*nth < cnt) {
		unsigned rest = (*nth)++;

		next->rx = rest % 2;
		rest /= 2;
		next->batch = rest % 2 ? INSTR_BATCH_MAX : 1;
		rest /= 2;
		next->table = rest % 3;
		next->packed = rest / 3;
		if (chosen(run, next))
			return true;
	}
	return false;
}

/* ---- what callgrind is told ---- */

void instr_case_forget(void)
{
	CALLGRIND_ZERO_STATS;
}

void instr_case_write(const struct instr_run *run, const struct instr_case *of)
{
	const char *words[4];
	char name[64];

	case_words(of, words);
	snprintf(name, sizeof(name), "%s %s %s %s %u", words[0], words[1], words[2], words[3],
		 run->packets);
	CALLGRIND_DUMP_STATS_AT(name);
}

/* ---- the driver's part ---- */

/* In a table of two the header has a descriptor of its own. */
static void describe(const struct instr_case *of, bool rx, unsigned char *buffer,
		     struct driver_part parts[2])
{
	uint32_t len = rx ? INSTR_BUFFER_LEN : INSTR_HDR_LEN + INSTR_FRAME_LEN;

	parts[0] = (struct driver_part){ .host = buffer, .len = len, .writable = rx };
	if (of->table != 2)
		return;
	parts[0].len = INSTR_HDR_LEN;
	parts[1] = (struct driver_part){
		.host = buffer + INSTR_HDR_LEN,
		.len = len - INSTR_HDR_LEN,
		.writable = rx,
	};
}

void instr_offer(struct driver *driver, const struct instr_case *of, bool rx,
		 unsigned char *buffers)
{
	unsigned i;

	/* An event behind: it is compared, and found to have passed. */
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	for (i = 0; i < of->batch; i++) {
		struct driver_part parts[2];
		const struct driver_chain chain = {
			.part = parts,
			.part_cnt = of->table == 2 ? 2 : 1,
			.indirect = of->table > 0,
		};

		describe(of, rx, buffers + (size_t)i * INSTR_BUFFER_LEN, parts);
		instr_demand(driver_stage(driver, &chain) >= 0, "the driver offers a batch");
	}
	driver_publish(driver);
}

void instr_reap(struct driver *driver, const struct instr_case *of)
{
	struct driver_reaped reaped;
	unsigned i;

	for (i = 0; i < of->batch; i++)
		instr_demand(driver_reap(driver, &reaped), "the whole batch is used");
	instr_demand(!driver_reap(driver, &reaped), "no more than the batch is used");
}

void instr_demand(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "not so: %s\n", what);
	exit(1);
}
