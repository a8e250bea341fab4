/* SPDX-License-Identifier: BSD-3-Clause */
/* test_driver.c - the driver of the tests, tested itself.
 *
 * The device is played by hand here, right and wrong, so that neither the
 * ring in backend/ring/ nor the daemon is needed. What must stay true: each
 * breach the driver claims to see is shown to it once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver.h"

#define GPA 0x40000000
#define BUFFER 64

struct bench {
	struct driver_mem mem;
	struct driver driver;
	unsigned char *buffer;
	void *page;
};

static struct bench bench_on(struct driver_config cfg)
{
	struct bench bench = { .buffer = NULL };
	size_t len = driver_bytes(&cfg) + 8 * BUFFER;

	bench.page = aligned_alloc(4096, (len + 4095) & ~(size_t)4095);
	assert_non_null(bench.page);
	assert_true(driver_mem_add(&bench.mem, bench.page, GPA, len));
	return bench;
}

static void bench_start(struct bench *bench, struct driver_config cfg)
{
	assert_int_equal(driver_init(&bench->driver, &cfg, &bench->mem), 0);
	bench->buffer = driver_mem_alloc(&bench->mem, (size_t)4 * BUFFER, 1);
	assert_non_null(bench->buffer);
}

static void bench_end(struct bench *bench)
{
	driver_free(&bench->driver);
	free(bench->page);
}

static int offer(struct bench *bench, unsigned int parts, bool indirect)
{
	struct driver_part part[4];
	unsigned int i;

	for (i = 0; i < parts; i++)
		part[i] = (struct driver_part){ bench->buffer + i * BUFFER,
						BUFFER, i > 0 };
	return driver_offer(&bench->driver,
			    &(struct driver_chain){ part, (uint16_t)parts,
						    indirect, NULL });
}

/* The device: marks @id used as the entry @ahead of what it used so far. */
static void device_uses(struct bench *bench, uint32_t id, uint32_t len)
{
	struct driver *d = &bench->driver;
	uint16_t idx = d->used->idx;

	d->used->ring[idx & (d->cfg.size - 1)] =
		(struct virtq_used_elem){ id, len };
	__atomic_store_n(&d->used->idx, (uint16_t)(idx + 1), __ATOMIC_RELEASE);
}

static void go_round(struct driver_config cfg)
{
	static const struct {
		unsigned int parts;
		bool indirect;
	} form[] = {
		{ 1, false },
		{ 2, false },
		{ 3, true },
		{ 1, true },
	};
	struct bench bench = bench_on(cfg);
	struct driver_reaped reaped;
	unsigned int i;
	int head;

	bench_start(&bench, cfg);
	for (i = 0; i < 40; i++) {
		head = offer(&bench, form[i % 4].parts, form[i % 4].indirect);
		assert_true(head >= 0);
		device_uses(&bench, (uint32_t)head,
			    (form[i % 4].parts - 1) * BUFFER);
		assert_true(driver_reap(&bench.driver, &reaped));
		assert_int_equal(reaped.id, head);
		assert_int_equal(reaped.len, reaped.writable_len);
		assert_false(driver_reap(&bench.driver, &reaped));
	}
	assert_true(driver_ok(&bench.driver));
	bench_end(&bench);
}

static void every_form_goes_round_on_small_and_large_rings(void **state)
{
	(void)state;
	go_round((struct driver_config){ 2, 0, true, 4 });
	go_round((struct driver_config){ 16, 65530, false, 4 });
	go_round((struct driver_config){ 256, 65530, true, 4 });
	go_round((struct driver_config){ 32768, 65530, true, 4 });
}

static void a_full_table_refuses_and_recovers(void **state)
{
	struct driver_config cfg = { 4, 65534, true, 0 };
	struct bench bench = bench_on(cfg);
	struct driver_reaped reaped;
	int first, second;

	(void)state;
	bench_start(&bench, cfg);
	first = offer(&bench, 2, false);
	second = offer(&bench, 2, false);
	assert_true(offer(&bench, 1, false) < 0);
	device_uses(&bench, (uint32_t)second, BUFFER);
	device_uses(&bench, (uint32_t)first, BUFFER);
	assert_int_equal(driver_pending(&bench.driver), 2);
	while (driver_reap(&bench.driver, &reaped))
		;
	assert_int_equal(driver_room(&bench.driver), 4);
	assert_true(offer(&bench, 4, false) >= 0);
	assert_true(driver_ok(&bench.driver));
	bench_end(&bench);
}

