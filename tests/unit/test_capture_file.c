/* SPDX-License-Identifier: BSD-3-Clause */
/* test_capture_file.c - captures as files: blocks, comments, filters, ends.
 *
 * The blocks are compared with bytes written down by hand from the format's draft;
 * whole files are read back by libpcap, which shares no code with their writer.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_note.h"
#include "capture/capture_private.h"
#include "capture/pcapng.h"
#include "check.h"

#define WAIT_MS 5000
#define SECOND UINT64_C(1000000000)

/* ---- blocks ---- */

static void assert_block(const struct pcapng_out *out, const void *bytes, size_t len)
{
	assert_int_equal(out->len, len);
	assert_memory_equal(out->data, bytes, len);
}

static void a_section_says_the_byte_order_and_who_wrote_it(void **state)
{
	static const char want[] = "\x0a\x0d\x0d\x0a"
				   "\x28\0\0\0"
				   "\x4d\x3c\x2b\x1a"
				   "\x01\0\0\0"
				   "\xff\xff\xff\xff\xff\xff\xff\xff"
				   "\x04\0\x03\0"
				   "abc\0"
				   "\0\0\0\0"
				   "\x28\0\0\0";
	uint8_t data[256];
	struct pcapng_out out = { .data = data, .size = sizeof(data) };

	(void)state;
	assert_true(pcapng_put_section(&out, "abc"));
	assert_block(&out, want, sizeof(want) - 1);
}

static void an_interface_has_a_name_nanoseconds_and_its_filter(void **state)
{
	static const char want[] = "\x01\0\0\0"
				   "\x38\0\0\0"
				   "\x01\0\0\0"
				   "\x40\0\0\0"
				   "\x02\0\x04\0"
				   "a/b0"
				   "\x03\0\x01\0"
				   "d\0\0\0"
				   "\x09\0\x01\0"
				   "\x09\0\0\0"
				   "\x0b\0\x04\0"
				   "\0udp"
				   "\0\0\0\0"
				   "\x38\0\0\0";
	const struct pcapng_interface interface = {
		.name = "a/b0", .description = "d", .filter = "udp", .snap_len = 64
	};
	uint8_t data[256];
	struct pcapng_out out = { .data = data, .size = sizeof(data) };

	(void)state;
	assert_true(pcapng_put_interface(&out, &interface));
	assert_block(&out, want, sizeof(want) - 1);
}

static void a_frame_has_a_direction_and_a_comment(void **state)
{
	static const char want[] = "\x06\0\0\0"
				   "\x3c\0\0\0"
				   "\x03\0\0\0"
				   "\x02\0\0\0"
				   "\x01\0\0\0"
				   "\x05\0\0\0"
				   "\x09\0\0\0"
				   "frame\0\0\0"
				   "\x01\0\x02\0"
				   "hi\0\0"
				   "\x02\0\x04\0"
				   "\x02\0\0\0"
				   "\0\0\0\0"
				   "\x3c\0\0\0";
	struct pcapng_frame frame = {
		.interface = 3,
		.wall_ns = (UINT64_C(2) << 32) + 1,
		.len = 9,
		.kept_len = 5,
		.data = (const uint8_t *)"frame",
		.outbound = true,
		.comment = "hi",
	};
	uint8_t data[256];
	struct pcapng_out out = { .data = data, .size = sizeof(data) };

	(void)state;
	assert_true(pcapng_put_frame(&out, &frame));
	assert_block(&out, want, sizeof(want) - 1);
	out.len = 0;
	frame.outbound = false;
	assert_true(pcapng_put_frame(&out, &frame));
	assert_int_equal(data[48], 1); /* inbound */
}

static void statistics_tell_of_the_lost(void **state)
{
	static const char want[] = "\x05\0\0\0"
				   "\x34\0\0\0"
				   "\x01\0\0\0"
				   "\0\0\0\0"
				   "\x07\0\0\0"
				   "\x04\0\x08\0"
				   "\x09\0\0\0\0\0\0\0"
				   "\x05\0\x08\0"
				   "\x02\0\0\0\0\0\0\0"
				   "\0\0\0\0"
				   "\x34\0\0\0";
	const struct pcapng_statistics statistics = {
		.interface = 1, .wall_ns = 7, .seen = 9, .lost = 2
	};
	uint8_t data[256];
	struct pcapng_out out = { .data = data, .size = sizeof(data) };

	(void)state;
	assert_true(pcapng_put_statistics(&out, &statistics));
	assert_block(&out, want, sizeof(want) - 1);
}

