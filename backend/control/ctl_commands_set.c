/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_commands_set.c - settings, and faults put in on purpose.
 *
 * See ctl_handlers.h. An injected fault takes a guest's network down on
 * purpose, so the daemon must have been started with --allow-faults; ending
 * faults is always allowed.
 */
#include <string.h>

#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"
#include "control/ctl_report.h"

/* What fault.set asks of the house. */
struct order {
	enum inject_kind kind;
	uint64_t events;
	int64_t value; /* of stale-used-event; -1: what the word is now */
};

static const char *const port_keys[] = { "stall-after", "force", NULL };
static const char *const daemon_keys[] = { "stall-after", "force",     "poll",
					   "poll-idle",	  "log-level", NULL };

static enum ctl_code parse_kind(const char *word, enum inject_kind *kind, struct error_text *error);
static enum ctl_code parse_order(const struct ctl_call *call, struct order *order,
				 struct error_text *error);
static enum ctl_code find_target(const struct ctl_call *call, int *index, struct error_text *error);
static uint64_t events_of(const json_t *count, uint64_t absent);
static int get_one(const struct ctl_call *call, const char *port, const char *key, json_t *values,
		   struct error_text *error);
static void value_text(const json_t *value, char *text, size_t len);

enum ctl_code ctl_fault_set(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *port = ctl_param_text(call, "port");
	struct order order;
	enum ctl_code code = CTL_OK;
	int index, err;

	if (!call->allow_faults) {
		error_set(error, 0,
			  "faults are refused: this daemon was started without "
			  "--allow-faults");
		return CTL_REFUSED;
	}
	code = parse_order(call, &order, error);
	if (code == CTL_OK)
		code = find_target(call, &index, error);
	if (code)
		return code;
	err = call->ops->fault_set(call->house, port, index, order.kind, order.events, order.value,
				   error);
	*result =
		json_pack("{s:s, s:O?, s:s, s:o}", "port", port, "vring",
			  json_object_get(call->params, "vring"), "kind",
			  inject_kind_word(order.kind), "events", ctl_report_events(order.events));
	return ctl_code_of(err, error);
}

enum ctl_code ctl_fault_clear(const struct ctl_call *call, json_t **result,
			      struct error_text *error)
{
	const char *port = ctl_param_text(call, "port");
	enum ctl_code code = CTL_OK;
	int index = -1, err;

	if (port) {
		code = find_target(call, &index, error);
	} else if (json_object_get(call->params, "vring")) {
		error_set(error, 0, "fault.clear: a vring needs its port: give 'port' as well");
		code = CTL_INVALID_PARAMS;
	}
	if (code)
		return code;
	err = call->ops->fault_clear(call->house, port, index, error);
	*result = json_pack("{s:s?, s:O?}", "port", port, "vring",
			    json_object_get(call->params, "vring"));
	return ctl_code_of(err, error);
}

enum ctl_code ctl_set(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *port = ctl_param_text(call, "port");
	const char *key = ctl_param_text(call, "key");
	struct port_report report;
	enum ctl_code code = CTL_OK;
	char value[128];

	value_text(json_object_get(call->params, "value"), value, sizeof(value));
	if (port)
		code = ctl_find_port(call, port, &report, error);
	if (code)
		return code;
	code = ctl_code_of(call->ops->set(call->house, port, key, value, error), error);
	*result = json_pack("{s:s?, s:s, s:s}", "port", port, "key", key, "value", value);
	return code;
}

enum ctl_code ctl_get(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *port = ctl_param_text(call, "port");
	const char *key = ctl_param_text(call, "key");
	const char *const *each = port ? port_keys : daemon_keys;
	struct port_report report;
	json_t *values = json_object();
	enum ctl_code code = CTL_OK;
	int err = 0;

	if (port)
		code = ctl_find_port(call, port, &report, error);
	if (code == CTL_OK && key)
		code = ctl_code_of(get_one(call, port, key, values, error), error);
	for (; code == CTL_OK && !key && *each; each++)
		err = get_one(call, port, *each, values, error);
	if (code == CTL_OK && json_object_size(values) == 0)
		code = ctl_code_of(err, error); /* a port without settings */
	*result = json_pack("{s:s?, s:o}", "port", port, "values", values);
	return code;
}

