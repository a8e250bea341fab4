/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_features.c - feature bits by the names of the specifications.
 *
 * Part of ctl_report.h. The virtio bits are named by include/virtio_spec.h,
 * the protocol bits as in QEMU's vhost-user specification, section "Protocol
 * features". A bit without a name here is still shown ("bit_45"): nothing
 * that was negotiated is hidden.
 */
#include <stdio.h>

#include "control/ctl_report.h"
#include "virtio_spec.h"

#define FEATURE(bit) [bit] = #bit

static const char *const feature_names[64] = {
	FEATURE(VIRTIO_F_NOTIFY_ON_EMPTY),
	FEATURE(VIRTIO_F_ANY_LAYOUT),
	FEATURE(VIRTIO_F_INDIRECT_DESC),
	FEATURE(VIRTIO_F_EVENT_IDX),
	FEATURE(VIRTIO_F_VERSION_1),
	FEATURE(VIRTIO_F_ACCESS_PLATFORM),
	FEATURE(VIRTIO_F_RING_PACKED),
	FEATURE(VIRTIO_F_IN_ORDER),
	FEATURE(VIRTIO_NET_F_CSUM),
	FEATURE(VIRTIO_NET_F_GUEST_CSUM),
	FEATURE(VIRTIO_NET_F_MTU),
	FEATURE(VIRTIO_NET_F_MAC),
	FEATURE(VIRTIO_NET_F_GSO),
	FEATURE(VIRTIO_NET_F_GUEST_TSO4),
	FEATURE(VIRTIO_NET_F_GUEST_TSO6),
	FEATURE(VIRTIO_NET_F_GUEST_ECN),
	FEATURE(VIRTIO_NET_F_GUEST_UFO),
	FEATURE(VIRTIO_NET_F_HOST_TSO4),
	FEATURE(VIRTIO_NET_F_HOST_TSO6),
	FEATURE(VIRTIO_NET_F_HOST_ECN),
	FEATURE(VIRTIO_NET_F_HOST_UFO),
	FEATURE(VIRTIO_NET_F_MRG_RXBUF),
	FEATURE(VIRTIO_NET_F_STATUS),
	FEATURE(VIRTIO_NET_F_CTRL_VQ),
	FEATURE(VIRTIO_NET_F_CTRL_RX),
	FEATURE(VIRTIO_NET_F_GUEST_ANNOUNCE),
	FEATURE(VIRTIO_NET_F_MQ),
	FEATURE(VHOST_F_LOG_ALL),
	FEATURE(VHOST_USER_F_PROTOCOL_FEATURES),
};

static const char *const protocol_names[64] = {
	[0] = "MQ",
	[1] = "LOG_SHMFD",
	[2] = "RARP",
	[3] = "REPLY_ACK",
	[4] = "MTU",
	[5] = "BACKEND_REQ",
	[6] = "CROSS_ENDIAN",
	[7] = "CRYPTO_SESSION",
	[8] = "PAGEFAULT",
	[9] = "CONFIG",
	[10] = "BACKEND_SEND_FD",
	[11] = "HOST_NOTIFIER",
	[12] = "INFLIGHT_SHMFD",
	[13] = "RESET_DEVICE",
	[14] = "INBAND_NOTIFICATIONS",
	[15] = "CONFIGURE_MEM_SLOTS",
	[16] = "STATUS",
};

static const char *name_of(unsigned bit, const char *const names[64],
			   char unnamed[CTL_FEATURE_NAME_MAX]);
static json_t *names_of(uint64_t features, const char *const names[64]);

const char *ctl_feature_name(unsigned bit, char unnamed[CTL_FEATURE_NAME_MAX])
{
	return name_of(bit, feature_names, unnamed);
}

json_t *ctl_report_features(uint64_t features)
{
	return names_of(features, feature_names);
}

json_t *ctl_report_protocol_features(uint64_t features)
{
	return names_of(features, protocol_names);
}

static const char *name_of(unsigned bit, const char *const names[64],
			   char unnamed[CTL_FEATURE_NAME_MAX])
{
	snprintf(unnamed, CTL_FEATURE_NAME_MAX, "bit_%u", bit);
	return names[bit] ? names[bit] : unnamed;
}

static json_t *names_of(uint64_t features, const char *const names[64])
{
	json_t *list = json_array();
	char unnamed[CTL_FEATURE_NAME_MAX];
	unsigned bit;

	for (bit = 0; bit < 64; bit++)
		if (features & FEATURE_BIT(bit))
			json_array_append_new(list, json_string(name_of(bit, names, unnamed)));
	return list;
}