static void a_block_that_does_not_fit_leaves_all_as_it_was(void **state)
{
	const struct pcapng_frame frame = { .kept_len = 6,
					    .data = (const uint8_t *)"frames",
					    .comment = "note" };
	uint8_t data[256];
	struct pcapng_out out = { .data = data, .size = sizeof(data) };
	size_t whole;

	(void)state;
	assert_true(pcapng_put_frame(&out, &frame));
	whole = out.len;
	for (out.size = whole; out.size < 2 * whole; out.size++) {
		assert_false(pcapng_put_frame(&out, &frame));
		assert_int_equal(out.len, whole);
	}
	assert_true(pcapng_put_frame(&out, &frame));
	assert_memory_equal(data, data + whole, whole);
}

/* ---- comments ---- */

static void a_comment_has_the_header_in_the_words_of_the_specification(void **state)
{
	static const struct {
		unsigned index;
		struct captured frame;
		const char *note;
	} rows[] = {
		{ 1,
		  { .head = 17,
		    .hdr = { .flags = 1,
			     .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
			     .hdr_len = 66,
			     .gso_size = 1448,
			     .csum_start = 34,
			     .csum_offset = 16,
			     .num_buffers = 99 } },
		  "head=17 vring=tx0(1) flags=NEEDS_CSUM gso=TCPV4 gso_size=1448 hdr_len=66 "
		  "csum_start=34 csum_offset=16" },
		{ 2,
		  { .head = 65535, .hdr = { .num_buffers = 3 } },
		  "head=65535 vring=rx1(2) flags=0 gso=NONE gso_size=0 hdr_len=0 csum_start=0 "
		  "csum_offset=0 num_buffers=3" },
		{ 1,
		  { .hdr = { .flags = 0xff, .gso_type = 0xff } },
		  "head=0 vring=tx0(1) flags=NEEDS_CSUM|DATA_VALID|0xfc gso=0x7f|ECN gso_size=0 "
		  "hdr_len=0 csum_start=0 csum_offset=0" },
		{ 1,
		  { .hdr = { .flags = 8, .gso_type = 0x84 } },
		  "head=0 vring=tx0(1) flags=0x8 gso=TCPV6|ECN gso_size=0 hdr_len=0 csum_start=0 "
		  "csum_offset=0" },
	};
	static const char *const names[] = { "rx0", "tx0", "rx1" };
	char note[CAPTURE_NOTE_MAX];
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		capture_note(note, sizeof(note), names[rows[i].index], rows[i].index,
			     &rows[i].frame);
		assert_string_equal(note, rows[i].note);
	}
}

/* ---- files ---- */

static char dir[64];
static struct capture_order order;
static struct capture_config config;
static struct capture *capture;
static struct capture_counts counts;
static struct error_text error;
static int ended_fd, err;

static int open_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/vringd-capture.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	order = (struct capture_order){ .port = "vm0" };
	snprintf(order.file, sizeof(order.file), "%s/frames", dir);
	config = (struct capture_config){
		.order = &order,
		.vrings = { "rx0", "tx0" },
		.vring_cnt = 2,
		.ended_fd = ended_fd,
	};
	capture = NULL;
	return 0;
}

static int close_dir(void **state)
{
	(void)state;
	if (capture)
		capture_close(capture, &counts, &err);
	unlink(order.file);
	close(ended_fd);
	return rmdir(dir);
}

static void start(void)
{
	if (capture_open(&config, &capture, &error))
		fail_msg("%s", error.text);
}

static enum capture_state end(void)
{
	enum capture_state was = capture_close(capture, &counts, &err);

	capture = NULL;
	return was;
}

static void wait_until_ended(void)
{
	struct pollfd bell = { .fd = ended_fd, .events = POLLIN };

	assert_int_equal(poll(&bell, 1, WAIT_MS), 1);
}

/* A UDP packet to `to_port`, of `len` bytes. */
static void make_udp(uint8_t *data, uint32_t len, uint16_t to_port)
{
	memset(data, (int)len, len);
	memcpy(data + 12, "\x08\x00\x45", 3);
	memset(data + 20, 0, 2);
	data[23] = 17;
	data[36] = (uint8_t)(to_port >> 8);
	data[37] = (uint8_t)to_port;
}