static enum ctl_code parse_kind(const char *word, enum inject_kind *kind, struct error_text *error)
{
	int parsed = inject_kind_parse(word);

	if (parsed >= 0) {
		*kind = (enum inject_kind)parsed;
		return CTL_OK;
	}
	if (strcmp(word, "delay-call") == 0 || strcmp(word, "uplink-eagain") == 0) {
		error_set(error, 0, "fault '%s' is not available in this version", word);
		return CTL_REFUSED;
	}
	error_set(error, 0,
		  "there is no fault '%s': the kinds are drop-call, drop-kick, "
		  "stale-used-event and drop-forced",
		  word);
	return CTL_INVALID_PARAMS;
}

static enum ctl_code parse_order(const struct ctl_call *call, struct order *order,
				 struct error_text *error)
{
	const json_t *value = json_object_get(call->params, "value");
	const json_t *count = json_object_get(call->params, "count");
	enum ctl_code code = parse_kind(ctl_param_text(call, "kind"), &order->kind, error);

	order->value = -1;
	if (code)
		return code;
	if (order->kind != INJECT_stale_used_event) {
		if (value && count) {
			error_set(error, 0,
				  "a %s strikes a number of events: give 'value' or "
				  "'count', not both",
				  inject_kind_word(order->kind));
			return CTL_INVALID_PARAMS;
		}
		order->events = events_of(value ? value : count, 1);
	} else {
		if (value && (!json_is_integer(value) || json_integer_value(value) > UINT16_MAX)) {
			error_set(error, 0,
				  "the value of stale-used-event is a ring index from 0 "
				  "to 65535; how often it strikes is 'count'");
			return CTL_INVALID_PARAMS;
		}
		order->value = value ? json_integer_value(value) : -1;
		order->events = events_of(count, INJECT_ALWAYS);
	}
	if (order->events > 0)
		return CTL_OK;
	error_set(error, 0,
		  "a fault that strikes 0 times is none; fault.clear (vringctl unfault) "
		  "ends faults");
	return CTL_INVALID_PARAMS;
}

/* The vhost index of the vring named, or -1 for every vring of the port. */
static enum ctl_code find_target(const struct ctl_call *call, int *index, struct error_text *error)
{
	struct port_report port;
	struct vring_report vring;
	enum ctl_code code;

	*index = -1;
	if (!json_object_get(call->params, "vring"))
		return ctl_find_guest(call, ctl_param_text(call, "port"), &port, error);
	code = ctl_find_vring(call, &vring, error);
	if (code == CTL_OK)
		*index = (int)vring.index;
	return code;
}

static uint64_t events_of(const json_t *count, uint64_t absent)
{
	if (!count)
		return absent;
	return json_is_string(count) ? INJECT_ALWAYS : (uint64_t)json_integer_value(count);
}

static int get_one(const struct ctl_call *call, const char *port, const char *key, json_t *values,
		   struct error_text *error)
{
	char value[128] = "";
	int err = call->ops->get(call->house, port, key, value, sizeof(value), error);

	if (!err)
		json_object_set_new(values, key, json_string(value));
	return err;
}

/* As it would stand on the command line: true is "on", 50 is "50". */
static void value_text(const json_t *value, char *text, size_t len)
{
	if (json_is_boolean(value))
		snprintf(text, len, "%s", json_is_true(value) ? "on" : "off");
	else if (json_is_integer(value))
		snprintf(text, len, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, len, "%g", json_real_value(value));
	else
		snprintf(text, len, "%s", json_string_value(value));
}
