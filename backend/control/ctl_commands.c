/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_commands.c - the table of methods, and the checks each call must pass.
 *
 * See ctl_commands.h. Checks in the order a caller wants to hear of them: is
 * there such a method, is it built, are the parameters right, may he do it.
 */
#include "control/ctl_commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/ctl_handlers.h"
#include "log.h"

/* clang-format off */
#define PORT(required)  { "port", CTL_TYPE_STRING, required, "name of a port" }
#define VRING(required) { "vring", CTL_TYPE_VRING, required, "\"rx0\", \"tx0\" ... or vhost index" }
#define NAME            { "name", CTL_TYPE_STRING, true, "name of a port" }
#define KEY(required)   { "key", CTL_TYPE_STRING, required, \
			  "stall-after, force; of the daemon also poll, poll-idle, log-level" }

const struct ctl_command ctl_commands[] = {
	{ "version", "program, version and process", false, ctl_version, { { 0 } } },
	{ "rpc.discover", "the methods, their parameters and one line of help each", false,
	  ctl_discover, { { 0 } } },
	{ "port.list", "ports, what the guests negotiated, wires, and switches", false, ctl_port_list,
	  { { 0 } } },
	{ "port.add", "open a port", true, ctl_port_add,
	  { { "spec", CTL_TYPE_STRING, true, "as for --port: NAME,type=TYPE[,KEY=VALUE]..." } } },
	{ "port.del", "close a port and drop its wire", true, ctl_port_del, { NAME } },
	{ "wire.add", "join two ports, or a port and a switch", true, ctl_wire_add,
	  { { "a", CTL_TYPE_STRING, true, "name of a port or a switch" },
	    { "b", CTL_TYPE_STRING, true, "name of the other end" } } },
	{ "wire.del", "take the wire off a port", true, ctl_wire_del, { NAME } },
	{ "vring.list", "every position, event word and counter of every vring", false,
	  ctl_vring_list, { PORT(false) } },
	{ "vring.call", "notify the driver, now", true, ctl_vring_call,
	  { PORT(true), VRING(true) } },
	{ "vring.kick", "look at the ring, now", true, ctl_vring_kick,
	  { PORT(true), VRING(true) } },
	{ "stats.get", "the counters of every vring", false, ctl_stats_get, { PORT(false) } },
	{ "explain", "the state of a vring in sentences, with reasons", false, ctl_explain,
	  { PORT(false), VRING(false) } },
	{ "fault.set", "rehearse an outage (needs --allow-faults)", true, ctl_fault_set,
	  { PORT(true), VRING(false),
	    { "kind", CTL_TYPE_STRING, true,
	      "drop-call, drop-kick, stale-used-event or drop-forced" },
	    { "value", CTL_TYPE_COUNT, false,
	      "drop-*: how many events (1); stale-used-event: the word (as it is now)" },
	    { "count", CTL_TYPE_COUNT, false, "stale-used-event: how many decisions (always)" } } },
	{ "fault.clear", "end injected faults", true, ctl_fault_clear,
	  { PORT(false), VRING(false) } },
	{ "set", "change a setting of a port, or of the daemon", true, ctl_set,
	  { PORT(false), KEY(true),
	    { "value", CTL_TYPE_VALUE, true, "as on the command line" } } },
	{ "get", "settings of a port, or of the daemon", false, ctl_get,
	  { PORT(false), KEY(false) } },
	{ "capture.start", "frames of a guest into a pcapng file", true, ctl_capture_start,
	  { PORT(true),
	    { "file", CTL_TYPE_STRING, true, "an absolute path, of a file that is not there" },
	    { "filter", CTL_TYPE_STRING, false, "which frames, in libpcap's syntax (all)" },
	    { "count", CTL_TYPE_COUNT, false, "frames after which it ends (always: it does not)" },
	    { "snaplen", CTL_TYPE_COUNT, false, "bytes of a frame that are kept (all)" } } },
	{ "capture.stop", "end a capture, and what came of it", true, ctl_capture_stop,
	  { PORT(true) } },
	{ "capture.list", "captures that run, and those that ended by themselves", false,
	  ctl_capture_list, { { 0 } } },
	{ "worker.list", "the data-path workers and what they cost", false, ctl_worker_list,
	  { { 0 } } },
	{ "metrics", "everything that is counted, as OpenMetrics text", false, ctl_metrics,
	  { { 0 } } },

	{ "trace.get", "the notification events with their arithmetic", false, ctl_trace_get,
	  { PORT(true), VRING(true),
	    { "count", CTL_TYPE_COUNT, false, "how many at most (100, the latest)" },
	    { "from", CTL_TYPE_COUNT, false, "number of the first (see 'next' of an answer)" } } },
	{ "trace.follow", "the same, as notifications 'trace.events', as they happen", false,
	  ctl_trace_follow,
	  { PORT(true), VRING(true),
	    { "from", CTL_TYPE_COUNT, false, "number of the first (those to come)" } } },
	{ "incident.list", "the stalls there were, newest first", false, ctl_incident_list,
	  { PORT(false), VRING(false) } },
	{ "incident.get", "one stall and the events around it", false, ctl_incident_get,
	  { { "id", CTL_TYPE_COUNT, true, "number of an incident" } } },
	{ "doctor", "checks of daemon, guests, host and uplinks", false, ctl_doctor,
	  { { "bundle", CTL_TYPE_FLAG, false, "also the facts the checks were made from", true } } },
	{ "record", "the whole flight recorder of every vring", false, ctl_record,
	  { PORT(false) } },
	{ "reload", "read the configuration file again", true, NULL, { { 0 } } },
	{ NULL, NULL, false, NULL, { { 0 } } },
};
/* clang-format on */