static void put(unsigned index, uint64_t wall_ns, uint32_t len, uint16_t to_port)
{
	static const struct virtio_net_hdr hdr = { .num_buffers = 1 };
	uint8_t data[2048];
	const struct iovec iov = { data, len };
	const struct capture_frame frame = {
		.wall_ns = wall_ns,
		.len = len,
		.hdr = &hdr,
		.at = iov_begin(&iov, 1),
	};

	make_udp(data, len, to_port);
	capture_put(capture_ring_of(capture, index), &frame);
	capture_publish(capture_ring_of(capture, index), 1);
}

static pcap_t *open_file(void)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline_with_tstamp_precision(order.file,
							       PCAP_TSTAMP_PRECISION_NANO, text);

	if (!file)
		fail_msg("%s", text);
	assert_int_equal(pcap_datalink(file), DLT_EN10MB);
	return file;
}

static void expect(pcap_t *file, uint64_t wall_ns, uint32_t len, uint16_t to_port)
{
	struct pcap_pkthdr *head;
	const unsigned char *data;
	uint8_t want[2048];

	assert_int_equal(pcap_next_ex(file, &head, &data), 1);
	make_udp(want, len, to_port);
	assert_int_equal(head->len, len);
	assert_int_equal(head->caplen,
			 order.snap_len && order.snap_len < len ? order.snap_len : len);
	assert_memory_equal(data, want, head->caplen);
	assert_int_equal((uint64_t)head->ts.tv_sec * SECOND + (uint64_t)head->ts.tv_usec, wall_ns);
}

/* How many more there are; the file ends where a block does. */
static unsigned rest(pcap_t *file)
{
	struct pcap_pkthdr *head;
	const unsigned char *data;
	unsigned cnt = 0;
	int more;

	while ((more = pcap_next_ex(file, &head, &data)) == 1)
		cnt++;
	if (more != PCAP_ERROR_BREAK)
		fail_msg("%s", pcap_geterr(file));
	pcap_close(file);
	return cnt;
}

static void frames_are_in_the_file_byte_by_byte_and_to_the_nanosecond(void **state)
{
	pcap_t *file;

	(void)state;
	start();
	put(1, 5 * SECOND + 1, 60, 7);
	put(1, 6 * SECOND + 999999999, 1514, 8);
	assert_int_equal(end(), CAPTURE_STATE_running);
	file = open_file();
	expect(file, 5 * SECOND + 1, 60, 7);
	expect(file, 6 * SECOND + 999999999, 1514, 8);
	assert_int_equal(rest(file), 0);
	assert_int_equal(counts.frames, 2);
	assert_int_equal(counts.bytes, 1574);
	assert_int_equal(counts.filtered, 0);
	assert_int_equal(counts.lost, 0);
}

/* The thread's function, in this one: all frames are there before it looks. */
static void frames_of_all_vrings_are_in_the_order_of_their_times(void **state)
{
	static uint8_t blocks[65536];
	struct capture alone = {
		.vrings = { "rx0", "tx0" },
		.ring_cnt = 2,
		.ended_fd = ended_fd,
		.closing = true,
		.out = { .data = blocks, .size = sizeof(blocks) },
	};
	const struct pcapng_interface interface = { .snap_len = 2048 };
	unsigned i;
	pcap_t *file;

	(void)state;
	pcapng_put_section(&alone.out, NULL);
	for (i = 0; i < 2; i++) {
		pcapng_put_interface(&alone.out, &interface);
		alone.rings[i] = capture_ring_new(CAPTURE_MEMORY, 2048, -1);
		assert_non_null(alone.rings[i]);
	}
	alone.fd = open(order.file, O_WRONLY | O_CREAT, 0600);
	capture = &alone;
	for (i = 0; i < 60; i++)
		put(i < 30, 100 - i, 60 + i, (uint16_t)i);
	for (i = 0; i < 300; i++)
		put(i % 3 == 0, 200 + i, 60 + i, (uint16_t)i);
	capture_write_loop(capture);
	capture = NULL;
	close(alone.fd);
	capture_ring_free(alone.rings[0]);
	capture_ring_free(alone.rings[1]);

	file = open_file();
	for (i = 30; i < 60; i++)
		expect(file, 100 - i, 60 + i, (uint16_t)i);
	for (i = 0; i < 30; i++)
		expect(file, 100 - i, 60 + i, (uint16_t)i);
	for (i = 0; i < 300; i++)
		expect(file, 200 + i, 60 + i, (uint16_t)i);
	assert_int_equal(rest(file), 0);
}

