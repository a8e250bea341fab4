/* SPDX-License-Identifier: BSD-3-Clause */
/* chain_bench.h - descriptor tables written by hand, right and wrong.
 *
 * Two regions that adjoin in the guest and lie apart here, and a ring of eight
 * slots in the first. Tests write descriptors and offer heads as no honest
 * driver would.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_CHAIN_BENCH_H
#define TESTS_UNIT_CHAIN_BENCH_H

#include "check.h"
#include "ring/vring.h"

#define CHAIN_RING_SIZE 8
#define CHAIN_REGION_LEN 32768
#define CHAIN_GPA UINT64_C(0x200000)
/* Where the two regions meet, and where the second ends. */
#define CHAIN_SEAM (CHAIN_GPA + CHAIN_REGION_LEN)
#define CHAIN_GPA_END (CHAIN_SEAM + CHAIN_REGION_LEN)
/* Guest memory that is free for buffers and tables. */
#define CHAIN_FREE (CHAIN_GPA + 4096)

#define D_NEXT VIRTQ_DESC_F_NEXT
#define D_WRITE VIRTQ_DESC_F_WRITE
#define D_INDIRECT VIRTQ_DESC_F_INDIRECT

struct chain_bench {
	unsigned char *first, *second;
	struct guest_mem guest;
	struct vring_parts parts;
	struct vring vring;
	struct iovec iov[2048];
	struct chain_scratch scratch;
	struct chain chain;
};

void chain_bench_open(struct chain_bench *bench);
void chain_bench_close(struct chain_bench *bench);

/* A start afresh: empty ring, no fault. */
void chain_bench_reset(struct chain_bench *bench);

/* Where guest-physical memory is. */
void *chain_bench_at(struct chain_bench *bench, uint64_t gpa);

/* Writes a slot of the ring's table, or of an indirect one at `table`. */
void chain_bench_desc(struct chain_bench *bench, unsigned slot, struct virtq_desc desc);
void chain_bench_table(struct chain_bench *bench, uint64_t table, unsigned slot,
		       struct virtq_desc desc);

/* Makes `head` available and takes it into bench->chain: how many came. */
unsigned chain_bench_take(struct chain_bench *bench, uint16_t head);

/* The same, and the vring must be faulted so, and stay so. */
void chain_bench_expect_fault(struct chain_bench *bench, uint16_t head, enum vring_fault fault);

#endif
