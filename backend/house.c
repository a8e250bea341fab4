/* SPDX-License-Identifier: BSD-3-Clause */
/* house.c - workers and ports come and go; see house.h. */
#include "house.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "house_private.h"
#include "log.h"
#include "port/bare.h"
#include "port/echo.h"
#include "port/ethdev.h"
#include "port/guest.h"
#include "port/null.h"
#include "port/source.h"
#include "port/tap.h"

/* ---- ports ---- */

struct house_port *house_find(struct house *house, const char *name)
{
	struct house_port *port = house->ports;

	while (port && strcmp(port->spec.name, name) != 0)
		port = port->next;
	return port;
}

/* On librte_vhost's thread: the uplink may have to know what the guest takes. */
static void on_started(void *context, struct guest_port *guest, uint64_t features)
{
	struct house *house = context;
	struct uplink *uplink;

	pthread_mutex_lock(&house->wiring);
	uplink = guest->pairs[0]->uplink;
	if (uplink && uplink->ops->guest_started)
		uplink->ops->guest_started(uplink, features);
	pthread_mutex_unlock(&house->wiring);
}

static int assign_pairs(struct house *house, struct guest_port *guest, struct error_text *error)
{
	unsigned i;

	for (i = 0; i < guest->pair_cnt; i++) {
		struct worker *worker = house->workers[house->next_worker++ % house->worker_cnt];

		if (worker_add_pair(worker, guest->pairs[i]) == 0)
			continue;
		while (i-- > 0)
			worker_remove_pair(guest->pairs[i]);
		return error_set(error, ENOSPC, "port %s: worker %u has no place for more queues",
				 guest->name, worker_index(worker));
	}
	return 0;
}

static void remove_pairs(struct guest_port *guest)
{
	unsigned i;

	for (i = 0; i < guest->pair_cnt; i++)
		worker_remove_pair(guest->pairs[i]);
}

static int open_guest(struct house *house, struct house_port *port, struct error_text *error)
{
	const struct port_spec *spec = &port->spec;
	const struct vhost_port_config config = {
		.name = spec->name,
		.socket = spec->socket,
		.client = spec->client,
		.perm = spec->perm,
		.owner = spec->owner,
		.group = spec->group,
		.queues = spec->queues,
		.withhold = spec->withhold,
		.force = spec->force < 0 ? house->force : spec->force,
		.stall_after_ns = spec->stall_after_ms ? spec->stall_after_ms * NS_PER_MS
						       : house->stall_after_ns,
		.grace = &house->grace,
		.started = on_started,
		.context = house,
	};
	int err;

	port->vhost = vhost_port_new(&config, error);
	if (!port->vhost)
		return -ENOMEM;
	err = house_trace_open(house, port, error);
	if (!err)
		err = assign_pairs(house, house_guest(port), error);
	if (err)
		return err;
	port->uplink = port_guest_open(house_guest(port), error);
	err = port->uplink ? vhost_port_open(port->vhost, error) : -ENOMEM;
	if (err)
		remove_pairs(house_guest(port));
	return err;
}

static int open_tap(struct house_port *port, struct error_text *error)
{
	const struct port_spec *spec = &port->spec;
	const struct tap_config config = {
		.ifname = spec->ifname,
		.queues = spec->queues,
		.bridge = spec->bridge[0] ? spec->bridge : NULL,
		.mtu = spec->mtu,
		.up = spec->up,
		.persist = spec->persist,
	};

	port->uplink = tap_open(spec->name, &config, error);
	return port->uplink ? 0 : -EIO;
}

static struct uplink *open_source(const struct port_spec *spec, struct error_text *error)
{
	const struct source_config config = {
		.size = spec->size,
		.rate = spec->rate,
		.flows = spec->flows,
	};

	return source_open(spec->name, &config, error);
}

static struct uplink *open_ethdev(struct house *house, const struct port_spec *spec,
				  struct error_text *error)
{
	const struct ethdev_config config = {
		.dev = spec->dev,
		.queues = spec->queues,
		.grace = &house->grace,
	};

	return ethdev_open(spec->name, &config, error);
}

static int open_port(struct house *house, struct house_port *port, struct error_text *error)
{
	switch (port->spec.type) {
	case PORT_VHOST_USER:
		return open_guest(house, port, error);
	case PORT_TAP:
		return open_tap(port, error);
	case PORT_ECHO:
		port->uplink = port_bare_open(port->spec.name, &echo_ops, error);
		break;
	case PORT_NULL:
		port->uplink = port_bare_open(port->spec.name, &null_ops, error);
		break;
	case PORT_SOURCE:
		port->uplink = open_source(&port->spec, error);
		break;
	case PORT_ETHDEV:
		port->uplink = open_ethdev(house, &port->spec, error);
		return port->uplink ? 0 : -EIO;
	}
	return port->uplink ? 0 : -ENOMEM;
}

