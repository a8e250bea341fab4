/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_port.c - life of a guest's NIC: new, paused, resumed; see guest_port.h. */
#include "net/guest_port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/call.h"
#include "net/probes.h"
#include "net/record.h"
#include "net/worker.h"

static void end_init(struct vring_end *end, struct guest_pair *pair, bool guest_tx)
{
	end->pair = pair;
	end->guest_tx = guest_tx;
	end->index = pair->index * 2 + (guest_tx ? 1 : 0);
	end->call_fd = -1;
	end->kick_fd = -1;
	pthread_mutex_init(&end->lock, NULL);
	snprintf(end->name, sizeof(end->name), "%s%u", guest_tx ? "tx" : "rx", pair->index % 1000);
}

static void pair_free(struct guest_pair *pair)
{
	if (!pair)
		return;
	vring_end_set_call_fd(&pair->rx, -1);
	vring_end_set_kick_fd(&pair->rx, -1);
	vring_end_set_call_fd(&pair->tx, -1);
	vring_end_set_kick_fd(&pair->tx, -1);
	pthread_mutex_destroy(&pair->rx.lock);
	pthread_mutex_destroy(&pair->tx.lock);
	free(pair->waiting.data);
	free(pair);
}

static struct guest_pair *pair_new(struct guest_port *port, unsigned index)
{
	struct guest_pair *pair = aligned_alloc(CACHE_LINE, sizeof(*pair));

	if (!pair)
		return NULL;
	memset(pair, 0, sizeof(*pair));
	pair->port = port;
	pair->index = index;
	end_init(&pair->rx, pair, false);
	end_init(&pair->tx, pair, true);
	pair->waiting.data = malloc(FRAME_LEN_MAX);
	if (!pair->waiting.data) {
		pair_free(pair);
		return NULL;
	}
	return pair;
}

struct guest_port *guest_port_new(const char *name, unsigned pair_cnt, struct grace *grace)
{
	struct guest_port *port = calloc(1, sizeof(*port));
	unsigned i;

	if (!port)
		return NULL;
	snprintf(port->name, sizeof(port->name), "%s", name);
	port->grace = grace;
	for (i = 0; i < pair_cnt; i++) {
		port->pairs[i] = pair_new(port, i);
		if (!port->pairs[i]) {
			guest_port_free(port);
			return NULL;
		}
		port->pair_cnt++;
	}
	guest_port_set_features(port, 0);
	return port;
}

void guest_port_free(struct guest_port *port)
{
	unsigned i;

	if (!port)
		return;
	for (i = 0; i < port->pair_cnt; i++)
		pair_free(port->pairs[i]);
	free(port);
}

void guest_port_set_trace(struct guest_port *port, struct trace_ring *rings)
{
	unsigned i;

	for (i = 0; i < port->pair_cnt * 2; i++)
		guest_port_end(port, i)->trace = &rings[i];
}

struct vring_end *guest_port_end(struct guest_port *port, unsigned index)
{
	struct guest_pair *pair;

	if (index / 2 >= port->pair_cnt)
		return NULL;
	pair = port->pairs[index / 2];
	return index % 2 ? &pair->tx : &pair->rx;
}

void guest_port_pause(struct guest_port *port)
{
	unsigned i;

	if (!guest_port_live(port))
		return;
	atomic_store_explicit(&port->live, false, memory_order_seq_cst);
	grace_wait(port->grace);
	for (i = 0; i < port->pair_cnt * 2; i++) {
		struct vring_end *end = guest_port_end(port, i);

		if (end->kick_fd >= 0)
			worker_unwatch_kick(end);
	}
	PORT_PROBE0(port__pause, port);
}

void guest_port_resume(struct guest_port *port)
{
	unsigned i;

	PORT_PROBE0(port__resume, port);
	for (i = 0; i < port->pair_cnt * 2; i++) {
		struct vring_end *end = guest_port_end(port, i);

		if (end->started && end->kick_fd >= 0)
			worker_watch_kick(end);
		end->pair->next_look_ns = 0;
	}
	atomic_store_explicit(&port->live, true, memory_order_seq_cst);
	for (i = 0; i < port->pair_cnt; i++)
		worker_wake(port->pairs[i]->worker);
}

