/* SPDX-License-Identifier: BSD-3-Clause */
/* test_packed_faults.c - every mistake that can be seen in a packed ring, made once.
 *
 * Each is found as what it is, is sticky, takes nothing and leaves the scratch
 * as it was. The ring of seven slots lies in the first of the two regions of
 * chain_bench.h; descriptors are written by hand, flags and all.
 */
#include "chain_bench.h"

#include <string.h>

#include "compiler.h"

#define SIZE 7
#define D_AVAIL VIRTQ_DESC_F_AVAIL
#define EVENTS_OFFSET 1024

static struct chain_bench bench;
static struct pvirtq_desc *ring;

static void reset(void)
{
	const struct vring_config config = {
		.parts = { .pdesc = (struct pvirtq_desc *)bench.first,
			   .driver_event = (void *)(bench.first + EVENTS_OFFSET),
			   .device_event = (void *)(bench.first + EVENTS_OFFSET + 4) },
		.mem = &bench.guest,
		.shape = { .size = SIZE, .packed = true },
		.event_idx = true,
		.indirect = true,
		.next_avail = POSITION_WRAP,
		.next_used = POSITION_WRAP,
	};

	memset(bench.first, 0, CHAIN_REGION_LEN);
	memset(bench.second, 0, CHAIN_REGION_LEN);
	assert_null(vring_check(&config));
	vring_attach(&bench.vring, &config);
	bench.scratch = (struct chain_scratch){ .iov = bench.iov, .cap = 2048 };
	ring = config.parts.pdesc;
}

static int open_bench(void **state)
{
	(void)state;
	chain_bench_open(&bench);
	reset();
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	chain_bench_close(&bench);
	return 0;
}

static void put(unsigned slot, uint64_t addr, uint32_t len, uint16_t flags)
{
	ring[slot] = (struct pvirtq_desc){ addr, len, (uint16_t)(100 + slot),
					   (uint16_t)(flags | D_AVAIL) };
}

static void put_in_table(unsigned slot, uint64_t addr, uint32_t len, uint16_t flags)
{
	const struct pvirtq_desc desc = { addr, len, 0, flags };

	memcpy((struct pvirtq_desc *)chain_bench_at(&bench, CHAIN_FREE) + slot, &desc,
	       sizeof(desc));
}

static unsigned take(struct chain *chains, unsigned max)
{
	bench.scratch.used = 0;
	return vring_take(&bench.vring, &bench.scratch, chains, max);
}

static void expect_fault(enum vring_fault fault)
{
	assert_int_equal(take(&bench.chain, 1), 0);
	assert_string_equal(vring_fault_name(bench.vring.fault), vring_fault_name(fault));
	assert_int_equal(bench.vring.next_avail, POSITION_WRAP);
	assert_int_equal(bench.scratch.used, 0);

	/* Sticky: an honest chain in its place is not taken. */
	put(0, CHAIN_FREE, 4, 0);
	assert_int_equal(take(&bench.chain, 1), 0);
	assert_int_equal(vring_backlog(&bench.vring), 0);
	assert_int_equal(bench.vring.fault, fault);
	reset();
}

/* ---- mistakes ---- */

static void a_chain_longer_than_the_ring_is_a_fault(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		put(i, CHAIN_FREE, 4, D_NEXT);
	expect_fault(VRING_FAULT_loop);
	for (i = 0; i < SIZE; i++)
		put(i, 0, 0, D_NEXT);
	expect_fault(VRING_FAULT_loop);
}

/* The longest that fits is taken. */
static void a_chain_as_long_as_the_ring_is_taken(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		put(i, CHAIN_FREE, 4, i + 1 < SIZE ? D_NEXT : 0);
	assert_int_equal(take(&bench.chain, 2), 1);
	assert_int_equal(bench.chain.slots, SIZE);
	assert_int_equal(bench.chain.id, 100 + SIZE - 1);
	assert_int_equal(bench.vring.next_avail, 0); /* one lap on */
}

/* Taken and not used, a slot can not be part of a later chain. */
static void a_chain_over_slots_in_flight_is_a_fault(void **state)
{
	struct chain chains[4];
	unsigned i;

	(void)state;
	for (i = 0; i < SIZE - 1; i++)
		put(i, CHAIN_FREE, 4, i == 2 ? 0 : D_NEXT);
	put(SIZE - 1, CHAIN_FREE, 4, D_NEXT);
	assert_int_equal(take(chains, 4), 1);
	assert_int_equal(bench.vring.fault, VRING_FAULT_loop);
	assert_int_equal(bench.vring.next_avail, POSITION_WRAP | 3);
}

/* Slots in flight that the driver marks available anew are not new buffers. */
static void what_is_in_flight_is_not_taken_twice(void **state)
{
	struct chain chains[SIZE * 2];
	unsigned i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		put(i, CHAIN_FREE, 4, 0);
	assert_int_equal(take(chains, SIZE), SIZE);
	for (i = 0; i < SIZE; i++) /* as the next lap would look */
		ring[i].flags = VIRTQ_DESC_F_USED;
	assert_int_equal(take(chains, SIZE), 0);
	assert_int_equal(vring_backlog(&bench.vring), 0);
	vring_use(&bench.vring, &chains[0], NULL, 1);
	vring_publish(&bench.vring);
	ring[0].flags = VIRTQ_DESC_F_USED; /* that one may be offered again */
	assert_int_equal(take(chains, SIZE), 1);
}

static void an_indirect_table_of_odd_size_is_a_fault(void **state)
{
	static const uint32_t lens[] = {
		0, 1, 15, 17, 31, (CHAIN_INDIRECT_MAX + 1) * 16, 0xfffffff0
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		put(0, CHAIN_FREE, lens[i], D_INDIRECT);
		expect_fault(VRING_FAULT_indirect_size);
	}
}

