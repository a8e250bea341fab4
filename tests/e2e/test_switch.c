/* SPDX-License-Identifier: BSD-3-Clause */
/* test_switch.c - three guests and a tap on a learning switch.
 *
 * A frame goes to where its address was seen and to nobody else; what is not
 * known goes to all but its sender; and neither a flood of addresses nor what
 * happens to one guest is anything to the others. When a transmit buffer comes
 * back its frame has been given to every guest, so "nobody else got it" needs
 * no waiting.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "tap_host.h"

#define PACKED FEATURE_BIT(VIRTIO_F_RING_PACKED)
#define BURST 32
#define SHARE 8192 /* entries of the table that one port may have */

#define MAC(n) (UINT64_C(0x525400000010) + (n))
#define HOST_MAC UINT64_C(0x525400000020)
#define ROAMER UINT64_C(0x525400000030)
#define BROADCAST UINT64_C(0xffffffffffff)
#define MULTICAST UINT64_C(0x01005e000001)
#define NOBODY UINT64_C(0x525400000099)

static const struct net_form whole = { NET_WHOLE, false };
static const struct net_form chopped = { NET_CHOPPED, true };

static struct net_guest *const guest = bed.guest;

/* ---- frames ---- */

static void put_mac(unsigned char *at, uint64_t mac)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		at[i] = (unsigned char)(mac >> (40 - 8 * i));
}

static void make(uint64_t to, uint64_t from, uint32_t len, uint32_t seed)
{
	net_frame_make(&bed_sent, len, seed);
	put_mac(bed_sent.data, to);
	put_mac(bed_sent.data + 6, from);
}

/* Sends the frame that was made; when this returns it is where it goes. */
static void send_made(unsigned int n)
{
	assert_int_equal(net_send(&guest[n], TX0, &bed_sent, whole), 0);
	assert_int_equal(net_wait_sent(&guest[n], TX0, 1, BED_WAIT_MS), 1);
}

static void sends(unsigned int n, uint64_t to, uint64_t from)
{
	make(to, from, 200, n);
	send_made(n);
}

static void gets_made(unsigned int n)
{
	if (!net_wait_frame(&guest[n], RX0, &bed_got, BED_WAIT_MS))
		fail_msg("vm%u did not get the frame", n);
	assert_int_equal(bed_got.len, bed_sent.len);
	assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	net_offer(&guest[n], RX0, 256);
}

static void gets_nothing(unsigned int n)
{
	if (net_receive(&guest[n], RX0, &bed_got))
		fail_msg("vm%u got a frame of %u bytes from %02x:%02x", n,
			 bed_got.len, bed_got.data[10], bed_got.data[11]);
}

static void stage(unsigned int n, uint64_t to, uint64_t from, uint32_t cnt,
		  uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < cnt; i++) {
		make(to, from, 60 + (seed + i) % 1400, seed + i);
		assert_int_equal(net_stage(&guest[n], TX0, &bed_sent, whole),
				 0);
	}
	net_flush(&guest[n], TX0);
}

static void take(unsigned int n, uint64_t to, uint64_t from, uint32_t cnt,
		 uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < cnt; i++) {
		make(to, from, 60 + (seed + i) % 1400, seed + i);
		gets_made(n);
	}
}

static void sent(unsigned int n, uint32_t cnt)
{
	assert_int_equal(net_wait_sent(&guest[n], TX0, cnt, BED_WAIT_MS), cnt);
}

static void drain(unsigned int n)
{
	while (net_receive(&guest[n], RX0, &bed_got))
		;
	net_offer(&guest[n], RX0, 256);
}

/* ---- the switch ---- */

static void open_guest(unsigned int n, uint64_t with)
{
	struct net_config cfg = bed_net_config(n);

	cfg.frontend.features |= with;
	cfg.buffers_max = 256;
	bed_guest(n, &cfg);
	net_offer(&guest[n], RX0, 256);
}

