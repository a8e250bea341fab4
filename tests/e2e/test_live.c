/* SPDX-License-Identifier: BSD-3-Clause */
/* test_live.c - messages of the protocol in the middle of traffic.
 *
 * A burst is on its way when the front end maps memory anew, replaces a call
 * descriptor, asks for a position or sets a ring that is enabled enabled: no
 * frame is lost, repeated or changed, and the driver that sleeps on its
 * descriptor is woken. This is where the library's thread and the worker meet.
 */
#include "bed.h"

#define ROUNDS 100
#define BURST 64

static const struct net_form form = { NET_SPLIT_HEADER, false };

typedef int message(struct frontend *fe);

static int map_memory(struct frontend *fe)
{
	return frontend_set_mem_table(fe);
}

static int replace_rx_call(struct frontend *fe)
{
	return frontend_replace_call(fe, RX0);
}

static int replace_both_calls(struct frontend *fe)
{
	int err = frontend_replace_call(fe, RX0);

	return err ? err : frontend_replace_call(fe, TX0);
}

static int replace_kick(struct frontend *fe)
{
	return frontend_set_vring_kick(fe, TX0);
}

static int enable_the_enabled(struct frontend *fe)
{
	return frontend_set_vring_enable(fe, TX0, true);
}

static int tell_addresses_again(struct frontend *fe)
{
	return frontend_set_vring_addr(fe, TX0);
}

static int ask_positions(struct frontend *fe)
{
	uint16_t used = fe->vring[TX0].driver.used->idx;
	uint16_t base = 0;
	int err = frontend_get_vring_base(fe, TX0, &base);

	/* Live, so between what was used before and what is published. */
	assert_true((uint16_t)(base - used) <=
		    (uint16_t)(fe->vring[TX0].driver.published - used));
	return err;
}

static void collect(struct net_guest *guest, uint32_t first)
{
	uint32_t i;

	for (i = 0; i < BURST; i++) {
		if (!net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS))
			fail_msg("frame %u of %u is lost", i, first);
		net_frame_make(&bed_sent, 60 + i * 20, first + i);
		if (!net_frame_is_echo(&bed_got, &bed_sent))
			fail_msg("frame %u of %u is another", i, first);
	}
	assert_int_equal(net_wait_sent(guest, TX0, BURST, BED_WAIT_MS), BURST);
	net_offer(guest, RX0, BURST);
	assert_false(net_receive(guest, RX0, &bed_got));
}

static void in_the_middle_of_traffic(message *say)
{
	struct net_guest *guest = bed_with("echo", 0);
	uint32_t round, i;

	net_offer(guest, RX0, 128);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < BURST; i++) {
			net_frame_make(&bed_sent, 60 + i * 20,
				       round * BURST + i);
			assert_int_equal(net_stage(guest, TX0, &bed_sent, form),
					 0);
		}
		net_flush(guest, TX0);
		assert_int_equal(say(&guest->fe), 0);
		collect(guest, round * BURST);
	}
	bed_expect("tx0", "counters.packets", (long long)ROUNDS * BURST);
	bed_expect("rx0", "counters.packets", (long long)ROUNDS * BURST);
	bed_check_accounts();
}

#define LIVE(name, say)                        \
	static void name(void **state)         \
	{                                      \
		(void)state;                   \
		in_the_middle_of_traffic(say); \
	}

LIVE(memory_is_mapped_anew, map_memory)
LIVE(the_rx_call_descriptor_is_replaced, replace_rx_call)
LIVE(both_call_descriptors_are_replaced, replace_both_calls)
LIVE(the_kick_descriptor_is_told_again, replace_kick)
LIVE(an_enabled_ring_is_enabled, enable_the_enabled)
LIVE(ring_addresses_are_told_again, tell_addresses_again)
LIVE(positions_are_asked_for, ask_positions)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(memory_is_mapped_anew),
		BED_TEST(the_rx_call_descriptor_is_replaced),
		BED_TEST(both_call_descriptors_are_replaced),
		BED_TEST(the_kick_descriptor_is_told_again),
		BED_TEST(an_enabled_ring_is_enabled),
		BED_TEST(ring_addresses_are_told_again),
		BED_TEST(positions_are_asked_for),
	};

	return BED_RUN(tests);
}
