/* SPDX-License-Identifier: BSD-3-Clause */
/* turn_instr.c - what a worker's turn over a guest costs, in instructions, by callgrind.
 *
 * A guest on a wire to an echo: all that a worker does from the chains of a batch to the
 * decision about the echoes is in the measured function, with what is counted, recorded
 * and shown. Built with -Dinstrument=false it tells what that costs (scripts/bench
 * counted). The few functions of a worker that net/ calls are faked here.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "instr_case.h"
#include "net/burst.h"
#include "net/grace.h"
#include "net/guest_port.h"
#include "net/news.h"
#include "net/pair.h"
#include "net/uplink.h"
#include "net/worker.h"
#include "port/echo.h"

#define GPA 0x100000000
#define PAGE_LEN 4096
#define TURN_NS 2000

struct bench {
	struct driver_mem mem;
	struct driver tx, rx;
	unsigned char *page, *sent, *received;

	struct grace grace;
	struct guest_port *port;
	struct burst *burst;
	struct uplink echo;
	struct trace_ring trace[2];
	uint64_t now_ns;
	unsigned crossed;
};

/* ---- what net/ wants of a worker ---- */

struct news_ring *worker_own_news(void)
{
	static struct news_ring news = { .bell_fd = -1 };

	return &news;
}

void worker_rouse(struct guest_pair *pair, uint64_t now_ns)
{
	(void)pair;
	(void)now_ns;
}

void worker_unwatch_kick(struct vring_end *end)
{
	(void)end;
}

void worker_watch_kick(struct vring_end *end)
{
	(void)end;
}

void worker_wake(struct worker *worker)
{
	(void)worker;
}

/* ---- what is measured ---- */

static INSTR_MEASURED void measured_turn(struct bench *bench)
{
	bench->crossed = pair_poll(bench->port->pairs[0], bench->burst, bench->now_ns);
	INSTR_MEASURED_END();
}

/* ---- around it ---- */

static void start(struct bench *bench, struct vring_end *end, struct driver *driver,
		  const struct driver_config *config)
{
	const struct vring_config device = {
		.parts = { .desc = driver_desc_area(driver),
			   .avail = driver_driver_area(driver),
			   .used = driver_device_area(driver) },
		.mem = &bench->port->mem,
		.shape = { .size = config->size, .packed = config->packed },
		.event_idx = true,
		.indirect = true,
		.next_avail = config->start,
		.next_used = config->start,
	};

	instr_demand(!vring_check(&device), "the ring is one");
	vring_end_start(end, &device, bench->now_ns);
	end->enabled = true;
}

static void open_memory(struct bench *bench, const struct driver_config *config)
{
	size_t len = 2 * (driver_bytes(config) + INSTR_BUFFERS_LEN + 2 * PAGE_LEN) &
		     ~(size_t)(PAGE_LEN - 1);

	bench->page = aligned_alloc(PAGE_LEN, len);
	instr_demand(bench->page && driver_mem_add(&bench->mem, bench->page, GPA, len) &&
			     guest_mem_add(&bench->port->mem, GPA, len, bench->page) &&
			     driver_init(&bench->tx, config, &bench->mem) == 0 &&
			     driver_init(&bench->rx, config, &bench->mem) == 0,
		     "there is memory");
	bench->sent = driver_mem_alloc(&bench->mem, INSTR_BUFFERS_LEN, CACHE_LINE);
	bench->received = driver_mem_alloc(&bench->mem, INSTR_BUFFERS_LEN, CACHE_LINE);
	instr_demand(bench->sent && bench->received, "there is room for buffers");
	memset(bench->sent, 0, INSTR_BUFFERS_LEN);
	memset(bench->received, 0, INSTR_BUFFERS_LEN);
}

static void open_bench(struct bench *bench, const struct instr_case *of)
{
	const struct driver_config config = {
		.size = INSTR_RING,
		.start = of->packed ? POSITION_WRAP : 0,
		.event_idx = true,
		.packed = of->packed,
	};
	uint64_t features = FEATURE_BIT(VIRTIO_F_VERSION_1) | FEATURE_BIT(VIRTIO_F_EVENT_IDX) |
			    FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF);
	struct guest_pair *pair;

	memset(bench, 0, sizeof(*bench));
	grace_init(&bench->grace, 1);
	bench->burst = burst_new();
	bench->port = guest_port_new("vm0", 1, &bench->grace);
	instr_demand(bench->burst && bench->port, "there is memory for a port");
	open_memory(bench, &config);

	guest_port_set_trace(bench->port, bench->trace);
	guest_port_set_features(bench->port, features);
	atomic_store(&bench->port->stall_after_ns, NS_PER_SECOND);
	pair = bench->port->pairs[0];
	bench->echo.ops = &echo_ops;
	pair->uplink = &bench->echo;
	pair->hot = true;
	start(bench, &pair->tx, &bench->tx, &config);
	start(bench, &pair->rx, &bench->rx, &config);
	atomic_store(&bench->port->live, true);
}

static void close_bench(struct bench *bench)
{
	instr_demand(driver_ok(&bench->tx) && driver_ok(&bench->rx),
		     "the rings were used by the rules");
	driver_free(&bench->tx);
	driver_free(&bench->rx);
	guest_port_free(bench->port);
	burst_free(bench->burst);
	free(bench->page);
}

static void move(struct bench *bench, const struct instr_case *of, unsigned packets)
{
	unsigned done;

	for (done = 0; done < packets; done += of->batch) {
		instr_offer(&bench->rx, of, true, bench->received);
		instr_offer(&bench->tx, of, false, bench->sent);
		bench->now_ns += TURN_NS;
		measured_turn(bench);
		instr_demand(bench->crossed == of->batch, "the batch crosses whole");
		instr_reap(&bench->tx, of);
		instr_reap(&bench->rx, of);
	}
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	struct instr_run run = instr_run_read(argc, argv);
	struct instr_case next;
	unsigned nth = 0;

	while (instr_case_next(&run, &nth, &next)) {
		if (next.table > 0 || next.rx)
			continue; /* both directions are in a turn */
		open_bench(&bench, &next);
		move(&bench, &next, INSTR_RING);
		instr_case_forget();
		move(&bench, &next, run.packets);
		instr_case_write(&run, &next);
		close_bench(&bench);
	}
	return 0;
}