static void up(struct bed_config cfg)
{
	static const char *const wires[] = { "--switch", "br0",	   "--wire",
					     "vm0,br0",	 "--wire", "br0,vm1",
					     "--wire",	 "vm2,br0" };
	unsigned int i, at = 0;

	while (cfg.option[at])
		at++;
	if (at && strcmp(cfg.option[0], "--switch") == 0)
		i = 2;
	else
		i = 0;
	for (; i < 8; i++)
		cfg.option[at++] = wires[i];
	cfg.guests = 3;
	bed_up(cfg);
}

static void switched_on(const char *workers)
{
	struct bed_config cfg = { .option = { "--workers", workers } };

	if (!workers)
		cfg.option[0] = NULL;
	up(cfg);
	open_guest(0, 0);
	open_guest(1, PACKED);
	open_guest(2, 0);
}

static void switched(void)
{
	switched_on(NULL);
}

/* Each says who it is. */
static void introduce(void)
{
	unsigned int n, i;

	for (n = 0; n < 3; n++) {
		sends(n, BROADCAST, MAC(n));
		for (i = 0; i < 3; i++)
			if (i != n)
				gets_made(i);
	}
}

static json_t *the_switch(json_t **list)
{
	*list = control_call(&bed.control, "port.list", NULL);
	assert_non_null(*list);
	return json_array_get(json_object_get(*list, "switches"), 0);
}

/* A number of a port of the switch; -1: it is not on it. */
static long long number_of_port(const char *name, const char *path)
{
	json_t *list, *port, *ports = control_at(the_switch(&list), "ports");
	long long value = -1;
	size_t i;

	json_array_foreach(ports, i, port)
		if (strcmp(control_str(port, "port"), name) == 0)
			value = control_int(port, path);
	json_decref(list);
	return value;
}

/* Entries of the table as it is told, of a port or (NULL) of all. */
static unsigned int told_of(const char *name)
{
	json_t *list, *entry, *table = control_at(the_switch(&list), "table");
	unsigned int cnt = 0;
	size_t i;

	json_array_foreach(table, i, entry)
		cnt += !name || strcmp(control_str(entry, "port"), name) == 0;
	json_decref(list);
	return cnt;
}

static int wire(const char *a, const char *b)
{
	return control_do(&bed.control, "wire.add",
			  json_pack("{s:s, s:s}", "a", a, "b", b));
}

static int unwire(const char *name)
{
	return control_do(&bed.control, "wire.del",
			  json_pack("{s:s}", "name", name));
}

static int port(const char *method, const char *key, const char *value)
{
	return control_do(&bed.control, method, json_pack("{s:s}", key, value));
}

/* ---- learning ---- */

static void unicast_is_private_once_it_is_learned(void **state)
{
	(void)state;
	switched();
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	gets_made(2);
	sends(1, MAC(0), MAC(1));
	gets_made(0);
	gets_nothing(2);
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	gets_nothing(2);
	gets_nothing(0);
	assert_int_equal(number_of_port("vm0", "counters.flooded"), 1);
	assert_int_equal(number_of_port("vm0", "counters.frames_in"), 2);
	assert_int_equal(number_of_port("vm1", "counters.frames_out"), 2);
	assert_int_equal(number_of_port("vm2", "counters.frames_out"), 1);
	assert_int_equal(number_of_port("vm0", "entries"), 1);
	bed_check_accounts();
}

static void what_is_for_all_reaches_all_but_its_sender(void **state)
{
	static const uint64_t to[] = { BROADCAST, MULTICAST, NOBODY };
	unsigned int i;

	(void)state;
	switched();
	introduce();
	for (i = 0; i < 3; i++) {
		sends(1, to[i], MAC(1));
		gets_made(0);
		gets_made(2);
		gets_nothing(1);
	}
	assert_int_equal(number_of_port("vm1", "counters.multicast"), 3);
	assert_int_equal(number_of_port("vm1", "counters.flooded"), 1);
}

/* Two stations behind one port: the switch need not carry that. */
static void a_frame_for_behind_its_own_port_goes_nowhere(void **state)
{
	(void)state;
	switched();
	introduce();
	sends(0, NOBODY, ROAMER);
	drain(1);
	drain(2);
	sends(0, ROAMER, MAC(0));
	gets_nothing(0);
	gets_nothing(1);
	gets_nothing(2);
	assert_int_equal(number_of_port("vm0", "counters.filtered"), 1);
}