/* On another vring an older one may be shown still. */
static void a_frame_is_left_lying_until_it_is_settled(void **state)
{
	const uint64_t young_ns = clock_wall_ns() + 3600 * NS_PER_SECOND;
	pcap_t *file;

	(void)state;
	start();
	put(0, young_ns, 61, 1);
	put(1, 7, 60, 2);
	do
		capture_read(capture, &counts, &err);
	while (counts.frames == 0);
	assert_int_equal(counts.frames, 1);
	assert_int_equal(end(), CAPTURE_STATE_running);
	file = open_file();
	expect(file, 7, 60, 2);
	expect(file, young_ns, 61, 1);
	assert_int_equal(rest(file), 0);
}

static void nothing_captured_is_a_file_too(void **state)
{
	(void)state;
	start();
	assert_int_equal(end(), CAPTURE_STATE_running);
	assert_int_equal(rest(open_file()), 0);
}

static void a_filter_lets_through_what_it_names(void **state)
{
	pcap_t *file;

	(void)state;
	snprintf(order.filter, sizeof(order.filter), "udp dst port 53 and greater 100");
	start();
	put(0, 1, 200, 53);
	put(0, 2, 60, 53);
	put(1, 3, 200, 54);
	put(1, 4, 300, 53);
	end();
	file = open_file();
	expect(file, 1, 200, 53);
	expect(file, 4, 300, 53);
	assert_int_equal(rest(file), 0);
	assert_int_equal(counts.frames, 2);
	assert_int_equal(counts.filtered, 2);
}

static void the_filter_is_asked_about_the_whole_length_of_a_cut_frame(void **state)
{
	pcap_t *file;

	(void)state;
	order.snap_len = 64;
	snprintf(order.filter, sizeof(order.filter), "greater 1000");
	start();
	put(0, 1, 999, 53);
	put(0, 2, 1500, 53);
	end();
	file = open_file();
	expect(file, 2, 1500, 53);
	assert_int_equal(rest(file), 0);
	assert_int_equal(counts.bytes, 1500);
}

static void assert_refused(int code, const char *words)
{
	struct capture *none = NULL;
	struct stat info;
	bool was = lstat(order.file, &info) == 0;

	assert_int_equal(capture_open(&config, &none, &error), -code);
	assert_null(none);
	if (!strstr(error.text, words))
		fail_msg("no '%s' in '%s'", words, error.text);
	assert_int_equal(lstat(order.file, &info) == 0, was);
}

static void what_can_not_be_is_refused_and_leaves_no_file(void **state)
{
	(void)state;
	snprintf(order.filter, sizeof(order.filter), "udp dst port nonsense-port");
	assert_refused(EINVAL, "nonsense-port");
	snprintf(order.filter, sizeof(order.filter), "udp and");
	assert_refused(EINVAL, "syntax error");
	order.filter[0] = '\0';
	order.snap_len = 13;
	assert_refused(EINVAL, "snaplen 13");
	order.snap_len = FRAME_LEN_MAX + 1;
	assert_refused(EINVAL, "snaplen");
	order.snap_len = 0;
	snprintf(order.file, sizeof(order.file), "frames");
	assert_refused(EINVAL, "absolute");
	snprintf(order.file, sizeof(order.file), "%s/none/frames", dir);
	assert_refused(ENOENT, "none/frames");
}

static void what_is_there_already_is_not_touched(void **state)
{
	struct stat info;
	char there[128];

	(void)state;
	snprintf(there, sizeof(there), "%s/there", dir);
	fclose(fopen(there, "w"));
	assert_int_equal(symlink(there, order.file), 0);
	assert_refused(EEXIST, "there already");
	assert_int_equal(stat(there, &info), 0);
	assert_int_equal(info.st_size, 0);
	unlink(order.file);
	assert_int_equal(symlink("dangling", order.file), 0);
	assert_refused(EEXIST, "there already");
	unlink(there);
}

