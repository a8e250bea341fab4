/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_bench_chain.c - what a chain is made of, as its seed says; see ring_bench.h. */
#include "ring_bench.h"

struct driver_chain ring_bench_chain(const struct ring_bench *bench, uint32_t seed,
				     struct driver_part parts[RING_PARTS_MAX])
{
	unsigned most = bench->setup.form == RING_INDIRECT ? RING_PARTS_MAX : 4;
	unsigned cnt = bench->setup.form == RING_DIRECT ? 1 : 1 + seed % most;
	unsigned readable = (seed >> 8) % (cnt + 1);
	unsigned i;

	for (i = 0; i < cnt; i++)
		parts[i] = (struct driver_part){
			.host = bench->buffers + (seed >> i) % (BUFFERS_LEN - RING_PART_LEN_MAX),
			.len = 1 + (seed >> (16 - i)) % RING_PART_LEN_MAX,
			.writable = i >= readable,
		};
	return (struct driver_chain){
		.part = parts,
		.part_cnt = (uint16_t)cnt,
		.indirect = bench->setup.form == RING_INDIRECT,
		.token = (void *)(uintptr_t)seed,
	};
}

/* How much the device writes into a chain: from nothing to all. */
uint32_t ring_bench_written(uint32_t seed, uint64_t writable_len)
{
	return (uint32_t)((seed >> 4) % (writable_len + 1));
}

void ring_bench_check_chain(const struct ring_bench *bench, const struct chain *chain)
{
	uint32_t seed = bench->seed_of[chain->id];
	struct driver_part parts[RING_PARTS_MAX];
	struct driver_chain offered = ring_bench_chain(bench, seed, parts);
	unsigned readable = 0;
	unsigned i;

	assert_int_equal(chain->readable_cnt + chain->writable_cnt, offered.part_cnt);
	assert_int_equal(chain->slots, offered.indirect ? 1 : offered.part_cnt);
	for (i = 0; i < offered.part_cnt; i++) {
		readable += !parts[i].writable;
		assert_ptr_equal(chain->iov[i].iov_base, parts[i].host);
		assert_int_equal(chain->iov[i].iov_len, parts[i].len);
	}
	assert_int_equal(chain->readable_cnt, readable);
}
