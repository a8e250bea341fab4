/* SPDX-License-Identifier: BSD-3-Clause */
/* test_memif.c - a guest and another DPDK program, by net_memif.
 *
 * The other one is dpdk-testpmd, which sends each frame back with its MAC addresses
 * swapped, as a port of type echo does. A second guest, on an echo port, must not notice
 * what becomes of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bed.h"

#define TRIPS 200
#define LIVES 5
#define PEER_START_MS 20000
#define FIRST_LEN 61	/* of frames that look for the peer */
#define QUIET_MS 100	/* no more of their echoes */
#define BUFFER_LEN 2048 /* of a memif */

static const struct net_form whole = { NET_WHOLE, false };
static char socket_path[64];
static pid_t peer;
static int peer_stdin = -1; /* testpmd ends with it */

/* ---- the other program ---- */

static void become_peer(int in)
{
	char memif[160], lcores[64], prefix[64];
	long last = sysconf(_SC_NPROCESSORS_CONF) - 1;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	snprintf(memif, sizeof(memif),
		 "net_memif0,role=client,socket-abstract=no,socket=%s",
		 socket_path);
	snprintf(lcores, sizeof(lcores), "0@(0-%ld),1@(0-%ld)", last, last);
	snprintf(prefix, sizeof(prefix), "vringd-peer-%d", (int)getpid());
	execlp("dpdk-testpmd", "dpdk-testpmd", "--lcores", lcores, "--no-pci",
	       "--no-huge", "--no-shconf", "--no-telemetry", "-m", "64",
	       "--file-prefix", prefix, "--vdev", memif, "--",
	       "--forward-mode=macswap", "--auto-start", "--disable-link-check",
	       "--no-mlockall", "--total-num-mbufs=2048", "--no-flush-rx",
	       (char *)NULL);
	_exit(127);
}

static void start_peer(void)
{
	int in[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	peer = fork();
	assert_true(peer >= 0);
	if (peer == 0)
		become_peer(in[0]);
	close(in[0]);
	peer_stdin = in[1];
}

static void kill_peer(void)
{
	if (peer > 0) {
		kill(peer, SIGKILL);
		waitpid(peer, NULL, 0);
	}
	if (peer_stdin >= 0)
		close(peer_stdin);
	peer = 0;
	peer_stdin = -1;
}

/* ---- the bed ---- */

static struct net_guest *guest_on_memif(void)
{
	static char memif[160];
	struct net_guest *guest;
	struct net_config cfg;

	snprintf(socket_path, sizeof(socket_path), "/tmp/vringd-memif.%d",
		 (int)getpid());
	snprintf(memif, sizeof(memif),
		 "net_memif0,role=server,socket-abstract=no,socket=%s",
		 socket_path);
	bed_up((struct bed_config){
		.option = { "--port", "nic,type=ethdev,dev=net_memif0",
			    "--wire", "vm0,nic", "--port", "echo1,type=echo",
			    "--wire", "vm1,echo1", "--", "--vdev", memif } });
	cfg = bed_net_config(0);
	cfg.tx_buffer_len = 4096;
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 128);
	return guest;
}

/* The daemon takes its socket away. */
static int memif_down(void **state)
{
	int err;

	kill_peer();
	err = bed_down(state);
	return unlink(socket_path) == 0 ? -1 : err;
}

static void take_sent(struct net_guest *guest)
{
	const struct net_buffers *buffers = &guest->buffers[TX0];

	while (buffers->free_cnt < buffers->cnt)
		assert_true(net_wait_sent(guest, TX0, 1, BED_WAIT_MS) > 0);
}

/* An echo of its own life: those of the one before have another length. */
static bool first_echo(struct net_guest *guest)
{
	bool came = net_wait_frame(guest, RX0, &bed_got, 10);

	if (came)
		net_offer(guest, RX0, bed_got.buffer_cnt);
	return came && bed_got.len == FIRST_LEN;
}

/* Until it is there, frames are lost. */
static void wait_for_peer(struct net_guest *guest)
{
	uint64_t end = clock_now_ns() + PEER_START_MS * NS_PER_MS;

	do {
		assert_true(clock_now_ns() < end);
		net_frame_make(&bed_sent, FIRST_LEN, 0);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		take_sent(guest);
	} while (!first_echo(guest));
	while (net_wait_frame(guest, RX0, &bed_got, QUIET_MS))
		net_offer(guest, RX0, bed_got.buffer_cnt);
}

/* As many frames as there is room for, whether they come back or not. */
static void flood(struct net_guest *guest, uint64_t ms)
{
	uint64_t end = clock_now_ns() + ms * NS_PER_MS;

	net_frame_make(&bed_sent, 1500, 7);
	while (clock_now_ns() < end) {
		net_stage(guest, TX0, &bed_sent, whole);
		net_flush(guest, TX0);
		net_reap_sent(guest, TX0);
		while (net_receive(guest, RX0, &bed_got))
			net_offer(guest, RX0, bed_got.buffer_cnt);
	}
}

/* ---- tests ---- */

static void frames_go_both_ways(void **state)
{
	struct net_guest *guest = guest_on_memif();
	uint32_t i;

	(void)state;
	start_peer();
	wait_for_peer(guest);
	for (i = 0; i < TRIPS; i++)
		bed_round_trip(guest, 60 + i * 7 % 1455, i);
	bed_check_accounts();
}

/* What would take two buffers is not sent: the driver has a bug there, and frames
 * after it would come in pieces. */
static void what_is_longer_than_a_buffer_is_counted(void **state)
{
	struct net_guest *guest = guest_on_memif();
	uint32_t i;

	(void)state;
	start_peer();
	wait_for_peer(guest);
	for (i = 0; i < 10; i++) {
		net_frame_make(&bed_sent, BUFFER_LEN + 1 + i, i);
		assert_int_equal(net_send(guest, TX0, &bed_sent, whole), 0);
		take_sent(guest);
	}
	bed_expect("tx0", "counters.drops.oversize", 10);
	bed_round_trip(guest, BUFFER_LEN, i);
}

/* The memory that is shared with it goes away while the worker is in it. */
static void a_peer_that_dies_and_returns_costs_nobody_else(void **state)
{
	struct net_guest *guest = guest_on_memif();
	struct net_config cfg = bed_net_config(1);
	struct net_guest *other = bed_guest(1, &cfg);
	uint32_t life, i;

	(void)state;
	net_offer(other, RX0, 64);
	for (life = 0; life < LIVES; life++) {
		start_peer();
		wait_for_peer(guest);
		bed_round_trip(guest, 1000, life);
		flood(guest, 10);
		kill(peer, SIGKILL);
		flood(guest, 20);
		kill_peer();
		assert_true(daemon_alive(&bed.daemon));
		for (i = 0; i < 50; i++)
			bed_round_trip(other, 60 + i, i);
		take_sent(guest);
	}
	bed_check_accounts();
}

int main(void)
{
	struct CMUnitTest tests[] = {
		BED_TEST(frames_go_both_ways),
		BED_PACKED(frames_go_both_ways),
		BED_TEST(what_is_longer_than_a_buffer_is_counted),
		BED_TEST(a_peer_that_dies_and_returns_costs_nobody_else),
	};
	unsigned int i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].teardown_func = memif_down;
	return BED_RUN(tests);
}
