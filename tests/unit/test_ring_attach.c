/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ring_attach.c - what vring_check() refuses, and what an attach leaves behind. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "ring/vring.h"

#define PAGE 4096
/* The largest ring whole, and a page beside each part. */
#define MEM_LEN (1024 * 1024)

static unsigned char *mem;

static int get_mem(void **state)
{
	(void)state;
	mem = aligned_alloc(PAGE, MEM_LEN);
	return mem ? 0 : -1;
}

static int free_mem(void **state)
{
	(void)state;
	free(mem);
	return 0;
}

static void *at(size_t offset)
{
	return mem + offset;
}

/* A ring of 8 whose parts end where their regions end: avail at 4096,
 * used at 8192. `shy` bytes are missing from the end of one region. */
static struct vring_config tight_ring(struct guest_mem *guest, bool event_idx, const size_t shy[3])
{
	const size_t words = event_idx ? 2 : 0;
	const size_t lens[] = { 8 * 16, 4 + 8 * 2 + words, 4 + 8 * 8 + words };
	unsigned i;

	*guest = (struct guest_mem){ 0 };
	for (i = 0; i < 3; i++)
		assert_true(
			guest_mem_add(guest, 0x10000 * (i + 1), lens[i] - shy[i], at(PAGE * i)));
	return (struct vring_config){
		.parts = { { at(0) }, { at(PAGE) }, { at(2 * PAGE) } },
		.mem = guest,
		.shape = { .size = 8 },
		.event_idx = event_idx,
	};
}

static void a_ring_may_fill_its_regions_to_the_last_byte(void **state)
{
	static const size_t none[3];
	struct guest_mem guest;
	unsigned event_idx;

	(void)state;
	for (event_idx = 0; event_idx < 2; event_idx++) {
		const struct vring_config config = tight_ring(&guest, event_idx, none);

		assert_null(vring_check(&config));
	}
}

static void a_part_one_byte_outside_is_refused_event_words_too(void **state)
{
	struct guest_mem guest;
	unsigned event_idx, part;

	(void)state;
	for (event_idx = 0; event_idx < 2; event_idx++)
		for (part = 0; part < 3; part++) {
			size_t shy[3] = { 0 };
			struct vring_config config;

			shy[part] = 1;
			config = tight_ring(&guest, event_idx, shy);
			assert_non_null(vring_check(&config));
		}
}

static void the_event_words_need_room_only_if_negotiated(void **state)
{
	static const size_t none[3];
	struct guest_mem guest;
	struct vring_config config = tight_ring(&guest, false, none);

	(void)state;
	assert_null(vring_check(&config));
	config.event_idx = true;
	assert_non_null(vring_check(&config));
}

static struct vring_config roomy_ring(struct guest_mem *guest)
{
	*guest = (struct guest_mem){ 0 };
	assert_true(guest_mem_add(guest, 0, MEM_LEN, mem));
	return (struct vring_config){
		.parts = { { at(0) }, { at(600 * 1024) }, { at(700 * 1024) } },
		.mem = guest,
		.shape = { .size = 8 },
		.event_idx = true,
	};
}

static void only_powers_of_two_up_to_32768_are_sizes(void **state)
{
	static const struct {
		uint16_t size;
		bool good;
	} rows[] = {
		{ 0, false },	 { 1, true },	   { 2, true },	     { 3, false },
		{ 256, true },	 { 257, false },   { 16384, true },  { 32767, false },
		{ 32768, true }, { 32769, false }, { 49152, false }, { 65535, false },
	};
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		config.shape.size = rows[i].size;
		assert_int_equal(vring_check(&config) == NULL, rows[i].good);
	}
}

static void the_alignments_of_the_spec_are_asked_for(void **state)
{
	struct guest_mem guest;
	size_t off;

	(void)state;
	for (off = 0; off <= 16; off++) {
		struct vring_config desc = roomy_ring(&guest);
		struct vring_config avail = desc, used = desc;

		desc.parts.desc = at(off);
		avail.parts.avail = at(600 * 1024 + off);
		used.parts.used = at(700 * 1024 + off);
		assert_int_equal(vring_check(&desc) == NULL, off % 16 == 0);
		assert_int_equal(vring_check(&avail) == NULL, off % 2 == 0);
		assert_int_equal(vring_check(&used) == NULL, off % 4 == 0);
	}
}

static void a_part_without_address_is_refused(void **state)
{
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);

	(void)state;
	config.parts.desc = NULL;
	assert_non_null(vring_check(&config));
	config = roomy_ring(&guest);
	config.parts.avail = NULL;
	assert_non_null(vring_check(&config));
	config = roomy_ring(&guest);
	config.parts.used = NULL;
	assert_non_null(vring_check(&config));
}

/* What an earlier device left in the words that are ours must not count. */
static void attach_writes_our_words_afresh(void **state)
{
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	struct vring vring;

	(void)state;
	memset(mem, 0xff, MEM_LEN);
	config.next_avail = 65530;
	config.next_used = 65528;
	vring_attach(&vring, &config);
	assert_int_equal(config.parts.used->flags, 0);
	assert_int_equal(*vring.avail_event_word, 65530);
	assert_int_equal(vring.next_avail, 65530);
	assert_int_equal(vring.next_used, 65528);
	assert_int_equal(vring.decided_used, 65528);
	assert_int_equal(vring.fault, VRING_FAULT_none);
	assert_ptr_equal(vring.used_event, &config.parts.avail->ring[8]);
	assert_ptr_equal(vring.avail_event_word, &config.parts.used->ring[8]);
}

