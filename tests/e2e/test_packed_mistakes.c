/* SPDX-License-Identifier: BSD-3-Clause */
/* test_packed_mistakes.c - a driver that breaks the rules of a packed ring.
 *
 * As test_ring_faults.c, on packed rings: each wrong chain is a row, what is
 * written into the next slots and the fault that must be counted. The vring
 * that has it is `faulted` and told as such, the guest's other vring and the
 * other guest go on, and a driver that resets its device, with rings laid
 * afresh, is served again. What looks like a mistake and is none stands at the
 * end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"

#define SIZE 256
#define GPA_NOWHERE UINT64_C(0x7000000000000)
#define GPA_LAST (UINT64_MAX - 15)
#define PAGE 4096
#define FRAME_LEN 60

/* Addresses of a row that are known only when it runs. */
#define HERE 0	/* a buffer of the vring */
#define TABLE 1 /* the indirect table of the row */

#define NEXT VIRTQ_DESC_F_NEXT
#define WRITE VIRTQ_DESC_F_WRITE
#define INDIRECT VIRTQ_DESC_F_INDIRECT

struct wrong_chain {
	const char *fault;
	unsigned int index;
	uint64_t without;	    /* features */
	unsigned int cnt;	    /* slots */
	struct pvirtq_desc desc[3]; /* the last is that of all further slots */
	struct pvirtq_desc table[3];
};

static const struct wrong_chain wrong[] = {
	/* A chain longer than the ring: NEXT everywhere. */
	{ "loop",
	  TX0,
	  0,
	  SIZE,
	  { { HERE, 60, 0, NEXT },
	    { HERE, 60, 0, NEXT },
	    { HERE, 60, 0, NEXT } } },

	{ "indirect_size", TX0, 0, 1, { { TABLE, 0, 0, INDIRECT } } },
	{ "indirect_size", TX0, 0, 1, { { TABLE, 15, 0, INDIRECT } } },
	{ "indirect_size", TX0, 0, 1, { { TABLE, 33, 0, INDIRECT } } },
	{ "indirect_size", TX0, 0, 1, { { TABLE, 16 * 1025, 0, INDIRECT } } },
	{ "indirect_size", TX0, 0, 1, { { TABLE, 0xfffffff0, 0, INDIRECT } } },
	{ "indirect_nested",
	  TX0,
	  0,
	  1,
	  { { TABLE, 32, 0, INDIRECT } },
	  { { HERE, 60, 0, 0 }, { TABLE, 16, 0, INDIRECT } } },
	{ "indirect_next",
	  TX0,
	  0,
	  2,
	  { { TABLE, 16, 0, INDIRECT | NEXT }, { HERE, 60, 0, 0 } },
	  { { HERE, 60, 0, 0 } } },
	{ "not_negotiated",
	  TX0,
	  FEATURE_BIT(VIRTIO_F_INDIRECT_DESC),
	  1,
	  { { TABLE, 16, 0, INDIRECT } },
	  { { HERE, 60, 0, 0 } } },

	{ "unmapped", TX0, 0, 1, { { GPA_NOWHERE, 60, 0, 0 } } },
	{ "unmapped", TX0, 0, 1, { { HERE, 0xffffffff, 0, 0 } } },
	{ "unmapped", TX0, 0, 1, { { GPA_LAST, 60, 0, 0 } } },
	{ "unmapped",
	  TX0,
	  0,
	  2,
	  { { HERE, 60, 0, NEXT }, { GPA_LAST, 0xffffffff, 0, 0 } } },
	{ "unmapped", TX0, 0, 1, { { GPA_NOWHERE, 16, 0, INDIRECT } } },
	{ "unmapped", TX0, 0, 1, { { GPA_LAST, 32, 0, INDIRECT } } },
	{ "unmapped",
	  TX0,
	  0,
	  1,
	  { { TABLE, 32, 0, INDIRECT } },
	  { { HERE, 60, 0, 0 }, { GPA_NOWHERE, 60, 0, 0 } } },
	{ "unmapped", RX0, 0, 1, { { GPA_NOWHERE, 2048, 0, WRITE } } },

	{ "order",
	  TX0,
	  0,
	  2,
	  { { HERE, 60, 0, WRITE | NEXT }, { HERE, 60, 0, 0 } } },
	{ "order",
	  RX0,
	  0,
	  1,
	  { { TABLE, 32, 0, INDIRECT } },
	  { { HERE, 1024, 0, WRITE }, { HERE, 60, 0, 0 } } },
	{ "direction", TX0, 0, 1, { { HERE, 60, 0, WRITE } } },
	{ "direction",
	  TX0,
	  0,
	  2,
	  { { HERE, 60, 0, NEXT }, { HERE, 60, 0, WRITE } } },
	{ "direction", RX0, 0, 1, { { HERE, 2048, 0, 0 } } },
	{ "direction",
	  RX0,
	  0,
	  2,
	  { { HERE, 12, 0, NEXT }, { HERE, 2036, 0, WRITE } } },

	{ "header_short", TX0, 0, 1, { { HERE, 11, 0, 0 } } },
	{ "header_short", TX0, 0, 1, { { HERE, 0, 0, 0 } } },
	{ "header_short",
	  TX0,
	  0,
	  1,
	  { { TABLE, 32, 0, INDIRECT } },
	  { { HERE, 0, 0, 0 }, { HERE, 0, 0, 0 } } },
	{ "header_short", RX0, 0, 1, { { HERE, 11, 0, WRITE } } },
	{ "header_short", RX0, 0, 1, { { HERE, 0, 0, WRITE } } },
};

