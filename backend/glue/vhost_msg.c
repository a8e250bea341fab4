/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_msg.c - what can be said of a message without its connection. */
#include "glue/vhost_msg.h"

int vhost_msg_ring(const struct vhost_msg *msg)
{
	switch (msg->request) {
	case VHOST_REQUEST_SET_VRING_NUM:
	case VHOST_REQUEST_SET_VRING_BASE:
	case VHOST_REQUEST_GET_VRING_BASE:
	case VHOST_REQUEST_SET_VRING_ENABLE:
	case VHOST_REQUEST_SET_VRING_ADDR:
		return (int)(msg->payload.state.index & INT32_MAX);
	case VHOST_REQUEST_SET_VRING_KICK:
	case VHOST_REQUEST_SET_VRING_CALL:
	case VHOST_REQUEST_SET_VRING_ERR:
		return (int)(msg->payload.u64 & VHOST_VRING_INDEX_MASK);
	default:
		return -1;
	}
}

bool vhost_msg_needs_pause(const struct vhost_msg *msg)
{
	switch (msg->request) {
	case VHOST_REQUEST_SET_FEATURES:
	case VHOST_REQUEST_RESET_OWNER:
	case VHOST_REQUEST_SET_MEM_TABLE:
	case VHOST_REQUEST_SET_LOG_BASE:
	case VHOST_REQUEST_SET_VRING_NUM:
	case VHOST_REQUEST_SET_VRING_ADDR:
	case VHOST_REQUEST_SET_VRING_BASE:
	case VHOST_REQUEST_GET_VRING_BASE:
	case VHOST_REQUEST_SET_VRING_KICK:
	case VHOST_REQUEST_SET_VRING_CALL:
	case VHOST_REQUEST_SET_VRING_ENABLE:
	case VHOST_REQUEST_SET_STATUS:
		return true;
	default:
		return false;
	}
}
