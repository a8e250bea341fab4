/* SPDX-License-Identifier: BSD-3-Clause */
/* test_netdev.c - a guest on a network interface of the kernel's, by devices of DPDK's.
 *
 * By net_af_packet, which has no offloads, on one end of a veth pair; by net_tap, which
 * has them, on a tap. A packet socket on the other side plays the network. All of it is
 * in a network namespace of the program's own. Needs root.
 */
#include <net/ethernet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tap_host.h"
#include "tcp_steps.h"

#define FRAMES 200
#define MSS 1000
#define MTU 1500
#define JUMBO 9000
#define IDLE_MS 500
#define IDLE_CPU_MAX_MS 100 /* measured: 10 */

static const struct net_form whole = { NET_WHOLE, false };
static bool able;

/* ---- the bed ---- */

static void make_veth(unsigned int mtu)
{
	const char *host = tap_host_ifname();

	assert_int_equal(
		shell("ip link add name %s mtu %u type veth peer name dev0 &&"
		      " ip link set dev0 mtu %u up",
		      host, mtu, mtu),
		0);
}

static int veth_down(void **state)
{
	int err = bed_down(state);

	tap_host_close();
	shell("ip link del dev0");
	return err;
}

/* @keys: more for the device. */
static struct net_guest *guest_on_veth(const char *keys)
{
	static char vdev[128];
	struct net_config cfg;

	if (!able)
		skip();
	make_veth(keys[0] ? JUMBO : MTU);
	snprintf(vdev, sizeof(vdev), "net_af_packet0,iface=dev0%s", keys);
	bed_up((struct bed_config){
		.option = { "--port", "nic,type=ethdev,dev=net_af_packet0",
			    "--wire", "vm0,nic", "--", "--vdev", vdev } });
	tap_host_open();
	cfg = bed_net_config(0);
	cfg.rx_buffer_len = 16384;
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 64;
	return bed_guest(0, &cfg);
}

static void goes_out(struct net_guest *guest, uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	tap_host_gets(&bed_sent);
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
}

static void comes_in(struct net_guest *guest)
{
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.len, bed_sent.len);
	assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	net_offer(guest, RX0, bed_got.buffer_cnt);
}

static void host_sends(uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	tap_host_sends(&bed_sent);
}

/* A frame with a VLAN tag between addresses and type. */
static void tag_and_make(uint32_t len)
{
	net_frame_make(&bed_sent, len, 3);
	bed_sent.data[12] = 0x81;
	bed_sent.data[13] = 0x00;
	bed_sent.data[14] = 0x00;
	bed_sent.data[15] = 42;
}

/* What was on its way when the interface went down may still come. */
static void wait_until_up(struct net_guest *guest)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;

	do {
		assert_true(clock_now_ns() < end);
		net_frame_make(&bed_sent, 60, 1);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
		bed_idle(5);
	} while (tap_host_has_none());
}

/* ---- tests ---- */

static void frames_go_both_ways(void **state)
{
	struct net_guest *guest = guest_on_veth("");
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	for (i = 0; i < FRAMES; i++) {
		host_sends(60 + i * 7 % (MTU - 46 + 1), i);
		comes_in(guest);
		goes_out(guest, 60 + i * 11 % (MTU - 46 + 1), i);
	}
	bed_expect("tx0", "counters.packets", FRAMES);
	bed_expect("rx0", "counters.packets", FRAMES);
	bed_check_accounts();
}

/* It has 512 frames of room. */
static void without_buffers_frames_wait_in_the_device(void **state)
{
	struct net_guest *guest = guest_on_veth("");
	uint32_t i;

	(void)state;
	for (i = 0; i < FRAMES; i++)
		host_sends(60 + i, i);
	for (i = 0; i < FRAMES; i++) {
		if (i % 20 == 0)
			net_offer(guest, RX0, 20);
		net_frame_make(&bed_sent, 60 + i, i);
		assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
		assert_int_equal(bed_got.len, bed_sent.len);
		assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	}
	bed_check_accounts();
}

/* Now and then it asks the device; that is all it does. */
static void an_idle_daemon_sleeps_and_finds_what_came(void **state)
{
	struct net_guest *guest = guest_on_veth("");
	unsigned long cpu = daemon_cpu_ms(&bed.daemon);
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	bed_idle(IDLE_MS);
	assert_true(daemon_cpu_ms(&bed.daemon) - cpu <= IDLE_CPU_MAX_MS);
	for (i = 0; i < 20; i++) {
		bed_idle(5);
		host_sends(60 + i, i);
		comes_in(guest);
	}
	bed_check_accounts();
}

static void what_the_device_can_not_do_is_done_for_it(void **state)
{
	struct net_guest *guest = guest_on_veth("");
	uint32_t i;

	(void)state;
	tap_host_hear(ETHERTYPE_IP);
	tcp_make(&bed_sent, 777, 0);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	tap_host_next(&bed_got);
	tcp_expect(&bed_got, 777);
	tcp_make(&bed_sent, TCP_HEADERS_LEN + 40 * MSS + 1, MSS);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	for (i = 0; i <= 40; i++) {
		tap_host_next(&bed_got);
		tcp_expect(&bed_got, TCP_HEADERS_LEN + (i < 40 ? MSS : 1));
	}
	assert_int_equal(net_wait_sent(guest, TX0, 2, BED_WAIT_MS), 2);
	assert_true(tap_host_has_none());
}

/* The kernel would lose it without a word; what is around it goes out. */
static void what_is_longer_than_the_mtu_is_counted(void **state)
{
	struct net_guest *guest = guest_on_veth("");

	(void)state;
	goes_out(guest, ETHER_HDR_LEN + MTU, 1);
	net_frame_make(&bed_sent, ETHER_HDR_LEN + MTU + 5, 2);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	tcp_make(&bed_sent, 9000, MTU);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	assert_int_equal(net_wait_sent(guest, TX0, 2, BED_WAIT_MS), 2);
	goes_out(guest, ETHER_HDR_LEN + MTU, 3);
	bed_expect("tx0", "counters.drops.oversize", 2);
}

