/* SPDX-License-Identifier: BSD-3-Clause */
/* house_wire.c - wires are laid and taken up; see house.h.
 *
 * A wire has two ends. For a guest's end each of its queue pairs is given the
 * other end's uplink, by a function run on the worker that owns the pair. What leads
 * to a switch is house_switch.c.
 */
#include <errno.h>

#include "house_private.h"
#include "log.h"

static int check_free(const struct house_port *port, struct error_text *error)
{
	if (!house_wired_to(port))
		return 0;
	return error_set(error, EEXIST, "wire: port %s is wired to %s already; unwire it first",
			 port->spec.name, house_wired_to(port));
}

static int check_pair(const struct house_port *a, const struct house_port *b,
		      struct error_text *error)
{
	const struct house_port *guest = a->vhost ? a : b;
	const struct house_port *other = a->vhost ? b : a;

	if (a == b)
		return error_set(error, EINVAL, "wire: port %s can not be wired to itself",
				 a->spec.name);
	if (!guest->vhost)
		return error_set(error, EINVAL, "wire: one of %s and %s must be a vhost-user port",
				 a->spec.name, b->spec.name);
	if ((other->spec.type == PORT_TAP || other->spec.type == PORT_ETHDEV) &&
	    other->spec.queues < guest->spec.queues)
		return error_set(error, EINVAL,
				 "wire: %s has %u queues and %s has %u; give the %s queues=%u",
				 guest->spec.name, guest->spec.queues, other->spec.name,
				 other->spec.queues, port_type_name(other->spec.type),
				 guest->spec.queues);
	return 0;
}

/* Is a pair of `to` filled by another worker than its own? */
static bool filled_by_others(const struct guest_pair *pair, const struct guest_port *from)
{
	unsigned i;

	for (i = pair->index; i < from->pair_cnt; i += pair->port->pair_cnt)
		if (from->pairs[i]->worker != pair->worker)
			return true;
	return false;
}

/* What a guest sends goes into `uplink` from now on; NULL: nowhere. */
void house_lead(const struct house_port *from, struct uplink *uplink)
{
	const struct guest_port *guest = house_guest(from);
	unsigned i;

	for (i = 0; guest && i < guest->pair_cnt; i++)
		worker_set_uplink(guest->pairs[i], uplink);
}

/* Before the first frame that another worker may bring, and after the last. */
static void share(const struct house_port *to, const struct house_port *from)
{
	const struct guest_port *guest = house_guest(to);
	unsigned i;

	for (i = 0; guest && i < guest->pair_cnt; i++)
		worker_share(guest->pairs[i],
			     from && filled_by_others(guest->pairs[i], house_guest(from)));
}

static void tell_started(struct house_port *from, struct uplink *uplink)
{
	struct vhost_port_state state;

	if (!from->vhost || !uplink->ops->guest_started)
		return;
	vhost_port_read_state(from->vhost, &state);
	if (state.connected)
		uplink->ops->guest_started(uplink, state.features);
}

static void lay_wire(struct house *house, struct house_port *a, struct house_port *b)
{
	pthread_mutex_lock(&house->wiring);
	if (a->vhost && b->vhost) {
		share(a, b);
		share(b, a);
	}
	house_lead(a, b->uplink);
	house_lead(b, a->uplink);
	tell_started(a, b->uplink);
	tell_started(b, a->uplink);
	pthread_mutex_unlock(&house->wiring);
	a->peer = b;
	b->peer = a;
}

void house_unwire(struct house *house, struct house_port *port)
{
	struct house_port *peer = port->peer;

	if (port->on)
		house_switch_leave(house, port);
	if (!peer)
		return;
	pthread_mutex_lock(&house->wiring);
	house_lead(port, NULL);
	house_lead(peer, NULL);
	share(port, NULL);
	share(peer, NULL);
	pthread_mutex_unlock(&house->wiring);
	peer->peer = NULL;
	port->peer = NULL;
}

static int add_to_switch(struct house *house, struct house_switch *on, const char *name,
			 struct error_text *error)
{
	struct house_port *port = house_find(house, name);
	int err;

	if (house_switch_find(house, name))
		return error_set(error, EINVAL,
				 "wire: %s and %s are both switches; one end must be a port",
				 on->spec.name, name);
	if (!port)
		return error_set(error, ENOENT, "wire: there is no port %s", name);
	err = check_free(port, error);
	return err ? err : house_switch_join(house, port, on, error);
}

int house_wire_add(struct house *house, const char *a, const char *b, struct error_text *error)
{
	struct house_switch *on = house_switch_find(house, a);
	struct house_port *end_a = house_find(house, a);
	struct house_port *end_b = house_find(house, b);
	int err;

	if (on)
		return add_to_switch(house, on, b, error);
	on = house_switch_find(house, b);
	if (on)
		return add_to_switch(house, on, a, error);
	if (!end_a || !end_b)
		return error_set(error, ENOENT, "wire: there is no port %s", end_a ? b : a);
	err = check_pair(end_a, end_b, error);
	if (!err)
		err = check_free(end_a, error);
	if (!err)
		err = check_free(end_b, error);
	if (err)
		return err;
	lay_wire(house, end_a, end_b);
	log_info("wire: %s and %s are joined", a, b);
	return 0;
}

int house_wire_del(struct house *house, const char *name, struct error_text *error)
{
	struct house_port *port = house_find(house, name);

	if (house_switch_find(house, name))
		return error_set(error, EINVAL,
				 "wire: %s is a switch; unwire its ports, by their names", name);
	if (!port)
		return error_set(error, ENOENT, "wire: there is no port %s", name);
	if (!house_wired_to(port))
		return error_set(error, ENOENT, "wire: port %s is not wired", name);
	house_unwire(house, port);
	log_info("wire: %s is unwired", name);
	return 0;
}
