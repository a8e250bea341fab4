/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_frontend.c - the life of the scripted front end: open to close.
 *
 * See vhost_frontend.h. The order of messages is QEMU's. What must stay true:
 * what open made, close takes away, whatever happened between; the socket may
 * come and go, memory and rings stay.
 */
#include "vhost_frontend.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frontend_memory.h"
#include "frontend_messages.h"

static int open_vring(struct frontend *fe, unsigned int index);
static int lay_ring(struct frontend *fe, unsigned int index);
static int negotiate_protocol(struct frontend *fe);
static int start_vring(struct frontend *fe, unsigned int index);
static int enable_all(struct frontend *fe, bool enable);
static void resume_at_used(struct frontend *fe);
static bool has_protocol(const struct frontend *fe, unsigned int bit);

struct frontend_config frontend_config(const char *path)
{
	struct frontend_config cfg = {
		.features = FRONTEND_FEATURES,
		.protocol = FRONTEND_PROTOCOL,
		.pairs = 1,
		.rx_size = 256,
		.tx_size = 256,
		.indirect_parts = 32,
		.regions = 1,
		.buffer_bytes = (size_t)2 << 20,
	};

	snprintf(cfg.path, sizeof(cfg.path), "%s", path);
	return cfg;
}

int frontend_open(struct frontend *fe, const struct frontend_config *cfg)
{
	unsigned int i;
	int err;

	memset(fe, 0, sizeof(*fe));
	fe->cfg = *cfg;
	fe->sock = fe->listener = -1;
	fe->vring_cnt = 2 * cfg->pairs;
	for (i = 0; i < FRONTEND_VRINGS; i++)
		fe->vring[i].call_fd = fe->vring[i].kick_fd = -1;

	err = frontend_memory_open(fe);
	for (i = 0; !err && i < fe->vring_cnt; i++)
		err = open_vring(fe, i);
	if (!err && cfg->listen) {
		fe->listener = vhost_user_listen(cfg->path);
		err = fe->listener < 0 ? fe->listener : 0;
	}
	if (err)
		frontend_close(fe);
	return err;
}

void frontend_close(struct frontend *fe)
{
	unsigned int i;

	frontend_disconnect(fe);
	if (fe->listener >= 0) {
		close(fe->listener);
		unlink(fe->cfg.path);
	}
	for (i = 0; i < fe->vring_cnt; i++) {
		driver_free(&fe->vring[i].driver);
		close(fe->vring[i].call_fd);
		close(fe->vring[i].kick_fd);
	}
	frontend_memory_close(fe);
	memset(fe, 0, sizeof(*fe));
	fe->sock = fe->listener = -1;
}

int frontend_connect(struct frontend *fe)
{
	if (fe->cfg.listen)
		fe->sock = vhost_user_accept(fe->listener, FRONTEND_WAIT_MS);
	else
		fe->sock = vhost_user_connect(fe->cfg.path, FRONTEND_WAIT_MS);
	fe->features = fe->protocol = 0;
	fe->message_cnt = 0;
	if (fe->sock < 0)
		return fe->sock;
	/* The daemon may have used some more before it saw us vanish. */
	resume_at_used(fe);
	return 0;
}

int frontend_negotiate(struct frontend *fe)
{
	unsigned int i;
	int err;

	err = frontend_set_u64(fe, VHOST_USER_SET_OWNER, 0);
	if (!err)
		err = frontend_get_u64(fe, VHOST_USER_GET_FEATURES,
				       &fe->features_offered);
	if (err)
		return err;
	fe->features = fe->features_offered & fe->cfg.features;

	if (frontend_has_feature(fe, VHOST_USER_F_PROTOCOL_FEATURES)) {
		err = negotiate_protocol(fe);
		if (err)
			return err;
	}
	err = frontend_set_u64(fe, VHOST_USER_SET_FEATURES, fe->features);
	if (!err && has_protocol(fe, VHOST_USER_PROTOCOL_F_STATUS))
		err = frontend_set_status(
			fe, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
				    VIRTIO_STATUS_FEATURES_OK);

	fe->hdr_len = sizeof(struct virtio_net_hdr);
	if (!frontend_has_feature(fe, VIRTIO_F_VERSION_1) &&
	    !frontend_has_feature(fe, VIRTIO_NET_F_MRG_RXBUF))
		fe->hdr_len = VIRTIO_NET_HDR_LEGACY_LEN;
	for (i = 0; i < fe->vring_cnt; i++) {
		struct driver_config *cfg = &fe->vring[i].driver.cfg;

		cfg->event_idx = frontend_has_feature(fe, VIRTIO_F_EVENT_IDX);
		cfg->in_order = frontend_has_feature(fe, VIRTIO_F_IN_ORDER);
		if (cfg->packed !=
		    frontend_has_feature(fe, VIRTIO_F_RING_PACKED))
			err = -ENOTSUP; /* the rings are laid already */
	}
	return err;
}

int frontend_start(struct frontend *fe)
{
	unsigned int i;
	int err;

	err = frontend_set_mem_table(fe);
	for (i = 0; !err && i < fe->vring_cnt; i++)
		err = start_vring(fe, i);
	if (!err)
		err = enable_all(fe, true);
	if (!err && has_protocol(fe, VHOST_USER_PROTOCOL_F_STATUS))
		err = frontend_set_status(
			fe, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
				    VIRTIO_STATUS_FEATURES_OK |
				    VIRTIO_STATUS_DRIVER_OK);
	return err ? err : frontend_sync(fe);
}

