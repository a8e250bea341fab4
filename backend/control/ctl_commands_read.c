/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_commands_read.c - methods that look and change nothing.
 *
 * See ctl_handlers.h. They turn reports of the house into JSON; whoever can
 * open the socket may call them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"
#include "control/ctl_metrics.h"
#include "control/ctl_report.h"
#include "control/incidents.h"
#include "explain.h"

#ifndef VRINGD_VERSION
#define VRINGD_VERSION "unknown"
#endif

/* Whose stories are told, and where they go. */
struct story {
	const struct ctl_call *call;
	json_t *list;
};

static json_t *describe(const struct ctl_command *command);
static const char *type_word(enum ctl_param_type type);
static void add_port(const struct ctl_call *call, const struct port_report *port, json_t *ports,
		     json_t *wires);
static void add_vring(void *list, const struct port_report *port, const struct vring_report *vring);
static void add_counters(void *list, const struct port_report *port,
			 const struct vring_report *vring);
static void add_story(void *story, const struct port_report *port,
		      const struct vring_report *vring);
static void add_incident(const struct ctl_call *call, json_t *sentences,
			 const struct vring_report *vring);
static void add_sentence(void *list, const char *sentence);
static void add_front_end(json_t *sentences, const struct port_report *port);

enum ctl_code ctl_version(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	(void)call;
	(void)error;
	*result = json_pack("{s:s, s:s, s:i}", "program", "vringd", "version", VRINGD_VERSION,
			    "pid", (int)getpid());
	return CTL_OK;
}

enum ctl_code ctl_discover(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const struct ctl_command *command;
	json_t *methods = json_array();

	(void)call;
	(void)error;
	for (command = ctl_commands; command->name; command++)
		json_array_append_new(methods, describe(command));
	*result = json_pack("{s:o}", "methods", methods);
	return CTL_OK;
}

enum ctl_code ctl_port_list(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	json_t *ports = json_array(), *wires = json_array();
	struct port_report port;
	unsigned nth;

	(void)error;
	for (nth = 0; call->ops->port_report(call->house, nth, &port); nth++)
		add_port(call, &port, ports, wires);
	*result = json_pack("{s:o, s:o, s:o}", "ports", ports, "wires", wires, "switches",
			    ctl_report_switches(call->ops, call->house));
	return CTL_OK;
}

enum ctl_code ctl_vring_list(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	json_t *list = json_array();
	enum ctl_code code = ctl_each_vring(call, add_vring, list, error);

	*result = json_pack("{s:o}", "vrings", list);
	return code;
}

enum ctl_code ctl_stats_get(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	json_t *list = json_array();
	enum ctl_code code = ctl_each_vring(call, add_counters, list, error);

	*result = json_pack("{s:o}", "vrings", list);
	return code;
}

enum ctl_code ctl_explain(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	json_t *list = json_array();
	struct story story = { .call = call, .list = list };
	struct port_report port;
	struct vring_report vring;
	enum ctl_code code;

	if (!json_object_get(call->params, "vring")) {
		code = ctl_each_vring(call, add_story, &story, error);
	} else if (!ctl_param_text(call, "port")) {
		error_set(error, 0, "explain: a vring needs its port: give 'port' as well");
		code = CTL_INVALID_PARAMS;
	} else {
		code = ctl_find_guest(call, ctl_param_text(call, "port"), &port, error);
		if (code == CTL_OK)
			code = ctl_find_vring(call, &vring, error);
		if (code == CTL_OK)
			add_story(&story, &port, &vring);
	}
	*result = json_pack("{s:o}", "vrings", list);
	return code;
}

enum ctl_code ctl_worker_list(const struct ctl_call *call, json_t **result,
			      struct error_text *error)
{
	json_t *workers = json_array();
	struct worker_report worker;
	unsigned nth;

	(void)error;
	for (nth = 0; call->ops->worker_report(call->house, nth, &worker); nth++)
		json_array_append_new(workers, ctl_report_worker(&worker));
	*result = json_pack("{s:o}", "workers", workers);
	return CTL_OK;
}

enum ctl_code ctl_metrics(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	size_t len;
	char *text = ctl_metrics_text(call->ops, call->house, clock_wall_ns() / NS_PER_MS, &len);

	(void)error;
	if (text)
		*result = json_pack("{s:s%}", "text", text, len);
	free(text);
	return CTL_OK;
}

