/* SPDX-License-Identifier: BSD-3-Clause */
/* test_wire.c - two guests on one wire: what one sends the other receives.
 *
 * Frames of vm0 arrive at vm1 and the other way round, whole, once and in order,
 * whatever each side negotiated. A receiver without buffers holds its sender up
 * and loses nothing, for a while; one that is gone costs its sender nothing;
 * and what happens to one guest in the middle of a copy is nothing to the other.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"

#define PACKED FEATURE_BIT(VIRTIO_F_RING_PACKED)
#define IN_ORDER FEATURE_BIT(VIRTIO_F_IN_ORDER)
#define MERGE FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF)
#define FRAME_LARGEST (65535 + 14)
#define ROUNDS 100
#define BURST 32

static const struct net_form whole = { NET_WHOLE, false };
static const struct net_form chopped = { NET_CHOPPED, true };

/* One side of the wire. */
struct side {
	uint64_t with, without; /* features */
	struct net_form tx, rx;
};

static const struct side sides[] = {
	{ 0, 0, { NET_WHOLE, false }, { NET_WHOLE, false } },
	{ 0, MERGE, { NET_SPLIT_HEADER, false }, { NET_SPLIT_HEADER, false } },
	{ IN_ORDER, 0, { NET_CHOPPED, true }, { NET_WHOLE, false } },
	{ IN_ORDER, MERGE, { NET_WHOLE, false }, { NET_CHOPPED, true } },
	{ PACKED, 0, { NET_WHOLE, false }, { NET_WHOLE, false } },
	{ PACKED, MERGE, { NET_CHOPPED, false }, { NET_WHOLE, false } },
	{ PACKED | IN_ORDER,
	  0,
	  { NET_SPLIT_HEADER, true },
	  { NET_CHOPPED, true } },
	{ PACKED | IN_ORDER, MERGE, { NET_WHOLE, true }, { NET_WHOLE, false } },
};

#define SIDES (sizeof(sides) / sizeof(sides[0]))

static const uint32_t lens[] = { 60,   61,   127,  1514,  1518,
				 2036, 2037, 9014, 32768, FRAME_LARGEST };

#define LENS (sizeof(lens) / sizeof(lens[0]))

static struct net_guest *guest_on(unsigned int n, const struct side *side)
{
	struct net_config cfg = bed_net_config(n);
	struct net_guest *guest;

	cfg.frontend.features |= side->with;
	cfg.frontend.features &= ~side->without;
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 256;
	cfg.rx_form = side->rx;
	if (side->without & MERGE)
		cfg.rx_buffer_len = NET_FRAME_MAX + 16;
	guest = bed_guest(n, &cfg);
	assert_true((guest->fe.features & side->with) == side->with);
	net_offer(guest, RX0, 256);
	return guest;
}

static void leave(struct net_guest *guest)
{
	assert_true(net_ok(guest));
	net_close(guest);
}

static void wired_looked_at(const char *workers, unsigned int every_ms)
{
	struct bed_config cfg = {
		.stall_after_ms = every_ms,
		.option = { "--wire", "vm0,vm1", "--workers", workers },
	};

	if (!workers)
		cfg.option[2] = NULL;
	bed_up(cfg);
}

static void wired(const char *workers)
{
	wired_looked_at(workers, 0);
}

static void both(struct net_guest *guest[BED_GUESTS])
{
	guest[0] = guest_on(0, &sides[0]);
	guest[1] = guest_on(1, &sides[0]);
}

static void expect_frame(struct net_guest *to, uint32_t len, uint32_t seed)
{
	if (!net_wait_frame(to, RX0, &bed_got, BED_WAIT_MS))
		fail_msg("frame %u of %u bytes did not arrive", seed, len);
	net_frame_make(&bed_sent, len, seed);
	if (bed_got.len != len || memcmp(bed_got.data, bed_sent.data, len) != 0)
		fail_msg("frame %u of %u bytes arrived wrong", seed, len);
}

static void pass(struct net_guest *from, struct net_guest *to,
		 struct net_form form, uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	assert_int_equal(net_send(from, TX0, &bed_sent, form), 0);
	expect_frame(to, len, seed);
	assert_int_equal(net_wait_sent(from, TX0, 1, BED_WAIT_MS), 1);
	net_offer(to, RX0, 256);
}

static void stage(struct net_guest *from, uint32_t cnt, uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < cnt; i++) {
		net_frame_make(&bed_sent, 60 + (seed + i) % 1400, seed + i);
		assert_int_equal(net_stage(from, TX0, &bed_sent, whole), 0);
	}
	net_flush(from, TX0);
}

