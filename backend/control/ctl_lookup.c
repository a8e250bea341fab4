/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_lookup.c - find what a request names, or say why it is not there.
 *
 * See ctl_lookup.h. The house is asked afresh each time: nothing is cached,
 * so nothing here can be out of date.
 */
#include "control/ctl_lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More vrings than a vhost-user device can have: a bound for loops. */
#define VRINGS_MAX 512

static int vring_index(const json_t *word);

const char *ctl_param_text(const struct ctl_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

enum ctl_code ctl_code_of(int err, struct error_text *error)
{
	if (err == 0)
		return CTL_OK;
	if (error->text[0] == '\0')
		error_set(error, 0, "%s", strerror(-err));
	switch (-err) {
	case ENOENT:
		return CTL_NO_OBJECT;
	case ENOTCONN:
		return CTL_NOT_CONNECTED;
	case EEXIST:
		return CTL_EXISTS;
	case EPERM:
	case EOPNOTSUPP:
		return CTL_REFUSED;
	case EBUSY:
		return CTL_BUSY;
	case EINVAL:
		return CTL_INVALID_PARAMS;
	default:
		return CTL_INTERNAL;
	}
}

enum ctl_code ctl_find_port(const struct ctl_call *call, const char *name, struct port_report *port,
			    struct error_text *error)
{
	unsigned nth;

	for (nth = 0; call->ops->port_report(call->house, nth, port); nth++)
		if (strcmp(port->name, name) == 0)
			return CTL_OK;
	error_set(error, 0,
		  "there is no port '%s'; port.list (vringctl show) names those there are", name);
	return CTL_NO_OBJECT;
}

enum ctl_code ctl_find_guest(const struct ctl_call *call, const char *name,
			     struct port_report *port, struct error_text *error)
{
	enum ctl_code code = ctl_find_port(call, name, port, error);

	if (code || port->is_guest)
		return code;
	error_set(error, 0, "port '%s' has no vrings: it is of type %s; name a vhost-user port",
		  name, port->type);
	return CTL_INVALID_PARAMS;
}

enum ctl_code ctl_find_vring(const struct ctl_call *call, struct vring_report *vring,
			     struct error_text *error)
{
	const char *name = ctl_param_text(call, "port");
	const json_t *word = json_object_get(call->params, "vring");
	struct port_report port;
	enum ctl_code code = ctl_find_guest(call, name, &port, error);
	int index = vring_index(word);

	if (code)
		return code;
	if (index < 0) {
		error_set(error, 0,
			  "vring '%s' of port '%s' is not a vring's name: say rx0, tx0, "
			  "rx1 ... or a vhost index of 0 or more",
			  json_is_string(word) ? json_string_value(word) : "(a number)", name);
		return CTL_INVALID_PARAMS;
	}
	if (call->ops->vring_report(call->house, name, (unsigned)index, vring) == 0)
		return CTL_OK;
	error_set(error, 0, "port '%s' has no vring %s%d (vhost index %d): it has %u queue pair%s",
		  name, index & 1 ? "tx" : "rx", index / 2, index, port.queues,
		  port.queues == 1 ? "" : "s");
	return CTL_NO_OBJECT;
}

enum ctl_code ctl_each_vring(const struct ctl_call *call,
			     void (*see)(void *seer, const struct port_report *port,
					 const struct vring_report *vring),
			     void *seer, struct error_text *error)
{
	const char *name = ctl_param_text(call, "port");
	struct port_report port;
	enum ctl_code code;
	unsigned nth;

	if (name) {
		code = ctl_find_guest(call, name, &port, error);
		if (code == CTL_OK)
			ctl_each_vring_of(call, &port, see, seer);
		return code;
	}
	for (nth = 0; call->ops->port_report(call->house, nth, &port); nth++)
		if (port.is_guest)
			ctl_each_vring_of(call, &port, see, seer);
	return CTL_OK;
}

void ctl_each_vring_of(const struct ctl_call *call, const struct port_report *port,
		       void (*see)(void *seer, const struct port_report *port,
				   const struct vring_report *vring),
		       void *seer)
{
	struct vring_report vring;
	unsigned index;

	for (index = 0; index < VRINGS_MAX; index++) {
		if (call->ops->vring_report(call->house, port->name, index, &vring))
			return;
		see(seer, port, &vring);
	}
}

/* "tx1", 3 or "3" → 3; -1 if it is neither a vring's name nor an index. */
static int vring_index(const json_t *word)
{
	const char *text = json_string_value(word);
	bool named = text && (strncmp(text, "rx", 2) == 0 || strncmp(text, "tx", 2) == 0);
	const char *digits = named ? text + 2 : text;
	json_int_t number = json_integer_value(word);
	char *end;

	if (text) {
		if (*digits < '0' || *digits > '9')
			return -1;
		number = strtol(digits, &end, 10);
		if (*end)
			return -1;
	}
	if (number < 0 || number >= (named ? VRINGS_MAX / 2 : VRINGS_MAX))
		return -1;
	return named ? (int)number * 2 + (text[0] == 't') : (int)number;
}
