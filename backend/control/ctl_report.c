/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_report.c - reports as JSON, with the names of the contract.
 *
 * See ctl_report.h. The order of keys is that of the contract's example, so
 * that a person can lay one beside the other.
 */
#include "control/ctl_report.h"

#include <math.h>

static int put_lag(json_t *object, const struct vring_report *vring);
static int put_watchdog(json_t *object, const struct vring_report *vring);
static json_t *cpu_evidence(const struct vring_report *vring);
static json_t *latencies(const struct vring_report *vring);
static json_t *injected(const struct vring_report *vring);
static int put_guest(json_t *object, const struct port_report *port);
static json_t *text_or_null(const char *text);
static double finite_or_zero(double value);

json_t *ctl_report_vring(const struct vring_report *vring)
{
	json_t *object = json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:b, s:s, s:s}",    /* */
				   "port", vring->port, "vring", vring->vring,	       /* */
				   "index", (int)vring->index,			       /* */
				   "direction", vring->guest_tx ? "tx" : "rx",	       /* */
				   "layout", vring->shape.packed ? "packed" : "split", /* */
				   "size", (int)vring->shape.size,		       /* */
				   "event_idx", vring->event_idx,		       /* */
				   "state", vring_state_name(vring->state),	       /* */
				   "health", stall_health_name(vring->health));

	if (object && !ctl_report_put_positions(object, vring) && !put_lag(object, vring) &&
	    !json_object_set_new(object, "counters", ctl_report_counters(&vring->counters)) &&
	    !json_object_set_new(object, "latency_us", latencies(vring)) &&
	    !put_watchdog(object, vring))
		return object;
	json_decref(object);
	return NULL;
}

