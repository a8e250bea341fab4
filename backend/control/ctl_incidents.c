/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_incidents.c - incident.list and incident.get. */
#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"
#include "control/incidents.h"

enum ctl_code ctl_incident_list(const struct ctl_call *call, json_t **result,
				struct error_text *error)
{
	const char *port = ctl_param_text(call, "port");
	enum ctl_code code = CTL_OK;
	struct vring_report vring;
	struct port_report guest;
	int index = -1;

	if (json_object_get(call->params, "vring") && !port) {
		error_set(error, 0, "incident.list: a vring needs its port: give 'port' as well");
		return CTL_INVALID_PARAMS;
	}
	if (port)
		code = ctl_find_guest(call, port, &guest, error);
	if (code == CTL_OK && json_object_get(call->params, "vring")) {
		code = ctl_find_vring(call, &vring, error);
		index = (int)vring.index;
	}
	if (code == CTL_OK)
		*result = json_pack("{s:o}", "incidents",
				    incidents_list(call->ops->incidents(call->house), port, index));
	return code;
}

enum ctl_code ctl_incident_get(const struct ctl_call *call, json_t **result,
			       struct error_text *error)
{
	json_int_t id = json_integer_value(json_object_get(call->params, "id"));
	json_t *incident = incidents_get(call->ops->incidents(call->house), id);

	if (incident) {
		*result = json_deep_copy(incident);
		return CTL_OK;
	}
	error_set(error, 0,
		  "there is no incident %lld; incident.list (vringctl incidents) names those there "
		  "are",
		  (long long)id);
	return CTL_NO_OBJECT;
}