static void receive(struct net_guest *to, uint32_t cnt, uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < cnt; i++)
		expect_frame(to, 60 + (seed + i) % 1400, seed + i);
}

static void take(struct net_guest *to, uint32_t cnt, uint32_t seed)
{
	receive(to, cnt, seed);
	net_offer(to, RX0, cnt);
}

static long long drops_of(const char *port, const char *path)
{
	json_t *json = control_vring(&bed.control, port, "rx0");
	long long value = control_int(json, path);

	json_decref(json);
	return value;
}

static void whatever_each_side_negotiated(void **state)
{
	struct net_guest *a, *b;
	unsigned int i, j, k;

	(void)state;
	wired(NULL);
	for (i = 0; i < SIDES; i++) {
		for (j = 0; j < SIDES; j++) {
			a = guest_on(0, &sides[i]);
			b = guest_on(1, &sides[j]);
			for (k = 0; k < LENS; k++) {
				pass(a, b, sides[i].tx, lens[k], k);
				pass(b, a, sides[j].tx, lens[k], k + 100);
			}
			leave(a);
			leave(b);
			bed_expect_str("tx0", "state", "absent");
		}
	}
}

static void run_both_ways(const char *workers)
{
	struct net_guest *guest[BED_GUESTS];
	uint32_t sent;

	wired(workers);
	both(guest);
	for (sent = 0; sent < 20000; sent += BURST) {
		stage(guest[0], BURST, sent);
		stage(guest[1], BURST, sent + 7);
		take(guest[1], BURST, sent);
		take(guest[0], BURST, sent + 7);
		net_reap_sent(guest[0], TX0);
		net_reap_sent(guest[1], TX0);
	}
	bed_check_accounts();
}

static void bursts_both_ways_at_once(void **state)
{
	(void)state;
	run_both_ways(NULL);
}

/* Each vring is filled by the other guest's worker. */
static void two_workers_share_the_receive_rings(void **state)
{
	(void)state;
	run_both_ways("0,1");
}

/* 256 frames for 32 buffers at a time, all of which must wait: asleep, since what
 * polls is idle between, and until a kick, since rings are looked at too seldom to
 * help. */
static void a_sender_waits_for_buffers(const char *workers)
{
	struct net_guest *guest[BED_GUESTS];
	struct net_config cfg;
	uint32_t round, got;

	wired_looked_at(workers, 20000);
	guest[0] = guest_on(0, &sides[0]);
	cfg = bed_net_config(1);
	guest[1] = bed_guest(1, &cfg);
	for (round = 0; round < 4; round++) {
		stage(guest[0], 256, round * 256);
		for (got = 0; got < 256; got += BURST) {
			bed_idle(2); /* until the sender sleeps */
			net_offer(guest[1], RX0, BURST);
			receive(guest[1], BURST, round * 256 + got);
		}
		assert_int_equal(net_wait_sent(guest[0], TX0, 256, BED_WAIT_MS),
				 256);
	}
	assert_int_equal(drops_of("vm1", "counters.drops.no_buffer"), 0);
	bed_check_accounts();
}

static void a_sender_waits_for_buffers_and_loses_nothing(void **state)
{
	(void)state;
	a_sender_waits_for_buffers(NULL);
}

static void a_sender_on_another_worker_waits_likewise(void **state)
{
	(void)state;
	a_sender_waits_for_buffers("0,1");
}

/* Who gives no buffer at all for long must not hang its neighbour. */
static void patience_has_an_end(void **state)
{
	struct net_guest *guest[BED_GUESTS];
	struct net_config cfg;
	uint64_t begin;

	(void)state;
	wired(NULL);
	guest[0] = guest_on(0, &sides[0]);
	cfg = bed_net_config(1);
	guest[1] = bed_guest(1, &cfg);
	begin = clock_now_ns();
	stage(guest[0], 40, 0);
	assert_int_equal(net_wait_sent(guest[0], TX0, 40, BED_WAIT_MS), 40);
	assert_true(clock_now_ns() - begin >= 90 * NS_PER_MS);
	assert_int_equal(drops_of("vm1", "counters.drops.no_buffer"), 40);
	/* From now on nobody waits, until there is a buffer. */
	begin = clock_now_ns();
	stage(guest[0], 40, 40);
	assert_int_equal(net_wait_sent(guest[0], TX0, 40, BED_WAIT_MS), 40);
	assert_true(clock_now_ns() - begin < 80 * NS_PER_MS);
	net_offer(guest[1], RX0, 64);
	stage(guest[0], 40, 80);
	take(guest[1], 40, 80);
	bed_check_accounts();
}

