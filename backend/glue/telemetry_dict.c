/* SPDX-License-Identifier: BSD-3-Clause */
/* telemetry_dict.c - see telemetry_dict.h.
 *
 * A name is letters, digits and underscores, a string has 127 bytes, a dictionary 256
 * entries: all of these lists fit.
 */
#include "glue/telemetry_dict.h"

#include <rte_telemetry.h>

void telemetry_put_port(struct rte_tel_data *data, const struct port_report *port)
{
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "name", port->name);
	rte_tel_data_add_dict_string(data, "type", port->type);
	rte_tel_data_add_dict_string(data, "wired_to", port->wired_to);
	if (port->ifname[0])
		rte_tel_data_add_dict_string(data, "ifname", port->ifname);
	if (!port->is_guest)
		return;
	rte_tel_data_add_dict_string(data, "socket", port->socket);
	rte_tel_data_add_dict_string(data, "mode", port->mode);
	rte_tel_data_add_dict_u64(data, "connected", port->connected);
	rte_tel_data_add_dict_u64(data, "connects", port->connects);
	rte_tel_data_add_dict_u64(data, "vrings", 2 * (uint64_t)port->queues);
	rte_tel_data_add_dict_u64(data, "features", port->features);
	rte_tel_data_add_dict_u64(data, "features_offered", port->features_offered);
	rte_tel_data_add_dict_u64(data, "protocol_features", port->protocol_features);
	rte_tel_data_add_dict_u64(data, "force", port->force);
	rte_tel_data_add_dict_u64(data, "stall_after_ms", port->stall_after_ms);
}

static void put_counters(struct rte_tel_data *data, const struct vring_counters_read *counters)
{
#define X(name, english) rte_tel_data_add_dict_u64(data, #name, counters->name);
	VRING_COUNTERS(X)
#undef X
#define X(name, english) \
	rte_tel_data_add_dict_u64(data, "drops_" #name, counters->drops[DROP_##name]);
	VRING_DROPS(X)
#undef X
#define X(name, english)                                         \
	if (VRING_FAULT_##name != VRING_FAULT_none)              \
		rte_tel_data_add_dict_u64(data, "faults_" #name, \
					  counters->faults[VRING_FAULT_##name]);
	VRING_FAULTS(X)
#undef X
}

static void put_injected(struct rte_tel_data *data, const struct inject_report inject[])
{
#define X(name, word, english) \
	rte_tel_data_add_dict_u64(data, "injected_" #name, inject[INJECT_##name].hits);
	INJECT_KINDS(X)
#undef X
}

/* Slots of a packed ring, as its wrap counters are for people who look closer. */
static void put_position(struct rte_tel_data *data, const struct vring_report *vring,
			 const char *name, uint16_t position)
{
	rte_tel_data_add_dict_u64(data, name,
				  vring->shape.packed ? position & POSITION_SLOT : position);
}

static void put_positions(struct rte_tel_data *data, const struct vring_report *vring)
{
	if (!vring->shape.packed) {
		put_position(data, vring, "avail_idx", vring->avail_idx);
		put_position(data, vring, "used_idx", vring->used_idx);
	}
	put_position(data, vring, "next_avail", vring->next_avail);
	put_position(data, vring, "next_used", vring->next_used);
	put_position(data, vring, "decided_used", vring->decided_used);
	put_position(data, vring, "called_used", vring->called_used);
	put_position(data, vring, "used_event", vring->used_event);
	put_position(data, vring, "avail_event", vring->avail_event);
	rte_tel_data_add_dict_u64(data, "unsignalled", vring->unsignalled);
	rte_tel_data_add_dict_u64(data, "unanswered", vring->unanswered);
	rte_tel_data_add_dict_u64(data, "unanswered_ms", vring->unanswered_ms);
	rte_tel_data_add_dict_u64(data, "backlog", vring->backlog);
	rte_tel_data_add_dict_u64(data, "spent", vring->spent);
}

void telemetry_put_vring(struct rte_tel_data *data, const struct vring_report *vring)
{
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "port", vring->port);
	rte_tel_data_add_dict_string(data, "vring", vring->vring);
	rte_tel_data_add_dict_u64(data, "index", vring->index);
	rte_tel_data_add_dict_string(data, "layout", vring->shape.packed ? "packed" : "split");
	rte_tel_data_add_dict_u64(data, "size", vring->shape.size);
	rte_tel_data_add_dict_u64(data, "event_idx", vring->event_idx);
	rte_tel_data_add_dict_string(data, "state", vring_state_name(vring->state));
	rte_tel_data_add_dict_string(data, "health", stall_health_name(vring->health));
	if (vring->shape.size)
		put_positions(data, vring);
	put_counters(data, &vring->counters);
	put_injected(data, vring->inject);
}
