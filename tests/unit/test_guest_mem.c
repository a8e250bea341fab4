/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_mem.c - guest addresses as ours, and never one past a region. */
#include "check.h"

#include <string.h>

#include "ring/guest_mem.h"

static uint8_t low[100], high[50];
static struct guest_mem mem;

/* Two regions that adjoin in the guest, and one far away at the very end. */
static int lay(void **state)
{
	static uint8_t last[16];

	(void)state;
	mem = (struct guest_mem){ 0 };
	assert_true(guest_mem_add(&mem, 1100, sizeof(high), high));
	assert_true(guest_mem_add(&mem, 1000, sizeof(low), low));
	assert_true(guest_mem_add(&mem, UINT64_MAX - 16, 16, last));
	return 0;
}

static void an_address_is_found_with_what_is_left_of_its_region(void **state)
{
	uint64_t len = 0;

	(void)state;
	assert_ptr_equal(guest_mem_at(&mem, 1000, &len), low);
	assert_int_equal(len, 100);
	assert_ptr_equal(guest_mem_at(&mem, 1099, &len), low + 99);
	assert_int_equal(len, 1);
	assert_ptr_equal(guest_mem_at(&mem, 1100, &len), high);
	assert_int_equal(len, 50);
	assert_non_null(guest_mem_at(&mem, UINT64_MAX - 1, &len));
	assert_int_equal(len, 1);
}

static void an_address_outside_is_not(void **state)
{
	uint64_t len;

	(void)state;
	assert_null(guest_mem_at(&mem, 999, &len));
	assert_null(guest_mem_at(&mem, 1150, &len));
	assert_null(guest_mem_at(&mem, 0, &len));
	assert_null(guest_mem_at(&mem, UINT64_MAX, &len));
	assert_null(guest_mem_at(&mem, UINT64_MAX - 17, &len));
}

static void what_can_not_be_a_region_is_refused(void **state)
{
	uint8_t byte;
	unsigned i;

	(void)state;
	assert_false(guest_mem_add(&mem, 5000, 0, &byte));
	assert_false(guest_mem_add(&mem, UINT64_MAX - 20, 64, &byte)); /* wraps */
	assert_false(guest_mem_add(&mem, 999, 2, &byte));	       /* overlaps … */
	assert_false(guest_mem_add(&mem, 1149, 1, &byte));
	assert_false(guest_mem_add(&mem, 0, 5000, &byte));
	assert_false(guest_mem_add(&mem, 1010, 5, &byte));
	assert_int_equal(mem.region_cnt, 3);
	assert_true(guest_mem_add(&mem, 999, 1, &byte)); /* … and only adjoins */
	assert_true(guest_mem_add(&mem, 1150, 1, &byte));
	for (i = mem.region_cnt; i < GUEST_MEM_REGIONS_MAX; i++)
		assert_true(guest_mem_add(&mem, 10000 + i, 1, &byte));
	assert_false(guest_mem_add(&mem, 20000, 1, &byte)); /* the table is full */
}

static void a_range_of_ours_is_held_by_one_region_or_by_none(void **state)
{
	(void)state;
	assert_true(guest_mem_holds(&mem, low, 100));
	assert_false(guest_mem_holds(&mem, low, 101));
	assert_true(guest_mem_holds(&mem, low + 99, 1));
	assert_false(guest_mem_holds(&mem, low + 99, UINT64_MAX));
	assert_true(guest_mem_holds(&mem, high + 10, 40));
	assert_false(guest_mem_holds(&mem, high + 10, 41));
	assert_false(guest_mem_holds(&mem, &mem, 1));
}

static void a_copy_crosses_regions_and_stops_at_holes(void **state)
{
	uint8_t copy[200];

	(void)state;
	memset(low, 1, sizeof(low));
	memset(high, 2, sizeof(high));
	assert_true(guest_mem_copy(&mem, copy, 1090, 60));
	assert_int_equal(copy[9], 1);
	assert_int_equal(copy[10], 2);
	assert_int_equal(copy[59], 2);
	assert_false(guest_mem_copy(&mem, copy, 1090, 61));
	assert_false(guest_mem_copy(&mem, copy, 999, 1));
	assert_false(guest_mem_copy(&mem, copy, UINT64_MAX - 4, 8));
	assert_true(guest_mem_copy(&mem, copy, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_address_is_found_with_what_is_left_of_its_region, lay),
		cmocka_unit_test_setup(an_address_outside_is_not, lay),
		cmocka_unit_test_setup(what_can_not_be_a_region_is_refused, lay),
		cmocka_unit_test_setup(a_range_of_ours_is_held_by_one_region_or_by_none, lay),
		cmocka_unit_test_setup(a_copy_crosses_regions_and_stops_at_holes, lay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