static void an_absent_receiver_costs_its_sender_nothing(void **state)
{
	struct net_guest *guest;

	(void)state;
	wired(NULL);
	guest = guest_on(0, &sides[0]);
	stage(guest, 100, 0);
	assert_int_equal(net_wait_sent(guest, TX0, 100, BED_WAIT_MS), 100);
	assert_int_equal(drops_of("vm1", "counters.drops.stopped"), 100);
}

/* ---- what happens to one in the middle of a copy ---- */

static void vanish(struct net_guest *guest)
{
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	assert_int_equal(net_renew(guest), 0);
	assert_int_equal(frontend_begin(&guest->fe), 0);
}

static void reset(struct net_guest *guest)
{
	assert_int_equal(frontend_stop(&guest->fe), 0);
	assert_int_equal(net_renew(guest), 0);
	assert_int_equal(frontend_negotiate(&guest->fe), 0);
	assert_int_equal(frontend_start(&guest->fe), 0);
}

static void remap(struct net_guest *guest)
{
	assert_int_equal(frontend_set_mem_table(&guest->fe), 0);
}

/* Frames are on their way both ways when it happens to vm0. vm1 gets all its
 * transmit buffers back, each time, and afterwards both reach each other. */
static void mid_copy(void (*happens)(struct net_guest *guest),
		     bool frames_survive)
{
	struct net_guest *guest[BED_GUESTS];
	uint32_t round;

	wired("0,1");
	both(guest);
	for (round = 0; round < ROUNDS; round++) {
		stage(guest[0], BURST, round);
		stage(guest[1], BURST, round);
		happens(guest[0]);
		assert_int_equal(
			net_wait_sent(guest[1], TX0, BURST, BED_WAIT_MS),
			BURST);
		if (frames_survive) {
			take(guest[0], BURST, round);
			net_wait_sent(guest[0], TX0, BURST, BED_WAIT_MS);
		} else {
			net_offer(guest[0], RX0, 256);
		}
		while (net_receive(guest[1], RX0, &bed_got))
			;
		net_offer(guest[1], RX0, 256);
	}
	while (net_receive(guest[0], RX0, &bed_got))
		;
	net_offer(guest[0], RX0, 256);
	pass(guest[1], guest[0], whole, 1000, 1);
	bed_check_accounts();
}

static void a_guest_vanishes_in_mid_copy(void **state)
{
	(void)state;
	mid_copy(vanish, false);
}

static void a_guest_resets_in_mid_copy(void **state)
{
	(void)state;
	mid_copy(reset, false);
}

static void a_guest_maps_its_memory_anew_in_mid_copy(void **state)
{
	(void)state;
	mid_copy(remap, true);
}

/* ---- wires come and go ---- */

static void a_wire_is_taken_up_and_laid_again(void **state)
{
	struct net_guest *guest[BED_GUESTS];
	unsigned int i;

	(void)state;
	wired("0,1");
	both(guest);
	for (i = 0; i < 20; i++) {
		pass(guest[0], guest[1], chopped, 1500, i);
		assert_int_equal(control_do(&bed.control, "wire.del",
					    json_pack("{s:s}", "name", "vm1")),
				 0);
		stage(guest[0], 10, i);
		assert_int_equal(net_wait_sent(guest[0], TX0, 10, BED_WAIT_MS),
				 10);
		assert_int_equal(control_do(&bed.control, "wire.add",
					    json_pack("{s:s, s:s}", "a", "vm0",
						      "b", "vm1")),
				 0);
	}
	pass(guest[1], guest[0], whole, 1500, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(whatever_each_side_negotiated),
		BED_TEST(bursts_both_ways_at_once),
		BED_PACKED(bursts_both_ways_at_once),
		BED_TEST(two_workers_share_the_receive_rings),
		BED_PACKED(two_workers_share_the_receive_rings),
		BED_TEST(a_sender_waits_for_buffers_and_loses_nothing),
		BED_PACKED(a_sender_waits_for_buffers_and_loses_nothing),
		BED_PACKED_FLAGS(a_sender_waits_for_buffers_and_loses_nothing),
		BED_TEST(a_sender_on_another_worker_waits_likewise),
		BED_TEST(patience_has_an_end),
		BED_TEST(an_absent_receiver_costs_its_sender_nothing),
		BED_TEST(a_guest_vanishes_in_mid_copy),
		BED_PACKED(a_guest_vanishes_in_mid_copy),
		BED_TEST(a_guest_resets_in_mid_copy),
		BED_TEST(a_guest_maps_its_memory_anew_in_mid_copy),
		BED_TEST(a_wire_is_taken_up_and_laid_again),
	};

	return BED_RUN(tests);
}