#define WRONGS (sizeof(wrong) / sizeof(wrong[0]))

/* The upper half of the vring's first buffer; the lower one is HERE. */
static unsigned char *table_of(struct net_guest *guest, unsigned int index)
{
	return guest->buffers[index].base + guest->buffers[index].len / 2;
}

static struct pvirtq_desc placed(struct net_guest *guest, unsigned int index,
				 struct pvirtq_desc desc)
{
	if (desc.addr == HERE)
		desc.addr = driver_mem_gpa(&guest->fe.mem,
					   guest->buffers[index].base);
	else if (desc.addr == TABLE)
		desc.addr =
			driver_mem_gpa(&guest->fe.mem, table_of(guest, index));
	return desc;
}

static void offer_wrong(struct net_guest *guest,
			const struct wrong_chain *chain)
{
	struct pvirtq_desc desc[SIZE], table[3];
	unsigned int i;

	memset(guest->buffers[chain->index].base, 0,
	       guest->buffers[chain->index].len);
	for (i = 0; i < 3; i++)
		table[i] = placed(guest, chain->index, chain->table[i]);
	memcpy(table_of(guest, chain->index), table, sizeof(table));
	for (i = 0; i < chain->cnt; i++)
		desc[i] =
			placed(guest, chain->index, chain->desc[i < 2 ? i : 2]);
	driver_offer_raw_packed(&guest->fe.vring[chain->index].driver, desc,
				chain->cnt);
	frontend_kick(&guest->fe, chain->index);
}

static struct net_guest *neighbour(void)
{
	struct net_config cfg = bed_net_config(1);
	struct net_guest *guest = bed_guest(1, &cfg);

	net_offer(guest, RX0, 64);
	bed_round_trip(guest, FRAME_LEN, 1);
	return guest;
}

static struct net_guest *guest_without(uint64_t features)
{
	struct net_config cfg = bed_net_config(0);

	cfg.frontend.features &= ~features;
	return bed_guest(0, &cfg);
}

/* As a driver that resets its device, and finds it as new. */
static void reset(struct net_guest *guest, uint64_t without)
{
	assert_int_equal(frontend_stop(&guest->fe), 0);
	bed_expect_str("tx0", "state", "stopped");
	guest->fe.cfg.features &= ~without;
	assert_int_equal(net_renew(guest), 0);
	assert_int_equal(frontend_negotiate(&guest->fe), 0);
	assert_int_equal(frontend_start(&guest->fe), 0);
	bed_expect_str("tx0", "state", "running");
	bed_expect_str("rx0", "state", "running");
}

