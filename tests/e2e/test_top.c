/* SPDX-License-Identifier: BSD-3-Clause */
/* test_top.c - `vringctl top` on a terminal: what it shows, and what it leaves.
 *
 * A daemon with a scripted guest on vm0 and nobody on vm1; the keys are pressed
 * and the screen is read by tmux. What the sums and the order are is tested in
 * tests/unit/test_top_*.c, without a terminal.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bed.h"
#include "terminal.h"

#define INTERVAL "0.1"
#define FIRST_ROW 5 /* of the list */

static int top_down(void **state)
{
	terminal_close();
	return bed_down(state);
}

#define TOP_TEST(f)                                     \
	{                                               \
#f, f, bed_choose, top_down, &bed_split \
	}

static struct net_guest *guest_of(const char *peer, const char *option)
{
	struct net_config cfg;

	bed_up((struct bed_config){
		.peer = peer, .stall_after_ms = 100, .option = { option } });
	cfg = bed_net_config(0);
	return bed_guest(0, &cfg);
}

/* It has sent one frame and got its echo. */
static struct net_guest *echoed_guest(void)
{
	struct net_guest *guest = guest_of("echo", NULL);

	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 60, 1);
	return guest;
}

/* Runs it, with settings of the environment before it, until the list is there.
 * Its process is in the file "pid". */
static void top(const char *environment)
{
	terminal_run("%s sh -c \"echo \\$\\$ >%s/pid; exec $VRINGCTL --control "
		     "%s top -i " INTERVAL "\"; echo \"status $?\"",
		     environment, bed.daemon.dir, bed.daemon.control);
	terminal_wait("vm0/tx0");
}

