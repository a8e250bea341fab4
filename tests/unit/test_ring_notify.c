/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ring_notify.c - the decisions of notify.c at their boundaries.
 *
 * The comparison is tried against the rule in words ("the event lies among
 * the entries old … new − 1"), entry by entry; the rest are the words that a
 * device reads and writes, one by one.
 */
#include "ring_bench.h"

#include "compiler.h"

static bool among(uint16_t event, uint16_t old, uint16_t new)
{
	for (; old != new; old++)
		if (old == event)
			return true;
	return false;
}

static bool passed(uint16_t event, uint16_t new, uint16_t old)
{
	return notify_event_passed((uint16_t)(new - event), (uint16_t)(new - old));
}

static void the_comparison_is_the_rule_in_words(void **state)
{
	static const uint16_t olds[] = { 0, 1, 100, 32767, 32768, 65530, 65535 };
	static const uint16_t steps[] = { 0, 1, 2, 7, 256, 32768, 65535 };
	unsigned o, s, around;

	(void)state;
	for (o = 0; o < ARRAY_SIZE(olds); o++)
		for (s = 0; s < ARRAY_SIZE(steps); s++)
			for (around = 0; around < 6; around++) {
				uint16_t old = olds[o], new = (uint16_t)(old + steps[s]);
				uint16_t near_old = (uint16_t)(old + around - 3);
				uint16_t near_new = (uint16_t)(new + around - 3);

				assert_int_equal(passed(near_old, new, old),
						 among(near_old, old, new));
				assert_int_equal(passed(near_new, new, old),
						 among(near_new, old, new));
			}
}

static void open_at(struct ring_bench *bench, uint16_t start, bool event_idx)
{
	const struct ring_setup setup = { 16, start, event_idx, RING_DIRECT, false };

	ring_bench_open(bench, &setup);
}

static void use_one(struct ring_bench *bench)
{
	assert_true(ring_bench_offer(bench));
	assert_int_equal(ring_bench_take(bench, 1), 1);
	ring_bench_use(bench);
}

static bool publish_calls(struct ring_bench *bench)
{
	uint64_t calls = bench->calls;

	ring_bench_publish(bench);
	return bench->calls > calls;
}

static void a_call_comes_at_the_entry_asked_for_and_not_before(void **state)
{
	static const uint16_t starts[] = { 0, 40, 65533, 65534, 65535 };
	struct ring_bench bench;
	unsigned i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		open_at(&bench, starts[i], true);
		ring_bench_arm(&bench, 3);
		for (n = 0; n < 6; n++) {
			use_one(&bench);
			assert_int_equal(publish_calls(&bench), n == 3);
		}
		ring_bench_close(&bench);
	}
}

static void a_batch_calls_if_it_holds_the_entry_at_either_edge(void **state)
{
	/* Four entries published at once; the event one before, first, last, one behind. */
	static const struct {
		int ahead;
		bool called;
	} rows[] = {
		{ -1, false },
		{ 0, true },
		{ 3, true },
		{ 4, false },
	};
	struct ring_bench bench;
	unsigned i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		open_at(&bench, 65534, true);
		ring_bench_arm(&bench, rows[i].ahead);
		for (n = 0; n < 4; n++)
			use_one(&bench);
		assert_int_equal(publish_calls(&bench), rows[i].called);
		ring_bench_close(&bench);
	}
}

static void a_decision_moves_decided_used_called_or_not(void **state)
{
	struct ring_bench bench;
	unsigned event_idx;

	(void)state;
	for (event_idx = 0; event_idx < 2; event_idx++) {
		open_at(&bench, 65535, event_idx);
		ring_bench_arm(&bench, 5);
		use_one(&bench);
		assert_false(publish_calls(&bench));
		assert_int_equal(bench.vring.decided_used, 0);
		ring_bench_arm(&bench, 0);
		use_one(&bench);
		publish_calls(&bench);
		assert_int_equal(bench.vring.decided_used, 1);
		ring_bench_close(&bench);
	}
}

