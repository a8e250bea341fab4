/* SPDX-License-Identifier: BSD-3-Clause */
/* test_chain_faults.c - every mistake that can be seen in a ring, made once.
 *
 * Each is found as what it is, is sticky, takes nothing and leaves the scratch
 * as it was. `direction` and `header_short` depend on what a chain is for:
 * test_guest_tx.c and test_guest_rx.c.
 */
#include "chain_bench.h"

#include "compiler.h"

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

static void a_head_outside_the_table_is_a_fault(void **state)
{
	static const uint16_t heads[] = { CHAIN_RING_SIZE, CHAIN_RING_SIZE + 1, 0xffff };
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		chain_bench_reset(&bench);
		chain_bench_expect_fault(&bench, heads[i], VRING_FAULT_head_range);
	}
}

static void an_available_index_too_far_ahead_is_a_fault(void **state)
{
	static const uint16_t jumps[] = { CHAIN_RING_SIZE + 1, 0x8000, 0xffff };
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		chain_bench_reset(&bench);
		bench.parts.avail->idx = jumps[i];
		assert_int_equal(vring_backlog(&bench.vring), 0);
		assert_int_equal(bench.vring.fault, VRING_FAULT_avail_jump);
		assert_int_equal(vring_take(&bench.vring, &bench.scratch, &bench.chain, 1), 0);
	}
	chain_bench_reset(&bench);
	bench.parts.avail->idx = CHAIN_RING_SIZE;
	assert_int_equal(vring_backlog(&bench.vring), CHAIN_RING_SIZE);
	assert_int_equal(bench.vring.fault, VRING_FAULT_none);
}

static void a_jump_is_seen_by_whoever_looks_take_or_ask(void **state)
{
	(void)state;
	bench.parts.avail->idx = CHAIN_RING_SIZE + 1;
	assert_int_equal(vring_take(&bench.vring, &bench.scratch, &bench.chain, 1), 0);
	assert_int_equal(bench.vring.fault, VRING_FAULT_avail_jump);
}

static void a_descriptor_that_goes_on_outside_is_a_fault(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT, CHAIN_RING_SIZE });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_next_range);

	chain_bench_reset(&bench);
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 32, D_INDIRECT, 0 });
	chain_bench_table(&bench, CHAIN_FREE, 0, (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT, 2 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_next_range);
}

static void a_chain_longer_than_the_ring_is_a_fault(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < CHAIN_RING_SIZE; i++) /* a circle */
		chain_bench_desc(&bench, i,
				 (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT,
						      (uint16_t)((i + 1) % CHAIN_RING_SIZE) });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_loop);

	chain_bench_reset(&bench); /* one that bites its tail, of nothing */
	chain_bench_desc(&bench, 0, (struct virtq_desc){ 0, 0, D_NEXT, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_loop);

	chain_bench_reset(&bench); /* the same in an indirect table */
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 16, D_INDIRECT, 0 });
	chain_bench_table(&bench, CHAIN_FREE, 0, (struct virtq_desc){ CHAIN_FREE, 1, D_NEXT, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_loop);
}

static void an_indirect_table_of_odd_size_is_a_fault(void **state)
{
	static const uint32_t lens[] = {
		0, 1, 15, 17, 31, (CHAIN_INDIRECT_MAX + 1) * 16, 0xfffffff0
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		chain_bench_reset(&bench);
		chain_bench_desc(&bench, 0,
				 (struct virtq_desc){ CHAIN_FREE, lens[i], D_INDIRECT, 0 });
		chain_bench_expect_fault(&bench, 0, VRING_FAULT_indirect_size);
	}
}

static void an_indirect_table_in_another_is_a_fault(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 32, D_INDIRECT, 0 });
	chain_bench_table(&bench, CHAIN_FREE, 0, (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT, 1 });
	chain_bench_table(&bench, CHAIN_FREE, 1,
			  (struct virtq_desc){ CHAIN_FREE, 32, D_INDIRECT, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_indirect_nested);
}

static void an_indirect_descriptor_that_continues_is_a_fault(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 16, D_INDIRECT | D_NEXT, 1 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_indirect_next);
}

static void an_indirect_descriptor_unasked_for_is_a_fault(void **state)
{
	(void)state;
	bench.vring.indirect = false;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 16, D_INDIRECT, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_not_negotiated);
}

static void memory_outside_the_guest_is_a_fault(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags;
	} rows[] = {
		{ CHAIN_GPA_END, 1, 0 },
		{ CHAIN_GPA_END - 4, 5, 0 },
		{ CHAIN_GPA - 1, 1, D_WRITE },
		{ CHAIN_GPA - 1, 2, 0 },
		{ 0, 1, 0 },
		{ UINT64_MAX, 1, 0 },
		{ UINT64_MAX - 3, 16, 0 },
		{ CHAIN_FREE, 0xffffffff, D_WRITE },
		{ CHAIN_GPA_END, 16, D_INDIRECT },
		{ CHAIN_GPA_END - 15, 16, D_INDIRECT },
		{ UINT64_MAX - 7, 16, D_INDIRECT },
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_bench_reset(&bench);
		chain_bench_desc(
			&bench, 0,
			(struct virtq_desc){ rows[i].addr, rows[i].len, rows[i].flags, 0 });
		chain_bench_expect_fault(&bench, 0, VRING_FAULT_unmapped);
	}
}

static void a_readable_part_behind_a_writable_one_is_a_fault(void **state)
{
	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT | D_WRITE, 1 });
	chain_bench_desc(&bench, 1, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_order);
}

static void a_chain_in_too_many_pieces_is_a_fault(void **state)
{
	(void)state;
	bench.scratch.cap = 1;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, D_NEXT, 1 });
	chain_bench_desc(&bench, 1, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	chain_bench_expect_fault(&bench, 0, VRING_FAULT_pieces);
}

static void chains_before_the_wrong_one_are_taken(void **state)
{
	struct chain chains[3];

	(void)state;
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	bench.parts.avail->ring[1] = CHAIN_RING_SIZE;
	bench.parts.avail->idx = 3;
	assert_int_equal(vring_take(&bench.vring, &bench.scratch, chains, 3), 1);
	assert_int_equal(bench.vring.fault, VRING_FAULT_head_range);
	assert_int_equal(bench.vring.next_avail, 1);
}

static void a_new_attach_forgives(void **state)
{
	(void)state;
	chain_bench_expect_fault(&bench, 9, VRING_FAULT_head_range);
	chain_bench_reset(&bench);
	chain_bench_desc(&bench, 0, (struct virtq_desc){ CHAIN_FREE, 4, 0, 0 });
	assert_int_equal(chain_bench_take(&bench, 0), 1);
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_head_outside_the_table_is_a_fault),
		TEST(an_available_index_too_far_ahead_is_a_fault),
		TEST(a_jump_is_seen_by_whoever_looks_take_or_ask),
		TEST(a_descriptor_that_goes_on_outside_is_a_fault),
		TEST(a_chain_longer_than_the_ring_is_a_fault),
		TEST(an_indirect_table_of_odd_size_is_a_fault),
		TEST(an_indirect_table_in_another_is_a_fault),
		TEST(an_indirect_descriptor_that_continues_is_a_fault),
		TEST(an_indirect_descriptor_unasked_for_is_a_fault),
		TEST(memory_outside_the_guest_is_a_fault),
		TEST(a_readable_part_behind_a_writable_one_is_a_fault),
		TEST(a_chain_in_too_many_pieces_is_a_fault),
		TEST(chains_before_the_wrong_one_are_taken),
		TEST(a_new_attach_forgives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
