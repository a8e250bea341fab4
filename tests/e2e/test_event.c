/* SPDX-License-Identifier: BSD-3-Clause */
/* test_event.c - what the guest of the benchmarks counts, the daemon counts too.
 *
 * scripts/bench tells calls, kicks and times by what tests/bench/event_run.c saw. Here
 * it runs for a moment in each way it is used, with all checks on, and its sums are
 * compared with those of the daemon, one by one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "event_copy.h"
#include "event_run.h"

#define RUN_MS 30
#define PACE_PER_S 20000
#define TRIPS_PER_S 1000
#define LARGE 65536
#define LARGE_FRAMES 8
#define PIECE_LEN 4096
/* Of a frame with its header. */
#define PIECES (LARGE / PIECE_LEN + 1)

static struct event_guest guests[2];
static struct event_result result;

static struct event_guest *guest_up(unsigned int n, struct event_config cfg)
{
	static char path[108];

	snprintf(path, sizeof(path), "%s/vm%u.sock", bed.daemon.dir, n);
	cfg.path = path;
	cfg.packed = bed_is_packed();
	cfg.checked = true;
	assert_int_equal(event_open(&guests[n], &cfg), 0);
	return &guests[n];
}

static struct event_guest *guest_with(const char *peer, const char *poll)
{
	bed_up((struct bed_config){ .peer = peer,
				    .option = { "--poll", poll } });
	return guest_up(0, event_config(NULL));
}

static void leave(struct event_guest *guest)
{
	assert_true(driver_ok(&guest->fe.vring[RX0].driver));
	assert_true(driver_ok(&guest->fe.vring[TX0].driver));
	event_close(guest);
}

static long long counted(unsigned int n, const char *vring, const char *path)
{
	char port[8];

	snprintf(port, sizeof(port), "vm%u", n);
	return control_vring_int(&bed.control, port, vring, path);
}

/* The last call may still be on its way. */
static void expect_calls(unsigned int n, unsigned int index, const char *name)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	const struct frontend_vring *vring = &guests[n].fe.vring[index];
	long long calls;

	do {
		calls = counted(n, name, "counters.calls");
		event_drain_calls(&guests[n]);
		if (calls == (long long)vring->calls)
			return;
		bed_idle(1);
	} while (clock_now_ns() < end);
	fail_msg("vm%u %s: the daemon made %lld calls, %lu were read", n, name,
		 calls, vring->calls);
}

/* Several kicks may be read as one; none is read that was not written. */
static void expect_kicks(unsigned int n, unsigned int index, const char *name)
{
	long long kicks = counted(n, name, "counters.kicks");

	assert_in_range(kicks, 0, guests[n].fe.vring[index].kicks);
	assert_int_equal(counted(n, name, "counters.kicks_missed"), 0);
}

static void expect_counted(unsigned int n)
{
	const struct frontend_vring *vring = guests[n].fe.vring;

	expect_calls(n, RX0, "rx0");
	expect_calls(n, TX0, "tx0");
	expect_kicks(n, RX0, "rx0");
	expect_kicks(n, TX0, "tx0");
	assert_int_equal(counted(n, "tx0", "counters.packets"),
			 vring[TX0].driver.offered_total);
	assert_int_equal(counted(n, "rx0", "counters.chains"),
			 vring[RX0].driver.reaped_total);
}

static void expect_times(const struct event_times *times)
{
	assert_true(times->cnt > 0);
	assert_true(event_times_share(times, 0.5) <=
		    event_times_share(times, 0.99));
	assert_true(event_times_share(times, 0.99) <= times->max_ns);
	assert_true(times->max_ns < 2 * BED_WAIT_MS * NS_PER_MS);
}

/* Did the window see all that it should? On a busy machine it need not. */
static bool saw(const struct event_plan *plan)
{
	return result.sent && (plan->sink || result.trip.cnt) &&
	       (!plan->rate || result.wake.cnt);
}

