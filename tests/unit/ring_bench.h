/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_bench.h - both ends of one ring in plain memory, checked at each step.
 *
 * The driver's end is tests/lib/driver, the device's is the vring under
 * test; a step is one verb of either. After each step every invariant is
 * looked at from both sides: the driver's by driver_check_step(), the
 * device's here. A chain is made from a seed that travels as its token, so
 * both ends can tell what it must hold.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_RING_BENCH_H
#define TESTS_UNIT_RING_BENCH_H

#include "check.h"
#include "ring/notify.h"
#include "ring/vring.h"
#include "driver.h"

enum ring_form { RING_DIRECT, RING_CHAINED, RING_INDIRECT };

#define RING_PARTS_MAX 8
#define RING_PART_LEN_MAX 96

struct ring_setup {
	uint16_t size, start; /* start: a position */
	bool event_idx;
	enum ring_form form;
	bool packed;
};

struct ring_bench {
	struct ring_setup setup;
	uint32_t dice;

	struct driver_mem mem;
	struct driver driver;
	unsigned char *buffers;

	struct guest_mem guest;
	struct vring vring;
	struct chain_scratch scratch;
	struct chain *taken; /* taken and not used, oldest first … */
	unsigned taken_cnt;
	unsigned fresh;	    /* … of these, the latest that may be put back */
	unsigned available; /* chains offered and not taken */
	uint32_t *seed_of;  /* by id: what was taken there; 0 nothing */

	uint64_t taken_total, used_total; /* put back ones are not counted */
	uint16_t published;		  /* used position the driver may see */
	uint16_t decided;
	uint64_t calls, kicks;
	bool asked;  /* kicks were asked for, and none has come since */
	bool spared; /* flags: kicks are not wanted */
	void *page;
};

void ring_bench_open(struct ring_bench *bench, const struct ring_setup *setup);
void ring_bench_close(struct ring_bench *bench);

/* The driver's verbs. */
bool ring_bench_offer(struct ring_bench *bench);	  /* false: the table is full */
bool ring_bench_reap(struct ring_bench *bench);		  /* false: nothing is used */
void ring_bench_arm(struct ring_bench *bench, int ahead); /* slots from the next entry */

/* The device's. */
unsigned ring_bench_take(struct ring_bench *bench, unsigned max);
void ring_bench_put_back(struct ring_bench *bench, unsigned cnt);
void ring_bench_use(struct ring_bench *bench);	   /* one of those taken */
void ring_bench_publish(struct ring_bench *bench); /* and decides */
void ring_bench_ask(struct ring_bench *bench);
void ring_bench_spare(struct ring_bench *bench);

/* All invariants, of all of the ring. */
void ring_bench_check(struct ring_bench *bench);

/* Between the files of the bench: the chain of a seed, how much the device
 * writes into it, and whether what was taken is what was offered. */
#define BUFFERS_LEN 4096
struct driver_chain ring_bench_chain(const struct ring_bench *bench, uint32_t seed,
				     struct driver_part parts[RING_PARTS_MAX]);
uint32_t ring_bench_written(uint32_t seed, uint64_t writable_len);
void ring_bench_check_chain(const struct ring_bench *bench, const struct chain *chain);

#endif