static void assert_served(struct net_guest *guest)
{
	uint32_t i;

	net_offer(guest, RX0, 16);
	for (i = 0; i < 3; i++)
		bed_round_trip(guest, 600, i);
}

static void expect_fault(const struct wrong_chain *chain, unsigned int row)
{
	const char *vring = chain->index == TX0 ? "tx0" : "rx0";
	char path[64];

	snprintf(path, sizeof(path), "counters.faults.%s", chain->fault);
	bed_expect_str(vring, "state", "faulted");
	bed_expect_str(chain->index == TX0 ? "rx0" : "tx0", "state", "running");
	if (strcmp(control_vring_str(&bed.control, "vm0", vring, "fault"),
		   chain->fault) != 0)
		fail_msg("row %u is %s and not %s", row, bed.control.text,
			 chain->fault);
	assert_true(bed_int(vring, path) >= 1);
}

static void a_wrong_chain_faults_its_vring_until_a_reset(void **state)
{
	struct net_guest *good, *bad;
	unsigned int i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	good = neighbour();
	for (i = 0; i < WRONGS; i++) {
		bad = guest_without(wrong[i].without);
		offer_wrong(bad, &wrong[i]);
		if (wrong[i].index == RX0) /* a frame, to want a buffer */
			bed_use_tx(bad, 1);
		expect_fault(&wrong[i], i);
		bed_round_trip(good, 600, i);

		reset(bad, wrong[i].without);
		assert_served(bad);
		bed_round_trip(good, 600, i);
		assert_true(net_ok(bad));
		net_close(bad);
		bed_expect_str("tx0", "state", "absent");
	}
	bed_check_accounts();
}

static void assert_explained(const char *word)
{
	json_t *told = control_call(
		&bed.control, "explain",
		json_pack("{s:s, s:s}", "port", "vm0", "vring", "tx0"));
	char *text = json_dumps(told, 0);

	if (!text || !strstr(text, word))
		fail_msg("explain does not say \"%s\": %s", word, text);
	free(text);
	json_decref(told);
}

/* A whole lap behind the start: the slots hold what was used there. */
static void a_mistake_in_mid_traffic_is_healed_by_a_reset(void **state)
{
	struct net_guest *good, *bad;
	uint32_t i;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	good = neighbour();
	bad = guest_without(0);
	net_offer(bad, RX0, 64);
	for (i = 0; i < SIZE + 10; i++)
		bed_round_trip(bad, 100, i);
	offer_wrong(bad, &wrong[0]);
	expect_fault(&wrong[0], 0);
	assert_explained(wrong[0].fault);
	assert_explained("next_avail=10 (wrap 0)");
	for (i = 0; i < 50; i++)
		bed_round_trip(good, 600, i);
	reset(bad, 0);
	assert_served(bad);
}

/* ---- what is no mistake ---- */

/* Regions 1, 2 and 3 follow one another for the guest, and nowhere else. */
static struct net_guest *guest_with_joined_regions(void)
{
	struct net_config cfg = bed_net_config(0);
	struct driver_region *region;
	struct net_guest *guest;

	cfg.frontend.regions = 5;
	guest = bed_guest(0, &cfg);
	region = guest->fe.mem.region;
	assert_int_equal(region[1].len, PAGE);
	region[2].gpa = region[1].gpa + PAGE;
	region[3].gpa = region[2].gpa + PAGE;
	assert_int_equal(frontend_set_mem_table(&guest->fe), 0);
	return guest;
}

/* A buffer whose first @cut bytes are the last of one region. */
static unsigned char *offer_across(struct net_guest *guest, unsigned int index,
				   unsigned int region, uint32_t cut,
				   uint32_t len)
{
	unsigned char *end = guest->fe.mem.region[region].host + PAGE;
	const struct driver_part part = { end - cut, len, index == RX0 };
	const struct driver_chain chain = { .part = &part, .part_cnt = 1 };

	assert_true(driver_offer(&guest->fe.vring[index].driver, &chain) >= 0);
	return end - cut;
}

