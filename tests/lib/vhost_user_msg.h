/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_user_msg.h - the vhost-user messages as they lie on the wire.
 *
 * Requests, flags and payloads with the names of the vhost-user protocol,
 * and one message sent or received with its file descriptors, each within a
 * bound. vhost_frontend.c speaks with these; tests that misbehave build them
 * by hand. What must stay true: nothing here waits for ever, and a received
 * descriptor is closed by whoever received it.
 */
#ifndef TESTS_LIB_VHOST_USER_MSG_H
#define TESTS_LIB_VHOST_USER_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Front-end message types" */
enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_RESET_OWNER = 4,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_LOG_BASE = 6,
	VHOST_USER_SET_LOG_FD = 7,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_SET_VRING_ERR = 14,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_SEND_RARP = 19,
	VHOST_USER_NET_SET_MTU = 20,
	VHOST_USER_SET_STATUS = 39,
	VHOST_USER_GET_STATUS = 40,
};

/* "Protocol features" */
#define VHOST_USER_PROTOCOL_F_MQ 0
#define VHOST_USER_PROTOCOL_F_LOG_SHMFD 1
#define VHOST_USER_PROTOCOL_F_RARP 2
#define VHOST_USER_PROTOCOL_F_REPLY_ACK 3
#define VHOST_USER_PROTOCOL_F_MTU 4
#define VHOST_USER_PROTOCOL_F_STATUS 16

/* "Header": flags */
#define VHOST_USER_VERSION 0x1
#define VHOST_USER_REPLY 0x4
#define VHOST_USER_NEED_REPLY 0x8

/* In SET_VRING_KICK and SET_VRING_CALL: no descriptor comes with it. */
#define VHOST_USER_VRING_NOFD (UINT64_C(1) << 8)

/* "Device Status Field" of the virtio specification */
#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_FEATURES_OK 8

#define VHOST_USER_MAX_FDS 8

struct vhost_user_state {
	uint32_t index;
	uint32_t num;
};

struct vhost_user_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vhost_user_region {
	uint64_t gpa;
	uint64_t len;
	uint64_t fva;
	uint64_t offset;
};

struct vhost_user_memory {
	uint32_t region_cnt;
	uint32_t padding;
	struct vhost_user_region region[VHOST_USER_MAX_FDS];
};

struct vhost_user_msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	union {
		uint64_t u64;
		struct vhost_user_state state;
		struct vhost_user_addr addr;
		struct vhost_user_memory memory;
		uint8_t bytes[512];
	} payload;

	/* Not on the wire: what travels beside it. */
	int fd[VHOST_USER_MAX_FDS];
	unsigned int fd_cnt;
};

/* Sends header, payload and descriptors in one message. 0 or -errno. */
int vhost_user_send(int sock, const struct vhost_user_msg *msg);

/* Receives one message whole. 0, -ETIMEDOUT, -ECONNRESET at end of file, or
 * another -errno. */
int vhost_user_recv(int sock, struct vhost_user_msg *msg, int timeout_ms);

/* A unix stream socket: connected to @path (tried until @timeout_ms, for the
 * other end may just be starting), listening on it, or accepted from such.
 * A descriptor or -errno. */
int vhost_user_connect(const char *path, int timeout_ms);
int vhost_user_listen(const char *path);
int vhost_user_accept(int listener, int timeout_ms);

#endif
