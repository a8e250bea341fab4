/* SPDX-License-Identifier: BSD-3-Clause */
/* net_bench.c - see net_bench.h. */
#include "net_bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/iov.h"
#include "net/worker.h"

#define PAGE_LEN (1024 * 1024)
#define GPA 0x30000000

static struct net_bench *opened;

struct net_bench *net_bench_now(void)
{
	return opened;
}

/* ---- what net/ wants of a worker ---- */

struct news_ring *worker_own_news(void)
{
	return &opened->news;
}

void worker_rouse(struct guest_pair *pair, uint64_t now_ns)
{
	(void)pair;
	(void)now_ns;
}

void worker_unwatch_kick(struct vring_end *end)
{
	(void)end;
	opened->unwatched++;
}

void worker_watch_kick(struct vring_end *end)
{
	(void)end;
}

void worker_wake(struct worker *worker)
{
	(void)worker;
}

/* ---- the uplink ---- */

static unsigned fake_send(struct uplink *uplink, const struct sender *from, struct packet *packets,
			  unsigned cnt, uint64_t now_ns)
{
	unsigned i;

	(void)uplink;
	(void)from;
	(void)now_ns;
	if (opened->takes_nothing)
		return 0;
	for (i = 0; i < cnt; i++) {
		struct iov_at at = iov_begin(packets[i].iov, packets[i].iov_cnt);

		opened->sent++;
		opened->sent_hdr = packets[i].hdr;
		opened->sent_len = packets[i].len;
		iov_get(&at, opened->sent_data, sizeof(opened->sent_data));
	}
	return cnt;
}

