/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ethdev.c - a guest on a device of DPDK's: two files of frames, by net_pcap.
 *
 * What stands in one file is received, once, whole and in order; what is sent stands
 * in the other, with the checksums that the device does not make, and cut where it
 * takes no large frames.
 */
#include <stdio.h>
#include <string.h>

#include "tcp_steps.h"

#define FRAMES 600
#define MSS 1000

static const struct net_form whole = { NET_WHOLE, false };
static char in_path[160], out_path[160];

/* ---- pcap files, in the byte order of this machine ---- */

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap_len, link;
};

struct frame_header {
	uint32_t when[2], kept, len;
};

static void write_frames(void)
{
	const struct file_header head = { 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1 };
	FILE *file = fopen(in_path, "w");
	uint32_t i;

	assert_non_null(file);
	fwrite(&head, sizeof(head), 1, file);
	for (i = 0; i < FRAMES; i++) {
		struct frame_header each = { .when = { 0 },
					     .kept = 60 + i % 1400 };

		each.len = each.kept;
		net_frame_make(&bed_sent, each.len, i);
		fwrite(&each, sizeof(each), 1, file);
		fwrite(bed_sent.data, each.len, 1, file);
	}
	assert_int_equal(fclose(file), 0);
}

static FILE *open_written(void)
{
	FILE *file = fopen(out_path, "r");

	assert_non_null(file);
	assert_int_equal(fseek(file, sizeof(struct file_header), SEEK_SET), 0);
	return file;
}

static bool read_frame(FILE *file, struct net_frame *frame)
{
	struct frame_header each;

	if (fread(&each, sizeof(each), 1, file) != 1)
		return false;
	assert_true(each.when[1] < 1000000000);
	assert_true(each.kept == each.len && each.len <= NET_FRAME_MAX);
	frame->len = each.len;
	return fread(frame->data, 1, each.len, file) == each.len;
}

/* ---- the bed ---- */

static struct net_guest *guest_on_files(const char *queues)
{
	static char dev[512], port[64];
	struct net_config cfg;

	snprintf(in_path, sizeof(in_path), "/tmp/vringd-in.%d", (int)getpid());
	snprintf(out_path, sizeof(out_path), "/tmp/vringd-out.%d",
		 (int)getpid());
	write_frames();
	snprintf(dev, sizeof(dev), "net_pcap0,rx_pcap=%s,tx_pcap=%s", in_path,
		 out_path);
	snprintf(port, sizeof(port), "nic,type=ethdev,dev=net_pcap0%s", queues);
	bed_up((struct bed_config){ .option = { "--port", port, "--wire",
						"vm0,nic", "--", "--vdev",
						dev } });
	cfg = bed_net_config(0);
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 256;
	return bed_guest(0, &cfg);
}

static int remove_files(void **state)
{
	int err = bed_down(state);

	unlink(in_path);
	unlink(out_path);
	return err;
}

/* Few buffers at a time: what finds none waits in the device. */
static void what_comes_in_is_received(void **state)
{
	struct net_guest *guest = guest_on_files("");
	uint32_t i;

	(void)state;
	for (i = 0; i < FRAMES; i++) {
		if (i % 20 == 0)
			net_offer(guest, RX0, 20);
		if (!net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS))
			fail_msg("frame %u did not come", i);
		net_frame_make(&bed_sent, 60 + i % 1400, i);
		assert_int_equal(bed_got.len, bed_sent.len);
		assert_memory_equal(bed_got.data, bed_sent.data, bed_sent.len);
	}
	net_offer(guest, RX0, 20);
	assert_false(net_wait_frame(guest, RX0, &bed_got, 50));
	bed_check_accounts();
}

static void what_is_sent_goes_out(void **state)
{
	struct net_guest *guest = guest_on_files("");
	struct net_frame frame;
	uint32_t i;
	FILE *file;

	(void)state;
	for (i = 0; i < FRAMES; i++) {
		net_frame_make(&bed_sent, 60 + i * 7 % 8000, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	}
	bed_expect("tx0", "counters.packets", FRAMES);
	/* The device writes its file out when it is closed. */
	assert_int_equal(bed_down(NULL), 0);
	file = open_written();
	for (i = 0; i < FRAMES; i++) {
		assert_true(read_frame(file, &frame));
		net_frame_make(&bed_sent, 60 + i * 7 % 8000, i);
		assert_int_equal(frame.len, bed_sent.len);
		assert_memory_equal(frame.data, bed_sent.data, frame.len);
	}
	assert_false(read_frame(file, &frame));
	fclose(file);
	guest_on_files(""); /* something for the teardown to take down */
}

/* ---- offloads, which net_pcap has none of ---- */

static void what_the_device_can_not_do_is_done_for_it(void **state)
{
	struct net_guest *guest = guest_on_files("");
	struct net_frame frame;
	uint32_t i;
	FILE *file;

	(void)state;
	tcp_make(&bed_sent, 777, 0);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	tcp_make(&bed_sent, TCP_HEADERS_LEN + 40 * MSS + 1, MSS);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	assert_int_equal(net_wait_sent(guest, TX0, 2, BED_WAIT_MS), 2);
	assert_int_equal(bed_down(NULL), 0);
	file = open_written();
	assert_true(read_frame(file, &frame));
	tcp_expect(&frame, 777);
	for (i = 0; i <= 40; i++) {
		assert_true(read_frame(file, &frame));
		tcp_expect(&frame, TCP_HEADERS_LEN + (i < 40 ? MSS : 1));
	}
	assert_false(read_frame(file, &frame));
	fclose(file);
	guest_on_files(""); /* something for the teardown to take down */
}

int main(void)
{
	struct CMUnitTest tests[] = {
		BED_TEST(what_comes_in_is_received),
		BED_PACKED(what_comes_in_is_received),
		BED_TEST(what_is_sent_goes_out),
		BED_TEST(what_the_device_can_not_do_is_done_for_it),
	};
	unsigned int i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].teardown_func = remove_files;
	return BED_RUN(tests);
}
