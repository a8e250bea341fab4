/* SPDX-License-Identifier: BSD-3-Clause */
/* event_guest.c - see event_guest.h. */
#include "event_guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_ALIGN 64
#define OFFLOADS                                                                     \
	(FEATURE_BIT(VIRTIO_NET_F_CSUM) | FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM) |     \
	 FEATURE_BIT(VIRTIO_NET_F_HOST_TSO4) | FEATURE_BIT(VIRTIO_NET_F_HOST_TSO6) | \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO4) | FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO6))

static const unsigned char ether_header[] = {
	0x52, 0x54, 0x00, 0x00, 0x00, 0x02, /* to */
	0x52, 0x54, 0x00, 0x00, 0x00, 0x01, /* from */
	0x88, 0xb5,			    /* local experimental */
};

static int begin(struct event_guest *guest, const struct event_config *cfg);
static int make_buffers(struct event_guest *guest, struct event_buffers *buffers, uint32_t len,
			uint32_t cnt);
static void write_frames(struct event_guest *guest);

struct event_config event_config(const char *path)
{
	return (struct event_config){
		.path = path,
		.ring = 256,
		.tx_len = 2048,
		.rx_len = 2048,
		.tx_cnt = 256,
		.rx_cnt = 256,
	};
}

int event_open(struct event_guest *guest, const struct event_config *cfg)
{
	struct frontend_config frontend = frontend_config(cfg->path);
	int err;

	memset(guest, 0, sizeof(*guest));
	frontend.rx_size = frontend.tx_size = cfg->ring;
	frontend.indirect_parts = 0;
	frontend.features &= ~(cfg->large ? 0 : OFFLOADS);
	frontend.features |= cfg->packed ? FEATURE_BIT(VIRTIO_F_RING_PACKED) : 0;
	frontend.buffer_bytes = (size_t)cfg->tx_cnt * cfg->tx_len +
				(size_t)cfg->rx_cnt * cfg->rx_len + 2ul * BUFFER_ALIGN;
	err = frontend_open(&guest->fe, &frontend);
	if (err)
		return err;
	err = make_buffers(guest, &guest->tx, cfg->tx_len, cfg->tx_cnt);
	if (!err)
		err = make_buffers(guest, &guest->rx, cfg->rx_len, cfg->rx_cnt);
	if (!err)
		err = begin(guest, cfg);
	if (err)
		event_close(guest);
	return err;
}

static int begin(struct event_guest *guest, const struct event_config *cfg)
{
	struct frontend *fe = &guest->fe;
	unsigned i;
	int err = frontend_begin(fe);

	if (err)
		return err;
	if (!frontend_has_feature(fe, VIRTIO_F_EVENT_IDX) ||
	    fe->hdr_len != sizeof(struct virtio_net_hdr))
		return -ENOTSUP;
	for (i = 0; i < fe->vring_cnt; i++)
		fe->vring[i].driver.unchecked = !cfg->checked;
	write_frames(guest);
	event_refill(guest);
	driver_arm(&fe->vring[RX0].driver);
	return 0;
}

void event_close(struct event_guest *guest)
{
	free(guest->tx.free);
	free(guest->rx.free);
	free(guest->tx.published_ns);
	free(guest->rx.published_ns);
	frontend_close(&guest->fe);
	memset(&guest->tx, 0, sizeof(guest->tx));
	memset(&guest->rx, 0, sizeof(guest->rx));
}

uint32_t event_take(struct event_buffers *buffers)
{
	uint32_t nr = buffers->free[buffers->free_first];

	if (++buffers->free_first == buffers->cnt)
		buffers->free_first = 0;
	buffers->free_cnt--;
	return nr;
}

void event_give_back(struct event_buffers *buffers, uint32_t nr)
{
	uint32_t at = buffers->free_first + buffers->free_cnt++;

	buffers->free[at < buffers->cnt ? at : at - buffers->cnt] = nr;
}

void event_refill(struct event_guest *guest)
{
	struct driver *driver = &guest->fe.vring[RX0].driver;
	struct event_buffers *rx = &guest->rx;

	while (rx->free_cnt > 0 && driver_room(driver) > 0) {
		uint32_t nr = event_take(rx);
		struct driver_part part = { event_buffer(rx, nr), rx->len, true };
		struct driver_chain chain = {
			.part = &part,
			.part_cnt = 1,
			.token = (void *)(uintptr_t)nr,
		};

		driver_stage(driver, &chain);
	}
	driver_publish(driver);
	frontend_kick(&guest->fe, RX0);
}

static int make_buffers(struct event_guest *guest, struct event_buffers *buffers, uint32_t len,
			uint32_t cnt)
{
	uint32_t i;

	buffers->len = len;
	buffers->cnt = cnt;
	buffers->base = driver_mem_alloc(&guest->fe.mem, (size_t)cnt * len, BUFFER_ALIGN);
	buffers->free = calloc(cnt, sizeof(*buffers->free));
	buffers->published_ns = calloc(cnt, sizeof(*buffers->published_ns));
	if (!buffers->base || !buffers->free || !buffers->published_ns)
		return -ENOMEM;
	/* No page of it is met for the first time while somebody measures. */
	memset(buffers->base, 0, (size_t)cnt * len);
	for (i = 0; i < cnt; i++)
		event_give_back(buffers, i);
	return 0;
}

static void write_frames(struct event_guest *guest)
{
	uint32_t hdr_len = guest->fe.hdr_len, i;

	for (i = 0; i < guest->tx.cnt; i++)
		memcpy(event_buffer(&guest->tx, i) + hdr_len, ether_header, sizeof(ether_header));
}