static void a_wrong_device_is_seen(void **state)
{
	enum { TWICE, TOO_LONG, UNKNOWN, AHEAD, TABLE, AVAIL, FLAGS, WRONGS };
	struct driver_config cfg = { 4, 0, true, 0 };
	unsigned int wrong;

	(void)state;
	for (wrong = 0; wrong < WRONGS; wrong++) {
		struct bench bench = bench_on(cfg);
		struct driver *d = &bench.driver;
		uint32_t head;

		bench_start(&bench, cfg);
		head = (uint32_t)offer(&bench, 2, false);
		offer(&bench, 1, false);
		device_uses(&bench, wrong == UNKNOWN ? 4 : head,
			    wrong == TOO_LONG ? BUFFER + 1 : BUFFER);
		if (wrong == TWICE || wrong == AHEAD)
			device_uses(&bench, head, BUFFER);
		if (wrong == AHEAD)
			device_uses(&bench, 2, 0);
		if (wrong == TABLE)
			d->desc[3].len++;
		if (wrong == AVAIL)
			*driver_used_event(d) = 7;
		if (wrong == FLAGS)
			d->used->flags = VIRTQ_USED_F_NO_NOTIFY;
		assert_false(driver_ok(d));
		assert_true(d->violation[0]);
		bench_end(&bench);
	}
}

static void a_used_index_that_goes_back_is_seen(void **state)
{
	struct driver_config cfg = { 4, 0, true, 0 };
	struct bench bench = bench_on(cfg);

	(void)state;
	bench_start(&bench, cfg);
	device_uses(&bench, (uint32_t)offer(&bench, 1, false), 0);
	assert_int_equal(driver_pending(&bench.driver), 1);
	bench.driver.used->idx = 0;
	assert_int_equal(driver_pending(&bench.driver), 0);
	assert_false(driver_ok(&bench.driver));
	bench_end(&bench);
}

static void a_kick_is_wanted_when_the_avail_event_is_passed(void **state)
{
	struct driver_config cfg = { 8, 65535, true, 0 };
	struct bench bench = bench_on(cfg);
	struct driver *d = &bench.driver;

	(void)state;
	bench_start(&bench, cfg);
	*driver_avail_event(d) = 0; /* the second entry from here */
	offer(&bench, 1, false);
	assert_false(driver_wants_kick(d));
	offer(&bench, 1, false);
	assert_true(driver_wants_kick(d));
	assert_false(driver_wants_kick(d));
	offer(&bench, 1, false);
	assert_false(driver_wants_kick(d));
	bench_end(&bench);
}

static void flags_withhold_the_kick(void **state)
{
	struct driver_config cfg = { 8, 0, false, 0 };
	struct bench bench = bench_on(cfg);
	struct driver *d = &bench.driver;

	(void)state;
	bench_start(&bench, cfg);
	offer(&bench, 1, false);
	assert_true(driver_wants_kick(d));
	d->used->flags = VIRTQ_USED_F_NO_NOTIFY;
	offer(&bench, 1, false);
	assert_false(driver_wants_kick(d));
	assert_true(driver_ok(d));
	bench_end(&bench);
}

static void arming_says_if_there_is_something_to_reap(void **state)
{
	struct driver_config cfg = { 8, 5, true, 0 };
	struct bench bench = bench_on(cfg);
	struct driver *d = &bench.driver;
	struct driver_reaped reaped;

	(void)state;
	bench_start(&bench, cfg);
	assert_false(driver_arm(d));
	assert_int_equal(*driver_used_event(d), 5);
	device_uses(&bench, (uint32_t)offer(&bench, 1, false), 0);
	assert_true(driver_arm(d));
	assert_true(driver_reap(d, &reaped));
	driver_freeze(d, true);
	assert_false(driver_arm(d));
	assert_int_equal(*driver_used_event(d), 5);
	assert_true(driver_ok(d));
	bench_end(&bench);
}

static void a_lawless_driver_offers_what_it_likes_unchecked(void **state)
{
	struct driver_config cfg = { 4, 65535, true, 0 };
	struct bench bench = bench_on(cfg);
	struct driver *d = &bench.driver;

	(void)state;
	bench_start(&bench, cfg);
	driver_offer_raw(d, 999);
	assert_int_equal(d->avail->idx, 0);
	assert_int_equal(d->avail->ring[3], 999);
	assert_true(driver_ok(d));
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_form_goes_round_on_small_and_large_rings),
		cmocka_unit_test(a_full_table_refuses_and_recovers),
		cmocka_unit_test(a_wrong_device_is_seen),
		cmocka_unit_test(a_used_index_that_goes_back_is_seen),
		cmocka_unit_test(
			a_kick_is_wanted_when_the_avail_event_is_passed),
		cmocka_unit_test(flags_withhold_the_kick),
		cmocka_unit_test(arming_says_if_there_is_something_to_reap),
		cmocka_unit_test(
			a_lawless_driver_offers_what_it_likes_unchecked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