static void an_address_that_moved_is_learned_again_at_once(void **state)
{
	unsigned int i;

	(void)state;
	switched();
	introduce();
	for (i = 0; i < 10; i++) {
		sends(1 + i % 2, MAC(0), ROAMER);
		gets_made(0);
		sends(0, ROAMER, MAC(0));
		gets_made(1 + i % 2);
		gets_nothing(2 - i % 2);
	}
	assert_int_equal(number_of_port("vm1", "counters.moved") +
				 number_of_port("vm2", "counters.moved"),
			 9);
}

/* Neither a group's address nor none is a station's. */
static void what_is_no_station_is_not_learned(void **state)
{
	(void)state;
	switched();
	introduce();
	sends(0, MAC(1), MULTICAST);
	gets_made(1);
	sends(0, MAC(1), 0);
	gets_made(1);
	sends(1, 0, MAC(1));
	gets_made(0);
	gets_made(2);
	sends(2, MULTICAST, MAC(2));
	gets_made(0);
	gets_made(1);
	assert_int_equal(number_of_port("vm0", "entries"), 1);
}

static void what_was_not_seen_for_long_is_forgotten(void **state)
{
	(void)state;
	up((struct bed_config){ .option = { "--switch", "br0,age=1" } });
	open_guest(0, 0);
	open_guest(1, PACKED);
	open_guest(2, 0);
	introduce();
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	gets_nothing(2);
	bed_idle(2200);
	assert_int_equal(told_of(NULL), 0);
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	gets_made(2);
}

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static void tagged_frames_pass_unchanged(void **state)
{
	uint32_t i;

	(void)state;
	switched();
	introduce();
	for (i = 0; i < 64; i++) {
		make(i % 3 ? MAC(1) : BROADCAST, MAC(0), 64 + i * 20, i);
		put16(bed_sent.data + 12, i % 2 ? 0x8100 : 0x88a8);
		put16(bed_sent.data + 14, i * 61);
		if (i % 2 == 0)
			put16(bed_sent.data + 16, 0x8100);
		assert_int_equal(net_send(&guest[0], TX0, &bed_sent, chopped),
				 0);
		sent(0, 1);
		gets_made(1);
		if (i % 3 == 0)
			gets_made(2);
		gets_nothing(2);
	}
}

/* ---- a flood ---- */

/* vm2 sends vm0 frames from as many addresses; they all come, and to vm0 only. */
static void flood(uint64_t from, uint32_t cnt)
{
	uint32_t i;

	for (i = 0; i < cnt; i++) {
		make(MAC(0), from + i, 60, i);
		assert_int_equal(net_stage(&guest[2], TX0, &bed_sent, whole),
				 0);
	}
	net_flush(&guest[2], TX0);
	sent(2, cnt);
	for (i = 0; i < cnt; i++)
		assert_true(net_receive(&guest[0], RX0, &bed_got));
	net_offer(&guest[0], RX0, 256);
	gets_nothing(0);
	gets_nothing(1);
}

static void a_flood_of_addresses_leaves_the_others_alone(const char *workers)
{
	const uint64_t first = UINT64_C(0x020000000000);
	uint32_t i;

	switched_on(workers);
	introduce();
	for (i = 0; i < 100000; i += 200) {
		flood(first + i, 200);
		stage(0, MAC(1), MAC(0), 4, i);
		stage(1, MAC(0), MAC(1), 4, i);
		take(1, MAC(1), MAC(0), 4, i);
		take(0, MAC(0), MAC(1), 4, i);
		sent(0, 4);
		sent(1, 4);
		gets_nothing(2);
	}
	assert_int_equal(number_of_port("vm2", "entries"), SHARE);
	assert_true(number_of_port("vm2", "counters.unlearned") > 0);
	assert_int_equal(number_of_port("vm0", "counters.flooded"), 0);
	assert_int_equal(number_of_port("vm0", "counters.drops"), 0);
	assert_int_equal(number_of_port("vm1", "counters.drops"), 0);
	/* What is told of the table is bounded, and hides nobody. */
	assert_int_equal(told_of("vm2"), 256);
	assert_int_equal(told_of("vm0"), 1);
	assert_int_equal(told_of("vm1"), 1);
	bed_check_accounts();
}

