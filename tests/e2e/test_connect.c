/* SPDX-License-Identifier: BSD-3-Clause */
/* test_connect.c - what the daemon offers, and how a device starts and stops.
 *
 * The scripted front end does what QEMU does and, for GET_VRING_BASE and
 * disabled rings, what QEMU does on bad days. Crashes and reconnects are in
 * test_reconnect.c, wrong messages in test_bad_messages.c.
 */
#include "bed.h"

#define BIT FEATURE_BIT

static const uint64_t must_offer =
	BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_EVENT_IDX) |
	BIT(VIRTIO_F_INDIRECT_DESC) | BIT(VIRTIO_NET_F_MRG_RXBUF) |
	BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
	BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) |
	BIT(VIRTIO_NET_F_HOST_ECN) | BIT(VIRTIO_NET_F_GUEST_TSO4) |
	BIT(VIRTIO_NET_F_GUEST_TSO6) | BIT(VIRTIO_NET_F_GUEST_ECN) |
	BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_F_ANY_LAYOUT) |
	BIT(VHOST_USER_F_PROTOCOL_FEATURES);

static const uint64_t offloads =
	BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
	BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) |
	BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6);

static void offers_what_a_linux_guest_wants_and_no_iommu(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);

	(void)state;
	assert_int_equal(guest->fe.features_offered & must_offer, must_offer);
	assert_false(guest->fe.features_offered &
		     BIT(VIRTIO_F_ACCESS_PLATFORM));
	assert_int_equal(guest->fe.protocol, FRONTEND_PROTOCOL);
	assert_int_equal(guest->fe.queue_num, 1);
}

static void withholds_what_the_port_says(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){
		.peer = "echo",
		.keys = ",event-idx=off,mrg-rxbuf=off,indirect=off,offload=off",
	});
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	assert_false(guest->fe.features_offered &
		     (BIT(VIRTIO_F_EVENT_IDX) | BIT(VIRTIO_F_INDIRECT_DESC) |
		      BIT(VIRTIO_NET_F_MRG_RXBUF) | offloads));
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 600, 1);
}

static void echo_with(uint64_t without, uint32_t hdr_len)
{
	struct net_guest *guest;
	struct net_config cfg;
	uint32_t i;

	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.features &= ~without;
	guest = bed_guest(0, &cfg);
	assert_int_equal(guest->fe.hdr_len, hdr_len);
	net_offer(guest, RX0, 16);
	for (i = 0; i < 40; i++)
		bed_round_trip(guest, 60 + i, i);
}

static void a_legacy_driver_has_a_header_of_ten_bytes(void **state)
{
	(void)state;
	echo_with(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_NET_F_MRG_RXBUF), 10);
}

static void a_legacy_driver_with_mergeable_buffers_has_twelve(void **state)
{
	(void)state;
	echo_with(BIT(VIRTIO_F_VERSION_1), 12);
}

static void rings_run_at_once_without_protocol_features(void **state)
{
	(void)state;
	echo_with(BIT(VHOST_USER_F_PROTOCOL_FEATURES), 12);
}

static void a_driver_that_wants_nothing_is_served(void **state)
{
	(void)state;
	echo_with(~UINT64_C(0), 10);
}

static void works_without_reply_ack_and_status(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.protocol = 0;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 1514, 1);
}

static void a_client_port_connects_to_the_front_end(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo", .keys = ",mode=client" });
	cfg = bed_net_config(0);
	cfg.frontend.listen = true;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 1514, 1);

	bed_reconnect(guest);
	bed_round_trip(guest, 1514, 2);
}

static void memory_may_lie_in_eight_regions(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.regions = 8;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 1514, 1);
}

static void the_mtu_message_is_taken(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);

	(void)state;
	assert_int_equal(
		frontend_set_u64(&guest->fe, VHOST_USER_NET_SET_MTU, 9000), 0);
}

static void get_vring_base_alone_is_a_query(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint16_t base = 0;
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 16);
	for (i = 0; i < 10; i++)
		bed_round_trip(guest, 60, i);
	assert_int_equal(frontend_get_vring_base(&guest->fe, TX0, &base), 0);
	assert_int_equal(base, 10);
	bed_expect_str("tx0", "state", "running");
	bed_round_trip(guest, 60, 10);
	assert_int_equal(frontend_get_vring_base(&guest->fe, RX0, &base), 0);
	bed_round_trip(guest, 60, 11);
	bed_expect_str("rx0", "state", "running");
}

