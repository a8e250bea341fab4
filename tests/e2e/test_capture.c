/* SPDX-License-Identifier: BSD-3-Clause */
/* test_capture.c - a guest's frames in a file, as others read it.
 *
 * The guest knows what it sent and got; libpcap says byte by byte whether that is in
 * the file, and tshark reads what libpcap does not: comments, directions, names.
 * What the daemon answers and vringctl says is held to the contract.
 */
#include <fcntl.h>
#include <grp.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bed.h"

#define NOBODY 65534
#define FRAME_LARGEST (65535 + 14)
#define ETHER_LEN 14

static const struct net_form whole = { NET_WHOLE, false };

static char path[128];
static char output[262144];

/* ---- control ---- */

static const char *file_path(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", bed.daemon.dir, name);
	return path;
}

/* Takes `more`: filter, count, snaplen; or NULL. 0, or the error's code. */
static int start(const char *port, const char *name, json_t *more)
{
	json_t *order =
		json_pack("{s:s, s:s}", "port", port, "file", file_path(name));

	json_object_update(order, more);
	json_decref(more);
	return control_do(&bed.control, "capture.start", order);
}

static json_t *stop(const char *port)
{
	json_t *counts = control_call(&bed.control, "capture.stop",
				      json_pack("{s:s}", "port", port));

	if (!counts)
		fail_msg("capture.stop: %s", bed.control.text);
	return counts;
}

static void stop_with(const char *port, long long frames, long long bytes)
{
	json_t *counts = stop(port);

	assert_int_equal(control_int(counts, "frames"), frames);
	assert_int_equal(control_int(counts, "bytes"), bytes);
	assert_int_equal(control_int(counts, "lost"), 0);
	json_decref(counts);
}

/* The nth capture of capture.list, or NULL. */
static json_t *listed(size_t nth)
{
	json_t *list = control_call(&bed.control, "capture.list", NULL);
	json_t *capture = json_incref(
		json_array_get(json_object_get(list, "captures"), nth));

	json_decref(list);
	return capture;
}

static void expect_listed(const char *key, const char *value)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	json_t *capture;
	bool as_wanted;

	do {
		capture = listed(0);
		as_wanted = !strcmp(control_str(capture, key), value);
		json_decref(capture);
		if (as_wanted)
			return;
		bed_idle(2);
	} while (clock_now_ns() < end);
	fail_msg("%s did not become %s", key, value);
}

static void expect_frames(long long frames)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	long long now;
	json_t *capture;

	do {
		capture = listed(0);
		now = control_int(capture, "frames");
		json_decref(capture);
		if (now == frames)
			return;
		bed_idle(2);
	} while (clock_now_ns() < end);
	fail_msg("%lld frames in the file, not %lld", now, frames);
}

/* ---- guests ---- */

static struct net_guest *guest_of(unsigned int n, uint64_t without)
{
	struct net_config cfg = bed_net_config(n);
	struct net_guest *guest;

	cfg.frontend.features &= ~without;
	cfg.tx_buffer_len = NET_FRAME_MAX + 16;
	if (without & FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF))
		cfg.rx_buffer_len = NET_FRAME_MAX + 16;
	cfg.buffers_max = 128;
	guest = bed_guest(n, &cfg);
	net_offer(guest, RX0, 128);
	return guest;
}

static struct net_guest *echo_guest(void)
{
	bed_up((struct bed_config){ .peer = "echo" });
	return guest_of(0, 0);
}

static void round_trips(struct net_guest *guest, unsigned int cnt)
{
	unsigned int i;

	for (i = 0; i < cnt; i++)
		bed_round_trip(guest, 60 + i, i);
}

/* ---- files ---- */

static pcap_t *open_file(const char *name)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline(file_path(name), text);

	if (!file)
		fail_msg("%s", text);
	return file;
}

/* The next frame is the one of that length and seed, or its echo. */
static void expect(pcap_t *file, uint32_t len, uint32_t seed, bool echo)
{
	struct pcap_pkthdr *head;
	const unsigned char *data;

	assert_int_equal(pcap_next_ex(file, &head, &data), 1);
	assert_int_equal(head->len, len);
	assert_int_equal(head->caplen, len);
	net_frame_make(&bed_sent, len, seed);
	memcpy(bed_got.data, data, len);
	bed_got.len = len;
	if (echo)
		assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	else
		assert_memory_equal(data, bed_sent.data, len);
}

