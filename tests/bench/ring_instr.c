/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_instr.c - what the verbs of a ring cost, in instructions, by callgrind.
 *
 * A measured function is one verb as the data path uses it: all of a batch is
 * taken and used, then one publish and one decision. Its call is counted with
 * it. No payload is touched, as the ring never touches any.
 */
#include <stdlib.h>

#include "instr_case.h"
#include "ring/notify.h"
#include "ring/vring.h"

#define GPA 0x100000000
#define PAGE_LEN 4096
#define TABLE_MAX 2
#define USED_LEN (INSTR_HDR_LEN + INSTR_FRAME_LEN)

struct bench {
	struct driver_mem mem;
	struct driver driver;
	unsigned char *page, *buffers;

	struct guest_mem guest;
	struct vring vring;
	struct chain_scratch scratch;
	struct iovec iov[INSTR_BATCH_MAX * TABLE_MAX];

	struct chain chains[INSTR_BATCH_MAX];
	unsigned wanted, taken;
	uint32_t lens[INSTR_BATCH_MAX]; /* what is written into chains of rx */
	const uint32_t *written;	/* these, or NULL on tx */
	struct notify_decision decision;
};

/* ---- what is measured ---- */

static INSTR_MEASURED void measured_take(struct bench *bench)
{
	bench->taken = vring_take(&bench->vring, &bench->scratch, bench->chains, bench->wanted);
}

static INSTR_MEASURED void measured_use(struct bench *bench)
{
	vring_use(&bench->vring, bench->chains, bench->written, bench->taken);
	INSTR_MEASURED_END();
}

static INSTR_MEASURED void measured_publish(struct bench *bench)
{
	vring_publish(&bench->vring);
	INSTR_MEASURED_END();
}

static INSTR_MEASURED void measured_decide(struct bench *bench)
{
	bench->decision = notify_decide(&bench->vring, NULL);
}

/* ---- around it ---- */

static void attach(struct bench *bench, const struct driver_config *config)
{
	const struct vring_config device = {
		.parts = { .desc = driver_desc_area(&bench->driver),
			   .avail = driver_driver_area(&bench->driver),
			   .used = driver_device_area(&bench->driver) },
		.mem = &bench->guest,
		.shape = { .size = config->size, .packed = config->packed },
		.event_idx = true,
		.indirect = true,
		.next_avail = config->start,
		.next_used = config->start,
	};

	instr_demand(!vring_check(&device), "the ring is one");
	vring_attach(&bench->vring, &device);
}

static void open_bench(struct bench *bench, const struct instr_case *of)
{
	const struct driver_config config = {
		.size = INSTR_RING,
		.start = of->packed ? POSITION_WRAP : 0,
		.event_idx = true,
		.indirect_parts = TABLE_MAX,
		.packed = of->packed,
	};
	size_t len = (driver_bytes(&config) + INSTR_BUFFERS_LEN + 2 * PAGE_LEN) &
		     ~(size_t)(PAGE_LEN - 1);
	unsigned i;

	*bench = (struct bench){ 0 };
	bench->page = aligned_alloc(PAGE_LEN, len);
	instr_demand(bench->page && driver_mem_add(&bench->mem, bench->page, GPA, len) &&
			     guest_mem_add(&bench->guest, GPA, len, bench->page) &&
			     driver_init(&bench->driver, &config, &bench->mem) == 0,
		     "there is memory");
	bench->buffers = driver_mem_alloc(&bench->mem, INSTR_BUFFERS_LEN, CACHE_LINE);
	instr_demand(bench->buffers, "there is room for buffers");

	bench->scratch.iov = bench->iov;
	bench->scratch.cap = INSTR_BATCH_MAX * TABLE_MAX;
	bench->wanted = of->batch;
	for (i = 0; i < INSTR_BATCH_MAX; i++)
		bench->lens[i] = USED_LEN;
	bench->written = of->rx ? bench->lens : NULL;
	attach(bench, &config);
}

static void close_bench(struct bench *bench)
{
	instr_demand(driver_ok(&bench->driver), "the ring was used by the rules");
	driver_free(&bench->driver);
	free(bench->page);
}

static void move(struct bench *bench, const struct instr_case *of, unsigned packets)
{
	unsigned done;

	for (done = 0; done < packets; done += of->batch) {
		instr_offer(&bench->driver, of, of->rx, bench->buffers);
		bench->scratch.used = 0;
		measured_take(bench);
		instr_demand(bench->taken == of->batch, "the batch is taken whole");
		measured_use(bench);
		measured_publish(bench);
		measured_decide(bench);
		instr_demand(!bench->decision.wanted, "no call is wanted");
		instr_reap(&bench->driver, of);
	}
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	struct instr_run run = instr_run_read(argc, argv);
	struct instr_case next;
	unsigned nth = 0;

	while (instr_case_next(&run, &nth, &next)) {
		open_bench(&bench, &next);
		move(&bench, &next, INSTR_RING);
		instr_case_forget();
		move(&bench, &next, run.packets);
		instr_case_write(&run, &next);
		close_bench(&bench);
	}
	return 0;
}
