/* SPDX-License-Identifier: BSD-3-Clause */
/* top_ask.c - a batch of questions, and its replies put together.
 *
 * See top_ask.h. Replies of a batch may come in any order and are known by the
 * number of their question.
 */
#include "top_ask.h"

#include <stdio.h>
#include <string.h>

#include "top_model.h"
#include "verbs.h"

enum question { ASK_VRINGS = 1, ASK_WORKERS, ASK_EXPLAIN, ASK_TRACE, ASK_METHODS };

static void add(json_t *batch, enum question id, const char *method, json_t *params);
static json_t *vring_params(const struct top_ask *ask);
static const json_t *reply_to(const json_t *replies, enum question id);
static const json_t *result_of(const json_t *replies, enum question id);
static void learn_methods(struct top_ask *ask, const json_t *methods);
static void learn_trace(struct top_ask *ask, const json_t *method);
static json_t *last_events(const json_t *events, const char *of);

void top_ask_begin(struct top_ask *ask)
{
	ask->knows_methods = false;
	ask->has_trace = false;
	ask->trace_count[0] = '\0';
}

char *top_ask_question(struct top_ask *ask)
{
	json_t *batch = json_array(), *params;
	char *text;

	add(batch, ASK_VRINGS, "vring.list",
	    ask->port ? json_pack("{s:s}", "port", ask->port) : NULL);
	add(batch, ASK_WORKERS, "worker.list", NULL);
	if (ask->label[0])
		add(batch, ASK_EXPLAIN, "explain", vring_params(ask));
	if (ask->label[0] && ask->has_trace) {
		params = vring_params(ask);
		if (ask->trace_count[0])
			json_object_set_new(params, ask->trace_count, json_integer(TOP_EVENTS));
		add(batch, ASK_TRACE, "trace.get", params);
	}
	if (!ask->knows_methods)
		add(batch, ASK_METHODS, "rpc.discover", NULL);
	memcpy(ask->asked_for, ask->label, sizeof(ask->asked_for));
	text = top_memory(json_dumps(batch, JSON_COMPACT));
	json_decref(batch);
	return text;
}

json_t *top_ask_answers(struct top_ask *ask, const json_t *reply, char *why, size_t why_len)
{
	const json_t *vrings = json_object_get(result_of(reply, ASK_VRINGS), "vrings");
	const json_t *workers = json_object_get(result_of(reply, ASK_WORKERS), "workers");
	const json_t *stories = json_object_get(result_of(reply, ASK_EXPLAIN), "vrings");
	const json_t *events = json_object_get(result_of(reply, ASK_TRACE), "events");
	const json_t *error = json_object_get(reply_to(reply, ASK_VRINGS), "error");
	json_t *answers;

	learn_methods(ask, json_object_get(result_of(reply, ASK_METHODS), "methods"));
	if (!json_is_array(vrings)) {
		snprintf(why, why_len, "%s",
			 *text_of(error, "message") ? text_of(error, "message")
						    : "the daemon names no vrings");
		return NULL;
	}
	answers = json_object();
	json_object_set(answers, "vrings", (json_t *)vrings);
	if (json_is_array(workers))
		json_object_set(answers, "workers", (json_t *)workers);
	if (json_array_size(stories) == 1)
		json_object_set(answers, "explain", json_array_get(stories, 0));
	if (json_array_size(events) > 0)
		json_object_set_new(answers, "trace", last_events(events, ask->asked_for));
	return answers;
}

/* Takes `params`. */
static void add(json_t *batch, enum question id, const char *method, json_t *params)
{
	json_t *question =
		json_pack("{s:s, s:i, s:s}", "jsonrpc", "2.0", "id", (int)id, "method", method);

	if (params)
		json_object_set_new(question, "params", params);
	json_array_append_new(batch, question);
}

static json_t *vring_params(const struct top_ask *ask)
{
	const size_t port_len = strcspn(ask->label, "/");
	const char *vring = ask->label[port_len] ? ask->label + port_len + 1 : "";

	return json_pack("{s:s%, s:s}", "port", ask->label, port_len, "vring", vring);
}

static const json_t *reply_to(const json_t *replies, enum question id)
{
	const json_t *reply;
	size_t i;

	json_array_foreach(replies, i, reply)
		if (number_of(reply, "id") == (json_int_t)id)
			return reply;
	return NULL;
}

static const json_t *result_of(const json_t *replies, enum question id)
{
	return json_object_get(reply_to(replies, id), "result");
}

static void learn_methods(struct top_ask *ask, const json_t *methods)
{
	const json_t *method;
	size_t i;

	if (!json_is_array(methods))
		return;
	ask->knows_methods = true;
	json_array_foreach(methods, i, method)
		if (strcmp(text_of(method, "name"), "trace.get") == 0)
			learn_trace(ask, method);
}

static void learn_trace(struct top_ask *ask, const json_t *method)
{
	static const char *const counts[] = { "count", "n", "limit", NULL };
	const json_t *param;
	size_t i;
	int j;

	ask->has_trace = json_is_true(json_object_get(method, "available"));
	json_array_foreach(json_object_get(method, "params"), i, param)
		for (j = 0; counts[j]; j++)
			if (strcmp(text_of(param, "name"), counts[j]) == 0)
				snprintf(ask->trace_count, sizeof(ask->trace_count), "%s",
					 counts[j]);
}

static json_t *last_events(const json_t *events, const char *of)
{
	const size_t cnt = json_array_size(events);
	json_t *last = json_array();
	size_t i;

	for (i = cnt > TOP_EVENTS ? cnt - TOP_EVENTS : 0; i < cnt; i++)
		json_array_append(last, json_array_get(events, i));
	return json_pack("{s:s, s:o}", "of", of, "events", last);
}
