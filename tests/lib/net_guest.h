/* SPDX-License-Identifier: BSD-3-Clause */
/* net_guest.h - a guest's NIC on the scripted front end: frames in and out.
 *
 * Above vhost_frontend.h, which has rings and messages, this has buffers,
 * virtio-net headers and frames. What must stay true: a frame goes into a
 * buffer of guest memory and is cut into descriptors as the test says, and
 * what comes back is gathered as the specification says, no more liberally;
 * a breach is recorded in the ring's `violation`.
 *
 * Thread: one.
 */
#ifndef TESTS_LIB_NET_GUEST_H
#define TESTS_LIB_NET_GUEST_H

#include "vhost_frontend.h"

#define NET_FRAME_MAX (65536 + 64)
#define NET_PARTS_MAX 16

/* How header and frame are laid over descriptors. */
enum net_layout {
	NET_WHOLE,	  /* both in one */
	NET_SPLIT_HEADER, /* one each */
	NET_CHOPPED,	  /* pieces of odd length, header and frame mixed */
};

struct net_form {
	enum net_layout layout;
	bool indirect;
};

struct net_frame {
	struct virtio_net_hdr hdr;
	uint32_t len;
	uint32_t buffer_cnt; /* received: buffers it was spread over */
	unsigned char data[NET_FRAME_MAX];
};

/* The buffers of one vring: as many as its table has slots, up to a bound. */
struct net_buffers {
	unsigned char *base;
	uint32_t len; /* of each, header included */
	uint32_t cnt;
	uint32_t *free;
	uint32_t free_cnt;
	struct net_form form; /* in which net_offer() cuts them */
};

struct net_guest {
	struct frontend fe;
	struct net_buffers buffers[FRONTEND_VRINGS];
};

struct net_config {
	struct frontend_config frontend;
	uint32_t rx_buffer_len, tx_buffer_len;
	uint32_t buffers_max; /* for each vring */
	struct net_form rx_form;
};

/* frontend_config() with 2 KiB buffers, whole and direct. */
struct net_config net_config(const char *path);

/* frontend_open() and the buffers. 0 or -errno. */
int net_open(struct net_guest *guest, const struct net_config *cfg);
void net_close(struct net_guest *guest);

/* frontend_renew_rings(), and all buffers are free. */
int net_renew(struct net_guest *guest);

/* Offers up to @cnt receive buffers in one update and kicks if wanted; the
 * number offered. */
uint32_t net_offer(struct net_guest *guest, unsigned int rx, uint32_t cnt);

/* Writes a frame into a buffer and stages it; 0, or -ENOSPC. */
int net_stage(struct net_guest *guest, unsigned int tx,
	      const struct net_frame *frame, struct net_form form);

/* Publishes what was staged and kicks if wanted. */
void net_flush(struct net_guest *guest, unsigned int tx);

/* Stage and flush. */
int net_send(struct net_guest *guest, unsigned int tx,
	     const struct net_frame *frame, struct net_form form);

/* Reaps all used transmit buffers; their number. */
uint32_t net_reap_sent(struct net_guest *guest, unsigned int tx);

/* Gathers one received frame; false if there is none, or a broken one. */
bool net_receive(struct net_guest *guest, unsigned int rx,
		 struct net_frame *frame);

/* The same, sleeping on the call descriptor as a driver does: look, arm, look
 * again, sleep. False after @timeout_ms. */
bool net_wait_frame(struct net_guest *guest, unsigned int rx,
		    struct net_frame *frame, int timeout_ms);

/* Reaps until @cnt transmit buffers came back, sleeping likewise; the number
 * that did. */
uint32_t net_wait_sent(struct net_guest *guest, unsigned int tx, uint32_t cnt,
		       int timeout_ms);

/* A frame of @len bytes (14 or more) with content that @seed decides. */
void net_frame_make(struct net_frame *frame, uint32_t len, uint32_t seed);

/* Is @got the frame @sent with its MAC addresses swapped? */
bool net_frame_is_echo(const struct net_frame *got,
		       const struct net_frame *sent);

/* True if no ring of the guest has seen a breach; else its text is printed. */
bool net_ok(struct net_guest *guest);

#endif
