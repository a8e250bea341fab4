/* SPDX-License-Identifier: BSD-3-Clause */
/* event_run.h - frames from a guest that sleeps, for a while, and what it saw.
 *
 * The guest does what Linux's virtio_net does. Woken by a call it looks at its rings
 * until both are empty, and only then asks to be called again and sleeps: for the next
 * received frame at once, for sent ones when three quarters of what is under way have
 * been used. Calls come by the eventfd alone; nothing spins and no timer looks, but
 * for the one that tells when the next frame is due. For those who measure something
 * else there is a guest that spins.
 *
 * Thread: the guest's.
 */
#ifndef TESTS_BENCH_EVENT_RUN_H
#define TESTS_BENCH_EVENT_RUN_H

#include "event_guest.h"
#include "event_times.h"

struct event_plan {
	uint32_t frame_len; /* EVENT_FRAME_MIN or more, without the virtio-net header */
	uint64_t rate;	    /* frames a second; 0: as fast as it goes */
	uint32_t flight;    /* most frames not come back yet; 0: as many as there are buffers */
	bool sink;	    /* nothing comes back, and nothing is waited for */
	bool spin;	    /* look for ever, and ask for no call */
	uint32_t warm_ms;   /* before anything is counted */
	uint32_t ms;
};

/* Ethernet header and the time of departure. */
#define EVENT_FRAME_MIN (14 + 8)

/* Of the time that is counted. */
struct event_result {
	uint64_t ns, cycles; /* how long it was */
	uint64_t sent, received, lost;
	uint64_t calls, kicks;	 /* of both vrings, read and written */
	uint64_t sleeps, wakes;	 /* wakes: by a call */
	uint64_t cpu_ns;	 /* that the guest's thread ran */
	struct event_times wake; /* a frame made available until a call had told that it is used */
	struct event_times trip; /* a frame made available until it came back */
};

/* What @from sends is received by @to, which may be the same guest. Returns when
 * nothing is under way any more. 0, or -EIO if the back end broke the rules. */
int event_run(struct event_guest *from, struct event_guest *to, const struct event_plan *plan,
	      struct event_result *result);

/* Reads the calls that have come meanwhile; all that there were, since the beginning, by
 * fe.vring[].calls. */
void event_drain_calls(struct event_guest *guest);

#endif
