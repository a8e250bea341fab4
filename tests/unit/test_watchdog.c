/* SPDX-License-Identifier: BSD-3-Clause */
/* test_watchdog.c - looks at a pair of rings, in a time that the test makes up.
 *
 * That the judge's verdicts become calls, counters and news, and rule 6: what
 * no kick announced is found, and counted only if the kick stays away.
 */
#include "net_bench.h"

#include <unistd.h>

static struct net_bench bench;
static struct vring_end *tx;

static int open_bench(void **state)
{
	(void)state;
	net_bench_open(&bench, NET_MODERN);
	tx = &bench.pair->tx;
	pair_poll(bench.pair, bench.burst, 0); /* the first calls */
	net_calls(tx);
	net_calls(&bench.pair->rx);
	bench.pair->next_look_ns = 50 * MS;
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	net_bench_close(&bench);
	return 0;
}

#define COUNTED(name) counter_read(&tx->counters.name)

static bool look(uint64_t ms)
{
	return watchdog_look(bench.pair, ms * MS);
}

/* The driver is asleep and asked for no call: its ring is used up silently. */
static void spend(uint64_t ms)
{
	unsigned i;

	driver_arm_at(&bench.tx, (uint16_t)(bench.tx.reaped - 1));
	stall_reset(&tx->stall,
		    &(struct stall_view){ .avail_idx = bench.tx.published,
					  .event = bench.tx.used_event },
		    0);
	for (i = 0; i < 8; i++)
		assert_true(net_send(&bench, 60, 0) >= 0); /* of two slots */
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, ms * MS), 8);
	assert_int_equal(net_calls(tx), 0);
}

static void a_stall_is_called_counted_and_told(void **state)
{
	struct news news;

	(void)state;
	spend(0);
	look(50);
	assert_int_equal(net_calls(tx), 1);
	assert_int_equal(COUNTED(stalls), 1);
	assert_int_equal(COUNTED(calls_forced), 1);
	assert_int_equal(COUNTED(probes), 0);
	assert_true(news_take(&bench.news, &news));
	assert_int_equal(news.kind, NEWS_STALLED);
	assert_int_equal(news.unanswered, 8);
	assert_int_equal(news.unanswered_ns, 50 * MS);
	assert_string_equal(news.port, "vm0");
	assert_string_equal(news.vring, "tx0");

	driver_arm(&bench.tx);
	look(100);
	assert_int_equal(COUNTED(stalls_revived), 1);
	assert_int_equal(COUNTED(forced[FORCED_revived]), 1);
	assert_true(news_take(&bench.news, &news));
	assert_int_equal(news.kind, NEWS_REVIVED);
	assert_int_equal(news.answer_ns, 50 * MS);
	assert_int_equal(net_calls(&bench.pair->rx), 0);
}

static void forced_calls_are_on_time_between_two_looks(void **state)
{
	static const unsigned due_ms[] = { 70, 120, 220, 420, 820, 1620, 2620, 3620 };
	unsigned called = 0, i = 0, ms;

	(void)state;
	spend(20);
	for (ms = 20; ms < 9000; ms++) {
		if (ms * MS < watchdog_due_ns(bench.pair))
			continue;
		look(ms);
		if (net_calls(tx) == 0)
			continue;
		assert_true(i < 8);
		assert_int_equal(ms, due_ms[i++]);
		called++;
	}
	assert_int_equal(called, 8);
	assert_int_equal(COUNTED(calls_forced), 8);
	assert_int_equal(COUNTED(forced[FORCED_no_effect]), 8);
	assert_int_equal(COUNTED(stalls), 1);
}

static void a_probe_is_counted_and_not_told(void **state)
{
	struct news news;

	(void)state;
	driver_arm_at(&bench.tx, (uint16_t)(bench.tx.reaped + 5));
	net_send(&bench, 60, 0);
	guest_tx_poll(bench.pair, bench.burst, 0);
	look(50);
	assert_int_equal(net_calls(tx), 1);
	assert_int_equal(COUNTED(probes), 1);
	driver_arm(&bench.tx);
	look(100);
	assert_int_equal(COUNTED(probes_answered), 1);
	assert_int_equal(COUNTED(forced[FORCED_answered]), 1);
	assert_int_equal(COUNTED(stalls), 0);
	assert_false(news_take(&bench.news, &news));
}

static void with_force_off_a_stall_is_told_and_nothing_called(void **state)
{
	struct news news;

	(void)state;
	atomic_store(&bench.port->force, false);
	spend(0);
	look(50);
	look(100);
	assert_int_equal(net_calls(tx), 0);
	assert_int_equal(COUNTED(stalls), 1);
	assert_true(news_take(&bench.news, &news));
	assert_false(news.force);
	assert_false(news_take(&bench.news, &news));
	atomic_store(&bench.port->force, true); /* for the sums */
	look(150);
	assert_int_equal(net_calls(tx), 1);
}

/* ---- rule 6 ---- */

static void kick(void)
{
	const uint64_t one = 1;

	assert_int_equal(write(tx->kick_fd, &one, sizeof(one)), sizeof(one));
}

static void buffers_without_a_kick_are_found_at_the_look(void **state)
{
	(void)state;
	pair_sleep(bench.pair, 0);
	assert_true(net_send(&bench, 60, 0) >= 0);
	assert_false(look(49));
	assert_true(look(50));
	assert_int_equal(COUNTED(kicks_missed), 0);
	guest_tx_poll(bench.pair, bench.burst, 51 * MS);
	look(100);
	assert_int_equal(COUNTED(kicks_missed), 1);
	look(150);
	assert_int_equal(COUNTED(kicks_missed), 1);
}

