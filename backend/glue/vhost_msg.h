/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_msg.h - a vhost-user message as librte_vhost hands it to its handlers.
 *
 * The layout is the library's private one (struct vhu_msg_context of DPDK
 * 22.11), the only door to what a front end asks for. The build refuses other
 * versions of the library until somebody has looked at theirs. Requests and
 * payloads are the vhost-user specification's, "Message Specification".
 */
#ifndef VRINGD_GLUE_VHOST_MSG_H
#define VRINGD_GLUE_VHOST_MSG_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vhost_request {
	VHOST_REQUEST_SET_FEATURES = 2,
	VHOST_REQUEST_RESET_OWNER = 4,
	VHOST_REQUEST_SET_MEM_TABLE = 5,
	VHOST_REQUEST_SET_LOG_BASE = 6,
	VHOST_REQUEST_SET_VRING_NUM = 8,
	VHOST_REQUEST_SET_VRING_ADDR = 9,
	VHOST_REQUEST_SET_VRING_BASE = 10,
	VHOST_REQUEST_GET_VRING_BASE = 11,
	VHOST_REQUEST_SET_VRING_KICK = 12,
	VHOST_REQUEST_SET_VRING_CALL = 13,
	VHOST_REQUEST_SET_VRING_ERR = 14,
	VHOST_REQUEST_GET_QUEUE_NUM = 17,
	VHOST_REQUEST_SET_VRING_ENABLE = 18,
	VHOST_REQUEST_SET_STATUS = 39,
};

/* In the u64 that names a vring and its descriptor. */
#define VHOST_VRING_INDEX_MASK 0xff
#define VHOST_VRING_NO_FD (UINT64_C(1) << 8)

struct vhost_vring_state_payload {
	uint32_t index, num;
} __attribute__((packed));

struct vhost_log_payload {
	uint64_t size, offset;
} __attribute__((packed));

struct vhost_region_payload {
	uint64_t gpa, size, fva, offset;
} __attribute__((packed));

struct vhost_memory_payload {
	uint32_t region_cnt, padding;
	struct vhost_region_payload regions[8];
} __attribute__((packed));

struct vhost_msg {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct vhost_vring_state_payload state;
		struct {
			uint32_t index;
		} __attribute__((packed)) addr;
		struct vhost_memory_payload memory;
		struct vhost_log_payload log;
		uint8_t bytes[632];
	} __attribute__((packed)) payload;
	int32_t fds[8];
	int32_t fd_num;
} __attribute__((packed));

static_assert(offsetof(struct vhost_msg, payload) == 12, "payload");
static_assert(offsetof(struct vhost_msg, fds) == 644, "fds");
static_assert(sizeof(struct vhost_msg) == 680, "vhu_msg_context");

/* Which vring a message is about; -1: none or all. */
int vhost_msg_ring(const struct vhost_msg *msg);

/* May the library unmap memory, close a descriptor or move a ring for it? */
bool vhost_msg_needs_pause(const struct vhost_msg *msg);

#endif
