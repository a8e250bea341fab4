/* SPDX-License-Identifier: BSD-3-Clause */
/* frame_put.c - see frame_put.h. */
#include "net/frame_put.h"

#include "net/capture.h"
#include "net/net_hdr.h"

void frame_put_log(const struct room *room, const struct iovec *iov, unsigned cnt, uint64_t len)
{
	const struct vring *vring = &room->rx->vring;

	dirty_log_iov(vring->log, vring->mem, iov, cnt, len);
}

void frame_put_header(struct room *room, const struct hdr_place *place, struct virtio_net_hdr *hdr,
		      uint32_t len)
{
	uint32_t hdr_len = room->rx->pair->port->hdr_len;
	struct iov_at at = iov_begin(place->iov, place->cnt);

	hdr->num_buffers = (uint16_t)room_use(room, len);
	iov_put(&at, hdr, hdr_len);
	frame_put_log(room, place->iov, place->cnt, hdr_len);
}

void frame_put_capture(const struct room *room, struct iov_at frame,
		       const struct virtio_net_hdr *hdr, uint32_t len)
{
	capture_put(room->rx->capture,
		    &(struct capture_frame){
			    .wall_ns = capture_wall_ns(room->rx->capture),
			    .head = room->burst->rx_chains[room->first - hdr->num_buffers].id,
			    .len = len,
			    .hdr = hdr,
			    .at = frame,
		    });
	capture_publish(room->rx->capture, 1);
}

static bool takes_csum(const struct room *room)
{
	return room->rx->pair->port->features & FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM);
}

void frame_put(struct room *room, struct virtio_net_hdr *hdr, struct iov_at from, uint32_t len)
{
	uint32_t hdr_len = room->rx->pair->port->hdr_len;
	struct iov_at to = iov_begin(room_iov(room), room->iov_cnt);
	struct iov_at frame;
	struct hdr_place place;

	hdr_place_save(&place, room_iov(room), hdr_len);
	iov_skip(&to, hdr_len);
	frame = to;
	iov_copy(&to, &from, len);
	if (!takes_csum(room)) {
		if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
			net_hdr_complete_csum(hdr, frame, len);
		hdr->flags = 0; /* nor what a device said of it */
	}
	frame_put_log(room, room_iov(room), room->iov_cnt, hdr_len + (uint64_t)len);
	frame_put_header(room, &place, hdr, len);
	if (room->rx->capture)
		frame_put_capture(room, frame, hdr, len);
}
