/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_house.c - ports, switches, workers and the program itself, as families.
 *
 * Paths, addresses and processes are in one info family a port and nowhere else, so
 * that a guest that comes back does not make new series of all its counters.
 */
#include "compiler.h"
#include "control/ctl_metrics_parts.h"
#include "control/ctl_report.h"
#include "virtio_spec.h"

#ifndef VRINGD_VERSION
#define VRINGD_VERSION "unknown"
#endif

#define MS_PER_SECOND 1000.0
#define FEATURE_BITS 64

void metrics_build(struct metrics_out *out)
{
	metrics_family(out, "build", METRICS_INFO, "the program");
	metrics_label(out, "version", VRINGD_VERSION);
	metrics_whole(out, 1);
}

/* ---- ports ---- */

static void write_port_info(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i;

	metrics_family(out, "port", METRICS_INFO, "what a port is, and who is at its other end");
	for (i = 0; i < scene->port_cnt; i++) {
		const struct port_report *port = &scene->ports[i];

		metrics_label(out, "port", port->name);
		metrics_label(out, "type", port->type);
		metrics_label(out, "wired_to", port->wired_to);
		metrics_label(out, "socket", port->socket);
		metrics_label(out, "mode", port->mode);
		metrics_label(out, "mac", port->mac);
		metrics_label(out, "ifname", port->ifname);
		if (port->pid)
			metrics_label_number(out, "pid", (unsigned)port->pid);
		metrics_whole(out, 1);
	}
}

static uint64_t reconnects(const struct port_report *port)
{
	return port->connects ? port->connects - 1 : 0;
}

/* X(name, type, value, english): of guests. */
/* clang-format off */
#define PORT_FAMILIES(X)                                                                          \
	X(connected,  METRICS_GAUGE,   port->connected, "1 while a front end is connected")       \
	X(reconnects, METRICS_COUNTER, (double)reconnects(port),                                  \
	  "front ends that connected after the first")                                            \
	X(queues,     METRICS_GAUGE,   port->queues, "queue pairs")                               \
	X(force,      METRICS_GAUGE,   port->force, "1 if stalls are revived, 0 if only found")   \
	X(stall_after_seconds, METRICS_GAUGE, (double)port->stall_after_ms / MS_PER_SECOND,       \
	  "how long used buffers may lie with no move of the driver")
/* clang-format on */

#define X(name, type, value, english)                             \
	static double port_##name(const struct port_report *port) \
	{                                                         \
		return value;                                     \
	}
PORT_FAMILIES(X)
#undef X

static const struct {
	const char *family;
	enum metrics_type type;
	double (*value)(const struct port_report *port);
	const char *help;
} port_families[] = {
#define X(name, type, value, english) { "port_" #name, type, port_##name, english },
	PORT_FAMILIES(X)
#undef X
};

static void write_guests(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	for (nth = 0; nth < ARRAY_SIZE(port_families); nth++) {
		metrics_family(out, port_families[nth].family, port_families[nth].type,
			       port_families[nth].help);
		for (i = 0; i < scene->port_cnt; i++) {
			if (!scene->ports[i].is_guest)
				continue;
			metrics_label(out, "port", scene->ports[i].name);
			metrics_real(out, port_families[nth].value(&scene->ports[i]));
		}
	}
}

static void write_features(const struct metrics_scene *scene, struct metrics_out *out)
{
	char name[CTL_FEATURE_NAME_MAX];
	unsigned bit;
	size_t i;

	metrics_family(out, "port_feature", METRICS_GAUGE,
		       "1 for a feature that was negotiated, 0 for one that was only offered");
	for (i = 0; i < scene->port_cnt; i++) {
		const struct port_report *port = &scene->ports[i];

		for (bit = 0; bit < FEATURE_BITS; bit++) {
			if (!((port->features | port->features_offered) & FEATURE_BIT(bit)))
				continue;
			metrics_label(out, "port", port->name);
			metrics_label(out, "name", ctl_feature_name(bit, name));
			metrics_whole(out, (port->features & FEATURE_BIT(bit)) != 0);
		}
	}
}

