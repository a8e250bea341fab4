/* SPDX-License-Identifier: BSD-3-Clause */
/* chain_bench.c - see chain_bench.h. */
#include "chain_bench.h"

#include <stdlib.h>
#include <string.h>

#define AVAIL_OFFSET 1024
#define USED_OFFSET 2048

static struct vring_config config_of(const struct chain_bench *bench)
{
	return (struct vring_config){
		.parts = bench->parts,
		.mem = &bench->guest,
		.shape = { .size = CHAIN_RING_SIZE },
		.event_idx = true,
		.indirect = true,
	};
}

void chain_bench_open(struct chain_bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->first = aligned_alloc(4096, CHAIN_REGION_LEN);
	bench->second = aligned_alloc(4096, CHAIN_REGION_LEN);
	assert_true(bench->first && bench->second);
	/* In the table in the order that address translation likes least. */
	assert_true(guest_mem_add(&bench->guest, CHAIN_SEAM, CHAIN_REGION_LEN, bench->second));
	assert_true(guest_mem_add(&bench->guest, CHAIN_GPA, CHAIN_REGION_LEN, bench->first));
	bench->parts = (struct vring_parts){
		.desc = (struct virtq_desc *)bench->first,
		.avail = (struct virtq_avail *)(bench->first + AVAIL_OFFSET),
		.used = (struct virtq_used *)(bench->first + USED_OFFSET),
	};
	chain_bench_reset(bench);
}

void chain_bench_close(struct chain_bench *bench)
{
	free(bench->first);
	free(bench->second);
}

void chain_bench_reset(struct chain_bench *bench)
{
	struct vring_config config = config_of(bench);

	memset(bench->first, 0, CHAIN_REGION_LEN);
	memset(bench->second, 0, CHAIN_REGION_LEN);
	assert_null(vring_check(&config));
	vring_attach(&bench->vring, &config);
	bench->scratch = (struct chain_scratch){ .iov = bench->iov, .cap = 2048 };
}

void *chain_bench_at(struct chain_bench *bench, uint64_t gpa)
{
	return gpa < CHAIN_SEAM ? bench->first + (gpa - CHAIN_GPA)
				: bench->second + (gpa - CHAIN_SEAM);
}

void chain_bench_desc(struct chain_bench *bench, unsigned slot, struct virtq_desc desc)
{
	bench->parts.desc[slot] = desc;
}

/* Byte by byte: a table may lie across the seam. */
void chain_bench_table(struct chain_bench *bench, uint64_t table, unsigned slot,
		       struct virtq_desc desc)
{
	const unsigned char *bytes = (const unsigned char *)&desc;
	unsigned i;

	for (i = 0; i < sizeof(desc); i++)
		*(unsigned char *)chain_bench_at(bench, table + slot * sizeof(desc) + i) = bytes[i];
}

unsigned chain_bench_take(struct chain_bench *bench, uint16_t head)
{
	struct virtq_avail *avail = bench->parts.avail;

	avail->ring[avail->idx % CHAIN_RING_SIZE] = head;
	avail->idx++;
	bench->scratch.used = 0;
	return vring_take(&bench->vring, &bench->scratch, &bench->chain, 1);
}

void chain_bench_expect_fault(struct chain_bench *bench, uint16_t head, enum vring_fault fault)
{
	struct vring *vring = &bench->vring;
	uint16_t next_avail = vring->next_avail;

	assert_int_equal(chain_bench_take(bench, head), 0);
	assert_string_equal(vring_fault_name(vring->fault), vring_fault_name(fault));
	assert_int_equal(vring->next_avail, next_avail);
	assert_int_equal(bench->scratch.used, 0);

	/* Sticky: an honest chain behind it is not taken, a later fault not told. */
	chain_bench_desc(bench, 7, (struct virtq_desc){ CHAIN_FREE, 1, 0, 0 });
	assert_int_equal(chain_bench_take(bench, 7), 0);
	assert_int_equal(vring_backlog(vring), 0);
	vring_set_fault(vring, VRING_FAULT_none);
	vring_set_fault(vring, fault == VRING_FAULT_loop ? VRING_FAULT_order : VRING_FAULT_loop);
	assert_int_equal(vring->fault, fault);
	assert_int_equal(bench->parts.used->idx, 0);
}