/* Larger slots, larger MTU. */
static void jumbo_frames_go_both_ways(void **state)
{
	struct net_guest *guest =
		guest_on_veth(",framesz=16384,blocksz=16384,framecnt=64");
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	for (i = 0; i < 50; i++) {
		host_sends(JUMBO - i, i);
		comes_in(guest);
		goes_out(guest, JUMBO - i, i);
	}
}

/* The kernel keeps tags beside the frame, and the driver puts them back. */
static void tags_stay_where_they_are(void **state)
{
	struct net_guest *guest = guest_on_veth("");

	(void)state;
	tap_host_hear(ETHERTYPE_VLAN);
	net_offer(guest, RX0, 64);
	tag_and_make(100);
	tap_host_sends(&bed_sent);
	comes_in(guest);
}

static void the_interface_goes_down_and_up(void **state)
{
	struct net_guest *guest = guest_on_veth("");
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	assert_int_equal(shell("ip link set dev0 down"), 0);
	for (i = 0; i < FRAMES; i++) {
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	}
	assert_int_equal(shell("ip link set dev0 up"), 0);
	wait_until_up(guest);
	tap_host_drain();
	host_sends(60, 5);
	comes_in(guest);
	goes_out(guest, 60, 7);
	bed_check_accounts();
}

static void expect_refused(const char *port, const char *vdev, const char *said)
{
	struct daemon *d = &bed.daemon;

	assert_int_equal(daemon_init(d), 0);
	daemon_arg(d, "--port");
	daemon_arg(d, "%s", port);
	daemon_arg(d, "--");
	daemon_arg(d, "--vdev");
	daemon_arg(d, "%s", vdev);
	assert_int_equal(daemon_run(d), 1);
	if (daemon_log_lines(d, said) != 1)
		fail_msg("%s, %s: nothing said of '%s'", port, vdev, said);
	daemon_stop(d);
}

/* net_tap offers checksums and segmentation, and does them itself. */
static struct net_guest *guest_on_tap(void)
{
	static char vdev[64];
	struct net_config cfg;

	if (!able || !tap_host_able())
		skip();
	snprintf(vdev, sizeof(vdev), "net_tap0,iface=%s", tap_host_ifname());
	bed_up((struct bed_config){
		.option = { "--port", "nic,type=ethdev,dev=net_tap0", "--wire",
			    "vm0,nic", "--", "--vdev", vdev } });
	tap_host_open();
	cfg = bed_net_config(0);
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 64;
	return bed_guest(0, &cfg);
}

static int tap_down(void **state)
{
	tap_host_close();
	return bed_down(state);
}

static void what_the_device_can_do_is_left_to_it(void **state)
{
	struct net_guest *guest = guest_on_tap();
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	goes_out(guest, 1000, 1);
	host_sends(1000, 2);
	comes_in(guest);
	assert_int_equal(bed_got.hdr.flags, 0);
	tap_host_hear(ETHERTYPE_IP);
	tcp_make(&bed_sent, 777, 0);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	tap_host_next(&bed_got);
	tcp_expect(&bed_got, 777);
	tap_host_sends(&bed_got);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.hdr.flags, VIRTIO_NET_HDR_F_DATA_VALID);
	tcp_make(&bed_sent, TCP_HEADERS_LEN + 40 * MSS + 1, MSS);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	for (i = 0; i <= 40; i++) {
		tap_host_next(&bed_got);
		tcp_expect(&bed_got, TCP_HEADERS_LEN + (i < 40 ? MSS : 1));
	}
	assert_int_equal(net_wait_sent(guest, TX0, 2, BED_WAIT_MS), 2);
}

static void wrong_devices_are_refused_with_a_reason(void **state)
{
	const char *port = "nic,type=ethdev,dev=net_af_packet0";

	(void)state;
	expect_refused(port, "net_af_packet0,iface=none0",
		       "driver refused what stands behind --");
	expect_refused(port, "net_af_packet0,iface=lo,no=1",
		       "driver refused what stands behind --");
	expect_refused(port, "net_null0", "DPDK knows no such device");
	expect_refused("nic,type=ethdev,dev=net_af_packet0,queues=2",
		       "net_af_packet0,iface=lo",
		       "dev=net_af_packet0 has 1; give it more with qpairs=");
	expect_refused(port,
		       "net_af_packet0,iface=lo,framesz=131072,blocksz=131072",
		       "framesz=131072");
}

int main(void)
{
	struct CMUnitTest tests[] = {
		BED_TEST(frames_go_both_ways),
		BED_PACKED(frames_go_both_ways),
		BED_TEST(without_buffers_frames_wait_in_the_device),
		BED_TEST(an_idle_daemon_sleeps_and_finds_what_came),
		BED_TEST(what_the_device_can_not_do_is_done_for_it),
		BED_TEST(what_is_longer_than_the_mtu_is_counted),
		BED_TEST(jumbo_frames_go_both_ways),
		BED_TEST(tags_stay_where_they_are),
		BED_TEST(the_interface_goes_down_and_up),
		BED_TEST(what_the_device_can_do_is_left_to_it),
	};
	const struct CMUnitTest refusals[] = {
		cmocka_unit_test(wrong_devices_are_refused_with_a_reason),
	};
	unsigned int i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].teardown_func = veth_down;
	tests[i - 1].teardown_func = tap_down;
	able = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
	if (able)
		shell("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
	return BED_RUN(tests) + BED_RUN(refusals);
}