static void a_hundred_thousand_addresses_harm_nobody(void **state)
{
	(void)state;
	a_flood_of_addresses_leaves_the_others_alone(NULL);
}

static void from_another_worker_they_harm_nobody_either(void **state)
{
	(void)state;
	a_flood_of_addresses_leaves_the_others_alone("0,1");
}

/* ---- traffic ---- */

static void all_send_to_all(const char *workers, uint32_t rounds)
{
	uint32_t round;
	unsigned int n;

	switched_on(workers);
	introduce();
	for (round = 0; round < rounds; round++) {
		for (n = 0; n < 3; n++) {
			stage(n, MAC((n + 1) % 3), MAC(n), BURST, round);
			stage(n, MAC((n + 2) % 3), MAC(n), BURST, round + 9);
		}
		for (n = 0; n < 3; n++)
			sent(n, 2 * BURST);
		for (n = 0; n < 3; n++) {
			uint32_t left = 2 * BURST;

			while (left && net_wait_frame(&guest[n], RX0, &bed_got,
						      BED_WAIT_MS))
				left--;
			assert_int_equal(left, 0);
			gets_nothing(n);
			net_offer(&guest[n], RX0, 256);
		}
	}
	for (n = 0; n < 3; n++)
		assert_int_equal(number_of_port(n == 0	 ? "vm0"
						: n == 1 ? "vm1"
							 : "vm2",
						"counters.drops"),
				 0);
	bed_check_accounts();
}

static void all_send_to_all_at_once(void **state)
{
	(void)state;
	all_send_to_all(NULL, 300);
}

static void two_workers_share_every_receive_ring(void **state)
{
	(void)state;
	/* They seldom meet, above all where something else has the CPUs. */
	all_send_to_all("0,1", 900);
}

/* In one burst, for two receivers and for both. */
static void mixed_frames_of_one_burst_come_in_order(void **state)
{
	uint32_t round, i;

	(void)state;
	switched();
	introduce();
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 60; i++) {
			make(i % 3 == 2 ? BROADCAST : MAC(1 + i % 3), MAC(0),
			     60 + i, round);
			assert_int_equal(
				net_stage(&guest[0], TX0, &bed_sent, chopped),
				0);
		}
		net_flush(&guest[0], TX0);
		sent(0, 60);
		for (i = 0; i < 60; i++) {
			make(i % 3 == 2 ? BROADCAST : MAC(1 + i % 3), MAC(0),
			     60 + i, round);
			if (i % 3 != 1)
				gets_made(1);
			if (i % 3 != 0)
				gets_made(2);
		}
	}
}

/* Who has no buffers loses its frames at once, and holds nobody up. */
static void a_guest_without_buffers_holds_nobody_up(void **state)
{
	struct net_config cfg;
	uint64_t begin;
	uint32_t i;

	(void)state;
	up((struct bed_config){ 0 });
	open_guest(0, 0);
	open_guest(1, 0);
	cfg = bed_net_config(2);
	bed_guest(2, &cfg);
	sends(1, BROADCAST, MAC(1));
	gets_made(0);
	begin = clock_now_ns();
	for (i = 0; i < 20; i++) {
		stage(0, BROADCAST, MAC(0), BURST, i);
		take(1, BROADCAST, MAC(0), BURST, i);
		sent(0, BURST);
	}
	assert_true(clock_now_ns() - begin < 2000 * NS_PER_MS);
	assert_int_equal(number_of_port("vm2", "counters.drops"),
			 20 * BURST + 1);
	assert_int_equal(number_of_port("vm2", "counters.frames_out"), 0);
	assert_int_equal(number_of_port("vm1", "counters.drops"), 0);
	net_offer(&guest[2], RX0, 64);
	sends(0, BROADCAST, MAC(0));
	gets_made(1);
	gets_made(2);
}

