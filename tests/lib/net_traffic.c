/* SPDX-License-Identifier: BSD-3-Clause */
/* net_traffic.c - frames of the scripted guest: sent, received, waited for.
 *
 * See net_guest.h; cutting and comparing frames is in net_frame.c. What must
 * stay true: whoever sleeps here armed the call first and looked again after,
 * as the specification asks of a driver, so that a lost call shows as a
 * time-out and never as luck.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "net_frame.h"
#include "net_guest.h"

static int stage_buffer(struct net_guest *guest, unsigned int index,
			uint32_t len, struct net_form form);
static bool take_used(struct net_guest *guest, unsigned int index,
		      const unsigned char **buffer, uint32_t *len);
static bool read_header(struct net_guest *guest, unsigned int rx,
			struct net_frame *frame, const unsigned char *buffer,
			uint32_t len);
static int ms_left(uint64_t end_ns);

uint32_t net_offer(struct net_guest *guest, unsigned int rx, uint32_t cnt)
{
	struct net_buffers *buffers = &guest->buffers[rx];
	uint32_t n = 0;

	while (n < cnt && buffers->free_cnt &&
	       stage_buffer(guest, rx, buffers->len, buffers->form) == 0)
		n++;
	net_flush(guest, rx);
	return n;
}

int net_stage(struct net_guest *guest, unsigned int tx,
	      const struct net_frame *frame, struct net_form form)
{
	struct net_buffers *buffers = &guest->buffers[tx];
	uint32_t hdr_len = guest->fe.hdr_len;
	unsigned char *buffer;

	if (!buffers->free_cnt || hdr_len + frame->len > buffers->len)
		return -ENOSPC;

	buffer = buffers->base +
		 (size_t)buffers->free[buffers->free_cnt - 1] * buffers->len;
	memcpy(buffer, &frame->hdr, hdr_len);
	memcpy(buffer + hdr_len, frame->data, frame->len);
	return stage_buffer(guest, tx, hdr_len + frame->len, form);
}

void net_flush(struct net_guest *guest, unsigned int tx)
{
	driver_publish(&guest->fe.vring[tx].driver);
	frontend_kick(&guest->fe, tx);
}

int net_send(struct net_guest *guest, unsigned int tx,
	     const struct net_frame *frame, struct net_form form)
{
	int err = net_stage(guest, tx, frame, form);

	if (!err)
		net_flush(guest, tx);
	return err;
}

uint32_t net_reap_sent(struct net_guest *guest, unsigned int tx)
{
	const unsigned char *buffer;
	uint32_t len, n = 0;

	while (take_used(guest, tx, &buffer, &len))
		n++;
	return n;
}

bool net_receive(struct net_guest *guest, unsigned int rx,
		 struct net_frame *frame)
{
	const unsigned char *buffer;
	uint32_t len, skip, i;

	if (!take_used(guest, rx, &buffer, &len) ||
	    !read_header(guest, rx, frame, buffer, len))
		return false;

	skip = guest->fe.hdr_len;
	for (i = 0; i < frame->buffer_cnt; i++) {
		if (i && !take_used(guest, rx, &buffer, &len)) {
			driver_fail(&guest->fe.vring[rx].driver,
				    "frame of %u buffers came with %u",
				    frame->buffer_cnt, i);
			return false;
		}
		if (frame->len + (len - skip) > sizeof(frame->data))
			return false;
		memcpy(frame->data + frame->len, buffer + skip, len - skip);
		frame->len += len - skip;
		skip = 0;
	}
	return true;
}

bool net_wait_frame(struct net_guest *guest, unsigned int rx,
		    struct net_frame *frame, int timeout_ms)
{
	uint64_t end = clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;

	while (!net_receive(guest, rx, frame)) {
		if (driver_arm(&guest->fe.vring[rx].driver))
			continue;
		if (!frontend_wait_call(&guest->fe, rx, ms_left(end)) &&
		    !ms_left(end))
			return net_receive(guest, rx, frame);
	}
	return true;
}

uint32_t net_wait_sent(struct net_guest *guest, unsigned int tx, uint32_t cnt,
		       int timeout_ms)
{
	uint64_t end = clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	uint32_t n = net_reap_sent(guest, tx);

	while (n < cnt && ms_left(end)) {
		if (!driver_arm(&guest->fe.vring[tx].driver))
			frontend_wait_call(&guest->fe, tx, ms_left(end));
		n += net_reap_sent(guest, tx);
	}
	return n;
}

/* Puts the top buffer of the stack in the ring, its first @len bytes. */
static int stage_buffer(struct net_guest *guest, unsigned int index,
			uint32_t len, struct net_form form)
{
	struct net_buffers *buffers = &guest->buffers[index];
	uint32_t n = buffers->free[buffers->free_cnt - 1];
	struct driver_part part[NET_PARTS_MAX];
	struct driver_chain chain = {
		.part = part,
		.indirect = form.indirect,
		.token = (void *)(uintptr_t)(n + 1),
	};
	struct driver_part whole = {
		.host = buffers->base + (size_t)n * buffers->len,
		.len = len,
		.writable = index % 2 == 0,
	};
	int head;

	chain.part_cnt =
		net_frame_cut(&whole, guest->fe.hdr_len, form.layout, part);
	head = driver_stage(&guest->fe.vring[index].driver, &chain);
	if (head < 0)
		return head;
	buffers->free_cnt--;
	return 0;
}

/* The buffer of the next used entry, free again (its bytes stay until the
 * next offer). */
static bool take_used(struct net_guest *guest, unsigned int index,
		      const unsigned char **buffer, uint32_t *len)
{
	struct net_buffers *buffers = &guest->buffers[index];
	struct driver_reaped reaped;
	uint32_t n;

	if (!driver_reap(&guest->fe.vring[index].driver, &reaped))
		return false;

	n = (uint32_t)(uintptr_t)reaped.token - 1;
	buffers->free[buffers->free_cnt++] = n;
	*buffer = buffers->base + (size_t)n * buffers->len;
	*len = reaped.len;
	return true;
}

static bool read_header(struct net_guest *guest, unsigned int rx,
			struct net_frame *frame, const unsigned char *buffer,
			uint32_t len)
{
	struct driver *driver = &guest->fe.vring[rx].driver;

	frame->len = 0;
	frame->buffer_cnt = 1;
	if (len < guest->fe.hdr_len || len > guest->buffers[rx].len) {
		driver_fail(driver, "frame with used len %u", len);
		return false;
	}
	memcpy(&frame->hdr, buffer, guest->fe.hdr_len);
	if (guest->fe.hdr_len < sizeof(frame->hdr))
		return true;

	frame->buffer_cnt = frame->hdr.num_buffers;
	if (frame->buffer_cnt == 0 ||
	    (frame->buffer_cnt > 1 &&
	     !frontend_has_feature(&guest->fe, VIRTIO_NET_F_MRG_RXBUF))) {
		driver_fail(driver, "num_buffers is %u", frame->buffer_cnt);
		return false;
	}
	return true;
}

static int ms_left(uint64_t end_ns)
{
	uint64_t now = clock_now_ns();

	return now < end_ns ? (int)((end_ns - now) / NS_PER_MS) + 1 : 0;
}
