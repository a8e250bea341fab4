/* SPDX-License-Identifier: BSD-3-Clause */
/* event_guest.h - a guest that sleeps until it is called: front end, rings, buffers.
 *
 * What benchmarks of notifications and of copies drive back ends with: the scripted
 * front end of tests/lib with the event index negotiated, one pair of vrings, and a
 * buffer for each frame. DPDK's virtio_user, which the other benchmarks use, only
 * polls. event_run.h moves frames.
 *
 * What must stay true: buffers are used in turn, so that all of them are in use and
 * how many they are decides what fits into a cache; a payload is written once, at
 * the beginning, as it costs the same with every back end.
 *
 * Thread: one, but for the buffers' bytes.
 */
#ifndef TESTS_BENCH_EVENT_GUEST_H
#define TESTS_BENCH_EVENT_GUEST_H

#include "vhost_frontend.h"

struct event_config {
	const char *path; /* of the back end's socket */
	bool packed;
	bool large;	 /* negotiate what makes frames of 64 KiB lawful */
	bool checked;	 /* every operation on a ring is followed by all checks */
	uint16_t ring;	 /* size of both rings */
	uint32_t tx_len; /* bytes of a buffer, header included */
	uint32_t rx_len;
	uint32_t tx_cnt; /* buffers; at most `ring` */
	uint32_t rx_cnt;
};

/* The buffers of a vring; those that are not in the ring stand in a queue. */
struct event_buffers {
	unsigned char *base;
	uint32_t len, cnt;
	uint32_t *free;
	uint32_t free_first, free_cnt;
	uint64_t *published_ns; /* tx: when the buffer was made available */
};

struct event_guest {
	struct frontend fe;
	struct event_buffers tx, rx;
};

/* Rings of 256 with a buffer of 2 KiB for each entry. */
struct event_config event_config(const char *path);

/* Connects, begins, and makes all receive buffers available. 0 or -errno. */
int event_open(struct event_guest *guest, const struct event_config *cfg);
void event_close(struct event_guest *guest);

/* The next free buffer, which is not free any more; there must be one. */
uint32_t event_take(struct event_buffers *buffers);
void event_give_back(struct event_buffers *buffers, uint32_t nr);

static inline unsigned char *event_buffer(const struct event_buffers *buffers, uint32_t nr)
{
	return buffers->base + (size_t)nr * buffers->len;
}

/* Makes the free receive buffers available, and kicks if that is wanted. */
void event_refill(struct event_guest *guest);

#endif