static void stop_messages_after_a_query_stop(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint16_t base;

	(void)state;
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 60, 1);
	assert_int_equal(frontend_get_vring_base(&guest->fe, TX0, &base), 0);
	assert_int_equal(frontend_stop(&guest->fe), 0);
	assert_int_equal(guest->fe.vring[TX0].base, 1);
	bed_expect_str("tx0", "state", "stopped");
	bed_expect_str("rx0", "state", "stopped");
}

static void a_stopped_device_starts_again_where_it_was(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint32_t round;

	(void)state;
	net_offer(guest, RX0, 16);
	for (round = 0; round < 3; round++) {
		bed_round_trip(guest, 60, round);
		assert_int_equal(frontend_stop(&guest->fe), 0);
		assert_int_equal(guest->fe.vring[TX0].base, round + 1);
		assert_int_equal(frontend_negotiate(&guest->fe), 0);
		assert_int_equal(frontend_start(&guest->fe), 0);
	}
	bed_round_trip(guest, 60, round);
}

static void a_disabled_tx_ring_is_drained_and_discarded(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);

	(void)state;
	net_offer(guest, RX0, 16);
	assert_int_equal(frontend_set_vring_enable(&guest->fe, TX0, false), 0);
	bed_expect_str("tx0", "state", "disabled");
	bed_use_tx(guest, 5);
	bed_expect("tx0", "counters.drops.disabled", 5);
	assert_int_equal(net_wait_sent(guest, TX0, 5, BED_WAIT_MS), 5);
	assert_false(net_receive(guest, RX0, &bed_got));

	assert_int_equal(frontend_set_vring_enable(&guest->fe, TX0, true), 0);
	bed_expect_str("tx0", "state", "running");
	bed_round_trip(guest, 60, 1);
}

static void a_disabled_rx_ring_is_not_fed(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);

	(void)state;
	net_offer(guest, RX0, 16);
	assert_int_equal(frontend_set_vring_enable(&guest->fe, RX0, false), 0);
	bed_expect_str("rx0", "state", "disabled");
	bed_use_tx(guest, 5);
	assert_int_equal(net_wait_sent(guest, TX0, 5, BED_WAIT_MS), 5);
	bed_idle(50);
	assert_false(net_receive(guest, RX0, &bed_got));

	assert_int_equal(frontend_set_vring_enable(&guest->fe, RX0, true), 0);
	bed_expect_str("rx0", "state", "running");
	bed_round_trip(guest, 60, 1);
}

static void memory_told_again_under_traffic_loses_nothing(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, 64);
	for (i = 0; i < 30; i++) {
		bed_round_trip(guest, 600, i);
		assert_int_equal(frontend_set_mem_table(&guest->fe), 0);
	}
	bed_round_trip(guest, 600, i);
	bed_check_accounts();
}

/* The library would look for new sockets once a second. */
static void a_front_end_is_answered_at_once(void **state)
{
	struct net_config cfg;
	uint64_t start;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	start = clock_now_ns();
	bed_guest(0, &cfg);
	assert_true(clock_now_ns() - start < NS_PER_SECOND / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_front_end_is_answered_at_once),
		BED_TEST(offers_what_a_linux_guest_wants_and_no_iommu),
		BED_TEST(withholds_what_the_port_says),
		BED_TEST(a_legacy_driver_has_a_header_of_ten_bytes),
		BED_TEST(a_legacy_driver_with_mergeable_buffers_has_twelve),
		BED_TEST(rings_run_at_once_without_protocol_features),
		BED_TEST(a_driver_that_wants_nothing_is_served),
		BED_TEST(works_without_reply_ack_and_status),
		BED_TEST(a_client_port_connects_to_the_front_end),
		BED_TEST(memory_may_lie_in_eight_regions),
		BED_TEST(the_mtu_message_is_taken),
		BED_TEST(get_vring_base_alone_is_a_query),
		BED_TEST(stop_messages_after_a_query_stop),
		BED_TEST(a_stopped_device_starts_again_where_it_was),
		BED_TEST(a_disabled_tx_ring_is_drained_and_discarded),
		BED_TEST(a_disabled_rx_ring_is_not_fed),
		BED_TEST(memory_told_again_under_traffic_loses_nothing),
	};

	return BED_RUN(tests);
}