static void run(struct event_guest *from, struct event_guest *to,
		struct event_plan plan)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;

	plan.ms = RUN_MS;
	plan.warm_ms = 5;
	do {
		assert_int_equal(event_run(from, to, &plan, &result), 0);
		assert_true(result.ns >= RUN_MS * NS_PER_MS);
		assert_int_equal(result.lost, 0);
		assert_true(result.wakes <= result.sleeps);
	} while (!saw(&plan) && clock_now_ns() < end);
	assert_true(saw(&plan));
}

/* ---- a guest and its echo ---- */

static void what_is_sent_as_fast_as_it_goes_is_counted_by_both(void **state)
{
	struct event_guest *guest = guest_with("echo", "adaptive");

	(void)state;
	run(guest, guest, (struct event_plan){ .frame_len = 64 });
	expect_times(&result.trip);
	assert_int_equal(result.trip.cnt, result.received);
	run(guest, guest, (struct event_plan){ .frame_len = 1518 });
	assert_int_equal(guest->fe.vring[RX0].driver.reaped_total,
			 guest->fe.vring[TX0].driver.offered_total);
	expect_counted(0);
	leave(guest);
}

static void what_is_sent_at_a_pace_is_counted_by_both(void **state)
{
	struct event_guest *guest = guest_with("echo", "adaptive");
	uint64_t begin = clock_now_ns(), us;

	(void)state;
	run(guest, guest,
	    (struct event_plan){ .frame_len = 64, .rate = PACE_PER_S });
	us = (clock_now_ns() - begin) / NS_PER_US;
	assert_true(guest->fe.vring[TX0].driver.offered_total <=
		    PACE_PER_S * us / 1000000 + 1);
	expect_times(&result.trip);
	expect_times(&result.wake);
	expect_counted(0);
	leave(guest);
}

/* One at a time, and both ends asleep in between: each frame has its kick and its
 * call, but for those that an end found while it was still awake. */
static void one_frame_at_a_time_is_a_kick_and_a_call(void **state)
{
	struct event_guest *guest = guest_with("echo", "never");
	const struct frontend_vring *tx = &guest->fe.vring[TX0];
	const struct frontend_vring *rx = &guest->fe.vring[RX0];

	(void)state;
	run(guest, guest,
	    (struct event_plan){
		    .frame_len = 64, .rate = TRIPS_PER_S, .flight = 1 });
	expect_times(&result.trip);
	assert_true(result.received <= result.sent + 1);
	expect_counted(0);
	assert_true(counted(0, "tx0", "counters.kicks") * 2 >=
		    (long long)tx->kicks);
	assert_true(tx->kicks * 2 >= tx->driver.offered_total);
	assert_true(rx->calls * 2 >= rx->driver.reaped_total);
	leave(guest);
}

static void what_a_sink_swallows_is_counted_by_both(void **state)
{
	struct event_guest *guest = guest_with("null", "adaptive");

	(void)state;
	run(guest, guest, (struct event_plan){ .frame_len = 64, .sink = true });
	assert_int_equal(result.received, 0);
	expect_counted(0);
	leave(guest);
}

/* ---- large frames from one to the other ---- */

static struct event_config large_config(uint32_t rx_len, uint32_t rx_cnt)
{
	struct event_config cfg = event_config(NULL);

	cfg.large = true;
	cfg.tx_len = LARGE + 64;
	cfg.tx_cnt = LARGE_FRAMES;
	cfg.rx_len = rx_len;
	cfg.rx_cnt = rx_cnt;
	return cfg;
}