/* ---- what happens to one in the middle of traffic ---- */

static void vanish(struct net_guest *one)
{
	frontend_disconnect(&one->fe);
	bed_expect_str("tx0", "state", "absent");
	assert_int_equal(net_renew(one), 0);
	assert_int_equal(frontend_begin(&one->fe), 0);
}

static void reset(struct net_guest *one)
{
	assert_int_equal(frontend_stop(&one->fe), 0);
	assert_int_equal(net_renew(one), 0);
	assert_int_equal(frontend_negotiate(&one->fe), 0);
	assert_int_equal(frontend_start(&one->fe), 0);
}

static void remap(struct net_guest *one)
{
	assert_int_equal(frontend_set_mem_table(&one->fe), 0);
}

/* vm0 sends and is sent to when it happens; what vm1 and vm2 send one another
 * arrives whole. */
static void amid_traffic(void (*happens)(struct net_guest *one))
{
	uint32_t round;

	switched_on("0,1");
	introduce();
	for (round = 0; round < 60; round++) {
		stage(0, NOBODY, MAC(0), 8, round);
		stage(1, MAC(0), MAC(1), 8, round);
		stage(2, BROADCAST, MAC(2), 8, round);
		happens(&guest[0]);
		sent(1, 8);
		sent(2, 8);
		drain(1);
		drain(2);
		stage(1, MAC(2), MAC(1), BURST, round);
		stage(2, MAC(1), MAC(2), BURST, round);
		net_wait_sent(&guest[0], TX0, 8, 20);
		sent(1, BURST);
		sent(2, BURST);
		drain(0);
		drain(1);
		drain(2);
	}
	assert_int_equal(number_of_port("vm1", "counters.drops"), 0);
	assert_int_equal(number_of_port("vm2", "counters.drops"), 0);
	sends(0, BROADCAST, MAC(0));
	gets_made(1);
	gets_made(2);
	sends(1, MAC(0), MAC(1));
	gets_made(0);
	bed_check_accounts();
}

static void a_guest_vanishes_amid_traffic(void **state)
{
	(void)state;
	amid_traffic(vanish);
}

static void a_guest_resets_amid_traffic(void **state)
{
	(void)state;
	amid_traffic(reset);
}

static void a_guest_maps_its_memory_anew_amid_traffic(void **state)
{
	(void)state;
	amid_traffic(remap);
}

/* vm2 comes and goes while vm0 and vm1 exchange frames and flood. */
static void ports_leave_and_join_amid_traffic(void **state)
{
	uint32_t i;

	(void)state;
	switched_on("0,1");
	introduce();
	for (i = 0; i < 30; i++) {
		stage(0, MAC(1), MAC(0), BURST, i);
		stage(0, BROADCAST, MAC(0), BURST, i);
		stage(1, MAC(2), MAC(1), BURST, i);
		stage(2, MAC(0), MAC(2), BURST, i);
		assert_int_equal(unwire("vm2"), 0);
		take(1, MAC(1), MAC(0), BURST, i);
		take(1, BROADCAST, MAC(0), BURST, i);
		sent(0, 2 * BURST);
		sent(1, BURST);
		sent(2, BURST);
		drain(0);
		drain(2);
		/* It is forgotten: a frame for it is for all. */
		assert_int_equal(told_of("vm2"), 0);
		sends(0, MAC(2), MAC(0));
		gets_made(1);
		gets_nothing(2);
		assert_int_equal(
			i % 2 ? wire("vm2", "br0") : wire("br0", "vm2"), 0);
		sends(2, MAC(0), MAC(2));
		gets_made(0);
		sends(0, MAC(2), MAC(0));
		gets_made(2);
		gets_nothing(1);
	}
	assert_int_equal(port("port.del", "name", "vm2"), 0);
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	bed_check_accounts();
}

static void who_takes_the_place_of_another_inherits_nothing(void **state)
{
	(void)state;
	switched();
	introduce();
	assert_int_equal(unwire("vm1"), 0);
	assert_int_equal(unwire("vm2"), 0);
	assert_int_equal(wire("vm2", "br0"), 0);
	assert_int_equal(wire("vm1", "br0"), 0);
	assert_int_equal(told_of(NULL), 1);
	assert_int_equal(number_of_port("vm2", "entries"), 0);
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	gets_made(2);
}

