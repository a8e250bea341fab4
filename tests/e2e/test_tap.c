/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tap.c - the scripted guest on a tap, the kernel at its other end.
 *
 * A packet socket on the tap's interface plays the host. It shows what an echo
 * port cannot: a frame that waits because the guest has too little room, which
 * is the one way a ring with buffers can be spent. Needs root and /dev/net/tun
 * and says so where they are missing.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stall_steps.h"
#include "tap_host.h"

#define IDLE_CPU_MAX_MS 100

static int tap_down(void **state)
{
	tap_host_close();
	return bed_down(state);
}

/* Guest vm0 wired to a tap, its first calls taken. */
static struct net_guest *tap_guest(uint32_t rx_buffer_len)
{
	struct net_guest *guest;
	struct net_config cfg;
	char spec[128];

	if (!tap_host_able())
		skip();
	snprintf(spec, sizeof(spec), "tap0,type=tap,ifname=%s,up=off",
		 tap_host_ifname());
	bed_up((struct bed_config){
		.stall_after_ms = STALL_MS,
		.option = { "--port", spec, "--wire", "vm0,tap0" },
	});
	tap_host_open();
	cfg = bed_net_config(0);
	cfg.rx_buffer_len = rx_buffer_len;
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, RX0, BED_WAIT_MS), 1);
	driver_arm(&guest->fe.vring[RX0].driver);
	return guest;
}

static void host_sends(uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	tap_host_sends(&bed_sent);
}

static bool same_frame(const struct net_frame *a, const struct net_frame *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void guest_gets(struct net_guest *guest, uint32_t len, uint32_t seed)
{
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	net_frame_make(&bed_sent, len, seed);
	assert_true(same_frame(&bed_got, &bed_sent));
	net_offer(guest, RX0, bed_got.buffer_cnt);
}

static void frames_go_both_ways(void **state)
{
	struct net_guest *guest = tap_guest(2048);
	struct net_form form = { NET_CHOPPED, true };
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	for (i = 0; i < 200; i++) {
		host_sends(60 + i * 7, i);
		guest_gets(guest, 60 + i * 7, i);
		net_frame_make(&bed_sent, 60 + i * 7, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, form), 0);
		tap_host_gets(&bed_sent);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	}
	bed_expect("tx0", "counters.packets", 200);
	bed_expect("rx0", "counters.packets", 200);
	bed_check_accounts();
}

static void
without_buffers_frames_wait_in_the_tap_and_nothing_spins(void **state)
{
	struct net_guest *guest = tap_guest(2048);
	unsigned long cpu = daemon_cpu_ms(&bed.daemon);
	uint32_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		host_sends(600, i);
	bed_idle(1000);
	assert_true(daemon_cpu_ms(&bed.daemon) - cpu <= IDLE_CPU_MAX_MS);
	net_offer(guest, RX0, 64);
	for (i = 0; i < 20; i++)
		guest_gets(guest, 600, i);
	bed_expect("rx0", "counters.drops.no_buffer", 0);
	bed_check_accounts();
}

static void
a_frame_larger_than_what_is_available_waits_and_is_a_stall(void **state)
{
	struct net_guest *guest = tap_guest(256);

	(void)state;
	net_offer(guest, RX0, 3);
	stall_deafen(guest, RX0);
	host_sends(60, 1);
	bed_wait_used(guest, RX0, 1);
	call_log_begin(&stall_log, &guest->fe);
	host_sends(1400, 2); /* six buffers, two are there */
	assert_true(
		call_log_until(&stall_log, &guest->fe, RX0, 1, BED_WAIT_MS));
	bed_expect("rx0", "counters.stalls", 1);
	driver_freeze(&guest->fe.vring[RX0].driver, false);
	guest_gets(guest, 60, 1);
	net_offer(guest, RX0, 16);
	guest_gets(guest, 1400, 2);
	bed_expect("rx0", "counters.stalls_revived", 1);
	bed_expect("rx0", "counters.drops.no_buffer", 0);
	bed_check_accounts();
}

static void the_interface_goes_with_the_port(void **state)
{
	(void)state;
	tap_guest(2048);
	assert_true(if_nametoindex(tap_host_ifname()) > 0);
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "tap0")),
			 0);
	assert_int_equal(if_nametoindex(tap_host_ifname()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(frames_go_both_ways, tap_down),
		cmocka_unit_test_teardown(
			without_buffers_frames_wait_in_the_tap_and_nothing_spins,
			tap_down),
		cmocka_unit_test_teardown(
			a_frame_larger_than_what_is_available_waits_and_is_a_stall,
			tap_down),
		cmocka_unit_test_teardown(the_interface_goes_with_the_port,
					  tap_down),
	};

	return BED_RUN(tests);
}
