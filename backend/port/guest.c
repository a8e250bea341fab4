/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.c - see guest.h. */
#include "port/guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/deliver.h"
#include "net/kick.h"
#include "net/net_hdr.h"
#include "net/worker.h"
#include "port/bare.h"

struct guest_uplink {
	struct uplink uplink;
	struct guest_port *to;
};

static struct guest_port *guest_behind(const struct uplink *uplink)
{
	return ((const struct guest_uplink *)uplink)->to;
}

static struct guest_pair *receiver(const struct uplink *uplink, unsigned queue)
{
	const struct guest_port *to = guest_behind(uplink);

	return to->pairs[queue % to->pair_cnt];
}

static unsigned guest_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			   unsigned cnt, uint64_t now_ns)
{
	struct delivery delivery;
	unsigned i;

	delivery_begin(&delivery, receiver(uplink, from->queue), from->burst, cnt);
	for (i = 0; i < cnt; i++) {
		i += delivery_put_row(&delivery, &packets[i], cnt - i);
		if (i == cnt)
			break;
		if (!net_hdr_pass(from, &packets[i]) || delivery_put(&delivery, &packets[i]))
			continue;
		if (delivery_patient(&delivery, now_ns))
			break;
		delivery_drop(&delivery, 1);
		uplink_refused(from, 1);
	}
	delivery_end(&delivery, now_ns);
	return i;
}

/* A receiver that is stopped meanwhile takes no more; the sender's next try finds
 * that out. */
static bool guest_ask_room(struct uplink *uplink, struct guest_pair *from, uint64_t now_ns)
{
	struct guest_pair *to = receiver(uplink, from->index);
	struct vring_end *rx = &to->rx;
	bool room = true;

	vring_end_lock(rx);
	if (guest_port_live(to->port) && rx->started && rx->vring.fault == VRING_FAULT_none) {
		to->rx_wanted = true;
		room = kick_ask(rx, to->rx_short_at, now_ns);
	}
	vring_end_unlock(rx);
	return room;
}

/* `uplink` leads from `to` to whoever sends to it. */
static void guest_rx_refilled(struct uplink *uplink, struct guest_pair *to, uint64_t now_ns)
{
	const struct guest_port *senders = guest_behind(uplink);
	unsigned i;

	for (i = 0; i < senders->pair_cnt; i++)
		if (i % to->port->pair_cnt == to->index)
			worker_rouse(senders->pairs[i], now_ns);
}

static const struct uplink_ops guest_ops = {
	.type = "vhost-user",
	.send = guest_send,
	.ask_room = guest_ask_room,
	.rx_refilled = guest_rx_refilled,
	.fd = port_bare_fd,
};

struct uplink *port_guest_open(struct guest_port *to, struct error_text *error)
{
	struct guest_uplink *guest = calloc(1, sizeof(*guest));

	if (!guest) {
		error_set(error, ENOMEM, "port %s: out of memory", to->name);
		return NULL;
	}
	guest->uplink.ops = &guest_ops;
	guest->to = to;
	snprintf(guest->uplink.name, sizeof(guest->uplink.name), "%s", to->name);
	return &guest->uplink;
}

void port_guest_close(struct uplink *uplink)
{
	free(uplink);
}
