/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_frontend.h - a scripted vhost-user front end.
 *
 * What QEMU is to the daemon, with each step in the test's hand: memory that
 * it owns (memfd regions), a split_driver on each vring, the call and kick
 * eventfds, and the protocol between. The steps come in three sizes:
 * frontend_begin() does what QEMU does to start a device; connect, negotiate
 * and start are its parts; frontend_messages.h has the single messages for
 * tests that do them in another order or wrongly.
 *
 * What must stay true: every wait has an end (FRONTEND_WAIT_MS), nothing
 * sleeps, and memory and rings outlive the connection so that a test can
 * reconnect to them. Functions return 0 or -errno; a negative acknowledgement
 * of the daemon is -EREMOTEIO.
 *
 * Thread: one.
 */
#ifndef TESTS_LIB_VHOST_FRONTEND_H
#define TESTS_LIB_VHOST_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver_mem.h"
#include "driver.h"

#define FRONTEND_WAIT_MS 5000
#define FRONTEND_PAIRS 2
#define FRONTEND_VRINGS (2 * FRONTEND_PAIRS)

/* vhost indices of the first pair. */
#define RX0 0
#define TX0 1

/* What a Linux guest under QEMU negotiates, as far as this project offers. */
#define FRONTEND_FEATURES                                                    \
	(FEATURE_BIT(VIRTIO_F_VERSION_1) | FEATURE_BIT(VIRTIO_F_EVENT_IDX) | \
	 FEATURE_BIT(VIRTIO_F_INDIRECT_DESC) |                               \
	 FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF) |                               \
	 FEATURE_BIT(VIRTIO_NET_F_CSUM) |                                    \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM) |                              \
	 FEATURE_BIT(VIRTIO_NET_F_HOST_TSO4) |                               \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO4) |                              \
	 FEATURE_BIT(VIRTIO_NET_F_HOST_TSO6) |                               \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO6) |                              \
	 FEATURE_BIT(VHOST_USER_F_PROTOCOL_FEATURES))

#define FRONTEND_PROTOCOL                               \
	(FEATURE_BIT(VHOST_USER_PROTOCOL_F_MQ) |        \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_LOG_SHMFD) | \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK) | \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_MTU) |       \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_STATUS))

struct frontend_config {
	char path[108];
	bool listen;	   /* the daemon's port is mode=client */
	uint64_t features; /* wanted, of those offered */
	uint64_t protocol; /* likewise */
	unsigned int pairs;
	uint16_t rx_size, tx_size;
	uint16_t start;		 /* index the rings begin at */
	uint16_t indirect_parts; /* longest indirect table */
	unsigned int regions;	 /* of memory; rings lie in the first */
	size_t buffer_bytes;	 /* room for buffers, in the last region */
};

struct frontend_vring {
	struct driver driver;
	int call_fd;
	int kick_fd;
	uint16_t base; /* what SET_VRING_BASE tells next time */
	bool withhold_kicks;
	uint64_t kicks; /* written */
	uint64_t calls; /* read from the descriptor, in sum */
};

struct frontend {
	struct frontend_config cfg;
	struct driver_mem mem;
	int mem_fd[DRIVER_MEM_REGIONS];
	int listener;
	int sock;

	uint64_t features_offered;
	uint64_t protocol_offered;
	uint64_t features;  /* negotiated */
	uint64_t protocol;  /* likewise */
	uint32_t hdr_len;   /* of the virtio-net header */
	uint64_t queue_num; /* answer to GET_QUEUE_NUM, if asked */

	/* Messages sent since connecting; with @quit_at set, the message of
	 * that number (from 1) fails with -ECANCELED and is not sent. */
	unsigned int message_cnt;
	unsigned int quit_at;

	unsigned int vring_cnt;
	struct frontend_vring vring[FRONTEND_VRINGS];
};

/* The configuration most tests start from; rings of 256. */
struct frontend_config frontend_config(const char *path);

/* Makes memory, rings and descriptors (and the listener); connects nothing.
 * Whether the rings use the event index is settled by the negotiation. */
int frontend_open(struct frontend *fe, const struct frontend_config *cfg);
void frontend_close(struct frontend *fe);

/* Connects or accepts. */
int frontend_connect(struct frontend *fe);

/* Features, protocol features, owner; status up to FEATURES_OK. */
int frontend_negotiate(struct frontend *fe);

/* Memory table, each vring, enable, status DRIVER_OK. */
int frontend_start(struct frontend *fe);

/* The three above. */
int frontend_begin(struct frontend *fe);

/* As a guest that shuts its device down: disable, GET_VRING_BASE of each
 * vring, status 0. The answers become the base of the next start. */
int frontend_stop(struct frontend *fe);

/* As a driver that was reset: the rings of a stopped device are empty again
 * and at their start, in the same memory. What was in flight is forgotten. */
int frontend_renew_rings(struct frontend *fe);

/* Closes the socket, nothing else; the next start resumes at the used index,
 * as front ends do. */
void frontend_disconnect(struct frontend *fe);

/* True if the daemon has closed the connection, or does so within the time. */
bool frontend_hung_up(struct frontend *fe, int timeout_ms);

/* Kicks if the device wants it (and kicks are not withheld). Ask after each
 * publish. True if the descriptor was written. */
bool frontend_kick(struct frontend *fe, unsigned int index);

/* Waits until the call descriptor is signalled and drains it; the count read
 * from it, 0 after @timeout_ms. */
uint64_t frontend_wait_call(struct frontend *fe, unsigned int index,
			    int timeout_ms);

bool frontend_has_feature(const struct frontend *fe, unsigned int bit);

#endif