static void log_deed(const struct ctl_call *call, const char *method);
static const struct ctl_command *find(const char *method);
static enum ctl_code bind_params(const struct ctl_command *command, const json_t *params,
				 json_t *bound, struct error_text *error);
static const struct ctl_param *param_of(const struct ctl_command *command, const char *name);
static bool needs_owner(const struct ctl_command *command, const json_t *bound);
static const char *unfit(const struct ctl_param *param, const json_t *value);
static enum ctl_code missing_param(const struct ctl_command *command, const json_t *bound,
				   struct error_text *error);
static enum ctl_code permit(const struct ctl_command *command, const struct ctl_call *call,
			    struct error_text *error);

enum ctl_code ctl_command_run(const struct ctl_call *caller, const char *method,
			      const json_t *params, json_t **result, struct error_text *error)
{
	const struct ctl_command *command = find(method);
	struct ctl_call call = *caller;
	enum ctl_code code;

	if (!command) {
		error_set(error, 0, "there is no method '%s'; rpc.discover lists the methods",
			  method);
		return CTL_NO_METHOD;
	}
	if (!command->handler) {
		error_set(error, 0, "%s is not available in this version", method);
		return CTL_REFUSED;
	}
	call.params = json_object();
	code = bind_params(command, params, call.params, error);
	if (code == CTL_OK)
		code = permit(command, &call, error);
	if (code == CTL_OK)
		code = command->handler(&call, result, error);
	if (code == CTL_OK && needs_owner(command, call.params))
		log_deed(&call, method);
	json_decref(call.params);
	return code;
}

/* Who changed what is asked for when something has gone wrong. */
static void log_deed(const struct ctl_call *call, const char *method)
{
	char *params = json_dumps(call->params, JSON_COMPACT);

	log_info("control: uid %u (pid %d) did %s %.200s", call->uid, call->pid, method,
		 params ? params : "");
	free(params);
}

static const struct ctl_command *find(const char *method)
{
	const struct ctl_command *command;

	for (command = ctl_commands; command->name; command++)
		if (strcmp(command->name, method) == 0)
			return command;
	return NULL;
}

