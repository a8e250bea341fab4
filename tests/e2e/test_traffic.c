/* SPDX-License-Identifier: BSD-3-Clause */
/* test_traffic.c - every frame arrives whole, once and in order.
 *
 * Frames go out on tx0, an echo port sends them back on rx0, and each is
 * compared byte for byte. One body over rings, features and ways to lay a
 * frame over descriptors; the accounts of the contract are checked after each
 * run.
 */
#include "bed.h"

#define FRAME_LARGEST (65535 + 14) /* an IP packet and its Ethernet header */
#define NO_EVENT FEATURE_BIT(VIRTIO_F_EVENT_IDX)
#define NO_INDIRECT FEATURE_BIT(VIRTIO_F_INDIRECT_DESC)
#define NO_MERGE FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF)
#define PACKED FEATURE_BIT(VIRTIO_F_RING_PACKED)
#define IN_ORDER FEATURE_BIT(VIRTIO_F_IN_ORDER)
#define LEGACY_MASK \
	(FEATURE_BIT(VIRTIO_F_VERSION_1) | FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF))

static const uint32_t lens[] = {
	60,   61,   64,	  127,	 128,	129,   256,
	590,  1023, 1514, 1518,	 2035,	2036,  2037,
	4084, 4096, 9014, 16384, 32768, 65000, FRAME_LARGEST,
};

#define LENS (sizeof(lens) / sizeof(lens[0]))

static const struct net_form whole = { NET_WHOLE, false };
static const struct net_form split = { NET_SPLIT_HEADER, false };
static const struct net_form chopped = { NET_CHOPPED, false };
static const struct net_form table_whole = { NET_WHOLE, true };
static const struct net_form table_split = { NET_SPLIT_HEADER, true };
static const struct net_form table_chopped = { NET_CHOPPED, true };

struct run {
	uint16_t tx_size, rx_size, start;
	uint64_t without; /* features */
	struct net_form tx, rx;
	bool large_rx;	  /* buffers that hold any frame */
	uint32_t len_max; /* 0: any */
	uint64_t with;	  /* more features */
};

static struct net_guest *open_guest(const struct run *run)
{
	struct net_guest *guest;
	struct net_config cfg;

	cfg = bed_net_config(0);
	cfg.frontend.tx_size = run->tx_size;
	cfg.frontend.rx_size = run->rx_size;
	cfg.frontend.start = run->start;
	cfg.frontend.features |= run->with;
	cfg.frontend.features &= ~run->without;
	cfg.rx_form = run->rx;
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 256;
	if (run->large_rx)
		cfg.rx_buffer_len = NET_FRAME_MAX + 16;
	guest = bed_guest(0, &cfg);
	assert_true((guest->fe.features & run->with) == run->with);
	return guest;
}

static struct net_guest *guest_for(const struct run *run)
{
	bed_up((struct bed_config){ .peer = "echo" });
	return open_guest(run);
}

static void echo_one(struct net_guest *guest, const struct run *run,
		     uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	assert_int_equal(net_send(guest, TX0, &bed_sent, run->tx), 0);
	if (!net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS))
		fail_msg("frame %u of %u bytes did not come back", seed, len);
	if (!net_frame_is_echo(&bed_got, &bed_sent))
		fail_msg("frame %u of %u bytes came back wrong", seed, len);
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	net_offer(guest, RX0, guest->buffers[RX0].cnt);
}

/* Counts on both rings agree with what was sent. */
static void check_counts(long long frames, long long bytes)
{
	bed_expect("tx0", "counters.packets", frames);
	bed_expect("tx0", "counters.bytes", bytes);
	bed_expect("tx0", "counters.chains", frames);
	bed_expect("rx0", "counters.packets", frames);
	bed_expect("rx0", "counters.bytes", bytes);
	bed_check_accounts();
}

static void echo_lens(struct net_guest *guest, const struct run *run)
{
	long long packets = bed_int("tx0", "counters.packets");
	long long bytes = bed_int("tx0", "counters.bytes");
	uint32_t frames = 0, round, i;

	net_offer(guest, RX0, guest->buffers[RX0].cnt);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < LENS; i++) {
			if (run->len_max && lens[i] > run->len_max)
				continue;
			echo_one(guest, run, lens[i], frames++);
			bytes += lens[i];
		}
	}
	check_counts(packets + frames, bytes);
}

