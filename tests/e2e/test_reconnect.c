/* SPDX-License-Identifier: BSD-3-Clause */
/* test_reconnect.c - front ends that vanish, and a daemon that does.
 *
 * Memory and rings of the scripted guest outlive the connection, as a guest's
 * do. What is asserted: nothing is lost but what was in hand, nothing leaks,
 * and no moment is a bad one to vanish in.
 */
#include "bed.h"

#define CONNECTS 200
#define WARM_UP 20
/* AddressSanitizer keeps freed memory; its leak check at the daemon's end does
 * the work there. */
#ifdef __SANITIZE_ADDRESS__
#define RSS_SLACK_KIB (256 * 1024)
#else
#define RSS_SLACK_KIB 512
#endif
#define MESSAGES_MAX 60

static void resumes_from_the_used_index(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	struct net_form form = { NET_WHOLE, false };
	uint16_t reaped;

	(void)state;
	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 600, 1);
	reaped = guest->fe.vring[TX0].driver.reaped;
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");

	net_frame_make(&bed_sent, 600, 2);
	assert_int_equal(net_send(guest, TX0, &bed_sent, form), 0);
	assert_int_equal(guest->fe.vring[TX0].base, reaped);
	assert_int_equal(frontend_begin(&guest->fe), 0);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	bed_round_trip(guest, 600, 3);
}

static void
what_was_offered_before_the_start_is_taken_without_a_kick(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	struct net_form form = { NET_WHOLE, false };

	(void)state;
	net_offer(guest, RX0, 16);
	assert_int_equal(frontend_stop(&guest->fe), 0);
	guest->fe.vring[TX0].withhold_kicks = true;
	net_frame_make(&bed_sent, 600, 2);
	assert_int_equal(net_send(guest, TX0, &bed_sent, form), 0);
	assert_int_equal(frontend_negotiate(&guest->fe), 0);
	assert_int_equal(frontend_start(&guest->fe), 0);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
}

/* A front end stops both rings, remembers where they stood and starts there:
 * all of what stands in between survives, round after round. */
static void stop_and_start(struct net_guest *guest)
{
	unsigned int i;

	assert_int_equal(frontend_stop(&guest->fe), 0);
	for (i = RX0; i <= TX0; i++)
		assert_int_equal(
			guest->fe.vring[i].base,
			driver_used_position(&guest->fe.vring[i].driver));
	assert_int_equal(frontend_negotiate(&guest->fe), 0);
	assert_int_equal(frontend_start(&guest->fe), 0);
	for (i = RX0; i <= TX0; i++) {
		const char *vring = i == RX0 ? "rx0" : "tx0";

		bed_expect_position(vring, "next_avail",
				    guest->fe.vring[i].base);
		bed_expect_position(vring, "next_used",
				    guest->fe.vring[i].base);
	}
}

static void a_stop_and_a_start_keep_the_positions(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;
	uint32_t round, i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.tx_size = bed_is_packed() ? 3 : 4;
	cfg.frontend.rx_size = bed_is_packed() ? 7 : 8;
	cfg.frontend.start = bed_start_before_wrap(cfg.frontend.tx_size, 2);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 5);
	for (round = 0; round < 30; round++) {
		for (i = 0; i < round % 4; i++)
			bed_round_trip(guest, 600, round + i);
		stop_and_start(guest);
	}
	bed_round_trip(guest, 600, round);
	bed_check_accounts();
}

static void connect_once(struct net_guest *guest, uint32_t seed)
{
	assert_int_equal(frontend_begin(&guest->fe), 0);
	bed_round_trip(guest, 60, seed);
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
}

static void two_hundred_connects_leak_no_descriptor_and_no_memory(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	unsigned long rss;
	unsigned int fds, i;

	(void)state;
	net_offer(guest, RX0, 64);
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	for (i = 0; i < WARM_UP; i++)
		connect_once(guest, i);
	fds = bed_fd_cnt();
	rss = daemon_rss_kib(&bed.daemon);

	for (i = 0; i < CONNECTS; i++)
		connect_once(guest, i);
	assert_int_equal(bed_fd_cnt(), fds);
	print_message("RSS %lu KiB, then %lu KiB\n", rss,
		      daemon_rss_kib(&bed.daemon));
	assert_true(daemon_rss_kib(&bed.daemon) <= rss + RSS_SLACK_KIB);
}

