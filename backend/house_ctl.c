/* SPDX-License-Identifier: BSD-3-Clause */
/* house_ctl.c - the house as the control socket sees it; see ctl_house.h.
 *
 * Reports read counters and gauges, and the driver's words from inside the
 * main thread's grace slot. What is done by hand is house_hand.c, settings are
 * house_set.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "house.h"
#include "house_private.h"
#include "port/tap.h"

static int ctl_port_add(void *house, const char *spec, struct error_text *error)
{
	return house_port_add(house, spec, error);
}

static int ctl_port_del(void *house, const char *name, struct error_text *error)
{
	return house_port_del(house, name, error);
}

static int ctl_wire_add(void *house, const char *a, const char *b, struct error_text *error)
{
	return house_wire_add(house, a, b, error);
}

static int ctl_wire_del(void *house, const char *name, struct error_text *error)
{
	return house_wire_del(house, name, error);
}

/* ---- reports ---- */

static void report_guest(const struct house_port *port, struct port_report *report)
{
	struct guest_port *guest = house_guest(port);
	struct vhost_port_state state;

	vhost_port_read_state(port->vhost, &state);
	snprintf(report->socket, sizeof(report->socket), "%s", port->spec.socket);
	snprintf(report->mode, sizeof(report->mode), "%s", port->spec.client ? "client" : "server");
	snprintf(report->mac, sizeof(report->mac), "%s", port->spec.mac);
	report->is_guest = true;
	report->connected = state.connected;
	report->pid = state.connected ? (int)state.peer_pid : 0;
	report->connects = state.connects;
	report->features = state.features;
	report->features_offered = state.features_offered;
	report->protocol_features = state.protocol_features;
	report->force = atomic_load_explicit(&guest->force, memory_order_relaxed);
	report->stall_after_ms =
		atomic_load_explicit(&guest->stall_after_ns, memory_order_relaxed) / NS_PER_MS;
}

static bool ctl_port_report(void *context, unsigned nth, struct port_report *report)
{
	struct house *house = context;
	const struct house_port *port = house->ports;

	while (port && nth-- > 0)
		port = port->next;
	if (!port)
		return false;
	memset(report, 0, sizeof(*report));
	snprintf(report->name, sizeof(report->name), "%s", port->spec.name);
	snprintf(report->type, sizeof(report->type), "%s", port_type_name(port->spec.type));
	if (house_wired_to(port))
		snprintf(report->wired_to, sizeof(report->wired_to), "%s", house_wired_to(port));
	report->queues = port->spec.queues;
	report->mtu = port->spec.mtu;
	if (port->vhost)
		report_guest(port, report);
	if (port->spec.type == PORT_TAP) {
		snprintf(report->ifname, sizeof(report->ifname), "%s", tap_ifname(port->uplink));
		snprintf(report->link, sizeof(report->link), "%s", tap_link(port->uplink));
	}
	return true;
}

static int ctl_vring_report(void *context, const char *name, unsigned index,
			    struct vring_report *report)
{
	struct house *house = context;
	const struct house_port *port = house_find(house, name);
	struct vring_end *end;

	if (!port)
		return -ENOENT;
	if (!port->vhost)
		return -EINVAL;
	end = guest_port_end(house_guest(port), index);
	if (!end)
		return -ENOENT;
	vring_end_report(end, house->reader, clock_now_ns(), report);
	report->cpu = port->starved.last;
	report->cpu_ago_ms = (clock_now_ns() - report->cpu.at_ns) / NS_PER_MS;
	if (house_wired_to(port)) {
		snprintf(report->uplink, sizeof(report->uplink), "%s", house_wired_to(port));
		snprintf(report->uplink_type, sizeof(report->uplink_type), "%s",
			 port->on ? "switch" : port_type_name(port->peer->spec.type));
	}
	return 0;
}

static double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : 0;
}

static bool ctl_worker_report(void *context, unsigned nth, struct worker_report *report)
{
	struct house *house = context;
	struct worker_stats stats;

	if (nth >= house->worker_cnt)
		return false;
	worker_read_stats(house->workers[nth], &stats);
	*report = (struct worker_report){
		.worker = nth,
		.cpu = worker_cpu(house->workers[nth]),
		.busy_percent = stats.busy_percent,
		.cycles_per_packet = ratio(stats.busy_cycles, stats.packets),
		.packets_per_burst = ratio(stats.packets, stats.bursts),
		.busy_cycles = stats.busy_cycles,
		.packets = stats.packets,
		.bursts = stats.bursts,
		.sleeps = stats.sleeps,
		.wakes = stats.wakes,
	};
	return true;
}

const struct ctl_house_ops house_ctl_ops = {
	.port_add = ctl_port_add,
	.port_del = ctl_port_del,
	.wire_add = ctl_wire_add,
	.wire_del = ctl_wire_del,
	.port_report = ctl_port_report,
	.vring_report = ctl_vring_report,
	.worker_report = ctl_worker_report,
	.trace_read = house_trace_read,
	.incidents = house_incidents,
	.host_facts = house_host_facts,
	.guest_facts = house_guest_facts,
	.switch_report = house_switch_report,
	.switch_port_report = house_switch_port_report,
	.switch_table = house_switch_table,
	.vring_call = house_vring_call,
	.vring_kick = house_vring_kick,
	.fault_set = house_fault_set,
	.fault_clear = house_fault_clear,
	.capture_start = house_capture_start,
	.capture_stop = house_capture_stop,
	.capture_report = house_capture_report,
	.set = house_set,
	.get = house_get,
};