static void echo_all(const struct run *run)
{
	echo_lens(guest_for(run), run);
}

#define ECHO(name, ...)                                 \
	static void name(void **state)                  \
	{                                               \
		const struct run run = { __VA_ARGS__ }; \
                                                        \
		(void)state;                            \
		echo_all(&run);                         \
	}

ECHO(direct_into_mergeable_buffers, 256, 256, 0, 0, whole, whole, false, 0)
ECHO(header_apart_into_mergeable_buffers, 256, 256, 65530, 0, split, split,
     false, 0)
ECHO(any_layout_chained, 256, 512, 65530, 0, chopped, chopped, false, 30000)
ECHO(indirect_whole, 256, 256, 0, 0, table_whole, table_whole, false, 0)
ECHO(indirect_header_apart, 256, 256, 65530, 0, table_split, table_split, false,
     0)
ECHO(indirect_any_layout, 256, 256, 65530, 0, table_chopped, table_chopped,
     false, 0)
ECHO(one_large_buffer_a_frame, 256, 256, 65530,
     FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF), split, whole, true, 0)
ECHO(one_large_chain_a_frame, 256, 256, 0, FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF),
     chopped, chopped, true, 0)
ECHO(one_large_table_a_frame, 256, 256, 65530,
     FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF), table_chopped, table_chopped, true, 0)
ECHO(a_legacy_header_in_one_descriptor, 256, 256, 0, LEGACY_MASK, whole, whole,
     true, 0)
ECHO(a_legacy_header_apart, 256, 256, 65530, LEGACY_MASK, split, split, true, 0)
ECHO(flags_instead_of_the_event_index, 256, 256, 65530,
     FEATURE_BIT(VIRTIO_F_EVENT_IDX), whole, whole, false, 0)
ECHO(without_indirect_tables, 256, 256, 0, FEATURE_BIT(VIRTIO_F_INDIRECT_DESC),
     chopped, whole, false, 0)
ECHO(rings_of_two, 2, 2, 65530, 0, table_split, table_whole, true, 0)
ECHO(rings_of_two_with_flags, 2, 2, 65535, FEATURE_BIT(VIRTIO_F_EVENT_IDX),
     whole, whole, true, 0)
ECHO(rings_of_four, 4, 4, 65533, 0, split, split, true, 0)
ECHO(rings_of_1024, 1024, 1024, 65530, 0, chopped, whole, false, 0)
ECHO(rings_of_32768, 32768, 32768, 65530, 0, chopped, split, false, 0)
ECHO(rings_of_different_sizes, 64, 1024, 0, 0, table_split, whole, false, 0)

static void echo_and_leave(const struct run *run)
{
	struct net_guest *guest = open_guest(run);

	echo_lens(guest, run);
	assert_true(net_ok(guest));
	net_close(guest);
	bed_expect_str("tx0", "state", "absent");
}

/* On packed rings any size will do, and a start is a slot (POSITION_WRAP: of
 * a lap whose wrap counter is 0). */
static void every_frame_arrives_on_packed_rings(void **state)
{
	const struct run runs[] = {
		{ 256, 256, 250, 0, whole, whole, false, 0, PACKED },
		{ 255, 255, 250 | POSITION_WRAP, 0, split, split, false, 0,
		  PACKED | IN_ORDER },
		{ 255, 1000, 250, 0, chopped, chopped, false, 30000, PACKED },
		{ 7, 256, 0, NO_EVENT, table_whole, table_whole, false, 0,
		  PACKED },
		{ 256, 1000, 99, 0, table_split, table_split, false, 0,
		  PACKED | IN_ORDER },
		{ 255, 256, 250, NO_EVENT, table_chopped, table_chopped, false,
		  0, PACKED },
		{ 255, 7, 6, NO_MERGE, split, whole, true, 0, PACKED },
		{ 1000, 255, 250, NO_MERGE | NO_EVENT, chopped, chopped, true,
		  0, PACKED | IN_ORDER },
		{ 7, 3, 2, NO_MERGE, table_chopped, table_chopped, true, 0,
		  PACKED },
		{ 256, 255, 250, NO_INDIRECT | NO_EVENT, chopped, whole, false,
		  0, PACKED },
		{ 2, 2, 1, 0, split, split, true, 0, PACKED },
		{ 2, 2, 1 | POSITION_WRAP, NO_EVENT, table_split, whole, true,
		  0, PACKED | IN_ORDER },
		{ 3, 3, 2, 0, split, split, true, 0, PACKED },
		{ 3, 3, 1, NO_EVENT, whole, table_split, true, 0, PACKED },
		{ 7, 7, 6 | POSITION_WRAP, 0, split, whole, true, 0,
		  PACKED | IN_ORDER },
		{ 1000, 1000, 990, 0, chopped, whole, false, 0, PACKED },
		{ 32768, 32768, 32760, NO_EVENT, chopped, split, false, 0,
		  PACKED },
	};
	unsigned int i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		print_message("packed run %u\n", i);
		echo_and_leave(&runs[i]);
	}
}