static void vanishing_after_any_message_harms_nothing(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	unsigned int fds, n;
	int err = -1;

	(void)state;
	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 0);
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	fds = bed_fd_cnt();

	for (n = 1; err && n < MESSAGES_MAX; n++) {
		guest->fe.quit_at = n;
		err = frontend_begin(&guest->fe);
		frontend_disconnect(&guest->fe);
		bed_expect_str("tx0", "state", "absent");
	}
	assert_int_equal(err, 0);
	assert_int_equal(bed_fd_cnt(), fds);
	guest->fe.quit_at = 0;
	assert_int_equal(frontend_begin(&guest->fe), 0);
	bed_round_trip(guest, 60, 1);
}

static void vanishing_under_load_loses_no_buffer(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	struct net_form form = { NET_WHOLE, false };
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 40; round++) {
		net_offer(guest, RX0, 256);
		for (i = 0; i < 64 + round; i++) {
			net_frame_make(&bed_sent, 600, i);
			net_stage(guest, TX0, &bed_sent, form);
		}
		net_flush(guest, TX0);
		bed_reconnect(guest);
		bed_wait_used(guest, TX0,
			      guest->fe.vring[TX0].driver.published);
		net_reap_sent(guest, TX0);
		while (net_receive(guest, RX0, &bed_got))
			assert_int_equal(bed_got.len, 600);
	}
	assert_int_equal(guest->buffers[TX0].free_cnt, guest->buffers[TX0].cnt);
}

static void a_second_front_end_on_a_socket_does_not_harm_the_first(void **state)
{
	struct net_guest *first = bed_with("echo", 0);
	struct net_config cfg = bed_net_config(0);
	int sock;

	(void)state;
	net_offer(first, RX0, 16);
	bed_round_trip(first, 60, 1);
	sock = vhost_user_connect(cfg.frontend.path, BED_WAIT_MS);
	bed_round_trip(first, 60, 2);
	bed_idle(50);
	bed_round_trip(first, 60, 3);
	if (sock >= 0)
		close(sock);
	bed_round_trip(first, 60, 4);
	bed_expect_str("tx0", "state", "running");
}

static void a_killed_daemon_comes_back_to_its_guest(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.start = bed_start_before_wrap(cfg.frontend.tx_size, 1);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);

	control_close(&bed.control);
	daemon_kill(&bed.daemon);
	frontend_disconnect(&guest->fe);
	assert_int_equal(daemon_start(&bed.daemon), 0);
	assert_int_equal(control_open(&bed.control, bed.daemon.control), 0);
	assert_int_equal(frontend_begin(&guest->fe), 0);
	bed_round_trip(guest, 60, 2);
}

static void a_daemon_without_a_guest_stops_cleanly(void **state)
{
	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	bed_expect_str("tx0", "state", "absent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(resumes_from_the_used_index),
		BED_TEST(
			what_was_offered_before_the_start_is_taken_without_a_kick),
		BED_TEST(two_hundred_connects_leak_no_descriptor_and_no_memory),
		BED_TEST(vanishing_after_any_message_harms_nothing),
		BED_TEST(vanishing_under_load_loses_no_buffer),
		BED_TEST(
			a_second_front_end_on_a_socket_does_not_harm_the_first),
		BED_TEST(a_killed_daemon_comes_back_to_its_guest),
		BED_TEST(a_daemon_without_a_guest_stops_cleanly),
		BED_TEST(a_stop_and_a_start_keep_the_positions),
		BED_PACKED(a_stop_and_a_start_keep_the_positions),
		BED_PACKED_FLAGS(a_stop_and_a_start_keep_the_positions),
		BED_PACKED(
			what_was_offered_before_the_start_is_taken_without_a_kick),
		BED_PACKED(vanishing_under_load_loses_no_buffer),
		BED_PACKED(a_killed_daemon_comes_back_to_its_guest),
	};

	return BED_RUN(tests);
}
