/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ring.c - the life of buffers on a ring: one body, every kind of ring.
 *
 * What must stay true is checked by ring_bench.c after each step; the tests
 * here only choose the steps: at random, all at once, and one by one.
 */
#include "ring_bench.h"

#include "compiler.h"

static const struct {
	bool packed;
	uint16_t size, start;
} rings[] = {
	{ false, 2, 0 },
	{ false, 2, 65530 },
	{ false, 4, 0 },
	{ false, 4, 65530 },
	{ false, 256, 0 },
	{ false, 256, 65530 },
	{ false, 32768, 0 },
	{ false, 32768, 65530 },
	/* As a start is, in a second lap, and where a lap ends. */
	{ true, 2, POSITION_WRAP },
	{ true, 3, POSITION_WRAP },
	{ true, 3, 2 },
	{ true, 5, POSITION_WRAP | 4 },
	{ true, 6, 0 },
	{ true, 255, POSITION_WRAP | 250 },
	{ true, 256, POSITION_WRAP },
	{ true, 1000, 999 },
	{ true, 32767, POSITION_WRAP | 32760 },
	{ true, 32768, POSITION_WRAP | 32767 },
};

static void on_every_ring(void (*body)(struct ring_bench *bench))
{
	unsigned event_idx, form, ring;
	struct ring_bench bench;

	for (event_idx = 0; event_idx < 2; event_idx++)
		for (form = RING_DIRECT; form <= RING_INDIRECT; form++)
			for (ring = 0; ring < ARRAY_SIZE(rings); ring++) {
				ring_bench_open(&bench, &(struct ring_setup){
								.size = rings[ring].size,
								.start = rings[ring].start,
								.event_idx = event_idx,
								.form = form,
								.packed = rings[ring].packed });
				body(&bench);
				ring_bench_check(&bench);
				ring_bench_close(&bench);
			}
}

static unsigned up_to(struct ring_bench *bench, unsigned most)
{
	return dice_next(&bench->dice) % (most + 1);
}

static void drive(struct ring_bench *bench)
{
	unsigned i;

	for (i = up_to(bench, 6); i > 0 && ring_bench_offer(bench); i--)
		;
	for (i = up_to(bench, 8); i > 0 && ring_bench_reap(bench); i--)
		;
	if (up_to(bench, 2) == 0)
		ring_bench_arm(bench, (int)up_to(bench, 3) % bench->setup.size);
}

static void serve(struct ring_bench *bench)
{
	unsigned i;

	ring_bench_take(bench, up_to(bench, 7));
	ring_bench_put_back(bench, up_to(bench, 3));
	for (i = up_to(bench, 7); i > 0 && bench->taken_cnt > 0; i--)
		ring_bench_use(bench);
	if (up_to(bench, 3))
		ring_bench_publish(bench);
	if (up_to(bench, 3) == 0)
		ring_bench_ask(bench);
	else if (up_to(bench, 3) == 0)
		ring_bench_spare(bench);
}

static void steps_at_random(struct ring_bench *bench)
{
	unsigned i;

	for (i = 0; i < 1500; i++) {
		drive(bench);
		serve(bench);
	}
	assert_true(bench->used_total > 200);
	assert_true(bench->calls > 0 && bench->kicks > 0);
}

static void random_steps_keep_every_rule(void **state)
{
	(void)state;
	on_every_ring(steps_at_random);
}

/* All slots at once, twice, so that positions wrap whatever the start. */
static void whole_ring_at_once(struct ring_bench *bench)
{
	unsigned round, offered, i;

	for (round = 0; round < 2; round++) {
		for (offered = 0; ring_bench_offer(bench); offered++)
			;
		assert_int_equal(ring_bench_take(bench, UINT16_MAX + 1), offered);
		assert_int_equal(ring_bench_take(bench, 1), 0);
		ring_bench_put_back(bench, 0);
		for (i = 0; i < offered; i++) {
			vring_use(&bench->vring, &bench->taken[i], NULL, 1);
			bench->seed_of[bench->taken[i].id] = 0;
		}
		bench->used_total += offered;
		bench->taken_cnt = 0;
		bench->fresh = 0;
		ring_bench_publish(bench);
		ring_bench_check(bench);
		assert_int_equal(driver_pending(&bench->driver), offered);
		for (i = 0; i < offered; i++) {
			struct driver_reaped reaped;

			assert_true(driver_reap(&bench->driver, &reaped));
		}
	}
}

static void a_full_ring_goes_through_at_once(void **state)
{
	(void)state;
	on_every_ring(whole_ring_at_once);
}

