/* SPDX-License-Identifier: BSD-3-Clause */
/* house_switch.c - switches, and ports that are wired to them; see house.h.
 *
 * A port that joins is a member of the switch: what it sends goes into the member's
 * uplink, and the switch sends to it. A guest sends by itself; for a tap there is a
 * feed for each queue.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "house_private.h"
#include "log.h"

/* What a tap may send to a switch: all there is. A guest that takes less is given
 * less (net/deliver.h). */
#define EVERYTHING                                                                     \
	(FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM) | FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO4) | \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO6) | FEATURE_BIT(VIRTIO_NET_F_GUEST_ECN))

struct house_switch *house_switch_find(const struct house *house, const char *name)
{
	struct house_switch *on = house->switches;

	while (on && strcmp(on->spec.name, name) != 0)
		on = on->next;
	return on;
}

static void append(struct house *house, struct house_switch *on)
{
	struct house_switch **place = &house->switches;

	while (*place)
		place = &(*place)->next;
	*place = on;
}

int house_switch_add(struct house *house, const char *spec, struct error_text *error)
{
	struct house_switch *on = calloc(1, sizeof(*on));
	int err;

	if (!on)
		return error_set(error, ENOMEM, "switch: out of memory");
	err = switch_spec_parse(spec, &on->spec, error);
	if (!err && (house_find(house, on->spec.name) || house_switch_find(house, on->spec.name)))
		err = error_set(error, EEXIST,
				"switch %s: there is a port or a switch of that name already",
				on->spec.name);
	if (!err) {
		on->net = switch_new(on->spec.name, on->spec.age_s, error);
		err = on->net ? 0 : -ENOMEM;
	}
	if (err) {
		free(on);
		return err;
	}
	append(house, on);
	log_info("switch %s: added", on->spec.name);
	return 0;
}

void house_switch_free_all(struct house *house)
{
	while (house->switches) {
		struct house_switch *on = house->switches;

		house->switches = on->next;
		switch_free(on->net);
		free(on);
	}
}

void house_switch_tick(struct house *house, uint64_t now_ns)
{
	struct house_switch *on;

	for (on = house->switches; on; on = on->next)
		switch_sweep(on->net, now_ns);
}

/* ---- joining and leaving ---- */

/* Every worker may bring frames, so with more than one the receive rings are shared. */
static void share(const struct house *house, const struct house_port *port, bool shared)
{
	const struct guest_port *guest = house_guest(port);
	unsigned i;

	for (i = 0; guest && i < guest->pair_cnt; i++)
		worker_share(guest->pairs[i], shared && house->worker_cnt > 1);
}

static int open_feeds(struct house *house, struct house_port *port, struct error_text *error)
{
	unsigned queue;

	if (port->uplink->ops->guest_started)
		port->uplink->ops->guest_started(port->uplink, EVERYTHING);
	for (queue = 0; queue < port->spec.queues; queue++) {
		struct worker *worker = house->workers[house->next_worker++ % house->worker_cnt];

		port->feeds[queue] =
			feed_open(port->uplink, queue, switch_uplink(port->member), worker, error);
		if (!port->feeds[queue])
			return -EIO;
	}
	return 0;
}

static void close_feeds(struct house_port *port)
{
	unsigned queue;

	for (queue = 0; queue < TAP_QUEUES_MAX; queue++) {
		feed_close(port->feeds[queue]);
		port->feeds[queue] = NULL;
	}
}

static int check_type(const struct house_port *port, struct error_text *error)
{
	if (port->vhost || port->spec.type == PORT_TAP)
		return 0;
	return error_set(error, EOPNOTSUPP,
			 "wire: port %s: a port of type %s is not available on a switch in this "
			 "version",
			 port->spec.name, port_type_name(port->spec.type));
}

/* Where the port sends to, once the switch knows it. */
static int begin_sending(struct house *house, struct house_port *port, struct error_text *error)
{
	if (!port->vhost)
		return open_feeds(house, port, error);
	house_lead(port, switch_uplink(port->member));
	return 0;
}

/* The order matters: no frame comes to a ring before it is shared, nor after the end of
 * that, and nobody sends into a member that is gone. */
void house_switch_leave(struct house *house, struct house_port *port)
{
	pthread_mutex_lock(&house->wiring);
	house_lead(port, NULL);
	close_feeds(port);
	switch_leave(port->member, &house->grace);
	share(house, port, false);
	pthread_mutex_unlock(&house->wiring);
	port->member = NULL;
	port->on = NULL;
}

int house_switch_join(struct house *house, struct house_port *port, struct house_switch *on,
		      struct error_text *error)
{
	const struct switch_port end = {
		.name = port->spec.name,
		.guest = house_guest(port),
		.uplink = port->uplink,
		.queues = port->spec.queues,
	};
	int err = check_type(port, error);

	if (err)
		return err;
	pthread_mutex_lock(&house->wiring);
	share(house, port, true);
	port->member = switch_join(on->net, &end, error);
	if (!port->member)
		share(house, port, false);
	err = port->member ? begin_sending(house, port, error) : -ENOSPC;
	pthread_mutex_unlock(&house->wiring);
	if (port->member && err)
		house_switch_leave(house, port);
	if (err)
		return err;
	port->on = on;
	log_info("wire: %s is on switch %s", port->spec.name, on->spec.name);
	return 0;
}

/* ---- reports ---- */

/* So many entries of each port are told. */
#define ENTRIES_TOLD 256

static struct house_switch *nth_switch(const struct house *house, unsigned nth)
{
	struct house_switch *on = house->switches;

	while (on && nth-- > 0)
		on = on->next;
	return on;
}

bool house_switch_report(void *house, unsigned nth, struct switch_report *report)
{
	const struct house_switch *on = nth_switch(house, nth);

	if (!on)
		return false;
	*report = (struct switch_report){ .age_s = on->spec.age_s };
	snprintf(report->name, sizeof(report->name), "%s", on->spec.name);
	return true;
}

bool house_switch_port_report(void *context, unsigned nth, unsigned nth_port,
			      struct switch_port_report *report)
{
	const struct house *house = context;
	const struct house_switch *on = nth_switch(house, nth);
	const struct house_port *port;

	for (port = house->ports; port; port = port->next)
		if (port->on == on && nth_port-- == 0)
			break;
	if (!port)
		return false;
	switch_member_report(port->member, report);
	return true;
}

void house_switch_table(void *house, unsigned nth,
			void (*tell)(void *context, const struct switch_entry_report *entry),
			void *context)
{
	switch_table(nth_switch(house, nth)->net, ENTRIES_TOLD, clock_now_ns(), tell, context);
}
