/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_trace.c - `trace`: the events of a vring, with their arithmetic.
 *
 * Of a living daemon, once or as they come, or from the file that a dead one has
 * left in its state folder.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_file.h"
#include "trace_json.h"
#include "verbs.h"

#define EVENTS_DEFAULT 100

static void print_missed(json_int_t missed)
{
	if (missed > 0)
		printf("... %lld events were overwritten before they could be read\n",
		       (long long)missed);
}

static void print_lot(const json_t *lot)
{
	const json_t *object, *events = json_object_get(lot, "events");
	struct trace_event event;
	size_t i;

	print_missed(number_of(lot, "missed"));
	json_array_foreach(events, i, object)
		if (trace_from_json(object, &event))
			trace_print(stdout, &event, number_of(lot, "realtime_offset_ns"));
}

static enum exit_status flushed(void)
{
	if (fflush(stdout) == 0)
		return EXIT_DONE;
	fprintf(stderr, "vringctl: trace: cannot write: %s\n", strerror(errno));
	return EXIT_FAILED;
}

/* ---- as they come ---- */

/* One JSON object a line with --json, as the daemon sends them. */
static enum exit_status print_news(const struct invocation *said, const json_t *lot)
{
	if (said->json) {
		json_dumpf(lot, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_lot(lot);
	}
	return flushed();
}

/* Until ^C, the end of the port or that of the daemon. */
static enum exit_status follow(const struct invocation *said, json_t *params)
{
	json_t *result = client_ask(said->client, "trace.follow", params);
	enum exit_status status = result ? EXIT_DONE : EXIT_FAILED;
	char method[32];

	json_decref(result);
	while (status == EXIT_DONE) {
		json_t *lot = client_next(said->client, method, sizeof(method));

		if (!lot)
			return EXIT_FAILED;
		if (strcmp(method, "trace.end") == 0)
			fprintf(stderr, "vringctl: trace: %s\n", text_of(lot, "reason"));
		status = strcmp(method, "trace.end") == 0 ? EXIT_FAILED : print_news(said, lot);
		json_decref(lot);
	}
	return status;
}

static enum exit_status ask(const struct invocation *said, json_t *params)
{
	json_t *result;

	json_object_set_new(params, "count",
			    json_integer(said->count ? said->count : EVENTS_DEFAULT));
	result = client_ask(said->client, "trace.get", json_incref(params));
	json_decref(params);
	if (!result)
		return EXIT_FAILED;
	if (said->json)
		return print_json(result);
	print_lot(result);
	if (json_array_size(json_object_get(result, "events")) == 0)
		printf("nothing has happened on this vring yet\n");
	json_decref(result);
	return flushed();
}

/* ---- of a file ---- */

static enum exit_status print_ring(const struct invocation *said, const struct trace_file *file,
				   unsigned index)
{
	const struct trace_ring *ring = &trace_file_rings(file)[index];
	struct trace_event *events = malloc(TRACE_EVENTS * sizeof(*events));
	uint64_t wanted = said->count ? (uint64_t)said->count : EVENTS_DEFAULT;
	uint64_t first, end = trace_end(ring);
	unsigned cnt, i;

	if (!events)
		return EXIT_FAILED;
	cnt = trace_read(ring, end > wanted ? end - wanted : 0, events, TRACE_EVENTS, &first);
	for (i = 0; i < cnt; i++)
		trace_print(stdout, &events[i], file->header->realtime_offset_ns);
	free(events);
	if (cnt == 0)
		printf("nothing had happened on this vring\n");
	return flushed();
}

static enum exit_status read_file(const struct invocation *said, const json_t *params,
				  const char *path)
{
	const char *port = text_of(params, "port"), *vring = text_of(params, "vring");
	struct error_text error = { "" };
	int index = vring_index_of(vring);
	struct trace_file file;
	enum exit_status status = EXIT_FAILED;

	if (said->json || said->follow)
		return said_wrong(said, "a file goes with neither -f nor --json");
	if (trace_file_open(&file, path, &error) != 0) {
		fprintf(stderr, "vringctl: trace: %s\n", error.text);
		return EXIT_FAILED;
	}
	if (strcmp(file.header->port, port) != 0)
		fprintf(stderr, "vringctl: trace: %s is of port %s, not of %s\n", path,
			file.header->port, port);
	else if (index < 0 || (unsigned)index >= file.header->ring_cnt)
		fprintf(stderr, "vringctl: trace: %s holds no vring %s\n", path, vring);
	else
		status = print_ring(said, &file, (unsigned)index);
	trace_file_close(&file);
	return status;
}

enum exit_status verb_trace(const struct invocation *said)
{
	json_t *params = said_vring(said, 0, true);
	enum exit_status status;
	char path[512];

	if (!params)
		return EXIT_USAGE;
	if (said->state_dir)
		snprintf(path, sizeof(path), "%s/trace/%s.trace", said->state_dir,
			 text_of(params, "port"));
	if (said->file || said->state_dir) {
		status = read_file(said, params, said->file ? said->file : path);
		json_decref(params);
		return status;
	}
	return said->follow ? follow(said, params) : ask(said, params);
}
