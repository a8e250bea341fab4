/* SPDX-License-Identifier: BSD-3-Clause */
/* test_chain.c - chains that are right in odd ways: whatever layout is allowed. */
#include "chain_bench.h"
#include "ring/chain_run.h"

static struct chain_bench bench;

static int open_bench(void **state)
{
	(void)state;
	chain_bench_open(&bench);
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	chain_bench_close(&bench);
	return 0;
}

static void a_buffer_across_regions_comes_in_pieces(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 3, (struct virtq_desc){ CHAIN_SEAM - 10, 30, D_WRITE, 0 });
	assert_int_equal(chain_bench_take(&bench, 3), 1);
	assert_int_equal(bench.chain.id, 3);
	assert_int_equal(bench.chain.slots, 1);
	assert_int_equal(bench.chain.writable_cnt, 2);
	assert_int_equal(bench.chain.writable_len, 30);
	assert_ptr_equal(bench.chain.iov[0].iov_base, chain_bench_at(&bench, CHAIN_SEAM - 10));
	assert_int_equal(bench.chain.iov[0].iov_len, 10);
	assert_ptr_equal(bench.chain.iov[1].iov_base, chain_bench_at(&bench, CHAIN_SEAM));
	assert_int_equal(bench.chain.iov[1].iov_len, 20);
}

static void a_buffer_may_end_with_its_region(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_GPA_END - 5, 5, 0, 0 });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.readable_len, 5);
}

static void the_longest_chain_has_as_many_slots_as_the_ring(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		chain_bench_desc(&bench, (i * 3) % 8,
				 (struct virtq_desc){ CHAIN_FREE + i, 1,
						      (i < 7 ? D_NEXT : 0) | (i > 4 ? D_WRITE : 0),
						      (uint16_t)((i + 1) * 3 % 8) });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.slots, 8);
	assert_int_equal(bench.chain.readable_cnt, 5);
	assert_int_equal(bench.chain.writable_cnt, 3);
	for (i = 0; i < 8; i++)
		assert_ptr_equal(bench.chain.iov[i].iov_base,
				 chain_bench_at(&bench, CHAIN_FREE + i));
}

/* "A driver MAY …": direct descriptors, and an indirect one as the last. */
static void a_chain_may_end_in_an_indirect_table(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 1, (struct virtq_desc){ CHAIN_FREE, 12, D_NEXT, 4 });
	chain_bench_desc(&bench, 4, (struct virtq_desc){ CHAIN_FREE + 64, 32, D_INDIRECT, 0 });
	chain_bench_table(&bench, CHAIN_FREE + 64, 0,
			  (struct virtq_desc){ CHAIN_FREE + 1024, 100, D_NEXT, 1 });
	chain_bench_table(&bench, CHAIN_FREE + 64, 1,
			  (struct virtq_desc){ CHAIN_FREE + 2048, 200, D_WRITE, 0 });
	assert_int_equal(chain_bench_take(&bench, 1), 1);
	assert_int_equal(bench.chain.slots, 2);
	assert_int_equal(bench.chain.readable_len, 112);
	assert_int_equal(bench.chain.writable_len, 200);
}

/* It has no alignment, and may lie across regions in the middle of an entry. */
static void an_indirect_table_may_lie_anywhere(void **state)
{
	const uint64_t table = CHAIN_SEAM - 16 - 7;

	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ table, 3 * 16, D_INDIRECT, 0 });
	chain_bench_table(&bench, table, 0, (struct virtq_desc){ CHAIN_FREE, 1, D_NEXT, 2 });
	chain_bench_table(&bench, table, 1, (struct virtq_desc){ CHAIN_FREE + 2, 3, 0, 0 });
	chain_bench_table(&bench, table, 2, (struct virtq_desc){ CHAIN_FREE + 1, 2, D_NEXT, 1 });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.readable_cnt, 3);
	assert_int_equal(bench.chain.iov[1].iov_len, 2);
	assert_int_equal(bench.chain.iov[2].iov_len, 3);
}

static void an_indirect_table_may_be_longer_than_a_small_ring(void **state)
{
	unsigned i;

	(void)state;
	chain_bench_desc(&bench, 0,
			 (struct virtq_desc){ CHAIN_FREE, CHAIN_INDIRECT_MAX * 16, D_INDIRECT, 0 });
	for (i = 0; i < CHAIN_INDIRECT_MAX; i++)
		chain_bench_table(&bench, CHAIN_FREE, i,
				  (struct virtq_desc){ CHAIN_SEAM, 1,
						       i + 1 < CHAIN_INDIRECT_MAX ? D_NEXT : 0,
						       (uint16_t)(i + 1) });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.slots, 1);
	assert_int_equal(bench.chain.readable_cnt, CHAIN_INDIRECT_MAX);
}

static void an_empty_buffer_is_no_piece(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ 0, 0, D_NEXT, 1 });
	chain_bench_desc(&bench, 1, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.readable_cnt, 1);
	assert_int_equal(bench.chain.slots, 2);
}

/* A scratch with something in it is a reason to wait, not a fault. */
static void a_chain_without_room_waits_for_the_next_burst(void **state)
{
	struct chain chains[2];

	(void)state;
	bench.scratch.cap = 1;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	chain_bench_desc(&bench, 1, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	bench.parts.avail->ring[1] = 1;
	bench.parts.avail->idx = 2;
	assert_int_equal(vring_take(&bench.vring, &bench.scratch, chains, 2), 1);
	assert_int_equal(bench.vring.fault, VRING_FAULT_none);
	bench.scratch.used = 0;
	assert_int_equal(vring_take(&bench.vring, &bench.scratch, chains, 2), 1);
	assert_int_equal(chains[0].id, 1);
}

static void an_empty_buffer_is_a_chain_without_parts(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 0, 0, 0 });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
	assert_int_equal(bench.chain.readable_cnt + bench.chain.writable_cnt, 0);
	assert_int_equal(bench.chain.slots, 1);
	assert_int_equal(bench.scratch.used, 0);
}

/* Also where the length, one less, would be no more than what is left of the region. */
static void an_empty_buffer_makes_no_run_in_a_region_of_many_gigabytes(void **state)
{
	struct guest_mem mem = { 0 };
	struct chain_run run;

	(void)state;
	assert_true(guest_mem_add(&mem, CHAIN_GPA, UINT64_C(8) << 30, bench.first));
	run = chain_run_begin(&mem, &bench.scratch, &bench.chain, CHAIN_GPA);
	assert_false(chain_run_fits(&run, CHAIN_GPA, 0));
	assert_true(chain_run_fits(&run, CHAIN_GPA, UINT32_MAX));
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_buffer_is_a_chain_without_parts),
		TEST(an_empty_buffer_makes_no_run_in_a_region_of_many_gigabytes),
		TEST(a_buffer_across_regions_comes_in_pieces),
		TEST(a_buffer_may_end_with_its_region),
		TEST(the_longest_chain_has_as_many_slots_as_the_ring),
		TEST(a_chain_may_end_in_an_indirect_table),
		TEST(an_indirect_table_may_lie_anywhere),
		TEST(an_indirect_table_may_be_longer_than_a_small_ring),
		TEST(an_empty_buffer_is_no_piece),
		TEST(a_chain_without_room_waits_for_the_next_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