/* Sends @cnt frames in bursts of @burst and takes each back in order. */
static void stream(struct net_guest *guest, const struct run *run, uint32_t cnt,
		   uint32_t burst)
{
	uint32_t sent = 0, got = 0, i;

	while (got < cnt) {
		for (i = 0; i < burst && sent < cnt; i++, sent++) {
			net_frame_make(&bed_sent, 60 + sent % 1400, sent);
			assert_int_equal(
				net_stage(guest, TX0, &bed_sent, run->tx), 0);
		}
		net_flush(guest, TX0);
		for (; got < sent; got++) {
			assert_true(net_wait_frame(guest, RX0, &bed_got,
						   BED_WAIT_MS));
			net_frame_make(&bed_sent, 60 + got % 1400, got);
			if (!net_frame_is_echo(&bed_got, &bed_sent))
				fail_msg("frame %u came back wrong", got);
		}
		assert_int_equal(net_wait_sent(guest, TX0, i, BED_WAIT_MS), i);
		net_offer(guest, RX0, burst);
	}
}

static void stream_frames(const struct run *run, uint32_t cnt, uint32_t burst)
{
	struct net_guest *guest = guest_for(run);

	net_offer(guest, RX0, guest->buffers[RX0].cnt);
	stream(guest, run, cnt, burst);
	bed_expect("tx0", "counters.packets", cnt);
	bed_expect("rx0", "counters.packets", cnt);
	bed_check_accounts();
}

static void stream_round_the_index(const struct run *run, uint32_t burst)
{
	stream_frames(run, 70000, burst);
}

static void bursts_of_64_go_round_the_index(void **state)
{
	const struct run run = { 256, 256, 0, 0, whole, whole, false, 0 };

	(void)state;
	stream_round_the_index(&run, 64);
}

static void a_full_ring_at_once_goes_round_the_index(void **state)
{
	const struct run run = { 256, 256, 7, 0, table_split, split, true, 0 };

	(void)state;
	stream_round_the_index(&run, 128);
}

static void flags_and_single_frames_go_round_the_index(void **state)
{
	const struct run run = { 16,	16,
				 3,	FEATURE_BIT(VIRTIO_F_EVENT_IDX),
				 split, whole,
				 true,	0 };

	(void)state;
	stream_round_the_index(&run, 1);
}

/* Two slots a frame: every third frame lies across the end of the ring. */
static void a_packed_ring_of_three_goes_round_many_laps(void **state)
{
	const struct run run = { 3,	3,    0, NO_EVENT, split,
				 split, true, 0, PACKED };

	(void)state;
	stream_frames(&run, 6000, 1);
}

static void a_full_packed_ring_of_seven_goes_round_many_laps(void **state)
{
	const struct run run = { 7,    7,     5,
				 0,    split, whole,
				 true, 0,     PACKED | IN_ORDER };

	(void)state;
	stream_frames(&run, 9000, 3);
}

/* Frames sent while the rings are stopped arrive after the next start, and
 * none arrives twice. */
