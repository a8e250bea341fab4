/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_rpc.c - JSON-RPC 2.0: a line in, a line out.
 *
 * See ctl_rpc.h. The words "request object", "notification" and "batch" are
 * those of the JSON-RPC 2.0 specification; where it says MUST, so do we.
 */
#include "control/ctl_rpc.h"

#include <stdlib.h>
#include <string.h>

static json_t *answer_batch(const struct ctl_call *caller, const json_t *batch);
static json_t *answer_one(const struct ctl_call *caller, const json_t *request);
static const char *malformed(const json_t *request);
static json_t *reply_result(const json_t *id, json_t *result);
static json_t *reply_error(const json_t *id, enum ctl_code code, const char *text);
static char *line_of(json_t *reply);

char *ctl_rpc_answer(const struct ctl_call *caller, const char *line, size_t len)
{
	struct error_text text = { "" };
	json_error_t where;
	json_t *request, *reply;

	request = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	if (!request) {
		error_set(&text, 0, "not a JSON object on one line: %s at byte %d", where.text,
			  where.position);
		return ctl_rpc_refusal(CTL_PARSE_ERROR, text.text);
	}
	if (json_is_array(request))
		reply = answer_batch(caller, request);
	else
		reply = answer_one(caller, request);
	json_decref(request);
	return line_of(reply);
}

char *ctl_rpc_refusal(enum ctl_code code, const char *text)
{
	return line_of(reply_error(NULL, code, text));
}

static json_t *answer_batch(const struct ctl_call *caller, const json_t *batch)
{
	struct error_text text = { "" };
	json_t *replies;
	size_t i;

	if (json_array_size(batch) == 0)
		return reply_error(NULL, CTL_INVALID_REQUEST, "an empty batch asks nothing");
	if (json_array_size(batch) > CTL_BATCH_MAX) {
		error_set(&text, 0, "a batch of %zu requests is too long: send at most %d at once",
			  json_array_size(batch), CTL_BATCH_MAX);
		return reply_error(NULL, CTL_INVALID_REQUEST, text.text);
	}

	replies = json_array();
	for (i = 0; i < json_array_size(batch); i++) {
		json_t *reply = answer_one(caller, json_array_get(batch, i));

		if (reply)
			json_array_append_new(replies, reply);
	}
	if (json_array_size(replies) > 0)
		return replies;
	json_decref(replies); /* notifications only: "the server MUST NOT return" */
	return NULL;
}

static json_t *answer_one(const struct ctl_call *caller, const json_t *request)
{
	const json_t *id = json_object_get(request, "id");
	const char *mistake = malformed(request);
	struct error_text error = { "" };
	json_t *result = NULL;
	enum ctl_code code;

	if (mistake)
		return reply_error(json_is_string(id) || json_is_number(id) ? id : NULL,
				   CTL_INVALID_REQUEST, mistake);
	code = ctl_command_run(caller, json_string_value(json_object_get(request, "method")),
			       json_object_get(request, "params"), &result, &error);
	if (code == CTL_OK && !result) {
		code = CTL_INTERNAL;
		error_set(&error, 0, "the daemon has no memory for this answer");
	}
	if (!id) {
		json_decref(result); /* a notification: "the Server MUST NOT reply" */
		return NULL;
	}
	if (code == CTL_OK)
		return reply_result(id, result);
	json_decref(result);
	return reply_error(id, code, error.text);
}

/* Why this is no request object, or NULL if it is one. */
static const char *malformed(const json_t *request)
{
	const json_t *id = json_object_get(request, "id");
	const json_t *params = json_object_get(request, "params");
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));

	if (!json_is_object(request))
		return "a request is a JSON object";
	if (!version || strcmp(version, "2.0") != 0)
		return "\"jsonrpc\" is missing or not \"2.0\"";
	if (!json_is_string(json_object_get(request, "method")))
		return "\"method\" is missing or not a string";
	if (params && !json_is_object(params) && !json_is_array(params))
		return "\"params\" is neither an object nor an array";
	if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		return "\"id\" is not a string, a number or null";
	return NULL;
}

/* Takes `result`. */
static json_t *reply_result(const json_t *id, json_t *result)
{
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result);
}

static json_t *reply_error(const json_t *id, enum ctl_code code, const char *text)
{
	return json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id ? id : json_null(),
			 "error", "code", (int)code, "message", text);
}

/* Takes `reply`; NULL stays NULL. */
static char *line_of(json_t *reply)
{
	size_t len = 0;
	char *line = NULL;

	if (reply)
		len = json_dumpb(reply, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	if (len)
		line = malloc(len + 2);
	if (line) {
		json_dumpb(reply, line, len, JSON_COMPACT | JSON_ENCODE_ANY);
		memcpy(line + len, "\n", 2);
	}
	json_decref(reply);
	return line;
}
