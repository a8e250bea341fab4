/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_capture.c - `capture`: a guest's frames into a file, until ^C or as many as wanted.
 *
 * The daemon writes the file, so it is told an absolute path. This program only
 * starts the capture, looks at it now and then, and ends it; it handles no frame.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "verbs.h"

#define LOOK_EVERY_NS 100000000L

static json_t *order_of(const struct invocation *said);
static char *absolute(const char *file);
static void block_ends(sigset_t *ends);
static bool wait_for_end(const struct invocation *said, const sigset_t *ends);
static json_t *look(const struct invocation *said);
static void print_progress(const json_t *capture, bool last);
static enum exit_status stop(const struct invocation *said);
static void print_counts(const json_t *capture);

enum exit_status verb_capture(const struct invocation *said)
{
	json_t *order, *started;
	sigset_t ends;

	if (said->stop && (said->argc > 1 || said->count || said->filter))
		return said_wrong(said, "--stop takes nothing but a port");
	if (said->stop)
		return stop(said);
	if (said->argc < 2)
		return said_wrong(said, "a FILE is missing: it is 'vringctl capture PORT FILE'");
	order = order_of(said);
	if (!order)
		return EXIT_FAILED;
	block_ends(&ends);
	started = client_ask(said->client, "capture.start", order);
	if (!started)
		return EXIT_FAILED;
	json_decref(started);
	if (!wait_for_end(said, &ends))
		return EXIT_FAILED;
	return stop(said);
}

static json_t *order_of(const struct invocation *said)
{
	char *file = absolute(said_arg(said, 1));
	json_t *order = NULL;

	if (file)
		order = json_pack("{s:s, s:s}", "port", said_arg(said, 0), "file", file);
	free(file);
	if (!order) {
		fprintf(stderr, "vringctl: capture: %s: cannot tell the daemon where that is: %s\n",
			said_arg(said, 1), strerror(errno));
		return NULL;
	}
	if (said->filter)
		json_object_set_new(order, "filter", json_string(said->filter));
	if (said->count)
		json_object_set_new(order, "count", json_integer(said->count));
	return order;
}

/* The daemon has another working directory. For free(); NULL with errno set. */
static char *absolute(const char *file)
{
	char *here, *path = NULL;

	if (file[0] == '/')
		return strdup(file);
	here = getcwd(NULL, 0);
	if (here && asprintf(&path, "%s/%s", here, file) < 0)
		path = NULL;
	free(here);
	return path;
}

/* They are waited for, so that none comes between two looks and is missed. */
static void block_ends(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGHUP);
	sigprocmask(SIG_BLOCK, ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* False: the daemon does not know of the capture any more, or is gone itself. */
static bool wait_for_end(const struct invocation *said, const sigset_t *ends)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_NS };
	json_t *capture;
	bool ended;

	for (;;) {
		capture = look(said);
		if (!capture)
			return false;
		ended = strcmp(text_of(capture, "state"), "running") != 0;
		print_progress(capture, ended);
		json_decref(capture);
		if (ended || sigtimedwait(ends, NULL, &pause) >= 0)
			return true;
	}
}

/* Our capture, a new reference; NULL with a message. */
static json_t *look(const struct invocation *said)
{
	json_t *list = client_ask(said->client, "capture.list", NULL);
	json_t *capture, *ours = NULL;
	size_t i;

	json_array_foreach(json_object_get(list, "captures"), i, capture)
		if (strcmp(text_of(capture, "port"), said_arg(said, 0)) == 0)
			ours = json_incref(capture);
	if (list && !ours)
		fprintf(stderr, "vringctl: capture: somebody else has ended it\n");
	json_decref(list);
	return ours;
}

static void print_progress(const json_t *capture, bool last)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%lld frames, %lld bytes, %lld lost; ^C ends %s",
		(long long)number_of(capture, "frames"), (long long)number_of(capture, "bytes"),
		(long long)number_of(capture, "lost"), last ? "\n" : "");
}

/* A capture that ended before it was told to, or had what was asked for, has failed. */
static enum exit_status stop(const struct invocation *said)
{
	json_t *capture = client_ask(said->client, "capture.stop", said_port(said, 0));
	enum exit_status status = EXIT_DONE;
	const char *state;

	if (!capture)
		return EXIT_FAILED;
	state = text_of(capture, "state");
	if (strcmp(state, "error") == 0)
		fprintf(stderr, "vringctl: capture: the daemon cannot write %s: %s\n",
			text_of(capture, "file"), text_of(capture, "error"));
	else if (strcmp(state, "port") == 0)
		fprintf(stderr, "vringctl: capture: port %s was removed meanwhile\n",
			text_of(capture, "port"));
	if (strcmp(state, "error") == 0 || strcmp(state, "port") == 0)
		status = EXIT_FAILED;
	if (said->json)
		return print_json(capture) == EXIT_DONE ? status : EXIT_FAILED;
	print_counts(capture);
	json_decref(capture);
	return status;
}

static void print_counts(const json_t *capture)
{
	printf("%s: %lld frames, %lld bytes in %s; %lld filtered out, %lld lost\n",
	       text_of(capture, "port"), (long long)number_of(capture, "frames"),
	       (long long)number_of(capture, "bytes"), text_of(capture, "file"),
	       (long long)number_of(capture, "filtered"), (long long)number_of(capture, "lost"));
}
