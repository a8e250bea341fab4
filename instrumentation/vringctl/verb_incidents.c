/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_incidents.c - `incidents`: the stalls there were, and the events around one.
 *
 * Of a living daemon, or out of the state folder that a dead one has left.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "trace_json.h"
#include "verbs.h"

/* ---- the list ---- */

static void print_list(const json_t *incidents)
{
	static const char *const headings[] = { ">ID",	   "TIME (UTC)", "VRING",     "CAUSE",
						">FORCED", "OUTCOME",	 ">AFTER ms", NULL };
	struct table *table;
	const json_t *incident;
	char label[64];
	size_t i;

	if (json_array_size(incidents) == 0) {
		printf("there was no incident\n");
		return;
	}
	table = table_new(headings);
	json_array_foreach(incidents, i, incident) {
		table_number(table, number_of(incident, "id"));
		table_text(table, text_of(incident, "time"));
		table_text(table, vring_label(incident, label, sizeof(label)));
		table_text(table, text_of(incident, "cause"));
		table_json(table, json_object_get(incident, "forced"));
		table_text(table, text_of(incident, "outcome"));
		if (json_object_get(incident, "after_us"))
			table_real(table, (double)number_of(incident, "after_us") / 1000, 3);
		else
			table_text(table, NULL);
	}
	table_print(table);
	printf("\n'vringctl incidents ID' shows one with the events around it\n");
}

/* ---- one ---- */

static void print_events(const json_t *incident, const char *key)
{
	const json_t *object;
	struct trace_event event;
	size_t i;

	json_array_foreach(json_object_get(incident, key), i, object)
		if (trace_from_json(object, &event))
			trace_print(stdout, &event, number_of(incident, "realtime_offset_ns"));
}

static void print_then(const json_t *vring)
{
	const json_t *last = json_object_get(vring, "last_decision");
	const json_t *cpu = json_object_get(vring, "cpu_evidence");

	printf("the vring then: avail_idx=%lld next_avail=%lld next_used=%lld decided_used=%lld "
	       "called_used=%lld used_event=%lld unsignalled=%lld backlog=%lld spent=%s\n",
	       (long long)number_of(vring, "avail_idx"), (long long)number_of(vring, "next_avail"),
	       (long long)number_of(vring, "next_used"),
	       (long long)number_of(vring, "decided_used"),
	       (long long)number_of(vring, "called_used"),
	       (long long)number_of(vring, "used_event"),
	       (long long)number_of(vring, "unsignalled"), (long long)number_of(vring, "backlog"),
	       json_is_true(json_object_get(vring, "spent")) ? "yes" : "no");
	if (json_is_object(last))
		printf("its last decision: old=%lld new=%lld used_event=%lld: %s\n",
		       (long long)number_of(last, "old"), (long long)number_of(last, "new"),
		       (long long)number_of(last, "used_event"),
		       json_is_true(json_object_get(last, "called")) ? "call" : "no call");
	if (json_is_object(cpu))
		printf("the guest's CPU: thread %s (process %lld) was ready and waited %lld of %lld "
		       "ms\n",
		       text_of(cpu, "thread"), (long long)number_of(cpu, "pid"),
		       (long long)number_of(cpu, "waited_ms"),
		       (long long)number_of(cpu, "window_ms"));
}

static void print_one(const json_t *incident)
{
	char label[64];

	printf("incident %lld: %s at %s\n", (long long)number_of(incident, "id"),
	       vring_label(incident, label, sizeof(label)), text_of(incident, "time"));
	printf("cause:   %s: %s%s\n", text_of(incident, "cause"), text_of(incident, "cause_text"),
	       json_is_true(json_object_get(incident, "injected"))
		       ? " [a fault was injected on this vring]"
		       : "");
	printf("lay:     %lld buffers for %lld ms\n", (long long)number_of(incident, "unanswered"),
	       (long long)number_of(incident, "unanswered_ms"));
	printf("done:    %lld forced calls\n", (long long)number_of(incident, "forced"));
	printf("outcome: %s: %s", text_of(incident, "outcome"), text_of(incident, "outcome_text"));
	if (json_object_get(incident, "after_us"))
		printf(", after %.3f ms", (double)number_of(incident, "after_us") / 1000);
	putchar('\n');
	if (number_of(incident, "repeats") > 0)
		printf("repeated %lld times soon after\n",
		       (long long)number_of(incident, "repeats"));
	print_then(json_object_get(incident, "vring_then"));
	printf("\nbefore:\n");
	print_events(incident, "events_before");
	printf("\nsince:\n");
	print_events(incident, "events_since");
}

/* ---- where they come from ---- */

static json_t *load(const char *dir, long id)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/incidents/%ld.json", dir, id);
	return json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
}

#define FILES_TRIED 100000

/* Their numbers have gaps only where a daemon made room, in front. */
static json_t *load_all(const char *dir)
{
	json_t *list = json_array();
	long id;
	bool found = false;

	for (id = 1; id < FILES_TRIED; id++) {
		json_t *incident = load(dir, id);

		if (!incident && found)
			break;
		if (!incident)
			continue;
		found = true;
		json_array_insert_new(list, 0, incident);
	}
	return json_pack("{s:o}", "incidents", list);
}

static enum exit_status print_and_free(const struct invocation *said, json_t *result, bool one)
{
	if (said->json)
		return print_json(result);
	if (one)
		print_one(result);
	else
		print_list(json_object_get(result, "incidents"));
	json_decref(result);
	return EXIT_DONE;
}

static enum exit_status from_folder(const struct invocation *said, long id)
{
	json_t *result = id ? load(said->state_dir, id) : load_all(said->state_dir);

	if (result)
		return print_and_free(said, result, id != 0);
	fprintf(stderr, "vringctl: incidents: there is no incident %ld in %s/incidents\n", id,
		said->state_dir);
	return EXIT_FAILED;
}

/* 0: none was said; -1: it is no number. */
static long said_id(const struct invocation *said)
{
	const char *word = said_arg(said, 0);
	char *end;
	long id;

	if (!word)
		return 0;
	id = strtol(word, &end, 10);
	return *end || id <= 0 ? -1 : id;
}

enum exit_status verb_incidents(const struct invocation *said)
{
	long id = said_id(said);
	json_t *result;

	if (id < 0)
		return said_wrong(said, "'%s' is no number of an incident", said_arg(said, 0));
	if (said->state_dir)
		return from_folder(said, id);
	result = id ? client_ask(said->client, "incident.get",
				 json_pack("{s:I}", "id", (json_int_t)id))
		    : client_ask(said->client, "incident.list", NULL);
	return result ? print_and_free(said, result, id != 0) : EXIT_FAILED;
}
