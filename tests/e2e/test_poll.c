/* SPDX-License-Identifier: BSD-3-Clause */
/* test_poll.c - the three ways to poll: adaptive, always, never.
 *
 * In each of them frames go round between two ends that both sleep when they
 * have nothing to do (the daemon as its mode allows), and a change of mode
 * under traffic loses neither frame nor notification. stall-after is long, so
 * that no look hides a lost kick.
 */
#include "bed.h"

#define LONG_MS 10000
#define TRIPS 3000

static struct net_guest *guest_of(const char *mode)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "echo",
				    .stall_after_ms = LONG_MS,
				    .option = { "--poll", mode } });
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	return guest;
}

static void set_mode(const char *mode)
{
	assert_int_equal(control_do(&bed.control, "set",
				    json_pack("{s:s, s:s}", "key", "poll",
					      "value", mode)),
			 0);
}

static void trips_in(const char *mode)
{
	struct net_guest *guest = guest_of(mode);
	uint32_t i;

	for (i = 0; i < TRIPS; i++)
		bed_round_trip(guest, 60 + i % 1000, i);
	bed_expect("tx0", "counters.packets", TRIPS);
	bed_expect("tx0", "counters.kicks_missed", 0);
	bed_expect("rx0", "counters.calls_forced", 0);
	print_message("%s: %lu kicks, %lu calls\n", mode,
		      guest->fe.vring[TX0].kicks, guest->fe.vring[RX0].calls);
	bed_check_accounts();
}

static void frames_go_round_when_adaptive(void **state)
{
	(void)state;
	trips_in("adaptive");
}

static void frames_go_round_when_polling_always(void **state)
{
	(void)state;
	trips_in("always");
	/* One kick may be wanted by what the words held at the start. */
	assert_true(bed.guest[0].fe.vring[TX0].kicks <= 2);
}

static void frames_go_round_when_polling_never(void **state)
{
	(void)state;
	trips_in("never");
}

static void the_mode_changes_under_traffic(void **state)
{
	static const char *const modes[] = { "always", "never", "adaptive" };
	struct net_guest *guest = guest_of("adaptive");
	uint32_t i;

	(void)state;
	for (i = 0; i < 600; i++) {
		bed_round_trip(guest, 60, i);
		if (i % 10 == 0)
			set_mode(modes[i / 10 % 3]);
	}
	bed_expect("tx0", "counters.kicks_missed", 0);
	bed_check_accounts();
}

static void a_sleeper_is_woken_after_each_change_of_mode(void **state)
{
	static const char *const modes[] = { "always", "never",	 "adaptive",
					     "never",  "always", "adaptive" };
	struct net_guest *guest = guest_of("adaptive");
	uint32_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		set_mode(modes[i]);
		bed_idle(50);
		bed_round_trip(guest, 60, i);
		bed_idle(50);
		bed_round_trip(guest, 60, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(frames_go_round_when_adaptive),
		BED_TEST(frames_go_round_when_polling_always),
		BED_TEST(frames_go_round_when_polling_never),
		BED_TEST(the_mode_changes_under_traffic),
		BED_TEST(a_sleeper_is_woken_after_each_change_of_mode),
	};

	return BED_RUN(tests);
}