static void packed_rings_stop_and_go_on(void **state)
{
	const struct run run = { 7, 255, 3, 0, split, split, false, 0, PACKED };
	struct net_guest *guest = guest_for(&run);
	uint32_t i;

	(void)state;
	net_offer(guest, RX0, guest->buffers[RX0].cnt);
	for (i = 0; i < 25; i++) {
		stream(guest, &run, 3 + i % 5, 2);
		assert_int_equal(frontend_stop(&guest->fe), 0);
		net_frame_make(&bed_sent, 2000 + i, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, split), 0);
		assert_int_equal(frontend_negotiate(&guest->fe), 0);
		assert_int_equal(frontend_start(&guest->fe), 0);
		assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
		assert_true(net_frame_is_echo(&bed_got, &bed_sent));
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
		net_offer(guest, RX0, guest->buffers[RX0].cnt);
	}
	bed_check_accounts();
}

static void frames_without_a_receive_buffer_are_counted(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint32_t i;

	(void)state;
	bed_use_tx(guest, 10);
	assert_int_equal(net_wait_sent(guest, TX0, 10, BED_WAIT_MS), 10);
	bed_expect("rx0", "counters.drops.no_buffer", 10);
	net_offer(guest, RX0, 16);
	for (i = 0; i < 5; i++)
		bed_round_trip(guest, 600, i);
	bed_check_accounts();
}

static void a_frame_too_long_for_the_buffers_is_dropped_alone(void **state)
{
	struct net_guest *guest;
	struct net_config cfg;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	cfg = bed_net_config(0);
	cfg.frontend.features &= ~FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF);
	cfg.tx_buffer_len = 8192;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 2036, 1);
	net_frame_make(&bed_sent, 2037, 2);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	bed_expect("rx0", "counters.drops.oversize", 1);
	bed_round_trip(guest, 2036, 3);
	bed_check_accounts();
}

static void an_unwired_port_drops_and_counts(void **state)
{
	struct net_guest *guest = bed_with(NULL, 0);

	(void)state;
	bed_use_tx(guest, 7);
	assert_int_equal(net_wait_sent(guest, TX0, 7, BED_WAIT_MS), 7);
	bed_expect("tx0", "counters.drops.unwired", 7);
	bed_check_accounts();
}

static void a_null_port_swallows(void **state)
{
	struct net_guest *guest = bed_with("null", 0);

	(void)state;
	net_offer(guest, RX0, 16);
	bed_use_tx(guest, 256);
	assert_int_equal(net_wait_sent(guest, TX0, 256, BED_WAIT_MS), 256);
	bed_expect("tx0", "counters.packets", 256);
	bed_expect("rx0", "counters.packets", 0);
	bed_check_accounts();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(direct_into_mergeable_buffers),
		BED_TEST(header_apart_into_mergeable_buffers),
		BED_TEST(any_layout_chained),
		BED_TEST(indirect_whole),
		BED_TEST(indirect_header_apart),
		BED_TEST(indirect_any_layout),
		BED_TEST(one_large_buffer_a_frame),
		BED_TEST(one_large_chain_a_frame),
		BED_TEST(one_large_table_a_frame),
		BED_TEST(a_legacy_header_in_one_descriptor),
		BED_TEST(a_legacy_header_apart),
		BED_TEST(flags_instead_of_the_event_index),
		BED_TEST(without_indirect_tables),
		BED_TEST(rings_of_two),
		BED_TEST(rings_of_two_with_flags),
		BED_TEST(rings_of_four),
		BED_TEST(rings_of_1024),
		BED_TEST(rings_of_32768),
		BED_TEST(rings_of_different_sizes),
		BED_TEST(bursts_of_64_go_round_the_index),
		BED_TEST(a_full_ring_at_once_goes_round_the_index),
		BED_TEST(flags_and_single_frames_go_round_the_index),
		BED_TEST(frames_without_a_receive_buffer_are_counted),
		BED_TEST(a_frame_too_long_for_the_buffers_is_dropped_alone),
		BED_TEST(an_unwired_port_drops_and_counts),
		BED_TEST(a_null_port_swallows),
		BED_TEST(every_frame_arrives_on_packed_rings),
		BED_TEST(a_packed_ring_of_three_goes_round_many_laps),
		BED_TEST(a_full_packed_ring_of_seven_goes_round_many_laps),
		BED_TEST(packed_rings_stop_and_go_on),
		BED_PACKED(a_frame_too_long_for_the_buffers_is_dropped_alone),
	};

	return BED_RUN(tests);
}