/* How many frames there are still; the file ends where a block does. */
static unsigned int rest(pcap_t *file)
{
	struct pcap_pkthdr *head;
	const unsigned char *data;
	unsigned int cnt = 0;
	int more;

	while ((more = pcap_next_ex(file, &head, &data)) == 1)
		cnt++;
	if (more != PCAP_ERROR_BREAK)
		fail_msg("%s", pcap_geterr(file));
	pcap_close(file);
	return cnt;
}

static void tshark(const char *name, const char *fields)
{
	if (shell("tshark -n -r %s -T fields -E separator=';' %s 2>&1 "
		  "| grep -v 'Running as user'",
		  file_path(name), fields))
		fail_msg("tshark: %s", shell_output);
}

/* ---- what is in a file ---- */

static void frames_are_what_the_guest_sent_and_got(void **state)
{
	static const uint32_t lens[] = { 60, 61, 1514, 9014, FRAME_LARGEST };
	const unsigned int cnt = sizeof(lens) / sizeof(lens[0]);
	struct net_guest *guest = echo_guest();
	long long bytes = 0;
	unsigned int i;
	pcap_t *file;

	(void)state;
	bed_round_trip(guest, 60, 77); /* before: nobody asked for it */
	assert_int_equal(start("vm0", "f", NULL), 0);
	for (i = 0; i < cnt; i++) {
		bed_round_trip(guest, lens[i], i);
		bytes += 2 * lens[i];
	}
	bed_reconnect(guest);
	bed_round_trip(guest, 62, cnt);
	stop_with("vm0", 2 * cnt + 2, bytes + 2 * 62);
	bed_round_trip(guest, 60, 78); /* nor for this */

	file = open_file("f");
	for (i = 0; i < cnt; i++) {
		expect(file, lens[i], i, false);
		expect(file, lens[i], i, true);
	}
	expect(file, 62, cnt, false);
	expect(file, 62, cnt, true);
	assert_int_equal(rest(file), 0);
	bed_check_accounts();
}

/* As Linux leaves it to its device. */
static void make_tso(struct net_frame *frame)
{
	static const unsigned char headers[] =
		"\x08\x00\x45\x00\x0f\x96\x00\x00\x40\x00\x40\x06\x00\x00"
		"\x0a\x00\x00\x01\x0a\x00\x00\x02\x12\x34\x00\x50\0\0\0\1"
		"\0\0\0\1\x50\x10\xff\xff\x12\x34\0\0";

	net_frame_make(frame, 4004, 5);
	memcpy(frame->data + 12, headers, sizeof(headers) - 1);
	frame->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame->hdr.csum_start = 34;
	frame->hdr.csum_offset = 16;
	frame->hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	frame->hdr.gso_size = 1448;
	frame->hdr.hdr_len = 54;
}