void metrics_ports(const struct metrics_scene *scene, struct metrics_out *out)
{
	write_port_info(scene, out);
	write_guests(scene, out);
	write_features(scene, out);
}

/* ---- switches ---- */

static const struct metrics_counter switch_counters[] = {
#define X(name, english) \
	{ "switch_port_" #name, offsetof(struct switch_counters_read, name), english },
	SWITCH_COUNTERS(X)
#undef X
};

static void label_switch_port(struct metrics_out *out, const struct metrics_switch_port *port)
{
	metrics_label(out, "switch", port->on);
	metrics_label(out, "port", port->report.port);
}

void metrics_switches(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	for (nth = 0; nth < ARRAY_SIZE(switch_counters); nth++) {
		metrics_family(out, switch_counters[nth].name, METRICS_COUNTER,
			       switch_counters[nth].help);
		for (i = 0; i < scene->switch_port_cnt; i++) {
			const struct metrics_switch_port *port = &scene->switch_ports[i];

			label_switch_port(out, port);
			metrics_whole(out, metrics_counter_in(&switch_counters[nth],
							      &port->report.counters));
		}
	}
	metrics_family(out, "switch_port_entries", METRICS_GAUGE,
		       "addresses the switch knows behind the port");
	for (i = 0; i < scene->switch_port_cnt; i++) {
		label_switch_port(out, &scene->switch_ports[i]);
		metrics_whole(out, scene->switch_ports[i].report.entries);
	}
}

/* ---- workers ---- */

/* X(member, english) of struct worker_report */
/* clang-format off */
#define WORKER_COUNTERS(X)                                                                        \
	X(packets, "frames that the worker moved")                                                \
	X(bursts,  "bursts in which it moved them")                                               \
	X(sleeps,  "times it found nothing to do and slept")                                      \
	X(wakes,   "times it was woken from that")
/* clang-format on */

static const struct metrics_counter worker_counters[] = {
#define X(name, english) { "worker_" #name, offsetof(struct worker_report, name), english },
	WORKER_COUNTERS(X)
#undef X
};

void metrics_workers(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	metrics_family(out, "worker", METRICS_INFO, "the CPU of a worker that was pinned to one");
	for (i = 0; i < scene->worker_cnt; i++) {
		metrics_label_number(out, "worker", scene->workers[i].worker);
		if (scene->workers[i].cpu >= 0)
			metrics_label_number(out, "cpu", (unsigned)scene->workers[i].cpu);
		metrics_whole(out, 1);
	}
	metrics_family(out, "worker_cycles", METRICS_COUNTER,
		       "cycles from seeing work to seeing none");
	for (i = 0; i < scene->worker_cnt; i++) {
		metrics_label_number(out, "worker", scene->workers[i].worker);
		metrics_label(out, "state", "busy");
		metrics_whole(out, scene->workers[i].busy_cycles);
	}
	for (nth = 0; nth < ARRAY_SIZE(worker_counters); nth++) {
		metrics_family(out, worker_counters[nth].name, METRICS_COUNTER,
			       worker_counters[nth].help);
		for (i = 0; i < scene->worker_cnt; i++) {
			metrics_label_number(out, "worker", scene->workers[i].worker);
			metrics_whole(
				out, metrics_counter_in(&worker_counters[nth], &scene->workers[i]));
		}
	}
	metrics_family(out, "worker_busy_ratio", METRICS_GAUGE,
		       "the part of its time that went into work, of late");
	for (i = 0; i < scene->worker_cnt; i++) {
		metrics_label_number(out, "worker", scene->workers[i].worker);
		metrics_real(out, scene->workers[i].busy_percent / 100.0);
	}
}