int frontend_begin(struct frontend *fe)
{
	int err = frontend_connect(fe);

	if (!err)
		err = frontend_negotiate(fe);
	return err ? err : frontend_start(fe);
}

int frontend_stop(struct frontend *fe)
{
	unsigned int i;
	int err;

	err = enable_all(fe, false);
	for (i = 0; !err && i < fe->vring_cnt; i++)
		err = frontend_get_vring_base(fe, i, &fe->vring[i].base);
	if (!err && has_protocol(fe, VHOST_USER_PROTOCOL_F_STATUS))
		err = frontend_set_status(fe, 0);
	return err;
}

int frontend_renew_rings(struct frontend *fe)
{
	struct driver_region *region = &fe->mem.region[0];
	size_t taken = region->taken;
	unsigned int i;
	int err = 0;

	/* They were the first to be given memory. */
	region->taken = 0;
	for (i = 0; !err && i < fe->vring_cnt; i++) {
		driver_free(&fe->vring[i].driver);
		err = lay_ring(fe, i);
	}
	region->taken = taken;
	return err;
}

void frontend_disconnect(struct frontend *fe)
{
	if (fe->sock < 0)
		return;
	close(fe->sock);
	fe->sock = -1;
	resume_at_used(fe);
}

bool frontend_hung_up(struct frontend *fe, int timeout_ms)
{
	struct pollfd poller = { .fd = fe->sock, .events = POLLIN };
	char byte;

	if (poll(&poller, 1, timeout_ms) <= 0)
		return false;
	return recv(fe->sock, &byte, 1, MSG_DONTWAIT) <= 0;
}

bool frontend_kick(struct frontend *fe, unsigned int index)
{
	struct frontend_vring *vring = &fe->vring[index];

	if (!driver_wants_kick(&vring->driver) || vring->withhold_kicks)
		return false;
	vring->kicks++;
	return eventfd_write(vring->kick_fd, 1) == 0;
}

uint64_t frontend_wait_call(struct frontend *fe, unsigned int index,
			    int timeout_ms)
{
	struct frontend_vring *vring = &fe->vring[index];
	struct pollfd poller = { .fd = vring->call_fd, .events = POLLIN };
	eventfd_t count;

	if (poll(&poller, 1, timeout_ms) <= 0 ||
	    eventfd_read(vring->call_fd, &count) < 0)
		return 0;
	vring->calls += count;
	return count;
}

bool frontend_has_feature(const struct frontend *fe, unsigned int bit)
{
	return fe->features & FEATURE_BIT(bit);
}

static int open_vring(struct frontend *fe, unsigned int index)
{
	struct frontend_vring *vring = &fe->vring[index];

	vring->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vring->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vring->call_fd < 0 || vring->kick_fd < 0)
		return -errno;
	return lay_ring(fe, index);
}

static int lay_ring(struct frontend *fe, unsigned int index)
{
	struct driver_config cfg = frontend_ring_config(fe, index);
	struct frontend_vring *vring = &fe->vring[index];

	vring->base = cfg.start;
	return driver_init(&vring->driver, &cfg, &fe->mem);
}

static void resume_at_used(struct frontend *fe)
{
	unsigned int i;

	for (i = 0; i < fe->vring_cnt; i++)
		if (!fe->vring[i].driver.lawless)
			fe->vring[i].base =
				driver_used_position(&fe->vring[i].driver);
}

static int negotiate_protocol(struct frontend *fe)
{
	int err;

	err = frontend_get_u64(fe, VHOST_USER_GET_PROTOCOL_FEATURES,
			       &fe->protocol_offered);
	if (err)
		return err;
	err = frontend_set_u64(fe, VHOST_USER_SET_PROTOCOL_FEATURES,
			       fe->protocol_offered & fe->cfg.protocol);
	fe->protocol = fe->protocol_offered & fe->cfg.protocol;
	if (!err && has_protocol(fe, VHOST_USER_PROTOCOL_F_MQ))
		err = frontend_get_u64(fe, VHOST_USER_GET_QUEUE_NUM,
				       &fe->queue_num);
	return err;
}

static int start_vring(struct frontend *fe, unsigned int index)
{
	int err;

	err = frontend_set_vring_num(fe, index);
	if (!err)
		err = frontend_set_vring_base(fe, index);
	if (!err)
		err = frontend_set_vring_addr(fe, index);
	if (!err)
		err = frontend_set_vring_kick(fe, index);
	if (!err)
		err = frontend_set_vring_call(fe, index,
					      fe->vring[index].call_fd);
	return err;
}

/* Without the protocol features rings are enabled from the start and the
 * message does not exist. */
static int enable_all(struct frontend *fe, bool enable)
{
	unsigned int i;
	int err = 0;

	if (!frontend_has_feature(fe, VHOST_USER_F_PROTOCOL_FEATURES))
		return 0;
	for (i = 0; !err && i < fe->vring_cnt; i++)
		err = frontend_set_vring_enable(fe, i, enable);
	return err;
}

static bool has_protocol(const struct frontend *fe, unsigned int bit)
{
	return fe->protocol & FEATURE_BIT(bit);
}
