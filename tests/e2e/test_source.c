/* SPDX-License-Identifier: BSD-3-Clause */
/* test_source.c - a port that makes frames: whole, numbered, none lost, at its rate. */
#include <string.h>

#include "bed.h"

#define FRONT_LEN 50 /* Ethernet, IPv4, UDP and the frame's number */

static struct net_guest *guest_with(const char *keys)
{
	char spec[128];
	struct net_config cfg;

	snprintf(spec, sizeof(spec), "made,type=source%s", keys);
	bed_up((struct bed_config){
		.option = { "--port", spec, "--wire", "vm0,made" } });
	cfg = bed_net_config(0);
	return bed_guest(0, &cfg);
}

static uint64_t number(const struct net_frame *frame)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = FRONT_LEN - 8; i < FRONT_LEN; i++)
		value = value << 8 | frame->data[i];
	return value;
}

static uint16_t be16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool ip_header_is_right(const unsigned char *ip)
{
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < 20; i += 2)
		sum += be16(ip + i);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static void expect_made(const struct net_frame *frame, uint32_t size,
			uint64_t nth, unsigned int flows)
{
	const unsigned char *ip = frame->data + 14;

	assert_int_equal(frame->len, size);
	assert_int_equal(number(frame), nth);
	assert_int_equal(be16(ip - 2), 0x0800);
	assert_int_equal(be16(ip + 2), size - 14);
	assert_true(ip_header_is_right(ip));
	assert_int_equal(be16(ip + 20), 49152 + nth % flows);
	assert_int_equal(be16(ip + 24), size - 34);
}

/* As fast as buffers are given, and none more; what found no buffer comes later. */
static void take_all(struct net_guest *guest, uint32_t size, unsigned int flows)
{
	uint64_t nth = 0;
	uint32_t round, i;

	for (round = 0; round < 40; round++) {
		uint32_t cnt = net_offer(guest, RX0, 100);

		for (i = 0; i < cnt; i++) {
			assert_true(net_wait_frame(guest, RX0, &bed_got,
						   BED_WAIT_MS));
			expect_made(&bed_got, size, nth++, flows);
		}
		assert_false(net_receive(guest, RX0, &bed_got));
	}
	bed_expect("rx0", "counters.packets", (long long)nth);
	bed_check_accounts();
}

static void frames_are_numbered_and_none_is_lost(void **state)
{
	(void)state;
	take_all(guest_with(""), 64, 1);
}

static void the_smallest_in_many_flows(void **state)
{
	(void)state;
	take_all(guest_with(",size=60,flows=16384"), 60, 16384);
}

static void large_ones_in_three_flows(void **state)
{
	(void)state;
	take_all(guest_with(",size=1518,flows=3"), 1518, 3);
}

/* Counted over a second of the front end's own clock; asleep between frames. */
static void at_a_rate(const char *keys, unsigned int rate)
{
	struct net_guest *guest = guest_with(keys);
	uint64_t end_ns;
	unsigned int cnt = 0;

	net_offer(guest, RX0, 256);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	end_ns = clock_now_ns() + NS_PER_SECOND;
	while (clock_now_ns() < end_ns) {
		if (!net_wait_frame(guest, RX0, &bed_got, 100))
			continue;
		cnt++;
		net_offer(guest, RX0, 1);
	}
	assert_in_range(cnt, rate * 8 / 10, rate * 11 / 10 + 2);
}

static void at_twenty_a_second(void **state)
{
	(void)state;
	at_a_rate(",rate=20", 20);
}

static void at_five_thousand_a_second(void **state)
{
	(void)state;
	at_a_rate(",rate=5000", 5000);
}

static void what_the_guest_sends_is_swallowed(void **state)
{
	struct net_guest *guest = guest_with(",rate=1");

	(void)state;
	bed_use_tx(guest, 100);
	assert_int_equal(net_wait_sent(guest, TX0, 100, BED_WAIT_MS), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(frames_are_numbered_and_none_is_lost),
		BED_PACKED(frames_are_numbered_and_none_is_lost),
		BED_TEST(the_smallest_in_many_flows),
		BED_TEST(large_ones_in_three_flows),
		BED_TEST(at_twenty_a_second),
		BED_TEST(at_five_thousand_a_second),
		BED_TEST(what_the_guest_sends_is_swallowed),
	};

	return BED_RUN(tests);
}