static void attach_writes_no_event_word_that_was_not_negotiated(void **state)
{
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	struct vring vring;

	(void)state;
	memset(mem, 0xff, MEM_LEN);
	config.event_idx = false;
	vring_attach(&vring, &config);
	assert_int_equal(*vring.avail_event_word, 0xffff);
	assert_int_equal(config.parts.used->idx, 0xffff);
	assert_int_equal(config.parts.avail->flags, 0xffff);
}

/* ---- packed ---- */

/* A ring of 7 whose areas end where their regions end. */
static struct vring_config tight_packed(struct guest_mem *guest, const size_t shy[3])
{
	const size_t lens[] = { 7 * 16, 4, 4 };
	unsigned i;

	*guest = (struct guest_mem){ 0 };
	for (i = 0; i < 3; i++)
		assert_true(
			guest_mem_add(guest, 0x10000 * (i + 1), lens[i] - shy[i], at(PAGE * i)));
	return (struct vring_config){
		.parts = { { at(0) }, { at(PAGE) }, { at(2 * PAGE) } },
		.mem = guest,
		.shape = { .size = 7, .packed = true },
		.next_avail = POSITION_WRAP,
		.next_used = POSITION_WRAP,
	};
}

static void a_packed_ring_may_fill_its_regions_and_not_a_byte_more(void **state)
{
	struct guest_mem guest;
	unsigned part;

	(void)state;
	for (part = 0; part < 4; part++) {
		size_t shy[4] = { 0 };
		struct vring_config config;

		shy[part] = 1;
		config = tight_packed(&guest, shy);
		assert_int_equal(vring_check(&config) == NULL, part == 3);
	}
}

static void packed_sizes_need_not_be_powers_of_two(void **state)
{
	static const uint16_t sizes[] = { 0, 1, 3, 7, 255, 256, 1000, 32767, 32768, 32769, 65535 };
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	unsigned i;

	(void)state;
	config.shape.packed = true;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		config.shape.size = sizes[i];
		assert_int_equal(vring_check(&config) == NULL, sizes[i] >= 1 && sizes[i] <= 32768);
	}
}

static void packed_areas_have_alignments_of_their_own(void **state)
{
	struct guest_mem guest;
	size_t off;

	(void)state;
	for (off = 0; off <= 16; off++) {
		struct vring_config ring = roomy_ring(&guest);
		struct vring_config driver, device;

		ring.shape.packed = true;
		driver = device = ring;
		ring.parts.pdesc = at(off);
		driver.parts.driver_event = at(600 * 1024 + off);
		device.parts.device_event = at(700 * 1024 + off);
		assert_int_equal(vring_check(&ring) == NULL, off % 16 == 0);
		assert_int_equal(vring_check(&driver) == NULL, off % 4 == 0);
		assert_int_equal(vring_check(&device) == NULL, off % 4 == 0);
	}
}

static void a_packed_position_lies_inside_the_ring(void **state)
{
	static const uint16_t slots[] = { 0, 7, 8, 0x7fff };
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	unsigned i;

	(void)state;
	config.shape.packed = true;
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		config.next_avail = POSITION_WRAP | slots[i];
		config.next_used = 0;
		assert_int_equal(vring_check(&config) == NULL, slots[i] < 8);
		config.next_avail = 0;
		config.next_used = slots[i];
		assert_int_equal(vring_check(&config) == NULL, slots[i] < 8);
	}
}

static void attach_writes_the_device_event_afresh(void **state)
{
	struct guest_mem guest;
	struct vring_config config = roomy_ring(&guest);
	struct vring vring;

	(void)state;
	memset(mem, 0xff, MEM_LEN);
	config.shape.packed = true;
	config.next_avail = 5;
	config.next_used = 3;
	vring_attach(&vring, &config);
	assert_int_equal(config.parts.device_event->flags, RING_EVENT_FLAGS_ENABLE);
	assert_int_equal(config.parts.device_event->desc, 5);
	assert_int_equal(config.parts.driver_event->flags, 0xffff);
	assert_int_equal(vring.next_avail, 5);
	assert_int_equal(vring.next_used, 3);
	assert_int_equal(vring.decided_used, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_may_fill_its_regions_to_the_last_byte),
		cmocka_unit_test(a_part_one_byte_outside_is_refused_event_words_too),
		cmocka_unit_test(the_event_words_need_room_only_if_negotiated),
		cmocka_unit_test(only_powers_of_two_up_to_32768_are_sizes),
		cmocka_unit_test(the_alignments_of_the_spec_are_asked_for),
		cmocka_unit_test(a_part_without_address_is_refused),
		cmocka_unit_test(attach_writes_our_words_afresh),
		cmocka_unit_test(attach_writes_no_event_word_that_was_not_negotiated),
		cmocka_unit_test(a_packed_ring_may_fill_its_regions_and_not_a_byte_more),
		cmocka_unit_test(packed_sizes_need_not_be_powers_of_two),
		cmocka_unit_test(packed_areas_have_alignments_of_their_own),
		cmocka_unit_test(a_packed_position_lies_inside_the_ring),
		cmocka_unit_test(attach_writes_the_device_event_afresh),
	};

	return cmocka_run_group_tests(tests, get_mem, free_mem);
}
