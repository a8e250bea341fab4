/* SPDX-License-Identifier: BSD-3-Clause */
/* test_memory.c - guest memory that is taken away under the daemon.
 *
 * A front end owns the files it shares and can shrink them at any time. What
 * must stay true: that costs its own port, and nobody else a frame.
 */
#include "bed.h"

/* No look of the watchdog may come before the test is ready for it. */
#define LOOK_MS 5000

/* Two regions: rings in the first, buffers in the second. A worker that polls could
 * take the frame before its memory is gone. */
static struct net_guest *guest_with_two_regions(void)
{
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "echo",
				    .stall_after_ms = LOOK_MS,
				    .option = { "--poll", "never" } });
	cfg = bed_net_config(0);
	cfg.frontend.regions = 2;
	return bed_guest(0, &cfg);
}

static void kick_unasked(struct frontend_vring *vring)
{
	const uint64_t one = 1;

	assert_int_equal(write(vring->kick_fd, &one, sizeof(one)), sizeof(one));
}

static void buffers_that_are_taken_away_cost_one_guest(void **state)
{
	struct net_form form = { NET_WHOLE, false };
	struct net_guest *bad = guest_with_two_regions();
	struct net_config cfg = bed_net_config(1);
	struct net_guest *good = bed_guest(1, &cfg);

	(void)state;
	net_offer(bad, RX0, 16);
	net_offer(good, RX0, 64);
	bed_round_trip(bad, 60, 1);
	bed_round_trip(good, 60, 1);

	bad->fe.vring[TX0].withhold_kicks = true;
	net_frame_make(&bed_sent, 600, 2);
	assert_int_equal(net_send(bad, TX0, &bed_sent, form), 0);
	assert_int_equal(ftruncate(bad->fe.mem_fd[1], 0), 0);
	kick_unasked(&bad->fe.vring[TX0]);

	bed_expect_str("tx0", "state", "faulted");
	bed_expect_str("tx0", "fault", "memory_lost");
	bed_round_trip(good, 600, 3);
	frontend_disconnect(&bad->fe);
	bed_expect_str("tx0", "state", "absent");
	bed_round_trip(good, 600, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(buffers_that_are_taken_away_cost_one_guest),
	};

	return BED_RUN(tests);
}