/* Far enough for 16 bits to wrap on the smallest rings too. */
static void a_long_way(struct ring_bench *bench)
{
	unsigned i;

	if (bench->setup.size > 4 || bench->setup.form == RING_CHAINED)
		return;
	for (i = 0; i < 70000; i++) {
		assert_true(ring_bench_offer(bench));
		assert_int_equal(ring_bench_take(bench, 2), 1);
		ring_bench_use(bench);
		ring_bench_publish(bench);
		assert_true(ring_bench_reap(bench));
		ring_bench_arm(bench, 0);
		ring_bench_ask(bench);
	}
	/* Armed and asked each time, so called and kicked each time. The event
	 * word of a split ring begins as 0: the first call may not be asked for. */
	assert_true(bench->calls >= 69999);
	assert_int_equal(bench->kicks, 70000);
}

static void positions_wrap_and_no_notification_is_lost(void **state)
{
	(void)state;
	on_every_ring(a_long_way);
}

static void chains_put_back_come_again_unchanged(void **state)
{
	const struct ring_setup setup = { 8, 65533, true, RING_INDIRECT, false };
	struct ring_bench bench;
	unsigned back;

	(void)state;
	ring_bench_open(&bench, &setup);
	while (ring_bench_offer(&bench))
		;
	for (back = 1; back <= 8; back++) {
		assert_int_equal(ring_bench_take(&bench, 8), 8);
		ring_bench_put_back(&bench, 8);
		assert_int_equal(ring_bench_take(&bench, back), back);
		ring_bench_put_back(&bench, back);
	}
	assert_int_equal(bench.vring.next_avail, 65533);
	ring_bench_close(&bench);
}

/* As a mergeable frame: one publish for many buffers, one decision, one call. */
static void many_buffers_are_one_publish_and_one_call(void **state)
{
	const struct ring_setup setup = { 16, 65530, true, RING_DIRECT, false };
	struct ring_bench bench;
	unsigned i;

	(void)state;
	ring_bench_open(&bench, &setup);
	for (i = 0; i < 10; i++)
		assert_true(ring_bench_offer(&bench));
	assert_int_equal(bench.kicks, 1);
	ring_bench_arm(&bench, 4);
	assert_int_equal(ring_bench_take(&bench, 10), 10);
	for (i = 0; i < 10; i++)
		ring_bench_use(&bench);
	assert_int_equal(driver_pending(&bench.driver), 0);
	ring_bench_publish(&bench);
	assert_int_equal(driver_pending(&bench.driver), 10);
	assert_int_equal(bench.calls, 1);
	ring_bench_close(&bench);
}

static void a_small_scratch_takes_less_and_goes_on(void **state)
{
	const struct ring_setup setup = { 8, 0, true, RING_INDIRECT, false };
	struct chain chains[8];
	struct ring_bench bench;
	unsigned taken = 0;

	(void)state;
	ring_bench_open(&bench, &setup);
	while (ring_bench_offer(&bench))
		;
	bench.scratch.cap = RING_PARTS_MAX; /* room for one, or a few short ones */
	while (taken < 8) {
		unsigned cnt;

		bench.scratch.used = 0;
		cnt = vring_take(&bench.vring, &bench.scratch, &chains[taken], 8 - taken);
		assert_true(cnt > 0);
		assert_true(bench.scratch.used <= bench.scratch.cap);
		taken += cnt;
	}
	assert_int_equal(bench.vring.fault, VRING_FAULT_none);
	ring_bench_close(&bench);
}

/* A take that got all it asked for does not know of more; one that came to the end does
 * know that there was none, and no second look is taken until the driver's next turn. */
static void looks_behind_takes(struct ring_bench *bench)
{
	unsigned i, seen;

	for (i = 0; i < 3; i++)
		if (!ring_bench_offer(bench))
			return;
	assert_int_equal(ring_bench_take(bench, 2), 2);
	if (!ring_bench_offer(bench))
		return;
	vring_look_behind_take(&bench->vring);
	assert_int_equal(bench->vring.avail_seen, bench->driver.published);

	assert_int_equal(ring_bench_take(bench, 8), 2);
	seen = bench->vring.avail_seen;
	assert_int_equal(seen, bench->driver.published);
	if (!ring_bench_offer(bench))
		return;
	vring_look_behind_take(&bench->vring);
	assert_int_equal(bench->vring.avail_seen, seen);
	vring_look(&bench->vring);
	assert_int_equal(bench->vring.avail_seen, bench->driver.published);
}

static void a_look_behind_a_take_is_taken_where_there_may_be_more(void **state)
{
	(void)state;
	on_every_ring(looks_behind_takes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_steps_keep_every_rule),
		cmocka_unit_test(a_full_ring_goes_through_at_once),
		cmocka_unit_test(positions_wrap_and_no_notification_is_lost),
		cmocka_unit_test(chains_put_back_come_again_unchanged),
		cmocka_unit_test(many_buffers_are_one_publish_and_one_call),
		cmocka_unit_test(a_small_scratch_takes_less_and_goes_on),
		cmocka_unit_test(a_look_behind_a_take_is_taken_where_there_may_be_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
