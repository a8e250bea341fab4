/* SPDX-License-Identifier: BSD-3-Clause */
/* source.c - see source.h. */
#include "port/source.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "net/burst.h"
#include "net/csum.h"
#include "net/guest_port.h"
#include "port/bare.h"

#define FLOW_PORT_FIRST 49152
/* After a sleep no more than this is made good for. */
#define CATCH_UP_NS (10 * NS_PER_MS)

/* A small frame is whole in its front; the rest of a longer one is shared. */
#define FRONT_LEN 128
#define FRONT_HEAD_LEN (ETH_HEADER_LEN + sizeof(struct iphdr) + sizeof(struct udphdr) + 8)

/* All of a frame that differs from the next. */
struct front {
	uint8_t to[6], from[6];
	uint16_t type;
	struct iphdr ip;
	struct udphdr udp;
	uint64_t number;
	uint8_t zeros[FRONT_LEN - FRONT_HEAD_LEN];
} __attribute__((packed));

/* One queue; its worker's. */
struct source_queue {
	uint64_t next;	  /* number of the next frame */
	uint64_t base_ns; /* by when `base` frames were due */
	uint64_t base;
	struct front fronts[BURST_FRAMES];
	struct iovec iov[BURST_FRAMES][3]; /* free to use, front, rest */
};

struct source {
	struct uplink uplink;
	struct source_config config;
	uint8_t *rest; /* what all frames end with */
	struct source_queue queues[GUEST_PAIRS_MAX];
};

static struct source *source_of(struct uplink *uplink)
{
	return (struct source *)uplink;
}

/* ---- how many are due ---- */

/* After a start or a sleep it begins anew, with one frame. */
static void begin(struct source_queue *queue, uint64_t now_ns)
{
	queue->base_ns = now_ns;
	queue->base = queue->next + 1;
}

/* Frames that the rate has made due; base_ns moves on with whole ones. */
static uint64_t due(const struct source *source, struct source_queue *queue, uint64_t now_ns)
{
	const uint64_t rate = source->config.rate;
	const uint64_t most = 1 + rate * CATCH_UP_NS / NS_PER_SECOND;
	uint64_t more;

	if (rate == 0)
		return UINT64_MAX;
	if (now_ns - queue->base_ns > CATCH_UP_NS + 2 * NS_PER_SECOND / rate)
		begin(queue, now_ns);
	more = (now_ns - queue->base_ns) * rate / NS_PER_SECOND;
	queue->base += more;
	queue->base_ns += more * NS_PER_SECOND / rate;
	if (queue->base - queue->next > most)
		queue->base = queue->next + most;
	return queue->base - queue->next;
}

/* ---- the operations ---- */

static unsigned source_take(struct uplink *uplink, unsigned nth, struct packet *packets,
			    unsigned max, uint64_t now_ns)
{
	struct source *source = source_of(uplink);
	struct source_queue *queue = &source->queues[nth];
	uint64_t cnt = due(source, queue, now_ns);
	unsigned i;

	if (cnt > max)
		cnt = max;
	for (i = 0; i < cnt; i++) {
		struct front *front = &queue->fronts[i];
		uint64_t number = queue->next + i;

		front->udp.source =
			htons((uint16_t)(FLOW_PORT_FIRST + number % source->config.flows));
		front->number = htobe64(number);
		packets[i] = (struct packet){
			.len = source->config.size,
			.iov_cnt = source->config.size > FRONT_LEN ? 2 : 1,
			.iov = &queue->iov[i][1],
		};
	}
	return (unsigned)cnt;
}

static void source_give_back(struct uplink *uplink, unsigned nth, unsigned done)
{
	source_of(uplink)->queues[nth].next += done;
}

static uint64_t source_due_ns(const struct uplink *uplink, unsigned nth)
{
	const struct source *source = (const struct source *)uplink;

	if (source->config.rate == 0)
		return 0;
	return source->queues[nth].base_ns + NS_PER_SECOND / source->config.rate;
}

static unsigned source_send(struct uplink *uplink, const struct sender *from,
			    struct packet *packets, unsigned cnt, uint64_t now_ns)
{
	(void)uplink;
	(void)from;
	(void)packets;
	(void)now_ns;
	return cnt;
}

static const struct uplink_ops source_ops = {
	.type = "source",
	.send = source_send,
	.take = source_take,
	.give_back = source_give_back,
	.due_ns = source_due_ns,
	.fd = port_bare_fd,
};

/* ---- open and close ---- */

/* The UDP checksum is 0, "none": it would cost as much as the copy. */
static void make_front(struct front *front, unsigned size)
{
	const unsigned ip_len = size - ETH_HEADER_LEN;

	memset(front, 0, sizeof(*front));
	memset(front->to, 0xff, sizeof(front->to));
	memcpy(front->from, "\x02\x00\x00\x00\x00\x01", sizeof(front->from));
	front->type = htons(0x0800);
	front->ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)ip_len),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(0xc6120001),
		.daddr = htonl(0xc6120002),
	};
	front->udp.dest = htons(9); /* discard */
	front->udp.len = htons((uint16_t)(ip_len - sizeof(front->ip)));
}

static void make_queue(struct source *source, struct source_queue *queue)
{
	unsigned size = source->config.size;
	unsigned in_front = size < FRONT_LEN ? size : FRONT_LEN;
	struct csum csum = { 0 };
	struct front front;
	unsigned i;

	make_front(&front, size);
	csum_add(&csum, &front.ip, sizeof(front.ip));
	front.ip.check = htons((uint16_t)~csum_fold(&csum));
	for (i = 0; i < BURST_FRAMES; i++) {
		queue->fronts[i] = front;
		queue->iov[i][1] = (struct iovec){ &queue->fronts[i], in_front };
		queue->iov[i][2] = (struct iovec){ source->rest, size - in_front };
	}
}

struct uplink *source_open(const char *name, const struct source_config *config,
			   struct error_text *error)
{
	struct source *source = calloc(1, sizeof(*source));
	unsigned i;

	if (source)
		source->rest = calloc(1, config->size);
	if (!source || !source->rest) {
		error_set(error, ENOMEM, "port %s: out of memory", name);
		free(source);
		return NULL;
	}
	source->uplink.ops = &source_ops;
	snprintf(source->uplink.name, sizeof(source->uplink.name), "%s", name);
	source->config = *config;
	for (i = 0; i < GUEST_PAIRS_MAX; i++)
		make_queue(source, &source->queues[i]);
	return &source->uplink;
}

void source_close(struct uplink *uplink)
{
	free(source_of(uplink)->rest);
	free(uplink);
}