static json_t *describe(const struct ctl_command *command)
{
	json_t *params = json_array();
	unsigned i;

	for (i = 0; i < CTL_PARAMS_MAX && command->params[i].name; i++) {
		const struct ctl_param *param = &command->params[i];

		json_array_append_new(params,
				      json_pack("{s:s, s:s, s:b, s:s, s:b}", "name", param->name,
						"type", type_word(param->type), "required",
						(int)param->required, "help", param->help,
						"needs_owner", (int)param->needs_owner));
	}
	return json_pack("{s:s, s:s, s:o, s:b, s:b}", "name", command->name, "help", command->help,
			 "params", params, "needs_owner", (int)command->needs_owner, "available",
			 command->handler != NULL);
}

static const char *type_word(enum ctl_param_type type)
{
	switch (type) {
	case CTL_TYPE_VRING:
		return "string|integer";
	case CTL_TYPE_COUNT:
		return "integer|\"always\"";
	case CTL_TYPE_VALUE:
		return "string|number|boolean";
	case CTL_TYPE_FLAG:
		return "boolean";
	default:
		return "string";
	}
}

/* The port, and its wire unless the other end, listed earlier, has told it. */
static void add_port(const struct ctl_call *call, const struct port_report *port, json_t *ports,
		     json_t *wires)
{
	struct port_report other;
	unsigned nth;
	bool told = false;

	for (nth = 0; call->ops->port_report(call->house, nth, &other); nth++) {
		if (strcmp(other.name, port->name) == 0)
			break;
		if (strcmp(other.name, port->wired_to) == 0)
			told = strcmp(other.wired_to, port->name) == 0;
	}
	json_array_append_new(ports, ctl_report_port(port));
	if (port->wired_to[0] && !told)
		json_array_append_new(wires, json_pack("[s, s]", port->name, port->wired_to));
}

static void add_vring(void *list, const struct port_report *port, const struct vring_report *vring)
{
	(void)port;
	json_array_append_new(list, ctl_report_vring(vring));
}

static void add_counters(void *list, const struct port_report *port,
			 const struct vring_report *vring)
{
	(void)port;
	json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:o}", "port", vring->port, "vring",
					      vring->vring, "index", (int)vring->index, "counters",
					      ctl_report_counters(&vring->counters)));
}

static void add_story(void *context, const struct port_report *port,
		      const struct vring_report *vring)
{
	const struct story *story = context;
	json_t *sentences = json_array();

	explain_vring(vring, add_sentence, sentences);
	if (vring->state == VRING_STATE_absent)
		add_front_end(sentences, port);
	add_incident(story->call, sentences, vring);
	json_array_append_new(story->list,
			      json_pack("{s:s, s:s, s:i, s:s, s:s, s:o}", "port", vring->port,
					"vring", vring->vring, "index", (int)vring->index, "state",
					vring_state_name(vring->state), "health",
					stall_health_name(vring->health), "sentences", sentences));
}

static void add_sentence(void *list, const char *sentence)
{
	json_array_append_new(list, json_string(sentence));
}

/* The last there was; how it ended is in its outcome. */
static void add_incident(const struct ctl_call *call, json_t *sentences,
			 const struct vring_report *vring)
{
	const json_t *incident =
		incidents_latest(call->ops->incidents(call->house), vring->port, vring->index);

	if (!incident)
		return;
	json_array_append_new(
		sentences,
		json_sprintf("last incident: %lld, %s, %s: %s; %s; `vringctl incidents %lld` "
			     "shows the events around it",
			     (long long)json_integer_value(json_object_get(incident, "id")),
			     json_string_value(json_object_get(incident, "time")),
			     json_string_value(json_object_get(incident, "cause")),
			     json_string_value(json_object_get(incident, "cause_text")),
			     json_string_value(json_object_get(incident, "outcome_text")),
			     (long long)json_integer_value(json_object_get(incident, "id"))));
}

/* What the port knows of the front end that is not there. */
static void add_front_end(json_t *sentences, const struct port_report *port)
{
	json_t *where = json_sprintf("vringd %s %s; %llu front end%s connected since it started",
				     strcmp(port->mode, "client") == 0 ? "tries to connect to"
								       : "listens on",
				     port->socket, (unsigned long long)port->connects,
				     port->connects == 1 ? " has" : "s have");

	json_array_append_new(sentences, where);
	if (port->last_disconnect[0])
		json_array_append_new(sentences, json_sprintf("the last front end went: %s",
							      port->last_disconnect));
}