/* ---- wires ---- */

static void wires_that_can_not_be_are_refused(void **state)
{
	json_t *list;

	(void)state;
	up((struct bed_config){
		.option = { "--switch", "br1", "--switch", "br0" } });
	assert_int_equal(wire("br0", "br1"), CONTROL_BAD_PARAMS);
	assert_non_null(strstr(bed.control.text, "br1"));
	assert_int_equal(wire("br0", "br0"), CONTROL_BAD_PARAMS);
	assert_int_equal(wire("br0", "vm9"), CONTROL_NO_OBJECT);
	assert_int_equal(wire("vm0", "br1"), CONTROL_EXISTS);
	assert_int_equal(wire("vm0", "vm1"), CONTROL_EXISTS);
	assert_non_null(strstr(bed.control.text, "br0"));
	assert_int_equal(unwire("br0"), CONTROL_BAD_PARAMS);
	assert_int_equal(port("port.add", "spec", "br1,type=null"),
			 CONTROL_EXISTS);
	assert_int_equal(port("port.add", "spec", "e,type=echo"), 0);
	assert_int_equal(wire("e", "br0"), CONTROL_REFUSED);
	assert_non_null(strstr(bed.control.text, "echo"));
	list = control_call(&bed.control, "port.list", NULL);
	assert_int_equal(json_array_size(control_at(list, "wires")), 3);
	assert_int_equal(json_array_size(control_at(list, "switches")), 2);
	assert_string_equal(
		control_str(json_array_get(control_at(list, "ports"), 0),
			    "wired_to"),
		"br0");
	json_decref(list);
}

/* ---- a tap ---- */

static int switch_down(void **state)
{
	tap_host_close();
	return bed_down(state);
}

/* The tap is the first on the switch. */
static void switched_with_tap(const char *workers)
{
	static char spec[128];

	if (!tap_host_able())
		skip();
	snprintf(spec, sizeof(spec), "tap0,type=tap,ifname=%s,up=off",
		 tap_host_ifname());
	up((struct bed_config){ .option = { "--switch", "br0", "--port", spec,
					    "--wire", "tap0,br0", "--workers",
					    workers } });
	tap_host_open();
	open_guest(0, 0);
	open_guest(1, PACKED);
	open_guest(2, 0);
}

static void host_makes(uint64_t to, uint32_t len, uint32_t seed)
{
	make(to, HOST_MAC, len, seed);
	tap_host_sends(&bed_sent);
}

static void a_tap_is_a_port_like_any_other(void **state)
{
	uint32_t i;

	(void)state;
	switched_with_tap("0");
	host_makes(BROADCAST, 100, 1);
	gets_made(0);
	gets_made(1);
	gets_made(2);
	for (i = 0; i < 200; i++) {
		make(HOST_MAC, MAC(i % 3), 60 + i * 7, i);
		send_made(i % 3);
		tap_host_gets(&bed_sent);
		gets_nothing((i + 1) % 3);
		host_makes(MAC(i % 3), 60 + i * 7, i);
		gets_made(i % 3);
		gets_nothing((i + 1) % 3);
	}
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	assert_true(tap_host_has_none());
	assert_int_equal(number_of_port("tap0", "counters.frames_in"), 201);
	assert_int_equal(number_of_port("tap0", "counters.frames_out"), 200);
	assert_int_equal(number_of_port("tap0", "entries"), 1);
	bed_check_accounts();
}

/* The tap writes its header in front of each frame, where the frame before may
 * end that a guest is still to be given. */
