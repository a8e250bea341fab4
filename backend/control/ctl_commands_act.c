/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_commands_act.c - methods that act: ports, wires, notifications by hand.
 *
 * See ctl_handlers.h. The house decides and words its refusals; each answer
 * names what was done, so that a log of answers reads as a log of deeds.
 */
#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"

static enum ctl_code notify(const struct ctl_call *call,
			    int (*act)(void *house, const char *port, unsigned index,
				       struct error_text *error),
			    json_t **result, struct error_text *error);

enum ctl_code ctl_port_add(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *spec = ctl_param_text(call, "spec");
	int err = call->ops->port_add(call->house, spec, error);

	*result = json_pack("{s:s}", "spec", spec);
	return ctl_code_of(err, error);
}

enum ctl_code ctl_port_del(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *name = ctl_param_text(call, "name");
	int err = call->ops->port_del(call->house, name, error);

	*result = json_pack("{s:s}", "name", name);
	return ctl_code_of(err, error);
}

enum ctl_code ctl_wire_add(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *a = ctl_param_text(call, "a"), *b = ctl_param_text(call, "b");
	int err = call->ops->wire_add(call->house, a, b, error);

	*result = json_pack("{s:s, s:s}", "a", a, "b", b);
	return ctl_code_of(err, error);
}

enum ctl_code ctl_wire_del(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	const char *name = ctl_param_text(call, "name");
	int err = call->ops->wire_del(call->house, name, error);

	*result = json_pack("{s:s}", "name", name);
	return ctl_code_of(err, error);
}

enum ctl_code ctl_vring_call(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	return notify(call, call->ops->vring_call, result, error);
}

enum ctl_code ctl_vring_kick(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	return notify(call, call->ops->vring_kick, result, error);
}

static enum ctl_code notify(const struct ctl_call *call,
			    int (*act)(void *house, const char *port, unsigned index,
				       struct error_text *error),
			    json_t **result, struct error_text *error)
{
	struct vring_report vring;
	enum ctl_code code = ctl_find_vring(call, &vring, error);

	if (code)
		return code;
	code = ctl_code_of(act(call->house, vring.port, vring.index, error), error);
	*result = json_pack("{s:s, s:s, s:i}", "port", vring.port, "vring", vring.vring, "index",
			    (int)vring.index);
	return code;
}