static void nothing_published_wants_no_call_with_the_event_index(void **state)
{
	struct ring_bench bench;

	(void)state;
	open_at(&bench, 7, true);
	ring_bench_arm(&bench, 0);
	assert_false(publish_calls(&bench));
	ring_bench_arm(&bench, -1);
	assert_false(publish_calls(&bench));
	ring_bench_close(&bench);
}

static void a_stale_event_is_read_in_place_of_the_word(void **state)
{
	const uint16_t stale = 9, due = 20;
	struct notify_decision decision;
	struct ring_bench bench;

	(void)state;
	open_at(&bench, 20, true);
	ring_bench_arm(&bench, 0);
	use_one(&bench);
	vring_publish(&bench.vring);
	decision = notify_decide(&bench.vring, &stale);
	assert_false(decision.wanted);
	assert_int_equal(decision.wish.event, stale);
	assert_int_equal(decision.old, 20);
	assert_int_equal(decision.new, 21);
	bench.vring.decided_used = 20;
	assert_true(notify_decide(&bench.vring, &due).wanted);
	ring_bench_close(&bench);
}

static void suppressed_tells_what_one_more_buffer_would_bring(void **state)
{
	struct ring_bench bench;

	(void)state;
	open_at(&bench, 65535, true);
	ring_bench_arm(&bench, 0);
	assert_false(notify_suppressed(&bench.vring));
	ring_bench_arm(&bench, 1);
	assert_true(notify_suppressed(&bench.vring));
	ring_bench_arm(&bench, -1);
	assert_true(notify_suppressed(&bench.vring));
	ring_bench_close(&bench);

	open_at(&bench, 0, false);
	assert_false(notify_suppressed(&bench.vring));
	ring_bench_arm(&bench, 1);
	assert_true(notify_suppressed(&bench.vring));
	ring_bench_close(&bench);
}

static void asking_for_kicks_looks_again(void **state)
{
	struct ring_bench bench;
	unsigned event_idx;

	(void)state;
	for (event_idx = 0; event_idx < 2; event_idx++) {
		open_at(&bench, 65535, event_idx);
		assert_int_equal(ring_bench_take(&bench, 1), 0);
		assert_true(ring_bench_offer(&bench)); /* after the last look, before we ask */
		assert_true(notify_ask_for_kicks(&bench.vring, bench.vring.next_avail));
		assert_false(notify_ask_for_kicks(&bench.vring, bench.vring.avail_seen));
		assert_int_equal(vring_backlog(&bench.vring), 1);
		ring_bench_close(&bench);
	}
}

static void asking_and_sparing_write_the_words_of_the_spec(void **state)
{
	struct ring_bench bench;

	(void)state;
	open_at(&bench, 65535, true);
	assert_int_equal(*driver_avail_event(&bench.driver), 65535);
	use_one(&bench);
	ring_bench_ask(&bench);
	assert_int_equal(*driver_avail_event(&bench.driver), 0);
	ring_bench_spare(&bench);
	assert_int_equal(*driver_avail_event(&bench.driver), 0);
	assert_int_equal(bench.driver.used->flags, 0);
	ring_bench_close(&bench);

	open_at(&bench, 65535, false);
	ring_bench_spare(&bench);
	assert_int_equal(bench.driver.used->flags, VIRTQ_USED_F_NO_NOTIFY);
	ring_bench_ask(&bench);
	assert_int_equal(bench.driver.used->flags, 0);
	ring_bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_comparison_is_the_rule_in_words),
		cmocka_unit_test(a_call_comes_at_the_entry_asked_for_and_not_before),
		cmocka_unit_test(a_batch_calls_if_it_holds_the_entry_at_either_edge),
		cmocka_unit_test(a_decision_moves_decided_used_called_or_not),
		cmocka_unit_test(nothing_published_wants_no_call_with_the_event_index),
		cmocka_unit_test(a_stale_event_is_read_in_place_of_the_word),
		cmocka_unit_test(suppressed_tells_what_one_more_buffer_would_bring),
		cmocka_unit_test(asking_for_kicks_looks_again),
		cmocka_unit_test(asking_and_sparing_write_the_words_of_the_spec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
