/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_port.h - a guest's NIC: pairs of vrings and all that hangs on them.
 *
 * Who owns what. While `live` is true, rings, positions and descriptors of a
 * port belong to the workers; each pair to the one worker it is assigned to.
 * Whoever must change or unmap any of it calls guest_port_pause(), has the
 * port to itself when that returns, and gives it back with
 * guest_port_resume(). Counters and gauges are written by the worker at all
 * times and read by anyone.
 *
 * Viewpoint: the guest's. rx is filled by us, tx is emptied by us.
 *
 * Thread: said with each function.
 */
#ifndef VRINGD_NET_GUEST_PORT_H
#define VRINGD_NET_GUEST_PORT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "inject.h"
#include "latency.h"
#include "net/gauges.h"
#include "net/grace.h"
#include "net/packet.h"
#include "ring/guest_mem.h"
#include "ring/notify.h"
#include "ring/vring.h"
#include "stall.h"
#include "trace.h"
#include "vring_report.h"

#define GUEST_PAIRS_MAX 16

struct capture_ring;
struct guest_pair;
struct guest_port;
struct uplink;
struct worker;

/* One vring of a guest. */
struct vring_end {
	/* The worker's, while the port is live. */
	struct vring vring;
	struct stall stall;
	struct inject inject;
	struct stall_view view; /* the driver's words, as they were last looked at */
	uint64_t used_cnt;	/* buffers used, for ever: decides what is unsignalled */
	uint64_t called_cnt;	/* used_cnt when the call descriptor was last written */
	uint16_t called_used;
	uint32_t unpublished;	    /* buffers used and not published */
	uint32_t unpublished_slots; /* ring slots of these */
	bool first_call_due;	    /* a start, a new descriptor, new memory */
	bool asked_for_kicks;
	bool fault_told;
	uint16_t announced_to; /* kicks were asked for when the driver stood here … */
	uint64_t kicks_then;   /* … and so many had come */
	uint32_t missed_cnt;   /* found by the last look without a kick */
	uint64_t kicks_at_look;
	uint64_t seen_ns;		 /* tx: what is not taken yet was first seen; 0: all is */
	uint64_t unsignalled_ns;	 /* the first buffer since the last call was published */
	uint64_t refill_ns;		 /* rx: senders found no buffers; 0: they do */
	struct notify_decision decision; /* the last … */
	bool decided;			 /* … if there was one since the start */
	uint64_t show_at_ns;		 /* gauges are stored again in that turn … */
	uint8_t rest_in;     /* … and are due in so many turns without a burst; 0: no */
	uint8_t trace_flags; /* of all events since the start */

	/* rx: other workers deliver too. Changed by a function run on the owner. */
	bool shared;
	pthread_mutex_t lock;

	/* Who gets copies of the frames; NULL: nobody. Likewise, and under the lock. */
	struct capture_ring *capture;

	/* Set while paused. */
	bool started, enabled;
	int call_fd, kick_fd; /* ours to close; -1: none */

	/* Set once. */
	struct guest_pair *pair;
	unsigned index; /* vhost index */
	bool guest_tx;
	char name[VRING_NAME_MAX];
	struct trace_ring *trace; /* the flight recorder; NULL: none. Not ours */

	struct vring_counters counters;
	struct vring_gauges gauges;
	struct latency latency[LATENCY_KIND_CNT];
};

/* A frame that was read from the uplink before the guest had room for it. */
struct frame_in_waiting {
	bool waits;
	struct virtio_net_hdr hdr;
	uint32_t len;
	uint8_t *data; /* FRAME_LEN_MAX bytes, allocated with the pair */
};

struct guest_pair {
	struct vring_end rx, tx;
	struct guest_port *port;
	unsigned index;
	struct worker *worker; /* set once */
	unsigned slot;	       /* in the worker's table */

	/* The worker's. */
	struct uplink *uplink; /* NULL: unwired; changed by functions run on the worker */
	struct frame_in_waiting waiting;
	uint32_t frame_len_seen;     /* the largest frame of late: how much room to take */
	bool rx_short;		     /* a frame at hand found too few buffers … */
	uint16_t rx_short_at;	     /* … when the available index stood here … */
	uint64_t rx_short_since_ns;  /* … for the first time at this moment */
	uint64_t rx_paused_since_ns; /* a frame first found the port paused; 0: it is not */
	bool rx_wanted;		     /* senders wait for more than there was then */
	bool rx_starved;	     /* the uplink may have frames and the guest has no room … */
	uint16_t rx_starved_at;	     /* … when the available index stood here */
	bool tx_blocked;	     /* the uplink takes no more for now */
	uint64_t chains_at_look;     /* of tx: done with until the last periodic look */
	uint64_t tx_refused;	     /* since that look: dropped, for the uplink took none */
	uint64_t blocked_since_ns;   /* it has taken nothing since then … */
	uint64_t blocked_seen_ns;    /* … and a look last found that it should have */
	bool blocked_told;
	bool uplink_failed; /* its descriptor has an error: ask again at the next look */
	bool hot;
	uint64_t hot_until_ns;
	uint64_t next_look_ns;
	uint64_t due_ns; /* when the stall judge wants to be asked, at the latest */
};

