/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_record.c - `record` and `replay`: the flight recorder to a file, and its
 * decisions judged again.
 *
 * A replay needs no daemon: it takes what `record` wrote, or a file of the state
 * folder of a daemon that is gone, works out each decision from its operands and
 * says which were right, wrong, or right and raced by the driver.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "trace_file.h"
#include "trace_json.h"
#include "verbs.h"

enum exit_status verb_record(const struct invocation *said)
{
	const char *path = said_arg(said, 0);
	json_t *result = client_ask(said->client, "record", NULL);
	FILE *file;
	int err;

	if (!result)
		return EXIT_FAILED;
	file = fopen(path, "wxe");
	if (!file) {
		fprintf(stderr, "vringctl: record: %s can not be made: %s\n", path,
			strerror(errno));
		json_decref(result);
		return EXIT_FAILED;
	}
	err = json_dumpf(result, file, JSON_COMPACT);
	fputc('\n', file);
	json_decref(result);
	if (fclose(file) == 0 && !err)
		return EXIT_DONE;
	fprintf(stderr, "vringctl: record: %s can not be written\n", path);
	return EXIT_FAILED;
}

/* ---- replay ---- */

struct verdicts {
	struct table *table;
	json_t *vrings; /* with --json */
	uint64_t wrong;
};

static void print_wrong(const char *label, const struct trace_event *event,
			int64_t realtime_offset_ns, enum trace_judgement judgement)
{
	if (judgement != TRACE_JUDGED_wrong)
		return;
	printf("%s WRONG: %s:\n  ", label, trace_judgement_english(judgement));
	trace_print(stdout, event, realtime_offset_ns);
}

/* The next decision, with no restart in between; NULL: there is none. */
static const struct trace_event *next_decision(const struct trace_event *events, unsigned cnt,
					       unsigned i)
{
	for (i++; i < cnt; i++) {
		if (events[i].kind == TRACE_start || events[i].kind == TRACE_stop)
			return NULL;
		if (trace_is_decision(&events[i]))
			return &events[i];
	}
	return NULL;
}

static void add_result(struct verdicts *verdicts, const char *label, unsigned events,
		       const uint64_t *cnt)
{
	int i;

	if (verdicts->vrings) {
		json_array_append_new(verdicts->vrings,
				      json_pack("{s:s, s:i, s:I, s:I, s:I}", "vring", label,
						"events", (int)events, "right",
						(json_int_t)cnt[TRACE_JUDGED_right], "wrong",
						(json_int_t)cnt[TRACE_JUDGED_wrong], "raced",
						(json_int_t)cnt[TRACE_JUDGED_raced]));
		return;
	}
	table_text(verdicts->table, label);
	table_number(verdicts->table, events);
	for (i = 0; i < TRACE_JUDGED_CNT; i++)
		table_number(verdicts->table, (json_int_t)cnt[i]);
}

static void judge(struct verdicts *verdicts, const char *label, const struct trace_event *events,
		  unsigned cnt, int64_t realtime_offset_ns)
{
	uint64_t judged[TRACE_JUDGED_CNT] = { 0 };
	unsigned i;

	for (i = 0; i < cnt; i++) {
		enum trace_judgement judgement;

		if (!trace_is_decision(&events[i]))
			continue;
		judgement = trace_judge(&events[i], next_decision(events, cnt, i));
		judged[judgement]++;
		if (!verdicts->vrings)
			print_wrong(label, &events[i], realtime_offset_ns, judgement);
	}
	verdicts->wrong += judged[TRACE_JUDGED_wrong];
	add_result(verdicts, label, cnt, judged);
}

static bool judge_json_vring(struct verdicts *verdicts, const json_t *vring)
{
	const json_t *object, *list = json_object_get(vring, "events");
	struct trace_event *events = calloc(json_array_size(list) + 1, sizeof(*events));
	unsigned cnt = 0;
	char label[64];
	size_t i;

	if (!events)
		return false;
	json_array_foreach(list, i, object)
		if (trace_from_json(object, &events[cnt]))
			cnt++;
	judge(verdicts, vring_label(vring, label, sizeof(label)), events, cnt,
	      number_of(vring, "realtime_offset_ns"));
	free(events);
	return cnt == json_array_size(list);
}

static enum exit_status replay_json(struct verdicts *verdicts, const char *path, json_t *recording)
{
	const json_t *vring, *vrings = json_object_get(recording, "vrings");
	size_t i;

	if (strcmp(text_of(recording, "recording"), "vringd") != 0 ||
	    number_of(recording, "format") != 1) {
		fprintf(stderr, "vringctl: replay: %s is no recording of this version\n", path);
		return EXIT_FAILED;
	}
	json_array_foreach(vrings, i, vring) {
		if (judge_json_vring(verdicts, vring))
			continue;
		fprintf(stderr,
			"vringctl: replay: %s holds events that this version does not know\n",
			path);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static enum exit_status replay_rings(struct verdicts *verdicts, const struct trace_file *file)
{
	struct trace_event *events = malloc(TRACE_EVENTS * sizeof(*events));
	unsigned index, cnt;
	uint64_t first;
	char label[64];

	if (!events)
		return EXIT_FAILED;
	for (index = 0; index < file->header->ring_cnt; index++) {
		cnt = trace_read(&trace_file_rings(file)[index], 0, events, TRACE_EVENTS, &first);
		snprintf(label, sizeof(label), "%s/%s%u", file->header->port,
			 index % 2 ? "tx" : "rx", index / 2);
		judge(verdicts, label, events, cnt, file->header->realtime_offset_ns);
	}
	free(events);
	return EXIT_DONE;
}

/* A recording is JSON; what is not may be a file of the state folder. */
static enum exit_status replay_file(struct verdicts *verdicts, const char *path)
{
	struct error_text error = { "" };
	json_error_t where;
	json_t *recording = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	enum exit_status status;
	struct trace_file file;

	if (recording) {
		status = replay_json(verdicts, path, recording);
		json_decref(recording);
		return status;
	}
	if (trace_file_open(&file, path, &error) != 0) {
		fprintf(stderr, "vringctl: replay: %s (nor is it a recording: %s)\n", error.text,
			where.text);
		return EXIT_FAILED;
	}
	status = replay_rings(verdicts, &file);
	trace_file_close(&file);
	return status;
}

enum exit_status verb_replay(const struct invocation *said)
{
	static const char *const headings[] = { "VRING",  ">EVENTS", ">RIGHT",
						">WRONG", ">RACED",  NULL };
	struct verdicts verdicts = {
		.table = table_new(headings),
		.vrings = said->json ? json_array() : NULL,
	};
	enum exit_status status = replay_file(&verdicts, said_arg(said, 0));

	if (status != EXIT_DONE || said->json)
		table_free(verdicts.table);
	if (status != EXIT_DONE) {
		json_decref(verdicts.vrings);
		return status;
	}
	if (said->json)
		return print_json(json_pack("{s:o, s:I}", "vrings", verdicts.vrings, "wrong",
					    (json_int_t)verdicts.wrong));
	table_print(verdicts.table);
	return EXIT_DONE;
}
