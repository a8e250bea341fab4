/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ring_faults.c - a driver that breaks the rules stops its own vring.
 *
 * Each wrong chain is a row: what is written to the table, and the fault that
 * must be counted. The vring is `faulted` and told as such, its neighbours
 * and the other guest go on, and a new start of the device heals it. All
 * kinds are in the unit tests of the ring; here are those that the whole
 * daemon must survive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "bed.h"

#define SIZE 256
#define GPA_NOWHERE UINT64_C(0x7000000000000)

struct wrong_chain {
	const char *fault;
	uint16_t head;
	struct virtq_desc desc[2]; /* slots 0 and 1; addr 0: in memory */
};

static const struct wrong_chain wrong[] = {
	{ "head_range", SIZE, { { .len = 60 } } },
	{ "head_range", 65535, { { .len = 60 } } },
	{ "next_range",
	  0,
	  { { .len = 60, .flags = VIRTQ_DESC_F_NEXT, .next = SIZE } } },
	{ "loop",
	  0,
	  { { .len = 60, .flags = VIRTQ_DESC_F_NEXT, .next = 1 },
	    { .len = 60, .flags = VIRTQ_DESC_F_NEXT, .next = 0 } } },
	{ "unmapped", 0, { { .addr = GPA_NOWHERE, .len = 60 } } },
	{ "unmapped", 0, { { .len = 0xffffffff } } },
	{ "direction", 0, { { .len = 60, .flags = VIRTQ_DESC_F_WRITE } } },
	{ "header_short", 0, { { .len = 5 } } },
	{ "indirect_size",
	  0,
	  { { .len = 15, .flags = VIRTQ_DESC_F_INDIRECT } } },
	{ "indirect_next",
	  0,
	  { { .len = 32,
	      .flags = VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_NEXT,
	      .next = 1 } } },
};

#define WRONGS (sizeof(wrong) / sizeof(wrong[0]))

static void offer_wrong(struct net_guest *guest,
			const struct wrong_chain *chain)
{
	struct driver *driver = &guest->fe.vring[TX0].driver;
	uint64_t here =
		driver_mem_gpa(&guest->fe.mem, guest->buffers[TX0].base);
	unsigned int i;

	memset(guest->buffers[TX0].base, 0, guest->buffers[TX0].len);
	for (i = 0; i < 2; i++) {
		driver->desc[i] = chain->desc[i];
		if (!driver->desc[i].addr)
			driver->desc[i].addr = here;
	}
	driver_offer_raw(driver, chain->head);
	frontend_kick(&guest->fe, TX0);
}

static struct net_guest *neighbour(void)
{
	struct net_config cfg = bed_net_config(1);
	struct net_guest *guest = bed_guest(1, &cfg);

	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);
	return guest;
}

static void a_wrong_chain_faults_its_vring_only(void **state)
{
	struct net_guest *good, *bad;
	struct net_config cfg;
	char path[64];
	unsigned int i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	good = neighbour();
	cfg = bed_net_config(0);
	for (i = 0; i < WRONGS; i++) {
		bad = bed_guest(0, &cfg);
		offer_wrong(bad, &wrong[i]);
		bed_expect_str("tx0", "state", "faulted");
		snprintf(path, sizeof(path), "counters.faults.%s",
			 wrong[i].fault);
		if (bed_int("tx0", path) < 1)
			fail_msg("case %u is not counted as %s", i,
				 wrong[i].fault);
		bed_expect_str("rx0", "state", "running");
		bed_round_trip(good, 600, i);
		net_close(bad);
		bed_expect_str("tx0", "state", "absent");
	}
	bed_round_trip(good, 600, i);
}

static void a_faulted_vring_is_told_and_healed_by_a_start(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	struct net_config cfg = bed_net_config(0);
	json_t *told;
	char *text;

	(void)state;
	offer_wrong(guest, &wrong[0]);
	bed_expect_str("tx0", "state", "faulted");
	told = control_call(
		&bed.control, "explain",
		json_pack("{s:s, s:s}", "port", "vm0", "vring", "tx0"));
	text = json_dumps(told, 0);
	json_decref(told);
	assert_non_null(strstr(text, "head"));
	free(text);

	net_close(guest);
	bed_expect_str("tx0", "state", "absent");
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 16);
	bed_round_trip(guest, 60, 1);
}

static void an_avail_index_that_jumps_faults(void **state)
{
	struct net_guest *guest = bed_with("null", 0);
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver->staged += SIZE + 1;
	driver_offer_raw(driver, 0);
	frontend_kick(&guest->fe, TX0);
	bed_expect_str("tx0", "state", "faulted");
	bed_expect("tx0", "counters.faults.avail_jump", 1);
}

static void memory_taken_away_faults_and_harms_nobody_else(void **state)
{
	struct net_guest *good, *bad;
	struct net_config cfg;
	uint32_t i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	good = neighbour();
	cfg = bed_net_config(0);
	bad = bed_guest(0, &cfg);
	net_offer(bad, RX0, 64);
	bed_round_trip(bad, 600, 1);
	net_frame_make(&bed_sent, 600, 2);
	net_stage(bad, TX0, &bed_sent, (struct net_form){ NET_WHOLE, false });
	driver_publish(&bad->fe.vring[TX0].driver);
	bad->fe.vring[TX0].driver.lawless = true;
	bad->fe.vring[RX0].driver.lawless = true;
	assert_int_equal(ftruncate(bad->fe.mem_fd[0], 0), 0);
	eventfd_write(bad->fe.vring[TX0].kick_fd, 1);
	for (i = 0; i < 20; i++) {
		bed_round_trip(good, 600, i);
		bed_idle(5);
	}
	assert_true(daemon_alive(&bed.daemon));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_wrong_chain_faults_its_vring_only),
		BED_TEST(a_faulted_vring_is_told_and_healed_by_a_start),
		BED_TEST(an_avail_index_that_jumps_faults),
		BED_TEST(memory_taken_away_faults_and_harms_nobody_else),
	};

	return BED_RUN(tests);
}
