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
	assert_true(notify_by_event(&bench.vring, decision.wish));
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
	assert_false(notify_suppressed(&bench.vring, vring_wish(&bench.vring)));
	ring_bench_arm(&bench, 1);
	assert_true(notify_suppressed(&bench.vring, vring_wish(&bench.vring)));
	ring_bench_arm(&bench, -1);
	assert_true(notify_suppressed(&bench.vring, vring_wish(&bench.vring)));
	ring_bench_close(&bench);

	open_at(&bench, 0, false);
	assert_false(notify_suppressed(&bench.vring, vring_wish(&bench.vring)));
	ring_bench_arm(&bench, 1);
	assert_true(notify_suppressed(&bench.vring, vring_wish(&bench.vring)));
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

/* ---- packed ---- */

#define LAP POSITION_WRAP

static void open_packed(struct ring_bench *bench, uint16_t start, bool event_idx)
{
	const struct ring_setup setup = { 7, start, event_idx, RING_DIRECT, true };

	ring_bench_open(bench, &setup);
}

static void wish(struct ring_bench *bench, uint16_t desc, uint16_t flags)
{
	*bench->driver.driver_event = (struct pvirtq_event_suppress){ desc, flags };
	bench->driver.used_event = desc;
	bench->driver.flags = flags;
}

static void the_flags_of_a_packed_ring_decide(void **state)
{
	static const struct {
		bool event_idx;
		uint16_t flags;
		bool called;
	} rows[] = {
		{ true, RING_EVENT_FLAGS_ENABLE, true },
		{ true, RING_EVENT_FLAGS_DISABLE, false },
		{ false, RING_EVENT_FLAGS_ENABLE, true },
		{ false, RING_EVENT_FLAGS_DISABLE, false },
		/* Not negotiated, reserved: one call too many does no harm. */
		{ false, RING_EVENT_FLAGS_DESC, true },
		{ true, 3, true },
	};
	struct notify_decision decision;
	struct ring_bench bench;
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		open_packed(&bench, LAP | 6, rows[i].event_idx);
		wish(&bench, 0, rows[i].flags);
		use_one(&bench);
		vring_publish(&bench.vring);
		assert_int_equal(notify_suppressed(&bench.vring, vring_wish(&bench.vring)),
				 !rows[i].called);
		decision = notify_decide(&bench.vring, NULL);
		assert_int_equal(decision.wanted, rows[i].called);
		assert_false(notify_by_event(&bench.vring, decision.wish));
		assert_int_equal(bench.vring.decided_used, 0); /* the next lap */
		ring_bench_close(&bench);
	}
}

/* Three used one by one from slot 5 of the first lap on. */
static void a_packed_event_is_a_slot_of_a_lap(void **state)
{
	static const struct {
		uint16_t desc;
		int nth; /* which of them calls; -1 none */
	} rows[] = {
		{ LAP | 5, 0 }, { LAP | 6, 1 }, { 0, 2 },  { 1, -1 },	   { LAP | 4, -1 },
		{ 5, -1 },	{ LAP, -1 },	{ 6, -1 }, { 0x7fff, -1 },
	};
	struct ring_bench bench;
	unsigned i;
	int n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		open_packed(&bench, LAP | 5, true);
		wish(&bench, rows[i].desc, RING_EVENT_FLAGS_DESC);
		for (n = 0; n < 3; n++) {
			use_one(&bench);
			assert_int_equal(publish_calls(&bench), n == rows[i].nth);
		}
		ring_bench_close(&bench);
	}
}

/* An event in the middle of a long chain is passed with the chain. */
static void a_packed_event_inside_a_chain_is_passed(void **state)
{
	const uint16_t start = LAP;
	uint16_t slot;

	(void)state;
	for (slot = 0; slot < 4; slot++) {
		struct ring_bench bench;
		struct chain chain = { .slots = 3 };

		open_packed(&bench, start, true);
		wish(&bench, LAP | slot, RING_EVENT_FLAGS_DESC);
		vring_use(&bench.vring, &chain, NULL, 1);
		vring_publish(&bench.vring);
		assert_int_equal(notify_decide(&bench.vring, NULL).wanted, slot < 3);
		bench.driver.lawless = true; /* it offered nothing */
		ring_bench_close(&bench);
	}
}

static void asking_and_sparing_write_the_device_event(void **state)
{
	const struct pvirtq_event_suppress *event;
	struct ring_bench bench;

	(void)state;
	open_packed(&bench, LAP | 6, true);
	event = bench.driver.device_event;
	assert_int_equal(event->flags, RING_EVENT_FLAGS_ENABLE);
	use_one(&bench);
	ring_bench_ask(&bench);
	assert_int_equal(event->flags, RING_EVENT_FLAGS_DESC);
	assert_int_equal(event->desc, 0);
	ring_bench_spare(&bench);
	assert_int_equal(event->flags, RING_EVENT_FLAGS_DISABLE);
	ring_bench_close(&bench);

	open_packed(&bench, 3, false);
	event = bench.driver.device_event;
	ring_bench_spare(&bench);
	assert_int_equal(event->flags, RING_EVENT_FLAGS_DISABLE);
	ring_bench_ask(&bench);
	assert_int_equal(event->flags, RING_EVENT_FLAGS_ENABLE);
	ring_bench_close(&bench);
}

static void asking_on_a_packed_ring_looks_again(void **state)
{
	struct ring_bench bench;

	(void)state;
	open_packed(&bench, LAP | 6, true);
	assert_int_equal(ring_bench_take(&bench, 1), 0);
	assert_true(ring_bench_offer(&bench));
	assert_true(notify_ask_for_kicks(&bench.vring, LAP | 6));
	assert_false(notify_ask_for_kicks(&bench.vring, bench.vring.avail_seen));
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
		cmocka_unit_test(the_flags_of_a_packed_ring_decide),
		cmocka_unit_test(a_packed_event_is_a_slot_of_a_lap),
		cmocka_unit_test(a_packed_event_inside_a_chain_is_passed),
		cmocka_unit_test(asking_and_sparing_write_the_device_event),
		cmocka_unit_test(asking_on_a_packed_ring_looks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
