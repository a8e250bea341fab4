/* SPDX-License-Identifier: BSD-3-Clause */
/* feed.c - see feed.h. */
#include "port/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "net/burst.h"
#include "net/feeder.h"

#define FEED_FRAMES 32
/* One byte more than there can be: a longer frame is seen to be longer. */
#define FRAME_ROOM (((size_t)FRAME_LEN_MAX + 1 + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE)

/* What the kernel may ask of whoever gets its frames. */
#define FEED_FEATURES                                                           \
	(FEATURE_BIT(VIRTIO_NET_F_CSUM) | FEATURE_BIT(VIRTIO_NET_F_HOST_TSO4) | \
	 FEATURE_BIT(VIRTIO_NET_F_HOST_TSO6) | FEATURE_BIT(VIRTIO_NET_F_HOST_ECN))

struct feed {
	struct feeder feeder;
	struct uplink *from, *to;
	unsigned queue;
	counter_t drops[DROP_REASON_CNT]; /* told by who receives (switch_report.h) */
	struct packet packets[FEED_FRAMES];
	struct iovec iov[FEED_FRAMES][2]; /* free to use, then the frame */
	uint8_t *room;			  /* FRAME_ROOM bytes for each */
};

/* Bytes that were read; 0: there is no frame now; or a negative errno. */
static ssize_t read_one(struct feed *feed, unsigned nth)
{
	struct packet *packet = &feed->packets[nth];
	struct iovec *frame = &feed->iov[nth][1];
	ssize_t got;

	packet->hdr = (struct virtio_net_hdr){ 0 };
	frame[-1] = (struct iovec){ .iov_base = &packet->hdr, .iov_len = UPLINK_HDR_LEN };
	frame[0] =
		(struct iovec){ .iov_base = feed->room + nth * FRAME_ROOM, .iov_len = FRAME_ROOM };
	got = feed->from->ops->receive(feed->from, feed->queue, frame - 1, 2);
	if (got < UPLINK_HDR_LEN)
		return got < 0 ? got : 0;
	packet->len = (uint32_t)got - UPLINK_HDR_LEN;
	packet->iov = frame;
	packet->iov_cnt = 1;
	frame->iov_len = packet->len;
	return got;
}

/* How many frames, or a negative errno. */
static int read_burst(struct feed *feed)
{
	uint64_t bytes = 0;
	unsigned cnt = 0;
	ssize_t got = 0;

	while (cnt < FEED_FRAMES && bytes < BURST_BYTES) {
		got = read_one(feed, cnt);
		if (got <= 0)
			break;
		bytes += (uint64_t)got;
		cnt++;
	}
	return cnt > 0 ? (int)cnt : (int)got;
}

static int feed_poll(struct feeder *feeder, struct burst *burst, uint64_t now_ns)
{
	struct feed *feed = CONTAINER_OF(feeder, struct feed, feeder);
	const struct sender from = {
		.features = FEED_FEATURES,
		.queue = feed->queue,
		.drops = feed->drops,
		.burst = burst,
	};
	int cnt = read_burst(feed);

	if (cnt > 0)
		feed->to->ops->send(feed->to, &from, feed->packets, (unsigned)cnt, now_ns);
	return cnt;
}

struct feed *feed_open(struct uplink *from, unsigned queue, struct uplink *to,
		       struct worker *worker, struct error_text *error)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	int err = -ENOMEM;

	if (feed)
		feed->room = malloc(FEED_FRAMES * FRAME_ROOM);
	if (feed && feed->room) {
		feed->feeder.fd = from->ops->fd(from, queue);
		feed->feeder.poll = feed_poll;
		feed->from = from;
		feed->to = to;
		feed->queue = queue;
		err = worker_add_feeder(worker, &feed->feeder);
	}
	if (!err)
		return feed;
	error_set(error, -err, "port %s: worker %u can not read its frames: %s", from->name,
		  worker_index(worker), strerror(-err));
	if (feed)
		free(feed->room);
	free(feed);
	return NULL;
}

void feed_close(struct feed *feed)
{
	if (!feed)
		return;
	worker_remove_feeder(&feed->feeder);
	free(feed->room);
	free(feed);
}