/* By name or by position, into an object by name in which nothing is wrong. */
static enum ctl_code bind_params(const struct ctl_command *command, const json_t *params,
				 json_t *bound, struct error_text *error)
{
	const struct ctl_param *param;
	json_t *value;
	const char *name;
	size_t i;

	json_array_foreach(params, i, value) {
		if (i >= CTL_PARAMS_MAX || !command->params[i].name) {
			error_set(error, 0, "%s takes fewer than %zu parameters", command->name,
				  json_array_size(params));
			return CTL_INVALID_PARAMS;
		}
		json_object_set(bound, command->params[i].name, value);
	}
	json_object_update(bound, json_is_object(params) ? (json_t *)params : NULL);

	json_object_foreach(bound, name, value) {
		param = param_of(command, name);
		if (!param) {
			error_set(error, 0,
				  "%s has no parameter '%s'; rpc.discover lists what it "
				  "takes",
				  command->name, name);
			return CTL_INVALID_PARAMS;
		}
		if (unfit(param, value)) {
			error_set(error, 0, "%s: parameter '%s' must be %s: %s", command->name,
				  name, unfit(param, value), param->help);
			return CTL_INVALID_PARAMS;
		}
	}
	return missing_param(command, bound, error);
}

static const struct ctl_param *param_of(const struct ctl_command *command, const char *name)
{
	unsigned i;

	for (i = 0; i < CTL_PARAMS_MAX && command->params[i].name; i++)
		if (strcmp(command->params[i].name, name) == 0)
			return &command->params[i];
	return NULL;
}

static bool is_count(const json_t *value)
{
	const char *text = json_string_value(value);

	if (text)
		return strcmp(text, "always") == 0;
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* What the value should be, or NULL if it is that. */
static const char *unfit(const struct ctl_param *param, const json_t *value)
{
	const char *text = json_string_value(value);

	switch (param->type) {
	case CTL_TYPE_STRING:
		return text && *text ? NULL : "a string that is not empty";
	case CTL_TYPE_VRING:
		return json_is_string(value) || json_is_integer(value)
			       ? NULL
			       : "a vring's name or its vhost index";
	case CTL_TYPE_COUNT:
		return is_count(value) ? NULL : "a whole number of 0 or more, or \"always\"";
	case CTL_TYPE_VALUE:
		return json_is_string(value) || json_is_number(value) || json_is_boolean(value)
			       ? NULL
			       : "a string, a number, true or false";
	case CTL_TYPE_FLAG:
		return json_is_boolean(value) ? NULL : "true or false";
	default:
		return "absent";
	}
}

static enum ctl_code missing_param(const struct ctl_command *command, const json_t *bound,
				   struct error_text *error)
{
	const struct ctl_param *param = command->params;
	unsigned i;

	for (i = 0; i < CTL_PARAMS_MAX && param[i].name; i++) {
		if (!param[i].required || json_object_get(bound, param[i].name))
			continue;
		error_set(error, 0, "%s needs the parameter '%s': %s", command->name, param[i].name,
			  param[i].help);
		return CTL_INVALID_PARAMS;
	}
	return CTL_OK;
}

static enum ctl_code permit(const struct ctl_command *command, const struct ctl_call *call,
			    struct error_text *error)
{
	if (!needs_owner(command, call->params) || call->uid == 0 || call->uid == geteuid())
		return CTL_OK;
	error_set(
		error, 0,
		"%s%s is refused to uid %u: only root and the daemon's own user (uid %u) may; try "
		"sudo",
		command->name, command->needs_owner ? "" : " with what it was asked for", call->uid,
		geteuid());
	return CTL_REFUSED;
}

/* By itself, or by a flag that is set. */
static bool needs_owner(const struct ctl_command *command, const json_t *bound)
{
	const struct ctl_param *param = command->params;
	unsigned i;

	for (i = 0; i < CTL_PARAMS_MAX && param[i].name; i++)
		if (param[i].needs_owner && json_is_true(json_object_get(bound, param[i].name)))
			return true;
	return command->needs_owner;
}