/* The next line of tshark's output; empty behind the last. */
static char *next_line(char **at)
{
	char *line = *at;
	char *end = strchr(line, '\n');

	if (!end)
		end = line + strlen(line);
	*at = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* "vm0/tx0;outbound;60;head=17 ...;payload" with a head of the ring. */
static void expect_line(char **at, const char *front, const char *back)
{
	const char *line = next_line(at);
	unsigned int head = 0;
	int until = 0;
	char want[64];

	snprintf(want, sizeof(want), "%shead=%%u%%n", front);
	if (sscanf(line, want, &head, &until) != 1 || head >= 256 ||
	    strcmp(line + until, back) != 0)
		fail_msg("'%s' is not '%shead=N%s'", line, front, back);
}

static void expect_payload(const char *line, const struct net_frame *frame)
{
	char hex[3];
	uint32_t i;

	for (i = ETHER_LEN; i < frame->len; i++) {
		snprintf(hex, sizeof(hex), "%02x", frame->data[i]);
		if (strncmp(line + 2 * (i - ETHER_LEN), hex, 2) != 0)
			fail_msg("byte %u is not %s", i, hex);
	}
	assert_int_equal(strlen(line), 2 * (frame->len - ETHER_LEN));
}

static void tshark_reads_heads_headers_and_directions(void **state)
{
	struct net_guest *guest = echo_guest();
	char *at = shell_output;

	(void)state;
	assert_int_equal(start("vm0", "f", NULL), 0);
	bed_round_trip(guest, 100, 3);
	make_tso(&bed_sent);
	assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_int_equal(bed_got.buffer_cnt, 2);
	stop_with("vm0", 4, 2 * 100 + 2 * 4004);

	tshark("f", "-e frame.interface_name -e frame.packet_flags_direction "
		    "-e frame.len -e tcp.len -e frame.comment");
	expect_line(&at, "vm0/tx0;0x00000002;100;;",
		    " vring=tx0(1) flags=0 gso=NONE gso_size=0 hdr_len=0 "
		    "csum_start=0 csum_offset=0");
	expect_line(&at, "vm0/rx0;0x00000001;100;;",
		    " vring=rx0(0) flags=0 gso=NONE gso_size=0 hdr_len=0 "
		    "csum_start=0 csum_offset=0 num_buffers=1");
	expect_line(&at, "vm0/tx0;0x00000002;4004;3950;",
		    " vring=tx0(1) flags=NEEDS_CSUM gso=TCPV4 gso_size=1448 "
		    "hdr_len=54 csum_start=34 csum_offset=16");
	expect_line(&at, "vm0/rx0;0x00000001;4004;3950;",
		    " vring=rx0(0) flags=NEEDS_CSUM gso=TCPV4 gso_size=1448 "
		    "hdr_len=54 csum_start=34 csum_offset=16 num_buffers=2");
	assert_string_equal(at, "");

	tshark("f", "-e data.data -c 1");
	at = shell_output;
	net_frame_make(&bed_sent, 100, 3);
	expect_payload(next_line(&at), &bed_sent);
}

static void both_ends_of_a_wire_are_captured_at_once(void **state)
{
	static const uint32_t lens[] = { 60, 1514, FRAME_LARGEST };
	struct net_guest *a, *b;
	unsigned int i;
	pcap_t *file;

	(void)state;
	bed_up((struct bed_config){
		.option = { "--wire", "vm0,vm1", "--workers", "0,1" } });
	a = guest_of(0, 0);
	b = guest_of(1, FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF));
	assert_int_equal(start("vm0", "a", NULL), 0);
	assert_int_equal(start("vm1", "b", NULL), 0);
	for (i = 0; i < 300; i++) {
		net_frame_make(&bed_sent, lens[i % 3], i);
		assert_int_equal(net_send(a, TX0, &bed_sent, whole), 0);
		assert_true(net_wait_frame(b, RX0, &bed_got, BED_WAIT_MS));
		assert_int_equal(net_wait_sent(a, TX0, 1, BED_WAIT_MS), 1);
		net_offer(b, RX0, 1);
		if (i % 60 == 59) /* or some may be lost */
			expect_frames(i + 1);
	}
	json_decref(stop("vm0"));
	json_decref(stop("vm1"));
	for (i = 0; i < 2; i++) {
		file = open_file(i ? "b" : "a");
		expect(file, 60, 0, false);
		expect(file, 1514, 1, false);
		expect(file, FRAME_LARGEST, 2, false);
		assert_int_equal(rest(file), 297);
	}
}

static void a_filter_and_a_count_choose(void **state)
{
	struct net_guest *guest = echo_guest();
	json_t *counts;
	pcap_t *file;

	(void)state;
	assert_int_equal(start("vm0", "f",
			       json_pack("{s:s, s:i}", "filter",
					 "ether src 52:54:00:00:00:01 and "
					 "greater 62",
					 "count", 3)),
			 0);
	round_trips(guest, 10);
	expect_listed("state", "count");
	counts = stop("vm0");
	assert_int_equal(control_int(counts, "frames"), 3);
	assert_int_equal(control_int(counts, "bytes"), 62 + 63 + 64);
	assert_true(control_int(counts, "filtered") >= 2);
	assert_string_equal(control_str(counts, "state"), "count");
	json_decref(counts);
	file = open_file("f");
	expect(file, 62, 2, false);
	expect(file, 63, 3, false);
	expect(file, 64, 4, false);
	assert_int_equal(rest(file), 0);
}

/* ---- what the daemon does of it ---- */