json_t *ctl_report_counters(const struct vring_counters_read *counters)
{
	json_t *object = json_object(), *drops = json_object(), *faults = json_object();
	int i, err = 0;

#define X(name, english) \
	err |= json_object_set_new(object, #name, json_integer((json_int_t)counters->name));
	VRING_COUNTERS(X)
#undef X
	for (i = 0; i < DROP_REASON_CNT; i++)
		err |= json_object_set_new(drops, drop_reason_name((enum drop_reason)i),
					   json_integer((json_int_t)counters->drops[i]));
	for (i = VRING_FAULT_none + 1; i < VRING_FAULT_CNT; i++)
		err |= json_object_set_new(faults, vring_fault_name((enum vring_fault)i),
					   json_integer((json_int_t)counters->faults[i]));
	err |= json_object_set_new(object, "drops", drops);
	err |= json_object_set_new(object, "faults", faults);
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

json_t *ctl_report_port(const struct port_report *port)
{
	json_t *object = json_pack("{s:s, s:s, s:o}", "name", port->name, "type", port->type,
				   "wired_to", text_or_null(port->wired_to));
	int err = object ? 0 : -1;

	if (port->is_guest)
		err |= put_guest(object, port);
	if (port->queues)
		err |= json_object_set_new(object, "queues", json_integer(port->queues));
	if (port->is_guest || port->mtu)
		err |= json_object_set_new(object, "mtu",
					   port->mtu ? json_integer(port->mtu) : json_null());
	if (port->ifname[0])
		err |= json_object_set_new(object, "ifname", json_string(port->ifname));
	if (port->ifname[0])
		err |= json_object_set_new(object, "link", text_or_null(port->link));
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

json_t *ctl_report_worker(const struct worker_report *worker)
{
	return json_pack("{s:i, s:o, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I}",		   /* */
			 "worker", (int)worker->worker,					   /* */
			 "cpu", worker->cpu < 0 ? json_null() : json_integer(worker->cpu), /* */
			 "busy_percent", finite_or_zero(worker->busy_percent),		   /* */
			 "cycles_per_packet", finite_or_zero(worker->cycles_per_packet),   /* */
			 "packets_per_burst", finite_or_zero(worker->packets_per_burst),   /* */
			 "busy_cycles", (json_int_t)worker->busy_cycles,		   /* */
			 "packets", (json_int_t)worker->packets,			   /* */
			 "bursts", (json_int_t)worker->bursts,				   /* */
			 "sleeps", (json_int_t)worker->sleeps,				   /* */
			 "wakes", (json_int_t)worker->wakes);
}

json_t *ctl_report_events(uint64_t events)
{
	return events == INJECT_ALWAYS ? json_string("always") : json_integer((json_int_t)events);
}

static int put_lag(json_t *object, const struct vring_report *vring)
{
	int err = 0;

	err |= json_object_set_new(object, "unsignalled", json_integer(vring->unsignalled));
	err |= json_object_set_new(object, "unanswered", json_integer(vring->unanswered));
	err |= json_object_set_new(object, "unanswered_ms", json_integer(vring->unanswered_ms));
	err |= json_object_set_new(object, "last_move_ago_ms",
				   json_integer((json_int_t)vring->last_move_ago_ms));
	err |= json_object_set_new(object, "backlog", json_integer(vring->backlog));
	err |= json_object_set_new(object, "spent", json_boolean(vring->spent));
	return err;
}

static int put_watchdog(json_t *object, const struct vring_report *vring)
{
	json_t *fault = vring->fault == VRING_FAULT_none
				? json_null()
				: json_string(vring_fault_name(vring->fault));
	int err = 0;

	err |= json_object_set_new(object, "fault", fault);
	err |= json_object_set_new(object, "injected", injected(vring));
	err |= json_object_set_new(object, "force", json_boolean(vring->force));
	err |= json_object_set_new(object, "stall_after_ms", json_integer(vring->stall_after_ms));
	err |= json_object_set_new(object, "forced_in_a_row", json_integer(vring->forced_in_a_row));
	err |= json_object_set_new(object, "cpu_evidence", cpu_evidence(vring));
	err |= json_object_set_new(object, "has_call_fd", json_boolean(vring->has_call_fd));
	err |= json_object_set_new(object, "has_kick_fd", json_boolean(vring->has_kick_fd));
	err |= json_object_set_new(object, "uplink", text_or_null(vring->uplink));
	return err;
}

static json_t *cpu_evidence(const struct vring_report *vring)
{
	const struct cpu_evidence *cpu = &vring->cpu;

	if (!cpu->known)
		return json_null();
	return json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "pid", cpu->pid, /* */
			 "thread", cpu->thread,				    /* */
			 "waited_ms", (json_int_t)cpu->waited_ms,	    /* */
			 "steal_ms", (json_int_t)cpu->steal_ms,		    /* */
			 "window_ms", (json_int_t)cpu->window_ms,	    /* */
			 "ago_ms", (json_int_t)vring->cpu_ago_ms);
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

static json_t *latencies(const struct vring_report *vring)
{
	json_t *object = json_object();
	int kind;

	for (kind = 0; kind < LATENCY_KIND_CNT; kind++) {
		const struct latency_summary *latency = &vring->latency[kind];

		json_object_set_new(object, latency_kind_name((enum latency_kind)kind),
				    json_pack("{s:f, s:f, s:f, s:I}", "p50", us(latency->p50_ns),
					      "p99", us(latency->p99_ns), "max",
					      us(latency->max_ns), "count",
					      (json_int_t)latency->cnt));
	}
	return object;
}

/* Faults put in on purpose: those that are armed and those that have struck. */
static json_t *injected(const struct vring_report *vring)
{
	json_t *object = json_object();
	int kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++) {
		const struct inject_report *report = &vring->inject[kind];
		json_t *one;

		if (!report->left && !report->hits)
			continue;
		one = json_pack("{s:o, s:I}", "left", ctl_report_events(report->left), "hits",
				(json_int_t)report->hits);
		if (kind == INJECT_stale_used_event)
			json_object_set_new(one, "value", json_integer((json_int_t)report->value));
		json_object_set_new(object, inject_kind_word((enum inject_kind)kind), one);
	}
	return object;
}

static int put_guest(json_t *object, const struct port_report *port)
{
	json_t *guest = json_pack("{s:b, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:b, s:I, s:o}", /* */
				  "connected", (int)port->connected,			     /* */
				  "socket", port->socket, "mode", port->mode,		     /* */
				  "mac", text_or_null(port->mac),			     /* */
				  "connects", (json_int_t)port->connects,		     /* */
				  "features", ctl_report_features(port->features),	     /* */
				  "features_offered", ctl_report_features(port->features_offered),
				  "protocol_features",
				  ctl_report_protocol_features(port->protocol_features), /* */
				  "force", (int)port->force,				 /* */
				  "stall_after_ms", (json_int_t)port->stall_after_ms,	 /* */
				  "last_disconnect", text_or_null(port->last_disconnect));
	int err = guest ? json_object_update(object, guest) : -1;

	err |= json_object_set_new(object, "pid",
				   port->pid ? json_integer(port->pid) : json_null());
	json_decref(guest);
	return err;
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

/* JSON has no word for what a division by zero gives. */
static double finite_or_zero(double value)
{
	return isfinite(value) ? value : 0.0;
}
