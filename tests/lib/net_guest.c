/* SPDX-License-Identifier: BSD-3-Clause */
/* net_guest.c - a guest's NIC on the scripted front end: its buffers.
 *
 * See net_guest.h; frames go in and out in net_traffic.c. What must stay
 * true: a buffer is either free here or in flight in the ring, and its number
 * plus one is the token it travels with.
 */
#include "net_guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_buffers(struct net_guest *guest, unsigned int index,
			const struct net_config *cfg);
static void free_all(struct net_buffers *buffers);
static uint32_t buffers_of(const struct net_config *cfg, unsigned int index);

struct net_config net_config(const char *path)
{
	return (struct net_config){
		.frontend = frontend_config(path),
		.rx_buffer_len = 2048,
		.tx_buffer_len = 2048,
		.buffers_max = 1024,
	};
}

int net_open(struct net_guest *guest, const struct net_config *cfg)
{
	struct frontend_config frontend = cfg->frontend;
	unsigned int i;
	int err;

	memset(guest->buffers, 0, sizeof(guest->buffers));
	frontend.buffer_bytes = 0;
	for (i = 0; i < 2 * frontend.pairs; i++)
		frontend.buffer_bytes +=
			(size_t)buffers_of(cfg, i) *
			(i % 2 ? cfg->tx_buffer_len : cfg->rx_buffer_len);

	err = frontend_open(&guest->fe, &frontend);
	for (i = 0; !err && i < guest->fe.vring_cnt; i++)
		err = make_buffers(guest, i, cfg);
	return err;
}

void net_close(struct net_guest *guest)
{
	unsigned int i;

	for (i = 0; i < FRONTEND_VRINGS; i++)
		free(guest->buffers[i].free);
	memset(guest->buffers, 0, sizeof(guest->buffers));
	frontend_close(&guest->fe);
}

int net_renew(struct net_guest *guest)
{
	unsigned int i;

	for (i = 0; i < guest->fe.vring_cnt; i++)
		free_all(&guest->buffers[i]);
	return frontend_renew_rings(&guest->fe);
}

bool net_ok(struct net_guest *guest)
{
	bool ok = true;
	unsigned int i;

	for (i = 0; i < guest->fe.vring_cnt; i++) {
		struct driver *driver = &guest->fe.vring[i].driver;

		if (driver_ok(driver))
			continue;
		fprintf(stderr, "vring %u: %s (%u breaches)\n", i,
			driver->violation, driver->violation_cnt);
		ok = false;
	}
	return ok;
}

static int make_buffers(struct net_guest *guest, unsigned int index,
			const struct net_config *cfg)
{
	struct net_buffers *buffers = &guest->buffers[index];
	struct driver_mem *mem = &guest->fe.mem;

	buffers->form = cfg->rx_form;
	buffers->len = index % 2 ? cfg->tx_buffer_len : cfg->rx_buffer_len;
	buffers->cnt = buffers_of(cfg, index);
	buffers->free = calloc(buffers->cnt, sizeof(*buffers->free));
	buffers->base =
		driver_mem_alloc_in(mem, mem->region_cnt - 1,
				    (size_t)buffers->cnt * buffers->len, 1);
	if (!buffers->free || !buffers->base)
		return -ENOMEM;

	free_all(buffers);
	return 0;
}

static void free_all(struct net_buffers *buffers)
{
	uint32_t i;

	for (i = 0; i < buffers->cnt; i++)
		buffers->free[i] = buffers->cnt - 1 - i;
	buffers->free_cnt = buffers->cnt;
}

static uint32_t buffers_of(const struct net_config *cfg, unsigned int index)
{
	uint32_t size =
		index % 2 ? cfg->frontend.tx_size : cfg->frontend.rx_size;

	return size < cfg->buffers_max ? size : cfg->buffers_max;
}