static void what_can_not_be_captured_is_refused(void **state)
{
	struct stat info;

	(void)state;
	echo_guest();
	assert_int_equal(start("vm0", "f", NULL), 0);
	assert_int_equal(start("vm0", "g", NULL), CONTROL_BUSY);
	assert_non_null(strstr(bed.control.text, "already"));
	stop_with("vm0", 0, 0);
	assert_int_equal(start("vm0", "f", NULL), CONTROL_EXISTS);
	assert_int_equal(start("vm0", "log", NULL), CONTROL_EXISTS);
	assert_int_equal(start("vm7", "g", NULL), CONTROL_NO_OBJECT);
	assert_int_equal(start("peer0", "g", NULL), CONTROL_REFUSED);
	assert_int_equal(start("vm0", "none/g", NULL), CONTROL_NO_OBJECT);
	assert_int_equal(
		start("vm0", "g", json_pack("{s:s}", "filter", "udp prot 5")),
		CONTROL_BAD_PARAMS);
	assert_non_null(strstr(bed.control.text, "syntax error"));
	assert_int_equal(control_do(&bed.control, "capture.start",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "file", "relative")),
			 CONTROL_BAD_PARAMS);
	assert_int_equal(control_do(&bed.control, "capture.stop",
				    json_pack("{s:s}", "port", "vm0")),
			 CONTROL_NO_OBJECT);
	assert_int_equal(stat(file_path("g"), &info), -1);
	assert_null(listed(0));
}

/* What nobody's process is told: its code is the exit status. */
static int code_for_nobody(const char *method, json_t *params)
{
	struct control client;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ||
		    control_open(&client, bed.daemon.control))
			_exit(255);
		_exit(control_do(&client, method, params));
	}
	json_decref(params);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void who_does_not_own_the_daemon_sees_no_frames(void **state)
{
	struct stat info;

	(void)state;
	echo_guest();
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(bed.daemon.dir, 0777), 0);
	assert_int_equal(chmod(bed.daemon.control, 0666), 0);
	assert_int_equal(code_for_nobody("capture.start",
					 json_pack("{s:s, s:s}", "port", "vm0",
						   "file", file_path("f"))),
			 CONTROL_REFUSED);
	assert_int_equal(stat(path, &info), -1);
	assert_int_equal(start("vm0", "f", NULL), 0);
	assert_int_equal(code_for_nobody("capture.stop",
					 json_pack("{s:s}", "port", "vm0")),
			 CONTROL_REFUSED);
	assert_int_equal(code_for_nobody("capture.list", NULL), 0);
	assert_int_equal(stat(file_path("f"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	stop_with("vm0", 0, 0);
}

static bool holds_memory_for_frames(void)
{
	char line[512];
	bool found = false;
	FILE *maps;

	snprintf(line, sizeof(line), "/proc/%d/maps", bed.daemon.pid);
	maps = fopen(line, "r");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		found |= strstr(line, "vringd-capture") != NULL;
	fclose(maps);
	return found;
}

static void nothing_is_left_of_one_that_ended(void **state)
{
	struct net_guest *guest = echo_guest();
	unsigned int fds = bed_fd_cnt();
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		assert_int_equal(start("vm0", "f", NULL), 0);
		assert_true(holds_memory_for_frames());
		round_trips(guest, 3);
		stop_with("vm0", 6, 2 * (60 + 61 + 62));
		assert_false(holds_memory_for_frames());
		assert_int_equal(unlink(file_path("f")), 0);
		round_trips(guest, 3);
	}
	assert_int_equal(bed_fd_cnt(), fds);
}

static void a_port_that_goes_takes_its_capture_along(void **state)
{
	struct net_guest *guest = echo_guest();
	json_t *counts;

	(void)state;
	assert_int_equal(start("vm0", "f", NULL), 0);
	round_trips(guest, 5);
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "vm0")),
			 0);
	assert_false(holds_memory_for_frames());
	assert_int_equal(rest(open_file("f")), 10);
	counts = stop("vm0");
	assert_string_equal(control_str(counts, "state"), "port");
	assert_int_equal(control_int(counts, "frames"), 10);
	json_decref(counts);
	assert_null(listed(0));
}