static void close_uplink(struct house_port *port)
{
	switch (port->spec.type) {
	case PORT_VHOST_USER:
		port_guest_close(port->uplink);
		break;
	case PORT_TAP:
		tap_close(port->uplink);
		break;
	case PORT_SOURCE:
		source_close(port->uplink);
		break;
	case PORT_ETHDEV:
		ethdev_close(port->uplink);
		break;
	default:
		port_bare_close(port->uplink);
	}
}

static void free_port(struct house_port *port)
{
	if (port->uplink)
		close_uplink(port);
	vhost_port_free(port->vhost);
	trace_file_close(&port->trace);
	free(port);
}

static void append(struct house *house, struct house_port *port)
{
	struct house_port **place = &house->ports;

	while (*place)
		place = &(*place)->next;
	*place = port;
}

int house_port_add(struct house *house, const char *spec, struct error_text *error)
{
	struct house_port *port = calloc(1, sizeof(*port));
	int err;

	if (!port)
		return error_set(error, ENOMEM, "port: out of memory");
	err = port_spec_parse(spec, &port->spec, error);
	if (!err && house_find(house, port->spec.name))
		err = error_set(error, EEXIST, "port %s: there is a port of that name already",
				port->spec.name);
	if (!err && house_switch_find(house, port->spec.name))
		err = error_set(error, EEXIST, "port %s: there is a switch of that name already",
				port->spec.name);
	if (!err)
		err = open_port(house, port, error);
	if (err) {
		free_port(port);
		return err;
	}
	append(house, port);
	log_info("port %s: %s added", port->spec.name, port_type_name(port->spec.type));
	return 0;
}

static void remove_port(struct house *house, struct house_port *port)
{
	struct house_port **place = &house->ports;

	house_capture_port_goes(house, port);
	house_unwire(house, port);
	if (port->vhost) {
		vhost_port_close(port->vhost);
		remove_pairs(house_guest(port));
	}
	while (*place != port)
		place = &(*place)->next;
	*place = port->next;
	free_port(port);
}

int house_port_del(struct house *house, const char *name, struct error_text *error)
{
	struct house_port *port = house_find(house, name);

	if (!port)
		return error_set(error, ENOENT, "port %s: there is no such port", name);
	remove_port(house, port);
	log_info("port %s: removed", name);
	return 0;
}

/* ---- life ---- */

static int start_workers(struct house *house, const struct house_config *config,
			 struct error_text *error)
{
	unsigned i;

	for (i = 0; i < config->worker_cnt; i++) {
		house->workers[i] = worker_start(i, config->cpus[i], &house->settings,
						 &house->grace, house->news_fd, error);
		if (!house->workers[i])
			return -EIO;
		house->worker_cnt++;
	}
	return 0;
}

struct house *house_new(const struct house_config *config, struct error_text *error)
{
	struct house *house = aligned_alloc(CACHE_LINE, (sizeof(*house) + CACHE_LINE - 1) /
								CACHE_LINE * CACHE_LINE);

	if (!house) {
		error_set(error, ENOMEM, "out of memory");
		return NULL;
	}
	memset(house, 0, sizeof(*house));
	atomic_init(&house->settings.poll, config->poll);
	atomic_init(&house->settings.poll_idle_ns, config->poll_idle_ns);
	house->stall_after_ns = config->stall_after_ns;
	house->force = config->force;
	house->state = config->state;
	house->started_ns = clock_now_ns();
	grace_init(&house->grace, config->worker_cnt + 1);
	house->reader = &house->grace.slots[config->worker_cnt];
	pthread_mutex_init(&house->wiring, NULL);

	house->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (house->news_fd < 0)
		error_set(error, errno, "eventfd: %m");
	house->incidents = incidents_open(house->state.incidents_fd, &house_ctl_ops, house);
	if (!house->incidents)
		error_set(error, ENOMEM, "out of memory");
	if (house->news_fd < 0 || !house->incidents || start_workers(house, config, error) != 0) {
		house_free(house);
		return NULL;
	}
	return house;
}

void house_free(struct house *house)
{
	unsigned i;

	if (!house)
		return;
	while (house->ports)
		remove_port(house, house->ports);
	house_capture_free_all(house);
	house_switch_free_all(house);
	for (i = 0; i < house->worker_cnt; i++)
		worker_stop(house->workers[i]);
	if (house->news_fd >= 0)
		close(house->news_fd);
	incidents_close(house->incidents);
	pthread_mutex_destroy(&house->wiring);
	free(house);
}
