/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio_spec.h - layouts, flags and feature bits as the virtio specification names them.
 *
 * Sections of Virtio 1.2: "Split Virtqueues", "Packed Virtqueues", "Network
 * Device", "Reserved Feature Bits".
 * Names and order of members are the specification's, so that a reader can
 * put the two side by side. All fields are little-endian; the project runs
 * on little-endian hosts and says so here once.
 *
 * Memory laid out by these structs is shared with the driver: it is touched
 * through guest_word.h only.
 */
#ifndef VRINGD_VIRTIO_SPEC_H
#define VRINGD_VIRTIO_SPEC_H

#include <assert.h>
#include <stdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "virtio fields are little-endian");

/* Feature bits: "Reserved Feature Bits". */
#define VIRTIO_F_NOTIFY_ON_EMPTY 24
#define VIRTIO_F_ANY_LAYOUT 27
#define VIRTIO_F_INDIRECT_DESC 28
#define VIRTIO_F_EVENT_IDX 29
#define VIRTIO_F_VERSION_1 32
#define VIRTIO_F_ACCESS_PLATFORM 33
#define VIRTIO_F_RING_PACKED 34
#define VIRTIO_F_IN_ORDER 35

/* Feature bits: "Network Device", "Feature bits". */
#define VIRTIO_NET_F_CSUM 0
#define VIRTIO_NET_F_GUEST_CSUM 1
#define VIRTIO_NET_F_MTU 3
#define VIRTIO_NET_F_MAC 5
#define VIRTIO_NET_F_GSO 6
#define VIRTIO_NET_F_GUEST_TSO4 7
#define VIRTIO_NET_F_GUEST_TSO6 8
#define VIRTIO_NET_F_GUEST_ECN 9
#define VIRTIO_NET_F_GUEST_UFO 10
#define VIRTIO_NET_F_HOST_TSO4 11
#define VIRTIO_NET_F_HOST_TSO6 12
#define VIRTIO_NET_F_HOST_ECN 13
#define VIRTIO_NET_F_HOST_UFO 14
#define VIRTIO_NET_F_MRG_RXBUF 15
#define VIRTIO_NET_F_STATUS 16
#define VIRTIO_NET_F_CTRL_VQ 17
#define VIRTIO_NET_F_CTRL_RX 18
#define VIRTIO_NET_F_GUEST_ANNOUNCE 21
#define VIRTIO_NET_F_MQ 22

/* Feature bits that the vhost-user protocol claims for itself. */
#define VHOST_F_LOG_ALL 26
#define VHOST_USER_F_PROTOCOL_FEATURES 30

#define FEATURE_BIT(bit) (UINT64_C(1) << (bit))

/* "The Virtqueue Descriptor Table" */
#define VIRTQ_DESC_F_NEXT 1
#define VIRTQ_DESC_F_WRITE 2
#define VIRTQ_DESC_F_INDIRECT 4

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/* "The Virtqueue Available Ring"; used_event follows ring[size]. */
#define VIRTQ_AVAIL_F_NO_INTERRUPT 1

struct virtq_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

/* "The Virtqueue Used Ring"; avail_event follows ring[size]. */
#define VIRTQ_USED_F_NO_NOTIFY 1

struct virtq_used_elem {
	uint32_t id;
	uint32_t len;
};

struct virtq_used {
	uint16_t flags;
	uint16_t idx;
	struct virtq_used_elem ring[];
};

/* "Packed Virtqueues", "The Virtqueue Descriptor Ring"; NEXT, WRITE and
 * INDIRECT are as above. */
#define VIRTQ_DESC_F_AVAIL (1 << 7)
#define VIRTQ_DESC_F_USED (1 << 15)

struct pvirtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

/* "Event Suppression Structure Format". `desc` is an offset (desc_event_off,
 * 15 bits) and a wrap counter (desc_event_wrap, the highest bit). */
#define RING_EVENT_FLAGS_ENABLE 0
#define RING_EVENT_FLAGS_DISABLE 1
#define RING_EVENT_FLAGS_DESC 2
#define RING_EVENT_FLAGS_MASK 3

struct pvirtq_event_suppress {
	uint16_t desc;
	uint16_t flags;
} __attribute__((aligned(4)));

/* Of both layouts. */
#define VIRTQ_SIZE_MAX 32768

static_assert(sizeof(struct virtq_desc) == 16, "virtq_desc");
static_assert(sizeof(struct virtq_avail) == 4, "virtq_avail");
static_assert(sizeof(struct virtq_used_elem) == 8, "virtq_used_elem");
static_assert(sizeof(struct virtq_used) == 4, "virtq_used");
static_assert(sizeof(struct pvirtq_desc) == 16, "pvirtq_desc");
static_assert(sizeof(struct pvirtq_event_suppress) == 4, "pvirtq_event_suppress");

/* "Device Operation": the header before each frame. */
#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1
#define VIRTIO_NET_HDR_F_DATA_VALID 2
#define VIRTIO_NET_HDR_GSO_NONE 0
#define VIRTIO_NET_HDR_GSO_TCPV4 1
#define VIRTIO_NET_HDR_GSO_UDP 3
#define VIRTIO_NET_HDR_GSO_TCPV6 4
#define VIRTIO_NET_HDR_GSO_ECN 0x80

struct virtio_net_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
};

/* "Legacy Interface: Device Operation": without VERSION_1 and without
 * MRG_RXBUF the header ends before num_buffers. */
#define VIRTIO_NET_HDR_LEGACY_LEN 10

static_assert(sizeof(struct virtio_net_hdr) == 12, "virtio_net_hdr");

#endif
