/* SPDX-License-Identifier: BSD-3-Clause */
/* test_telemetry.c - DPDK's own telemetry client asks a live daemon.
 *
 * dpdk-telemetry.py connects to the socket in the runtime folder of the daemon; each
 * daemon has one of its own. What must stay true: the daemon's end is not held up by
 * who is connected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bed.h"

#define STALL_MS 50

/* The answers to commands, one a line, in their order, by the daemon with that
 * process. */
static json_t *ask_of(pid_t pid, const char *commands)
{
	json_t *answers = json_array(), *answer;
	char line[16384];
	FILE *pipe;

	snprintf(line, sizeof(line),
		 "echo '%s' | timeout 20 /usr/bin/python3 "
		 "\"$(command -v dpdk-telemetry.py)\" -f vringd-%d 2>&1",
		 commands, (int)pid);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe)) {
		answer = json_loads(line, 0, NULL);
		if (!answer)
			fail_msg("%s", line);
		json_array_append(answers, json_object_iter_value(
						   json_object_iter(answer)));
		json_decref(answer);
	}
	pclose(pipe);
	return answers;
}

static json_t *ask(const char *commands)
{
	return ask_of(bed.daemon.pid, commands);
}

static void expect_all_null(json_t *answers, size_t from, size_t cnt)
{
	assert_int_equal(json_array_size(answers), from + cnt);
	for (; from < json_array_size(answers); from++)
		assert_true(json_is_null(json_array_get(answers, from)));
}

static struct net_guest *with_guest(const char *option)
{
	struct net_guest *guest;
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = "echo",
				    .stall_after_ms = STALL_MS,
				    .option = { option } });
	assert_int_equal(control_do(&bed.control, "version", NULL), 0);
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);
	bed_check_accounts();
	return guest;
}

/* Every number of @wanted, by its name and @prefix. */
static void expect_numbers(json_t *got, json_t *wanted, const char *prefix)
{
	const char *key;
	json_t *value;
	char name[128];

	json_object_foreach(wanted, key, value) {
		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (json_is_integer(value) &&
		    control_int(got, name) != json_integer_value(value))
			fail_msg("%s is %lld, not %lld", name,
				 control_int(got, name),
				 (long long)json_integer_value(value));
	}
}

/* A forced call may be made while the client starts, but not each time. */
static json_t *answers_of_the_moment(json_t **vring)
{
	json_t *answers, *before, *after;
	int tries;
	bool moved;

	for (tries = 0; tries < 5; tries++) {
		before = control_vring(&bed.control, "vm0", "tx0");
		answers = ask("/vringd/vring,vm0,1\n/vringd/ports\n"
			      "/vringd/port,vm0\n/vringd/port,peer0\n"
			      "/vringd/port,vm9\n/vringd/port\n"
			      "/vringd/vring,vm0,2\n/vringd/vring,vm0,x\n"
			      "/vringd/vring,peer0,0\n/vringd/vring,vm0");
		after = control_vring(&bed.control, "vm0", "tx0");
		moved = !json_equal(json_object_get(before, "counters"),
				    json_object_get(after, "counters"));
		*vring = after;
		json_decref(before);
		if (!moved)
			return answers;
		json_decref(after);
		json_decref(answers);
	}
	fail_msg("the vring does not stand still");
	return NULL;
}

static void expect_ports(json_t *answers)
{
	json_t *names = json_array_get(answers, 1);
	json_t *vm0 = json_array_get(answers, 2);

	assert_int_equal(json_array_size(names), 4);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "vm0");
	assert_string_equal(control_str(vm0, "type"), "vhost-user");
	assert_string_equal(control_str(vm0, "wired_to"), "peer0");
	assert_int_equal(control_int(vm0, "connected"), 1);
	assert_string_equal(control_str(json_array_get(answers, 3), "type"),
			    "echo");
}