/* A frame counts up from 1. */
static ssize_t fake_receive(struct uplink *uplink, unsigned queue, const struct iovec *iov,
			    unsigned iov_cnt)
{
	struct iov_at at = iov_begin(iov, iov_cnt);
	uint32_t len = opened->waiting[0];
	uint32_t i;

	(void)uplink;
	(void)queue;
	if (opened->waiting_cnt == 0)
		return 0;
	opened->waiting_cnt--;
	memmove(opened->waiting, opened->waiting + 1, sizeof(opened->waiting) - 4);
	iov_put(&at, &opened->hdr, UPLINK_HDR_LEN);
	for (i = 0; i < len; i++)
		iov_put(&at, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	return UPLINK_HDR_LEN + (ssize_t)len;
}

static int fake_fd(const struct uplink *uplink, unsigned queue)
{
	(void)uplink;
	(void)queue;
	return -1;
}

static const struct uplink_ops fake_ops = {
	.type = "fake",
	.send = fake_send,
	.receive = fake_receive,
	.fd = fake_fd,
};

/* ---- open and close ---- */

static void start(struct net_bench *bench, struct vring_end *end, struct driver *driver)
{
	const uint64_t features = bench->port->features;
	const bool packed = features & FEATURE_BIT(VIRTIO_F_RING_PACKED);
	const struct driver_config ring = {
		.size = NET_SIZE,
		.start = packed ? POSITION_WRAP : 65530,
		.packed = packed,
		.event_idx = features & FEATURE_BIT(VIRTIO_F_EVENT_IDX),
		.indirect_parts = 4,
	};
	struct vring_config config = {
		.mem = &bench->port->mem,
		.shape = { .size = NET_SIZE, .packed = ring.packed },
		.event_idx = ring.event_idx,
		.indirect = true,
		.next_avail = ring.start,
		.next_used = ring.start,
	};

	assert_int_equal(driver_init(driver, &ring, &bench->mem), 0);
	config.parts = (struct vring_parts){ .desc = driver_desc_area(driver),
					     .avail = driver_driver_area(driver),
					     .used = driver_device_area(driver) };
	vring_end_set_call_fd(end, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	vring_end_set_kick_fd(end, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	assert_true(end->call_fd >= 0 && end->kick_fd >= 0);
	vring_end_start(end, &config, 0);
	end->enabled = true;
}

void net_bench_open(struct net_bench *bench, uint64_t features)
{
	memset(bench, 0, sizeof(*bench));
	opened = bench;
	grace_init(&bench->grace, 1);
	bench->news.bell_fd = -1;
	bench->burst = burst_new();
	bench->port = guest_port_new("vm0", 1, &bench->grace);
	bench->page = aligned_alloc(4096, PAGE_LEN);
	assert_true(bench->burst && bench->port && bench->page);
	memset(bench->page, 0, PAGE_LEN);
	assert_true(driver_mem_add(&bench->mem, bench->page, GPA, PAGE_LEN));
	assert_true(guest_mem_add(&bench->port->mem, GPA, PAGE_LEN, bench->page));

	guest_port_set_features(bench->port, features);
	atomic_store(&bench->port->force, true);
	atomic_store(&bench->port->stall_after_ns, 50 * MS);
	bench->pair = bench->port->pairs[0];
	bench->uplink.ops = &fake_ops;
	bench->pair->uplink = &bench->uplink;
	start(bench, &bench->pair->tx, &bench->tx);
	start(bench, &bench->pair->rx, &bench->rx);
	atomic_store(&bench->port->live, true);
}

void net_bench_close(struct net_bench *bench)
{
	net_check_sums(&bench->pair->tx);
	net_check_sums(&bench->pair->rx);
	driver_check(&bench->tx);
	driver_check(&bench->rx);
	assert_string_equal(bench->tx.violation, "");
	assert_string_equal(bench->rx.violation, "");
	driver_free(&bench->tx);
	driver_free(&bench->rx);
	guest_port_free(bench->port);
	burst_free(bench->burst);
	free(bench->page);
	opened = NULL;
}

/* ---- the guest ---- */

int net_offer(struct net_bench *bench, struct driver *driver, const uint32_t *lens, unsigned cnt,
	      unsigned writable)
{
	struct driver_part parts[8];
	unsigned i;

	for (i = 0; i < cnt; i++) {
		parts[i] = (struct driver_part){
			.host = driver_mem_alloc(&bench->mem, lens[i], 1),
			.len = lens[i],
			.writable = writable & (1u << i),
		};
		assert_non_null(parts[i].host);
		memset(parts[i].host, 0, lens[i]);
	}
	return driver_offer(driver,
			    &(struct driver_chain){ parts, (uint16_t)cnt, false, parts[0].host });
}

int net_send(struct net_bench *bench, uint32_t len, uint8_t first)
{
	const uint32_t lens[] = { bench->port->hdr_len + len / 2, len - len / 2 };
	int head = net_offer(bench, &bench->tx, lens, 2, 0);
	uint8_t *at, *next;
	uint32_t i;

	if (head < 0)
		return head;
	at = bench->tx.head[head].token;
	next = at + lens[0]; /* allocated one after the other */
	for (i = 0; i < len / 2; i++)
		at[bench->port->hdr_len + i] = (uint8_t)(first + i);
	for (; i < len; i++)
		next[i - len / 2] = (uint8_t)(first + i);
	return head;
}

void net_give(struct net_bench *bench, unsigned cnt, uint32_t len)
{
	while (cnt-- > 0)
		assert_true(net_offer(bench, &bench->rx, &len, 1, 1) >= 0);
}

void net_frame_comes(struct net_bench *bench, uint32_t len)
{
	bench->waiting[bench->waiting_cnt++] = len;
}

const uint8_t *net_received(struct net_bench *bench, uint32_t *len)
{
	struct driver_reaped reaped;

	if (!driver_reap(&bench->rx, &reaped))
		return NULL;
	*len = reaped.len;
	return reaped.token;
}

uint64_t net_calls(const struct vring_end *end)
{
	uint64_t value = 0;

	return read(end->call_fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

void net_check_sums(const struct vring_end *end)
{
	uint64_t outcomes = stall_forced_pends(&end->stall);
	struct vring_counters_read read;
	int i;

	counters_read(&end->counters, &read);
	assert_int_equal(read.publishes,
			 read.calls_suppressed +
				 (read.calls - read.calls_forced - read.calls_first) +
				 read.calls_failed);
	assert_true(read.stalls_revived <= read.stalls);
	assert_true(read.stalls <= read.calls_forced);
	assert_true(read.probes <= read.calls_forced);
	assert_true(read.probes_answered <= read.probes);
	assert_int_equal(read.forced[FORCED_revived], read.stalls_revived);
	for (i = 0; i < FORCED_OUTCOME_CNT; i++)
		outcomes += read.forced[i];
	assert_int_equal(outcomes, read.calls_forced);
}

void net_deliver(struct net_bench *bench, struct packet *packet)
{
	struct delivery delivery;

	delivery_begin(&delivery, bench->pair, bench->burst, 1);
	if (!delivery_put(&delivery, packet))
		delivery_drop(&delivery, 1);
	delivery_end(&delivery, 1);
}