static void an_indirect_table_in_another_is_a_fault(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 32, D_INDIRECT);
	put_in_table(0, CHAIN_FREE, 4, 0);
	put_in_table(1, CHAIN_FREE, 32, D_INDIRECT);
	expect_fault(VRING_FAULT_indirect_nested);
}

static void an_indirect_descriptor_that_continues_is_a_fault(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 16, D_INDIRECT | D_NEXT);
	expect_fault(VRING_FAULT_indirect_next);
}

static void an_indirect_descriptor_unasked_for_is_a_fault(void **state)
{
	(void)state;
	bench.vring.indirect = false;
	put(0, CHAIN_FREE, 16, D_INDIRECT);
	expect_fault(VRING_FAULT_not_negotiated);
}

static void memory_outside_the_guest_is_a_fault(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags;
	} rows[] = {
		{ CHAIN_GPA_END, 1, 0 },	   { CHAIN_GPA_END - 4, 5, 0 },
		{ CHAIN_GPA - 1, 2, D_WRITE },	   { 0, 1, 0 },
		{ UINT64_MAX - 3, 16, 0 },	   { CHAIN_FREE, 0xffffffff, D_WRITE },
		{ CHAIN_GPA_END, 16, D_INDIRECT }, { CHAIN_GPA_END - 15, 16, D_INDIRECT },
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		put(0, rows[i].addr, rows[i].len, rows[i].flags);
		expect_fault(VRING_FAULT_unmapped);
	}
}

static void a_readable_part_behind_a_writable_one_is_a_fault(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 4, D_NEXT | D_WRITE);
	put(1, CHAIN_FREE, 4, 0);
	expect_fault(VRING_FAULT_order);
}

static void a_chain_in_too_many_pieces_is_a_fault(void **state)
{
	(void)state;
	bench.scratch.cap = 1;
	put(0, CHAIN_FREE, 4, D_NEXT);
	put(1, CHAIN_FREE, 4, 0);
	expect_fault(VRING_FAULT_pieces);
}

/* ---- what may be ---- */

/* A table is as long as it says; ids and NEXT in it mean nothing. */
static void a_table_is_taken_whole(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 48, D_INDIRECT);
	put_in_table(0, CHAIN_FREE + 64, 4, 0);
	put_in_table(1, CHAIN_FREE + 128, 5, D_NEXT);
	put_in_table(2, CHAIN_FREE + 192, 6, D_WRITE);
	assert_int_equal(take(&bench.chain, 1), 1);
	assert_int_equal(bench.chain.slots, 1);
	assert_int_equal(bench.chain.readable_cnt, 2);
	assert_int_equal(bench.chain.readable_len, 9);
	assert_int_equal(bench.chain.writable_len, 6);
}

/* Only the first of a chain must be marked available. */
static void a_chain_may_reach_beyond_what_is_marked(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 4, D_NEXT);
	ring[1] = (struct pvirtq_desc){ CHAIN_FREE, 4, 9, 0 };
	assert_int_equal(take(&bench.chain, 2), 1);
	assert_int_equal(bench.chain.slots, 2);
	assert_int_equal(bench.chain.id, 9);
	assert_int_equal(bench.vring.avail_seen, POSITION_WRAP | 2);
	assert_int_equal(take(&bench.chain, 1), 0);
}

static void chains_are_counted_not_slots(void **state)
{
	(void)state;
	put(0, CHAIN_FREE, 4, D_NEXT);
	put(1, CHAIN_FREE, 4, 0);
	put(2, CHAIN_FREE, 4, 0);
	assert_int_equal(vring_backlog(&bench.vring), 2);
	assert_int_equal(bench.vring.avail_seen, POSITION_WRAP | 3);
}

/* Half of the ring is in flight, in its second half, and the driver says that these
 * slots are available once more, of the next lap. */
static void slots_in_flight_are_not_taken_of_the_next_lap(void **state)
{
	struct chain chains[SIZE];
	unsigned slot;

	(void)state;
	for (slot = 0; slot < SIZE; slot++)
		put(slot, CHAIN_FREE, 4, 0);
	assert_int_equal(take(chains, SIZE), SIZE);
	vring_use(&bench.vring, chains, NULL, 3);
	vring_publish(&bench.vring);
	for (slot = 0; slot < SIZE; slot++) {
		put(slot, CHAIN_FREE, 4, 0);
		ring[slot].flags = VIRTQ_DESC_F_USED;
	}
	assert_int_equal(take(chains, SIZE), 3);
	assert_int_equal(take(chains, SIZE), 0);
	assert_int_equal(bench.vring.next_avail, 3);
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_chain_longer_than_the_ring_is_a_fault),
		TEST(a_chain_as_long_as_the_ring_is_taken),
		TEST(a_chain_over_slots_in_flight_is_a_fault),
		TEST(what_is_in_flight_is_not_taken_twice),
		TEST(slots_in_flight_are_not_taken_of_the_next_lap),
		TEST(an_indirect_table_of_odd_size_is_a_fault),
		TEST(an_indirect_table_in_another_is_a_fault),
		TEST(an_indirect_descriptor_that_continues_is_a_fault),
		TEST(an_indirect_descriptor_unasked_for_is_a_fault),
		TEST(memory_outside_the_guest_is_a_fault),
		TEST(a_readable_part_behind_a_writable_one_is_a_fault),
		TEST(a_chain_in_too_many_pieces_is_a_fault),
		TEST(a_table_is_taken_whole),
		TEST(a_chain_may_reach_beyond_what_is_marked),
		TEST(chains_are_counted_not_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