static void pass_large(uint32_t rx_len, uint32_t rx_cnt)
{
	struct event_config cfg = large_config(rx_len, rx_cnt);
	const struct event_plan plan = { .frame_len = LARGE };
	const struct driver *tx, *rx;

	bed_up((struct bed_config){ .option = { "--wire", "vm0,vm1" } });
	guest_up(0, cfg);
	guest_up(1, cfg);
	run(&guests[0], &guests[1], plan);
	tx = &guests[0].fe.vring[TX0].driver;
	rx = &guests[1].fe.vring[RX0].driver;
	assert_int_equal(rx->reaped_total,
			 tx->offered_total * (rx_len < LARGE ? PIECES : 1));
	assert_true(result.received <= result.sent + LARGE_FRAMES);
	expect_counted(0);
	expect_counted(1);
	leave(&guests[0]);
	leave(&guests[1]);
}

static void large_frames_pass_whole(void **state)
{
	(void)state;
	pass_large(LARGE + 64, LARGE_FRAMES);
}

static void large_frames_pass_in_pieces(void **state)
{
	(void)state;
	pass_large(PIECE_LEN, LARGE_FRAMES * PIECES);
}

static void copying_has_copied(void **state)
{
	struct event_config cfg = large_config(LARGE + 64, LARGE_FRAMES);
	struct event_copied copied = { 0 };
	size_t at = event_config(NULL).ring; /* in the payload, anywhere */

	(void)state;
	bed_up((struct bed_config){ .option = { "--wire", "vm0,vm1" } });
	guest_up(0, cfg);
	guest_up(1, cfg);
	event_buffer(&guests[0].tx, 0)[at] = 0x5a;
	assert_int_equal(
		event_copy(&guests[0], &guests[1], LARGE, 0, 5, &copied), 0);
	assert_true(copied.bytes >= LARGE && copied.bytes % LARGE == 0);
	assert_true(copied.cycles > 0 && copied.ns > 0 && copied.cpu_ns > 0);
	assert_int_equal(guests[1].rx.base[at], 0x5a);
	assert_int_equal(
		event_copy(&guests[0], &guests[1], 2 * LARGE, 0, 5, &copied),
		-EINVAL);
	leave(&guests[0]);
	leave(&guests[1]);
}

/* ---- shares ---- */

static void assert_about(uint64_t ns, uint64_t wanted)
{
	assert_in_range(ns, wanted, wanted + wanted / 64 + 1);
}

static void a_share_is_told_within_a_64th(void **state)
{
	static struct event_times times;
	uint64_t ns;

	(void)state;
	memset(&times, 0, sizeof(times));
	assert_int_equal(event_times_share(&times, 0.5), 0);
	for (ns = 1; ns <= 100000; ns++)
		event_times_add(&times, ns);
	assert_about(event_times_share(&times, 0.0001), 10);
	assert_about(event_times_share(&times, 0.5), 50000);
	assert_about(event_times_share(&times, 0.99), 99000);
	assert_int_equal(event_times_share(&times, 1), 100000);
	assert_int_equal(times.max_ns, 100000);
	event_times_add(&times, UINT64_MAX);
	assert_int_equal(event_times_share(&times, 1), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(what_is_sent_as_fast_as_it_goes_is_counted_by_both),
		BED_PACKED(what_is_sent_as_fast_as_it_goes_is_counted_by_both),
		BED_TEST(what_is_sent_at_a_pace_is_counted_by_both),
		BED_PACKED(what_is_sent_at_a_pace_is_counted_by_both),
		BED_TEST(one_frame_at_a_time_is_a_kick_and_a_call),
		BED_PACKED(one_frame_at_a_time_is_a_kick_and_a_call),
		BED_TEST(what_a_sink_swallows_is_counted_by_both),
		BED_PACKED(what_a_sink_swallows_is_counted_by_both),
		BED_TEST(large_frames_pass_whole),
		BED_PACKED(large_frames_pass_whole),
		BED_TEST(large_frames_pass_in_pieces),
		BED_PACKED(large_frames_pass_in_pieces),
		BED_TEST(copying_has_copied),
		cmocka_unit_test(a_share_is_told_within_a_64th),
	};

	return BED_RUN(tests);
}