static pid_t top_pid(void)
{
	char path[128];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pid", bed.daemon.dir);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

/* Line @nth of the screen, from 0. */
static const char *line(unsigned int nth)
{
	static char text[512];
	const char *at = terminal_screen();

	for (; nth > 0; nth--) {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	}
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
	return text;
}

static void assert_line(unsigned int nth, const char *begin)
{
	const char *is = line(nth);

	if (strncmp(is, begin, strlen(begin)) != 0)
		fail_msg("line %u is \"%s\", not \"%s...\"", nth, is, begin);
}

/* Waits until line @nth begins so. */
static void wait_line(unsigned int nth, const char *begin)
{
	uint64_t end = clock_now_ns() + TERMINAL_WAIT_MS * NS_PER_MS;

	while (strncmp(line(nth), begin, strlen(begin)) != 0 &&
	       clock_now_ns() < end)
		bed_idle(20);
	assert_line(nth, begin);
}

/* Four vrings, and a row is a line. */
static void assert_list_of_80(void)
{
	static const char *const rows[] = {
		"total ",
		"vm0/rx0   0 ",
		"vm0/tx0   1 ",
		"vm1/rx0   0 absent",
		"vm1/tx0   1 absent",
	};
	unsigned int i;

	wait_line(23, "h help"); /* is drawn last */
	assert_line(3, "VRING   IDX STATE");
	for (i = 0; i < 5; i++)
		assert_line(FIRST_ROW - 1 + i, rows[i]);
	assert_line(FIRST_ROW + 4, "");
	for (i = 0; i < 24; i++)
		assert_true(strlen(line(i)) <= 80);
}

/* Traffic until the screen tells of it. */
static void wait_for_packets(struct net_guest *guest)
{
	uint64_t end = clock_now_ns() + TERMINAL_WAIT_MS * NS_PER_MS;
	double packets = 0;

	while (packets < 1 && clock_now_ns() < end) {
		bed_round_trip(guest, 60, 2);
		(void)sscanf(line(FIRST_ROW + 1), "vm0/tx0 1 %*s %lf",
			     &packets);
	}
	if (packets < 1)
		fail_msg("there are no packets on\n%s", terminal_screen());
}

static void the_list_is_sorted_and_filtered(void **state)
{
	struct net_guest *guest = echoed_guest();

	(void)state;
	terminal_open(80, 24);
	top("");
	assert_list_of_80();
	terminal_wait("4 vrings, none ill");
	terminal_wait("workers  0 ");
	wait_for_packets(guest);
	terminal_type("r");
	wait_line(FIRST_ROW, "vm1/tx0");
	terminal_type("e");
	wait_line(FIRST_ROW, "vm0/rx0");
	wait_line(2, "sorted by STATE");
	terminal_type("/vm1");
	terminal_press("Enter");
	wait_line(FIRST_ROW, "vm1/rx0");
	terminal_wait("2 of 4 match 'vm1'");
	terminal_wait_gone("vm0/rx0");
	terminal_press("Escape");
	terminal_wait("vm0/rx0");
	terminal_type("?");
	terminal_wait("Columns, and the key");
	terminal_press("Escape");
	terminal_wait("sorted by");
}

/* The key again and again, as fast as the screen follows. */
static void type_until(const char *key, const char *text)
{
	uint64_t end = clock_now_ns() + TERMINAL_WAIT_MS * NS_PER_MS;

	while (!strstr(terminal_screen(), text) && clock_now_ns() < end) {
		terminal_type(key);
		bed_idle(20);
	}
	terminal_wait(text);
}

static void the_past_is_held_while_samples_are_taken(void **state)
{
	struct net_guest *guest = echoed_guest();

	(void)state;
	terminal_open(80, 24);
	top("");
	terminal_press("Down"); /* of rows that stand in the order of names */
	terminal_press("Enter");
	terminal_wait("vm0/tx0 (vring 1)");
	terminal_wait("packets 1 ");
	terminal_type(" ");
	terminal_wait("FROZEN");
	bed_round_trip(guest, 60, 2);
	bed_round_trip(guest, 60, 3);
	terminal_wait("-1 s"); /* and ages */
	assert_non_null(strstr(terminal_screen(), "packets 1 "));
	terminal_type(" ");
	terminal_wait("packets 3 ");
	assert_null(strstr(terminal_screen(), "FROZEN"));
	type_until("[", "packets 1 ");
	assert_non_null(strstr(terminal_screen(), "FROZEN"));
	type_until("]", "packets 3 ");
}

static void a_stall_is_red_and_its_page_says_why(void **state)
{
	struct net_guest *guest = guest_of("null", "--no-force");
	struct driver *driver = &guest->fe.vring[TX0].driver;

	(void)state;
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	bed_use_tx(guest, driver_room(driver));
	bed_expect_str("tx0", "health", "stalled");
	terminal_open(80, 24);
	top("");
	terminal_wait("1 ill: vm0/tx0 stalled");
	assert_non_null(strstr(terminal_screen_coloured(), "\033[1m\033[31m"));
	terminal_type("e");
	wait_line(FIRST_ROW, "vm0/tx0   1 stalled");
	terminal_press("Home");
	terminal_press("Enter");
	terminal_wait("vm0/tx0 (vring 1): stalled");
	terminal_wait("health        stalled: 256 used buffers");
	terminal_press("NPage");
	terminal_wait("(u16)(256-65535-1)=256 < (u16)(256-");
	terminal_wait("so: no call");
	terminal_press("NPage");
	terminal_wait("stalls 1");
	terminal_press("End"); /* the flight recorder */
	terminal_wait("unanswered=256 for ");
	terminal_press("Escape");
	wait_line(FIRST_ROW, "vm0/tx0   1 stalled");
	terminal_type("q");
	terminal_wait("status 0");
	top("NO_COLOR=1");
	terminal_wait("1 ill: vm0/tx0 stalled");
	assert_null(strstr(terminal_screen_coloured(), "\033[31m"));
}

static void assert_restored(const char *status)
{
	terminal_wait(status);
	assert_int_equal(terminal_number("alternate_on"), 0);
	assert_int_equal(terminal_number("cursor_flag"), 1);
	assert_int_equal(terminal_number("keypad_flag"), 0);
	terminal_run("stty -a | diff - %s/stty && echo as it \"was\"",
		     bed.daemon.dir);
	terminal_wait("as it was");
}

/* A job of the shell: it stops, comes back, and follows the size. */
static void suspend_and_resize(void)
{
	top("");
	terminal_press("C-z");
	assert_restored("Stopped");
	terminal_run("fg; echo \"status $?\"");
	terminal_wait("vm0/tx0");
	terminal_resize(60, 20);
	terminal_wait_gone("FORCED");
	wait_line(19, "h help");
	wait_line(FIRST_ROW + 1, "vm0/tx0   1 absent");
	terminal_resize(39, 20);
	terminal_wait("too small: 40x8 is needed");
	terminal_resize(110, 24);
	terminal_wait("UNSIG");
	terminal_type("q");
	terminal_wait("status 0");
}

static void refuse_what_is_no_screen(void)
{
	bed_expect_ctl("top", 2,
		       "vringctl: top needs a terminal; use "
		       "`vringctl watch`\n");
	bed_expect_ctl("--json top", 2, "");
	bed_expect_ctl("top -n 3", 2, "");
	terminal_run("TERM=dumb $VRINGCTL --control %s top; echo \"status $?\"",
		     bed.daemon.control);
	terminal_wait("'dumb' (TERM)");
	terminal_wait("status 1");
	terminal_run("$VRINGCTL --control %s top peer0; echo \"status $?\"",
		     bed.daemon.control);
	terminal_wait("of type echo");
	terminal_wait("status 1");
	terminal_run("$VRINGCTL --control /no/such top; echo \"status $?\"");
	terminal_wait("socket /no/such");
	terminal_wait("status 1");
}

static void
no_terminal_is_told_and_one_is_given_back_on_every_way_out(void **state)
{
	static const char *const terminals[] = { "TERM=vt100", "TERM=xterm",
						 "TERM=screen" };
	unsigned int i;

	(void)state;
	bed_up((struct bed_config){ .guests = 1, .peer = "echo" });
	terminal_open(80, 24);
	refuse_what_is_no_screen();
	terminal_run("stty -a >%s/stty; echo ke\"pt\"", bed.daemon.dir);
	terminal_wait("kept");
	for (i = 0; i < 3; i++) {
		top(terminals[i]);
		wait_line(FIRST_ROW + 1, "vm0/tx0   1 absent");
		terminal_type("q");
		assert_restored("status 0");
	}
	top("");
	terminal_press("C-c");
	assert_restored("status 0");
	top("");
	kill(top_pid(), SIGTERM);
	assert_restored("status 143");
	top("");
	kill(top_pid(), SIGHUP);
	assert_restored("status 129");
	suspend_and_resize();
}

/* That does not answer, is gone, and is there again. */
static void a_daemon_that_goes_away_is_told_and_found_again(void **state)
{
	(void)state;
	bed_up((struct bed_config){ .guests = 1 });
	terminal_open(80, 24);
	top("");
	kill(bed.daemon.pid, SIGSTOP);
	wait_line(2, "no answer for ");
	control_close(&bed.control);
	daemon_kill(&bed.daemon);
	wait_line(2, "no daemon for ");
	wait_line(FIRST_ROW + 1, "vm0/tx0   1 absent");
	assert_int_equal(daemon_start(&bed.daemon), 0);
	assert_int_equal(control_open(&bed.control, bed.daemon.control), 0);
	wait_line(2, "sorted by");
	terminal_press("Enter");
	terminal_wait("health        absent");
	assert_int_equal(control_do(&bed.control, "port.del",
				    json_pack("{s:s}", "name", "vm0")),
			 0);
	terminal_wait("vm0/rx0 is not there");
	terminal_press("Escape");
	terminal_wait("there is no vring");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOP_TEST(the_list_is_sorted_and_filtered),
		TOP_TEST(the_past_is_held_while_samples_are_taken),
		TOP_TEST(a_stall_is_red_and_its_page_says_why),
		TOP_TEST(
			no_terminal_is_told_and_one_is_given_back_on_every_way_out),
		TOP_TEST(a_daemon_that_goes_away_is_told_and_found_again),
	};

	return BED_RUN(tests);
}