static void a_buffer_may_cross_regions(void **state)
{
	const uint32_t hdr_len = sizeof(struct virtio_net_hdr), cut = 33;
	struct net_guest *guest;
	struct driver_region *region;
	struct driver_reaped reaped;
	unsigned char *first;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	guest = guest_with_joined_regions();
	region = guest->fe.mem.region;
	offer_across(guest, RX0, 2, cut, 2048);
	frontend_kick(&guest->fe, RX0);

	net_frame_make(&bed_sent, 600, 7);
	first = region[1].host + PAGE - cut;
	memset(first, 0, hdr_len);
	memcpy(first + hdr_len, bed_sent.data, cut - hdr_len);
	memcpy(region[2].host, bed_sent.data + cut - hdr_len,
	       600 - (cut - hdr_len));
	offer_across(guest, TX0, 1, cut, hdr_len + 600);
	frontend_kick(&guest->fe, TX0);
	bed_wait_used(guest, TX0, guest->fe.vring[TX0].driver.published);
	bed_wait_used(guest, RX0, guest->fe.vring[RX0].driver.published);

	assert_true(driver_reap(&guest->fe.vring[RX0].driver, &reaped));
	assert_int_equal(reaped.len, hdr_len + 600);
	first = region[2].host + PAGE - cut + hdr_len;
	bed_got.len = 600;
	memcpy(bed_got.data, first, cut - hdr_len);
	memcpy(bed_got.data + cut - hdr_len, region[3].host,
	       600 - (cut - hdr_len));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	bed_expect_str("tx0", "state", "running");
	bed_expect_str("rx0", "state", "running");
}

static void a_table_may_cross_regions(void **state)
{
	const struct pvirtq_desc part = { .len = sizeof(struct virtio_net_hdr) +
						 FRAME_LEN };
	struct pvirtq_desc indirect = { .len = 16, .flags = INDIRECT };
	struct net_guest *guest;
	struct driver_region *region;
	struct pvirtq_desc table;

	(void)state;
	bed_up((struct bed_config){ .peer = "echo" });
	guest = guest_with_joined_regions();
	region = guest->fe.mem.region;
	net_offer(guest, RX0, 16);
	net_frame_make(&bed_sent, FRAME_LEN, 7);
	memset(guest->buffers[TX0].base, 0, sizeof(struct virtio_net_hdr));
	memcpy(guest->buffers[TX0].base + sizeof(struct virtio_net_hdr),
	       bed_sent.data, FRAME_LEN);
	table = placed(guest, TX0, part);
	memcpy(region[1].host + PAGE - 5, &table, 5);
	memcpy(region[2].host, (unsigned char *)&table + 5, 11);
	indirect.addr = region[2].gpa - 5;
	driver_offer_raw_packed(&guest->fe.vring[TX0].driver, &indirect, 1);
	frontend_kick(&guest->fe, TX0);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	bed_expect_str("tx0", "state", "running");
}

/* "An indirect descriptor's flags": all but WRITE mean nothing in a table, and
 * a part without a byte is nothing, wherever it says it is. */
static void parts_without_a_byte_and_flags_in_a_table_do_no_harm(void **state)
{
	const uint32_t hdr_len = sizeof(struct virtio_net_hdr);
	const struct wrong_chain strange = { NULL,
					     TX0,
					     0,
					     1,
					     { { TABLE, 48, 0, INDIRECT } },
					     { { HERE, hdr_len, 0, NEXT },
					       { GPA_NOWHERE, 0, 0, NEXT },
					       { HERE, FRAME_LEN, 0, NEXT } } };
	struct net_guest *guest = bed_with("echo", 0);

	(void)state;
	net_offer(guest, RX0, 16);
	offer_wrong(guest, &strange);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.len, FRAME_LEN);
	bed_expect_str("tx0", "state", "running");
	bed_expect("tx0", "counters.packets", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_PACKED(a_wrong_chain_faults_its_vring_until_a_reset),
		BED_PACKED(a_mistake_in_mid_traffic_is_healed_by_a_reset),
		BED_PACKED(a_buffer_may_cross_regions),
		BED_PACKED(a_table_may_cross_regions),
		BED_PACKED(
			parts_without_a_byte_and_flags_in_a_table_do_no_harm),
	};

	return BED_RUN(tests);
}