/* One more than there may be at once, all of which have ended. */
static void those_that_ended_are_kept_as_long_as_there_is_place(void **state)
{
	char name[16], spec[160];
	json_t *first;
	int i;

	(void)state;
	bed_up((struct bed_config){ .guests = 1 });
	for (i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		snprintf(spec, sizeof(spec),
			 "%s,type=vhost-user,socket=%s/%s.sock", name,
			 bed.daemon.dir, name);
		assert_int_equal(control_do(&bed.control, "port.add",
					    json_pack("{s:s}", "spec", spec)),
				 0);
		if (i == 8)
			assert_int_equal(start(name, name, NULL), CONTROL_BUSY);
		else
			assert_int_equal(start(name, name, NULL), 0);
	}
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "x3")),
			 0);
	assert_int_equal(start("x8", "x8", NULL), 0);
	first = listed(7);
	assert_string_equal(control_str(first, "port"), "x8");
	json_decref(first);
	assert_null(listed(8));
}

/* ---- vringctl ---- */

static pid_t ctl_started(const char *args)
{
	pid_t pid = fork();
	char command[512];

	if (pid)
		return pid;
	snprintf(command, sizeof(command),
		 "cd %s && exec \"$VRINGCTL\" --control %s %s >out 2>&1",
		 bed.daemon.dir, bed.daemon.control, args);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/* Its exit status, and what it said in `output`. */
static int ctl_ended(pid_t pid)
{
	int status = -1;
	size_t len;
	FILE *out;

	waitpid(pid, &status, 0);
	out = fopen(file_path("out"), "r");
	assert_non_null(out);
	len = fread(output, 1, sizeof(output) - 1, out);
	output[len] = '\0';
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void vringctl_writes_until_it_is_interrupted_or_has_enough(void **state)
{
	struct net_guest *guest = echo_guest();
	pid_t ctl;

	(void)state;
	ctl = ctl_started("capture vm0 f --filter 'greater 61'");
	expect_listed("state", "running");
	round_trips(guest, 5);
	expect_frames(8);
	kill(ctl, SIGINT);
	assert_int_equal(ctl_ended(ctl), 0);
	assert_non_null(strstr(output, "vm0: 8 frames, 500 bytes"));
	assert_non_null(strstr(output, "2 filtered out, 0 lost"));
	assert_int_equal(rest(open_file("f")), 8);
	assert_null(listed(0));

	ctl = ctl_started("--json capture vm0 g -n 3");
	expect_listed("state", "running");
	round_trips(guest, 5);
	assert_int_equal(ctl_ended(ctl), 0);
	assert_non_null(strstr(output, "\"frames\": 3"));
	assert_int_equal(rest(open_file("g")), 3);
}

static void vringctl_says_what_went_wrong(void **state)
{
	pid_t ctl;

	(void)state;
	echo_guest();
	assert_int_equal(ctl_ended(ctl_started("capture vm0")), 2);
	assert_int_equal(ctl_ended(ctl_started("capture vm0 f -n 0")), 2);
	assert_int_equal(ctl_ended(ctl_started("show --filter arp")), 2);
	assert_int_equal(ctl_ended(ctl_started("capture vm7 /f")), 1);
	assert_non_null(strstr(output, "no port vm7"));
	assert_int_equal(start("vm0", "f", NULL), 0);
	assert_int_equal(ctl_ended(ctl_started("capture vm0 /f")), 1);
	assert_non_null(strstr(output, "--stop"));
	assert_int_equal(ctl_ended(ctl_started("capture vm0 --stop")), 0);
	assert_non_null(strstr(output, "vm0: 0 frames"));
	ctl = ctl_started("capture vm0 g");
	expect_listed("state", "running");
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "vm0")),
			 0);
	assert_int_equal(ctl_ended(ctl), 1);
	assert_non_null(strstr(output, "removed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(frames_are_what_the_guest_sent_and_got),
		BED_PACKED(frames_are_what_the_guest_sent_and_got),
		BED_TEST(tshark_reads_heads_headers_and_directions),
		BED_TEST(both_ends_of_a_wire_are_captured_at_once),
		BED_TEST(a_filter_and_a_count_choose),
		BED_TEST(what_can_not_be_captured_is_refused),
		BED_TEST(who_does_not_own_the_daemon_sees_no_frames),
		BED_TEST(nothing_is_left_of_one_that_ended),
		BED_TEST(a_port_that_goes_takes_its_capture_along),
		BED_TEST(those_that_ended_are_kept_as_long_as_there_is_place),
		BED_TEST(vringctl_writes_until_it_is_interrupted_or_has_enough),
		BED_TEST(vringctl_says_what_went_wrong),
	};

	return BED_RUN(tests);
}