static void a_burst_for_all_is_whole_at_a_tap_and_at_guests(void **state)
{
	uint32_t round, i;

	(void)state;
	switched_with_tap("0,1");
	introduce();
	tap_host_drain();
	for (round = 0; round < 20; round++) {
		stage(0, BROADCAST, MAC(0), BURST, round);
		sent(0, BURST);
		take(1, BROADCAST, MAC(0), BURST, round);
		take(2, BROADCAST, MAC(0), BURST, round);
		for (i = 0; i < BURST; i++) {
			make(BROADCAST, MAC(0), 60 + (round + i) % 1400,
			     round + i);
			tap_host_gets(&bed_sent);
		}
	}
	assert_int_equal(number_of_port("tap0", "counters.drops"), 0);
}

static void a_silent_tap_costs_nothing(void **state)
{
	unsigned long cpu;

	(void)state;
	switched_with_tap("0");
	introduce();
	cpu = daemon_cpu_ms(&bed.daemon);
	bed_idle(1000);
	assert_true(daemon_cpu_ms(&bed.daemon) - cpu <= 100);
	host_makes(MAC(1), 100, 1);
	gets_made(1);
}

static void a_tap_leaves_and_joins_amid_traffic(void **state)
{
	uint32_t i;

	(void)state;
	switched_with_tap("0,1");
	introduce();
	for (i = 0; i < 30; i++) {
		host_makes(MAC(0), 500, i);
		stage(0, BROADCAST, MAC(0), 8, i);
		assert_int_equal(unwire("tap0"), 0);
		sent(0, 8);
		take(1, BROADCAST, MAC(0), 8, i);
		drain(0);
		drain(2);
		host_makes(MAC(2), 600, i); /* waits in the tap */
		assert_int_equal(wire("tap0", "br0"), 0);
		drain(0);
		make(MAC(2), HOST_MAC, 600, i);
		while (net_wait_frame(&guest[2], RX0, &bed_got, BED_WAIT_MS) &&
		       bed_got.len != 600)
			;
		assert_memory_equal(bed_got.data, bed_sent.data, 600);
		drain(0);
		drain(1);
		drain(2);
		tap_host_drain();
	}
	assert_int_equal(port("port.del", "name", "tap0"), 0);
	sends(0, MAC(1), MAC(0));
	gets_made(1);
	bed_check_accounts();
}

int main(void)
{
#define TAP_TEST(f) cmocka_unit_test_teardown(f, switch_down)
	const struct CMUnitTest tests[] = {
		BED_TEST(unicast_is_private_once_it_is_learned),
		BED_PACKED(unicast_is_private_once_it_is_learned),
		BED_TEST(what_is_for_all_reaches_all_but_its_sender),
		BED_TEST(a_frame_for_behind_its_own_port_goes_nowhere),
		BED_TEST(an_address_that_moved_is_learned_again_at_once),
		BED_TEST(what_is_no_station_is_not_learned),
		BED_TEST(what_was_not_seen_for_long_is_forgotten),
		BED_TEST(tagged_frames_pass_unchanged),
		BED_TEST(a_hundred_thousand_addresses_harm_nobody),
		BED_TEST(from_another_worker_they_harm_nobody_either),
		BED_TEST(all_send_to_all_at_once),
		BED_TEST(two_workers_share_every_receive_ring),
		BED_PACKED(two_workers_share_every_receive_ring),
		BED_TEST(mixed_frames_of_one_burst_come_in_order),
		BED_PACKED(mixed_frames_of_one_burst_come_in_order),
		BED_TEST(a_guest_without_buffers_holds_nobody_up),
		BED_TEST(a_guest_vanishes_amid_traffic),
		BED_PACKED(a_guest_vanishes_amid_traffic),
		BED_TEST(a_guest_resets_amid_traffic),
		BED_TEST(a_guest_maps_its_memory_anew_amid_traffic),
		BED_TEST(ports_leave_and_join_amid_traffic),
		BED_TEST(who_takes_the_place_of_another_inherits_nothing),
		BED_TEST(wires_that_can_not_be_are_refused),
		TAP_TEST(a_tap_is_a_port_like_any_other),
		TAP_TEST(a_burst_for_all_is_whole_at_a_tap_and_at_guests),
		TAP_TEST(a_silent_tap_costs_nothing),
		TAP_TEST(a_tap_leaves_and_joins_amid_traffic),
	};

	return BED_RUN(tests);
}