struct guest_port {
	char name[PORT_NAME_MAX];
	_Atomic bool live;
	struct grace *grace;

	/* Set while paused. */
	struct guest_mem mem;
	_Atomic bool mem_lost; /* a region is gone; set at any time, by a signal handler */
	uint64_t features;     /* negotiated */
	uint32_t hdr_len;      /* of the virtio-net header: 10 or 12 */
	bool mergeable;

	/* Settings; may change at any time, read with relaxed loads. */
	_Atomic bool connected; /* a front end is there */
	_Atomic bool force;
	_Atomic uint64_t stall_after_ns;

	unsigned pair_cnt;
	struct guest_pair *pairs[GUEST_PAIRS_MAX];
};

/* A port that is not live, with its pairs. NULL: out of memory. */
struct guest_port *guest_port_new(const char *name, unsigned pair_cnt, struct grace *grace);
void guest_port_free(struct guest_port *port); /* no worker knows it any more */

/* Before anything runs: where events are recorded, one ring for each vhost index. */
void guest_port_set_trace(struct guest_port *port, struct trace_ring *rings);

/* vhost index → end; NULL outside. Any thread. */
struct vring_end *guest_port_end(struct guest_port *port, unsigned index);

/* Takes the port away from the workers; nothing is in flight when it returns.
 * Does nothing if it is paused. Not from a worker, nor from inside a grace slot. */
void guest_port_pause(struct guest_port *port);

/* Gives it to the workers, who look at every started ring once, unasked. */
void guest_port_resume(struct guest_port *port);

static inline bool guest_port_live(const struct guest_port *port)
{
	return atomic_load_explicit(&port->live, memory_order_acquire);
}

/* While paused: features decide the header and what the rings may hold. */
void guest_port_set_features(struct guest_port *port, uint64_t features);

/* While paused: a start. Positions come from `config`; judge and gauges begin
 * anew, the driver is called once. */
void vring_end_start(struct vring_end *end, const struct vring_config *config, uint64_t now_ns);

/* While paused: the same ring, mapped elsewhere; positions go on. */
void vring_end_remap(struct vring_end *end, const struct vring_config *config);
void vring_end_stop(struct vring_end *end, uint64_t now_ns);

/* While paused: takes over the descriptor (-1: none) and closes the old one. */
void vring_end_set_call_fd(struct vring_end *end, int fd);
void vring_end_set_kick_fd(struct vring_end *end, int fd);

/* Fills a report; the caller holds `slot`, is outside, and is no worker. */
void vring_end_report(struct vring_end *end, struct grace_slot *slot, uint64_t now_ns,
		      struct vring_report *report);

/* Around everything a worker does to a vring that others may deliver to. */
static inline void vring_end_lock(struct vring_end *end)
{
	if (end->shared)
		pthread_mutex_lock(&end->lock);
}

static inline void vring_end_unlock(struct vring_end *end)
{
	if (end->shared)
		pthread_mutex_unlock(&end->lock);
}

/* Stores what readers are told of a started vring, with the driver's words as they were
 * last looked at: from the worker, after what changed it. */
void vring_end_store_gauges(struct vring_end *end);

/* Likewise, after a burst; it is some time until that is done again. */
void vring_end_show_now(struct vring_end *end, uint64_t now_ns);

/* Turns without a burst until the last one is shown: not the first of them, for that may
 * stand between two bursts which another guest's turns bring. */
#define VRING_REST_TURNS 2

/* The same after a burst, unless that was just done: nobody reads as fast as bursts come.
 * Then it is done behind the last of them: each turn of the pair that has brought this
 * vring nothing asks vring_end_show_rest(). */
static inline void vring_end_show(struct vring_end *end, uint64_t now_ns)
{
	if (!INSTRUMENTED)
		return;
	/* Has the pair a turn soon, of the thread that asks? */
	if (!end->shared && end->pair->hot && now_ns < end->show_at_ns)
		end->rest_in = VRING_REST_TURNS;
	else
		vring_end_show_now(end, now_ns);
}

static inline void vring_end_show_rest(struct vring_end *end)
{
	if (end->rest_in > 0 && --end->rest_in == 0)
		vring_end_store_gauges(end);
}

/* What the stall judge needs; from the worker, or while paused. A look is kept. */
struct stall_config vring_end_stall_config(const struct vring_end *end);
const struct stall_view *vring_end_look(struct vring_end *end);
const struct stall_view *vring_end_look_behind_take(struct vring_end *end);

#endif
