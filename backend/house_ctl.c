/* SPDX-License-Identifier: BSD-3-Clause */
/* house_ctl.c - the house as the control socket sees it; see ctl_house.h.
 *
 * What changes a vring is done by a function run on the worker that owns it;
 * what only looks reads counters and gauges, and the driver's words from
 * inside the main thread's grace slot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "guest_word.h"
#include "house.h"
#include "house_private.h"
#include "log.h"
#include "net/call.h"
#include "net/kick.h"
#include "net/pair.h"
#include "parse.h"
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
	if (port->peer)
		snprintf(report->wired_to, sizeof(report->wired_to), "%s", port->peer->spec.name);
	report->queues = port->spec.queues;
	report->mtu = port->spec.mtu;
	if (port->vhost)
		report_guest(port, report);
	if (port->spec.type == PORT_TAP)
		snprintf(report->ifname, sizeof(report->ifname), "%s", tap_ifname(port->uplink));
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
	if (port->peer) {
		snprintf(report->uplink, sizeof(report->uplink), "%s", port->peer->spec.name);
		snprintf(report->uplink_type, sizeof(report->uplink_type), "%s",
			 port_type_name(port->peer->spec.type));
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
		.packets = stats.packets,
		.bursts = stats.bursts,
		.sleeps = stats.sleeps,
		.wakes = stats.wakes,
	};
	return true;
}

/* ---- by hand, on the worker ---- */

struct by_hand {
	struct vring_end *end;
	bool running, done;
	enum inject_kind kind;
	uint64_t events;
	int64_t value;
};

static void run_call(void *argument)
{
	struct by_hand *job = argument;

	job->running = guest_port_live(job->end->pair->port) && job->end->started;
	if (!job->running)
		return;
	job->done = call_by_hand(job->end, clock_now_ns());
	pair_store_gauges(job->end->pair);
}

static void run_kick(void *argument)
{
	struct by_hand *job = argument;

	/* worker_run() rings the bell, which makes the worker look at every ring. */
	job->running = guest_port_live(job->end->pair->port) && job->end->started;
	job->done = job->running;
}

/* The word as it is now, for a rehearsal that freezes it. */
static uint64_t frozen_event(const struct by_hand *job)
{
	const struct vring_end *end = job->end;

	if (job->value >= 0)
		return (uint64_t)job->value;
	if (!guest_port_live(end->pair->port) || !end->started || !end->vring.event_idx)
		return 0;
	return guest_load16(end->vring.used_event);
}

static void run_fault_set(void *argument)
{
	struct by_hand *job = argument;
	uint64_t value = job->kind == INJECT_stale_used_event ? frozen_event(job) : 0;

	inject_arm(&job->end->inject, job->kind, job->events, value);
}

static void run_fault_clear(void *argument)
{
	struct by_hand *job = argument;

	inject_clear(&job->end->inject);
}

static void run_by_hand(struct by_hand *job, void (*function)(void *))
{
	worker_run(job->end->pair->worker, function, job);
}

static int find_end(struct house *house, const char *name, unsigned index, struct vring_end **end,
		    struct error_text *error)
{
	const struct house_port *port = house_find(house, name);

	if (!port)
		return error_set(error, ENOENT, "port %s: there is no such port", name);
	if (!port->vhost)
		return error_set(error, EOPNOTSUPP, "port %s: a port of type %s has no vrings", name,
				 port_type_name(port->spec.type));
	*end = guest_port_end(house_guest(port), index);
	if (!*end)
		return error_set(error, ENOENT, "port %s: it has no vring with index %u", name,
				 index);
	return 0;
}

static int by_hand(void *house, const char *name, unsigned index, void (*function)(void *),
		   struct error_text *error)
{
	struct by_hand job = { 0 };
	int err = find_end(house, name, index, &job.end, error);

	if (err)
		return err;
	run_by_hand(&job, function);
	if (!job.running)
		return error_set(error, ENOTCONN,
				 "%s/%s: the vring is not started; `vringctl show %s` tells more",
				 name, job.end->name, name);
	if (!job.done)
		return error_set(error, EOPNOTSUPP,
				 "%s/%s: the front end gave no call descriptor that can be written",
				 name, job.end->name);
	return 0;
}