/* "Legacy Interface: Device Operation": num_buffers is part of the header if
 * either feature is there. */
void guest_port_set_features(struct guest_port *port, uint64_t features)
{
	port->features = features;
	port->mergeable = features & FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF);
	port->hdr_len = VIRTIO_NET_HDR_LEGACY_LEN;
	if (port->mergeable || (features & FEATURE_BIT(VIRTIO_F_VERSION_1)))
		port->hdr_len = sizeof(struct virtio_net_hdr);
}

void vring_end_start(struct vring_end *end, const struct vring_config *config, uint64_t now_ns)
{
	vring_attach(&end->vring, config);
	stall_reset(&end->stall, vring_end_look(end), now_ns);
	end->started = true;
	end->first_call_due = true;
	end->called_used = config->next_used;
	end->called_cnt = end->used_cnt;
	end->unpublished = 0;
	end->unpublished_slots = 0;
	end->fault_told = false;
	end->asked_for_kicks = false;
	end->missed_cnt = 0;
	end->seen_ns = 0;
	end->refill_ns = 0;
	end->pair->tx_blocked = false;
	end->pair->tx_refused = 0;
	end->pair->blocked_since_ns = now_ns;
	end->pair->blocked_seen_ns = 0;
	if (!end->guest_tx) {
		end->pair->rx_starved = false;
		end->pair->rx_short = false;
		end->pair->rx_wanted = false;
		end->pair->waiting.waits = false;
	}
	end->decided = false;
	counter_set(&end->gauges.decision_any, 0);
	record_begin(end, now_ns);
}

void vring_end_remap(struct vring_end *end, const struct vring_config *config)
{
	const struct vring before = end->vring;

	vring_attach(&end->vring, config);
	end->vring.decided_used = before.decided_used;
	end->vring.fault = before.fault;
}

void vring_end_stop(struct vring_end *end, uint64_t now_ns)
{
	record_event(end, TRACE_stop, now_ns);
	call_leave(end);
	vring_end_store_gauges(end);
	end->started = false;
	vring_detach(&end->vring);
}

static void replace_fd(int *place, int fd)
{
	if (*place >= 0)
		close(*place);
	*place = fd;
}

void vring_end_set_call_fd(struct vring_end *end, int fd)
{
	replace_fd(&end->call_fd, fd);
}

void vring_end_set_kick_fd(struct vring_end *end, int fd)
{
	replace_fd(&end->kick_fd, fd);
}

struct stall_config vring_end_stall_config(const struct vring_end *end)
{
	const struct guest_port *port = end->pair->port;

	return (struct stall_config){
		.stall_after_ns = atomic_load_explicit(&port->stall_after_ns, memory_order_relaxed),
		.force = atomic_load_explicit(&port->force, memory_order_relaxed),
		.has_call_fd = end->call_fd >= 0,
		.guest_tx = end->guest_tx,
		.size = end->vring.shape.size,
	};
}

/* A frame is there, held back or dropped, for which the buffers do not suffice. */
static bool frame_waits(const struct guest_pair *pair)
{
	return pair->waiting.waits ||
	       (pair->rx_short && pair->rx_short_at == pair->rx.vring.avail_seen);
}

static bool wants_no_call(const struct vring *vring, struct vring_wish wish)
{
	if (vring->shape.packed)
		return wish.flags == RING_EVENT_FLAGS_DISABLE;
	return !vring->event_idx && (wish.flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
}

static const struct stall_view *view(struct vring_end *end)
{
	const struct vring *vring = &end->vring;
	const struct vring_wish wish = vring_wish(vring);

	end->view = (struct stall_view){
		.avail_idx = vring->avail_seen,
		.flags = wish.flags,
		.no_call = wants_no_call(vring, wish),
		.event = wish.event,
		.next_avail = vring->next_avail,
		.next_used = vring->next_used,
		.frame_waits = !end->guest_tx && frame_waits(end->pair),
	};
	return &end->view;
}

const struct stall_view *vring_end_look(struct vring_end *end)
{
	vring_look(&end->vring);
	return view(end);
}

const struct stall_view *vring_end_look_behind_take(struct vring_end *end)
{
	vring_look_behind_take(&end->vring);
	return view(end);
}
