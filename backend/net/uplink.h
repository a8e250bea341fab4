/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink.h - what the data path asks of whatever is wired to a guest.
 *
 * The interface belongs to its caller: net/ says here what it needs, ports
 * (tap, echo, null …) implement it from above. An uplink takes the frames a
 * guest transmits. For those the other way it is asked: receive() reads into the
 * guest's own buffers, take() yields frames to copy; or it delivers by itself
 * (deliver.h), as another guest does.
 *
 * Thread: send and receive by the worker that owns the pair; the rest by the
 * control threads.
 */
#ifndef VRINGD_NET_UPLINK_H
#define VRINGD_NET_UPLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "counters.h"
#include "net/packet.h"
#include "vring_report.h"

struct burst;
struct guest_pair;
struct uplink;

/* Who offers frames: a guest's queue pair, or a port behind a switch. */
struct sender {
	uint64_t features; /* negotiated: what headers of its frames may ask for */
	unsigned queue;
	counter_t *drops;	 /* of its frames, by enum drop_reason; this thread's */
	struct guest_pair *pair; /* NULL: it is no guest, or the drops are not its */
	struct burst *burst;	 /* of the worker that runs */
};

/* Frames were dropped since the uplink takes none, for whatever reason; for a guest that
 * is worth knowing if it lasts. A switch is not held up by one of its members. */
void uplink_refused(const struct sender *from, unsigned cnt);

struct uplink_ops {
	const char *type;

	/* Offers frames in order. Returns how many were dealt with, sent or
	 * dropped and counted. Fewer than `cnt`: the uplink is blocked, the
	 * rest must be offered again once its descriptor is writable, or once
	 * it has room. */
	unsigned (*send)(struct uplink *uplink, const struct sender *from, struct packet *packets,
			 unsigned cnt, uint64_t now_ns);

	/* For an uplink that blocks and has no descriptor. `from` is about to
	 * sleep and shall be roused when there is room: true, there is room
	 * already. NULL: it never blocks. */
	bool (*ask_room)(struct uplink *uplink, struct guest_pair *from, uint64_t now_ns);

	/* A guest that was short of receive buffers has some: whoever waits for
	 * that may go on. NULL: nobody waits. */
	void (*rx_refilled)(struct uplink *uplink, struct guest_pair *to, uint64_t now_ns);

	/* Reads one frame: its header into iov[0], the frame behind. Returns
	 * the bytes read, 0 when there is none now, or a negative errno. NULL
	 * for an uplink that pushes. */
	ssize_t (*receive)(struct uplink *uplink, unsigned queue, const struct iovec *iov,
			   unsigned iov_cnt);

	/* Yields up to `max` frames from inside, in memory that stays theirs until
	 * give_back() says how many were dealt with; the others are yielded again.
	 * NULL for an uplink that has none to yield. */
	unsigned (*take)(struct uplink *uplink, unsigned queue, struct packet *packets,
			 unsigned max, uint64_t now_ns);
	void (*give_back)(struct uplink *uplink, unsigned queue, unsigned done);

	/* When take() may have the next frames, for who sleeps meanwhile and has no
	 * descriptor to wait for; UINT64_MAX: never. NULL: at any time. */
	uint64_t (*due_ns)(const struct uplink *uplink, unsigned queue);

	/* The descriptor of a queue that tells of frames, or -1. */
	int (*fd)(const struct uplink *uplink, unsigned queue);

	/* A guest has started with these features negotiated. May be NULL. */
	void (*guest_started)(struct uplink *uplink, uint64_t features);
};

/* How many bytes of virtio-net header receive() fills: without num_buffers. */
#define UPLINK_HDR_LEN VIRTIO_NET_HDR_LEGACY_LEN

struct uplink {
	const struct uplink_ops *ops;
	char name[PORT_NAME_MAX];
};

#endif