static int ctl_vring_call(void *house, const char *port, unsigned index, struct error_text *error)
{
	return by_hand(house, port, index, run_call, error);
}

static int ctl_vring_kick(void *house, const char *port, unsigned index, struct error_text *error)
{
	return by_hand(house, port, index, run_kick, error);
}

/* ---- faults ---- */

/* One vring, or with index < 0 all of a port. */
static int each_end(struct house *house, const char *name, int index, struct by_hand *job,
		    void (*function)(void *), struct error_text *error)
{
	unsigned first = index < 0 ? 0 : (unsigned)index;
	int err = find_end(house, name, first, &job->end, error);

	if (err)
		return err;
	do {
		run_by_hand(job, function);
		job->end = guest_port_end(job->end->pair->port, ++first);
	} while (index < 0 && job->end);
	return 0;
}

static int ctl_fault_set(void *house, const char *port, int index, enum inject_kind kind,
			 uint64_t events, int64_t value, struct error_text *error)
{
	struct by_hand job = { .kind = kind, .events = events, .value = value };
	int err = each_end(house, port, index, &job, run_fault_set, error);

	if (!err)
		log_info("port %s: fault %s armed on %s", port, inject_kind_word(kind),
			 index < 0 ? "all its vrings" : "one vring");
	return err;
}

static int ctl_fault_clear(void *context, const char *name, int index, struct error_text *error)
{
	struct house *house = context;
	struct house_port *port;
	struct by_hand job = { 0 };
	int err = 0;

	if (name)
		return each_end(house, name, index, &job, run_fault_clear, error);
	for (port = house->ports; port && !err; port = port->next)
		if (port->vhost)
			err = each_end(house, port->spec.name, -1, &job, run_fault_clear, error);
	return err;
}

/* ---- settings ---- */

static void set_force(struct house *house, struct house_port *only, bool force)
{
	struct house_port *port;

	for (port = house->ports; port; port = port->next)
		if (port->vhost && (!only || port == only))
			atomic_store_explicit(&house_guest(port)->force, force,
					      memory_order_relaxed);
	if (!only)
		house->force = force;
}

static void set_stall_after(struct house *house, struct house_port *only, uint64_t ms)
{
	struct house_port *port;

	for (port = house->ports; port; port = port->next)
		if (port->vhost && (!only || port == only))
			atomic_store_explicit(&house_guest(port)->stall_after_ns, ms * NS_PER_MS,
					      memory_order_relaxed);
	if (!only)
		house->stall_after_ns = ms * NS_PER_MS;
}

static void wake_workers(struct house *house)
{
	unsigned i;

	for (i = 0; i < house->worker_cnt; i++)
		worker_wake(house->workers[i]);
}

static int set_watchdog(struct house *house, struct house_port *port, const char *key,
			const char *value, struct error_text *error)
{
	uint64_t ms;
	bool on;

	if (strcmp(key, "force") == 0) {
		if (!parse_on_off(value, &on))
			return error_set(error, EINVAL, "set: force=%s: it must be on or off", value);
		set_force(house, port, on);
	} else {
		if (!parse_number(value, STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX, &ms))
			return error_set(error, EINVAL,
					 "set: stall-after=%s: it must be %d to %d milliseconds",
					 value, STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX);
		set_stall_after(house, port, ms);
	}
	wake_workers(house);
	return 0;
}

static int set_daemon(struct house *house, const char *key, const char *value,
		      struct error_text *error)
{
	uint64_t us;
	int word;