static void a_file_is_for_its_owner_alone(void **state)
{
	mode_t old = umask(0);
	struct stat info;

	(void)state;
	start();
	umask(old);
	assert_int_equal(stat(order.file, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

static void it_ends_by_itself_with_as_many_as_were_wanted(void **state)
{
	unsigned i;

	(void)state;
	order.count = 3;
	snprintf(order.filter, sizeof(order.filter), "udp dst port 53");
	start();
	put(0, 1, 60, 54);
	for (i = 0; i < 5; i++)
		put(0, 2 + i, 60, 53);
	wait_until_ended();
	assert_int_equal(capture_read(capture, &counts, &err), CAPTURE_STATE_count);
	put(0, 9, 60, 53);
	assert_int_equal(end(), CAPTURE_STATE_count);
	assert_int_equal(counts.frames, 3);
	assert_int_equal(counts.filtered, 1);
	assert_int_equal(rest(open_file()), 3);
}

/* Its last block is whole, and what it says of the frames is what the file has. */
static void a_disk_that_is_full_ends_it_and_leaves_a_file_that_can_be_read(void **state)
{
	struct rlimit limit, small;
	unsigned i;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	start();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 30000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (i = 0; i < 100 && capture_read(capture, &counts, &err) == CAPTURE_STATE_running; i++) {
		put(0, i, 1000, 53);
		poll(NULL, 0, 1);
	}
	wait_until_ended();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(end(), CAPTURE_STATE_error);
	assert_int_equal(err, EFBIG);
	assert_int_equal(rest(open_file()), counts.frames);
}

static void what_is_lost_is_counted(void **state)
{
	const unsigned cnt = 20000;
	unsigned i;

	(void)state;
	order.count = 1;
	start();
	put(0, 1, 60, 53);
	wait_until_ended(); /* nobody takes them out any more */
	for (i = 0; i < cnt; i++)
		put(1, 2, 1500, 53);
	assert_true(capture_lost(capture_ring_of(capture, 1)) > 0);
	assert_int_equal(end(), CAPTURE_STATE_count);
	assert_int_equal(counts.lost, 0); /* of its time */
	unlink(order.file);

	order.count = 0;
	start();
	for (i = 0; i < cnt; i++)
		put(1, 2, 1500, 53);
	end();
	assert_int_equal(counts.frames + counts.lost, cnt);
	assert_int_equal(rest(open_file()), counts.frames);
}

static void all_pairs_of_a_port_find_room(void **state)
{
	unsigned i;

	(void)state;
	memset(order.filter, ' ', sizeof(order.filter) - 1);
	memcpy(order.filter, "udp", 3);
	config.vring_cnt = CAPTURE_VRINGS_MAX;
	for (i = 0; i < CAPTURE_VRINGS_MAX; i++)
		config.vrings[i] = i % 2 ? "tx15" : "rx15";
	start();
	for (i = 0; i < CAPTURE_VRINGS_MAX; i++)
		put(i, i, 1500, 53);
	end();
	assert_int_equal(rest(open_file()), CAPTURE_VRINGS_MAX);
}

#define FILE_TEST(body) cmocka_unit_test_setup_teardown(body, open_dir, close_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_says_the_byte_order_and_who_wrote_it),
		cmocka_unit_test(an_interface_has_a_name_nanoseconds_and_its_filter),
		cmocka_unit_test(a_frame_has_a_direction_and_a_comment),
		cmocka_unit_test(statistics_tell_of_the_lost),
		cmocka_unit_test(a_block_that_does_not_fit_leaves_all_as_it_was),
		cmocka_unit_test(a_comment_has_the_header_in_the_words_of_the_specification),
		FILE_TEST(frames_are_in_the_file_byte_by_byte_and_to_the_nanosecond),
		FILE_TEST(frames_of_all_vrings_are_in_the_order_of_their_times),
		FILE_TEST(a_frame_is_left_lying_until_it_is_settled),
		FILE_TEST(nothing_captured_is_a_file_too),
		FILE_TEST(a_filter_lets_through_what_it_names),
		FILE_TEST(the_filter_is_asked_about_the_whole_length_of_a_cut_frame),
		FILE_TEST(what_can_not_be_is_refused_and_leaves_no_file),
		FILE_TEST(what_is_there_already_is_not_touched),
		FILE_TEST(a_file_is_for_its_owner_alone),
		FILE_TEST(it_ends_by_itself_with_as_many_as_were_wanted),
		FILE_TEST(a_disk_that_is_full_ends_it_and_leaves_a_file_that_can_be_read),
		FILE_TEST(what_is_lost_is_counted),
		FILE_TEST(all_pairs_of_a_port_find_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