static void ports_and_vrings_are_those_of_the_control_socket(void **state)
{
	static const char *const positions[] = { "index",     "size",
						 "next_used", "decided_used",
						 "backlog",   "next_avail" };
	json_t *answers, *answer, *vring;
	unsigned int i;

	(void)state;
	with_guest(NULL);
	answers = answers_of_the_moment(&vring);
	expect_ports(answers);
	expect_all_null(answers, 4, 6);
	answer = json_array_get(answers, 0);
	expect_numbers(answer, json_object_get(vring, "counters"), "");
	expect_numbers(answer, control_at(vring, "counters.drops"), "drops_");
	expect_numbers(answer, control_at(vring, "counters.faults"), "faults_");
	for (i = 0; i < sizeof(positions) / sizeof(positions[0]); i++)
		assert_int_equal(control_int(answer, positions[i]),
				 control_int(vring, positions[i]));
	assert_string_equal(control_str(answer, "state"), "running");
	assert_string_equal(control_str(answer, "layout"),
			    bed_is_packed() ? "packed" : "split");
	assert_int_equal(control_int(answer, "packets"), 1);
	json_decref(answers);
	json_decref(vring);
}

static void a_stalled_vring_is_among_the_stalls(void **state)
{
	struct net_guest *guest = with_guest("--no-force");
	struct driver *driver = &guest->fe.vring[TX0].driver;
	json_t *answers, *answer, *vrings;

	(void)state;
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	bed_use_tx(guest, driver_room(driver));
	bed_expect_str("tx0", "health", "stalled");
	answers = ask("/vringd/stalls");
	answer = json_array_get(answers, 0);
	vrings = json_object_get(answer, "vrings");
	assert_true(control_int(answer, "stalls") >= 1);
	assert_int_equal(control_int(answer, "stalls_revived"), 0);
	assert_int_equal(control_int(answer, "stalled"),
			 json_array_size(vrings));
	assert_string_equal(json_string_value(json_array_get(
				    vrings, json_array_size(vrings) - 1)),
			    "vm0/tx0 stalled");
	json_decref(answers);
}

static size_t port_cnt(pid_t pid)
{
	json_t *answers = ask_of(pid, "/vringd/ports");
	size_t cnt = json_array_size(json_array_get(answers, 0));

	json_decref(answers);
	return cnt;
}

/* Where DPDK has its socket, as its client finds it. */
static int telemetry_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const char *base = getenv("RUNTIME_DIRECTORY");

	if (!base)
		base = getuid() ? getenv("XDG_RUNTIME_DIR") : "/var/run";
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "%.60s/dpdk/vringd-%d/dpdk_telemetry.v2", base ? base : "/tmp",
		 (int)bed.daemon.pid);
	assert_int_equal(
		connect(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	return sock;
}

/* The teardown looks at the daemon's end, and at what it leaves behind. */
static void two_daemons_do_not_meet_and_end_whoever_is_connected(void **state)
{
	struct daemon other;
	int sock, i;

	(void)state;
	bed_up((struct bed_config){ 0 });
	assert_int_equal(daemon_init(&other), 0);
	daemon_arg(&other, "--port");
	daemon_arg(&other, "sink,type=null");
	assert_int_equal(daemon_start(&other), 0);
	assert_int_equal(port_cnt(other.pid), 1);
	assert_int_equal(daemon_stop(&other), 0);
	assert_int_equal(port_cnt(bed.daemon.pid), 2);

	sock = telemetry_client();
	for (i = 0; i < 50; i++)
		send(sock, "/vringd/stalls", 14, MSG_NOSIGNAL | MSG_DONTWAIT);
	assert_int_equal(control_do(&bed.control, "version", NULL), 0);
	close(sock);
	telemetry_client();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(ports_and_vrings_are_those_of_the_control_socket),
		BED_PACKED(ports_and_vrings_are_those_of_the_control_socket),
		BED_TEST(a_stalled_vring_is_among_the_stalls),
		BED_TEST(two_daemons_do_not_meet_and_end_whoever_is_connected),
	};

	return BED_RUN(tests);
}