	if (strcmp(key, "poll") == 0) {
		word = parse_poll(value);
		if (word < 0)
			return error_set(error, EINVAL,
					 "set: poll=%s: it must be adaptive, always or never",
					 value);
		atomic_store_explicit(&house->settings.poll, word, memory_order_relaxed);
	} else if (strcmp(key, "poll-idle") == 0) {
		if (!parse_number(value, 0, POLL_IDLE_US_MAX, &us))
			return error_set(error, EINVAL,
					 "set: poll-idle=%s: it must be 0 to %d microseconds",
					 value, POLL_IDLE_US_MAX);
		atomic_store_explicit(&house->settings.poll_idle_ns, us * NS_PER_US,
				      memory_order_relaxed);
	} else {
		word = log_level_parse(value);
		if (word < 0)
			return error_set(error, EINVAL,
					 "set: log-level=%s: it must be err, warn, info or debug",
					 value);
		log_set_level((enum log_level)word);
	}
	wake_workers(house);
	return 0;
}

static bool is_watchdog_key(const char *key)
{
	return strcmp(key, "force") == 0 || strcmp(key, "stall-after") == 0;
}

static bool is_daemon_key(const char *key)
{
	return strcmp(key, "poll") == 0 || strcmp(key, "poll-idle") == 0 ||
	       strcmp(key, "log-level") == 0;
}

static int find_guest(struct house *house, const char *name, struct house_port **port,
		      struct error_text *error)
{
	*port = name ? house_find(house, name) : NULL;
	if (name && !*port)
		return error_set(error, ENOENT, "port %s: there is no such port", name);
	if (name && !(*port)->vhost)
		return error_set(error, EINVAL, "port %s: a port of type %s has no settings", name,
				 port_type_name((*port)->spec.type));
	return 0;
}

static int ctl_set(void *context, const char *name, const char *key, const char *value,
		   struct error_text *error)
{
	struct house *house = context;
	struct house_port *port;
	int err = find_guest(house, name, &port, error);

	if (err)
		return err;
	if (is_watchdog_key(key))
		return set_watchdog(house, port, key, value, error);
	if (!is_daemon_key(key))
		return error_set(error, EINVAL,
				 "set: no setting \"%s\"; there are stall-after, force, poll, "
				 "poll-idle, log-level",
				 key);
	if (port)
		return error_set(error, EINVAL, "set: %s is the daemon's, not one port's; leave %s out",
				 key, name);
	return set_daemon(house, key, value, error);
}

static int ctl_get(void *context, const char *name, const char *key, char *value, size_t value_len,
		   struct error_text *error)
{
	struct house *house = context;
	struct guest_port *guest;
	struct house_port *port;
	uint64_t stall_after_ns;
	bool force;
	int err = find_guest(house, name, &port, error);

	if (err)
		return err;
	guest = port ? house_guest(port) : NULL;
	force = guest ? atomic_load(&guest->force) : house->force;
	stall_after_ns = guest ? atomic_load(&guest->stall_after_ns) : house->stall_after_ns;
	if (strcmp(key, "force") == 0)
		snprintf(value, value_len, "%s", force ? "on" : "off");
	else if (strcmp(key, "stall-after") == 0)
		snprintf(value, value_len, "%" PRIu64, stall_after_ns / NS_PER_MS);
	else if (port || !is_daemon_key(key))
		return error_set(error, EINVAL, "get: no setting \"%s\" here", key);
	else if (strcmp(key, "poll") == 0)
		snprintf(value, value_len, "%s", poll_name(atomic_load(&house->settings.poll)));
	else if (strcmp(key, "poll-idle") == 0)
		snprintf(value, value_len, "%" PRIu64,
			 atomic_load(&house->settings.poll_idle_ns) / NS_PER_US);
	else
		snprintf(value, value_len, "%s", log_level_name(log_get_level()));
	return 0;
}

const struct ctl_house_ops house_ctl_ops = {
	.port_add = ctl_port_add,
	.port_del = ctl_port_del,
	.wire_add = ctl_wire_add,
	.wire_del = ctl_wire_del,
	.port_report = ctl_port_report,
	.vring_report = ctl_vring_report,
	.worker_report = ctl_worker_report,
	.vring_call = ctl_vring_call,
	.vring_kick = ctl_vring_kick,
	.fault_set = ctl_fault_set,
	.fault_clear = ctl_fault_clear,
	.set = ctl_set,
	.get = ctl_get,
};