static void a_kick_that_is_only_late_is_not_missed(void **state)
{
	(void)state;
	pair_sleep(bench.pair, 0);
	net_send(&bench, 60, 0);
	assert_true(look(50));
	guest_tx_poll(bench.pair, bench.burst, 51 * MS);
	kick();
	look(100);
	look(150);
	assert_int_equal(COUNTED(kicks_missed), 0);
	assert_int_equal(COUNTED(kicks), 1);
}

static void a_kick_that_was_seen_is_not_missed(void **state)
{
	(void)state;
	pair_sleep(bench.pair, 0);
	net_send(&bench, 60, 0);
	kick();
	assert_true(look(50));
	guest_tx_poll(bench.pair, bench.burst, 51 * MS);
	look(100);
	look(150);
	assert_int_equal(COUNTED(kicks_missed), 0);
}

/* What lies there was announced, though not since the last look. */
static void a_kick_announces_what_lies_there_for_good(void **state)
{
	(void)state;
	pair_sleep(bench.pair, 0);
	net_send(&bench, 60, 0);
	assert_true(look(50)); /* between store and kick */
	kick();
	net_send(&bench, 60, 0);
	kick();
	look(100);
	net_send(&bench, 60, 0);
	kick();
	assert_true(kick_drain(tx, 110 * MS));
	look(150);
	look(200);
	look(250);
	assert_int_equal(COUNTED(kicks_missed), 0);
}

static void what_lay_there_when_kicks_were_asked_for_needs_none(void **state)
{
	(void)state;
	net_send(&bench, 60, 0);
	vring_look(&tx->vring);
	kick_ask(tx, tx->vring.avail_seen, 0);
	look(50);
	look(100);
	assert_int_equal(COUNTED(kicks_missed), 0);
}

static void a_polled_ring_misses_no_kicks(void **state)
{
	(void)state;
	kick_spare(tx);
	net_send(&bench, 60, 0);
	assert_true(look(50));
	look(100);
	assert_int_equal(COUNTED(kicks_missed), 0);
}

static void a_blocked_uplink_is_tried_again_at_the_look(void **state)
{
	(void)state;
	bench.pair->tx_blocked = true;
	assert_true(look(50));
	assert_false(bench.pair->tx_blocked);
}

static void a_faulted_ring_is_left_alone(void **state)
{
	(void)state;
	spend(0);
	vring_set_fault(&tx->vring, VRING_FAULT_loop);
	look(50);
	look(100);
	assert_int_equal(net_calls(tx), 0);
}

/* Takes the next news of that kind, if it is the next. */
static bool told(enum news_kind kind, struct news *news)
{
	return news_take(&bench.news, news) && news->kind == kind;
}

static void an_uplink_that_takes_nothing_is_told_of_once(void **state)
{
	struct news news;
	uint64_t ms;

	(void)state;
	bench.takes_nothing = true;
	net_send(&bench, 60, 0);
	for (ms = 50; ms < 1500; ms += 50) {
		guest_tx_poll(bench.pair, bench.burst, ms * MS);
		look(ms);
		if (ms < 1000) /* the vring started at 0 */
			assert_false(news_take(&bench.news, &news));
	}
	assert_true(told(NEWS_BLOCKED, &news));
	assert_int_equal(news.unanswered, 1);
	assert_int_equal(news.unanswered_ns, 1000 * MS);
	assert_false(news_take(&bench.news, &news));

	bench.takes_nothing = false;
	assert_int_equal(guest_tx_poll(bench.pair, bench.burst, 1500 * MS), 1);
	look(1500);
	assert_true(told(NEWS_UNBLOCKED, &news));
}

static void a_late_look_is_told_of_if_somebody_waited(void **state)
{
	struct news news;

	(void)state;
	look(50);
	look(400);
	assert_false(news_take(&bench.news, &news)); /* nobody did */
	net_send(&bench, 60, 0);
	look(450 + 199);
	assert_false(news_take(&bench.news, &news));
	look(649 + 50 + 200);
	assert_true(told(NEWS_LATE, &news));
	assert_int_equal(news.unanswered, 1);
	assert_int_equal(news.unanswered_ns, 200 * MS);
}

#define TEST(body) cmocka_unit_test_setup_teardown(body, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stall_is_called_counted_and_told),
		TEST(forced_calls_are_on_time_between_two_looks),
		TEST(a_probe_is_counted_and_not_told),
		TEST(with_force_off_a_stall_is_told_and_nothing_called),
		TEST(buffers_without_a_kick_are_found_at_the_look),
		TEST(a_kick_that_is_only_late_is_not_missed),
		TEST(a_kick_that_was_seen_is_not_missed),
		TEST(a_kick_announces_what_lies_there_for_good),
		TEST(what_lay_there_when_kicks_were_asked_for_needs_none),
		TEST(a_polled_ring_misses_no_kicks),
		TEST(a_blocked_uplink_is_tried_again_at_the_look),
		TEST(a_faulted_ring_is_left_alone),
		TEST(an_uplink_that_takes_nothing_is_told_of_once),
		TEST(a_late_look_is_told_of_if_somebody_waited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
