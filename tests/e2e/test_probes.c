/* SPDX-License-Identifier: BSD-3-Clause */
/* test_probes.c - the static probes of a live daemon, as a real bpftrace reads them.
 *
 * What must stay true: what the probes tell is what the flight recorder has, event by
 * event and number by number, and as many as are counted; and the scripts that are
 * installed work as they are, for a process and for a program.
 */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "counters.h"
#include "stall_steps.h"
#include "trace.h"

#define ATTACH_MS 60000
#define END_MS 60000
#define LINES_MAX 8192
#define LINE_MAX 160
#define TEXT_MAX (LINES_MAX * LINE_MAX / 2)
#define RX_BUFFERS 32
#define FRAMES_TOO_MANY 8

#define SKIPPED 77 /* to meson */

/* probes/stall-alarm.bt has these numbers. */
static_assert(TRACE_probe == 7 && TRACE_revived == 16 &&
		      TRACE_moved_later == 17 && TRACE_gave_up == 18,
	      "kinds");

/* ---- bpftrace ---- */

/* Only with what it has written does it say that all is attached. */
#define ATTACHED "attached\n"
#define BEGIN "BEGIN { printf(\"attached\\n\"); }\n"

#define DECISIONS                                                            \
	"usdt:$1:vringd:vring__call { printf(\"call %s %d %d %d %d %d\\n\"," \
	"  str(arg0), arg1, arg2, arg3, arg4, arg5); }\n"                    \
	"usdt:$1:vringd:vring__suppress {"                                   \
	"  printf(\"suppress %s %d %d %d %d %d\\n\","                        \
	"  str(arg0), arg1, arg2, arg3, arg4, arg5); }\n"

static const char decisions[] = BEGIN DECISIONS;

/* What the recorder has too, then what it has not. */
static const char everything[] = BEGIN DECISIONS
	"usdt:$1:vringd:vring__call__first {"
	"  printf(\"first_call %s %d %llu\\n\", str(arg0), arg1, arg2); }\n"
	"usdt:$1:vringd:vring__call__hand {"
	"  printf(\"hand_call %s %d %llu\\n\", str(arg0), arg1, arg2); }\n"
	"usdt:$1:vringd:vring__force { printf(\"force %s %d %d %d %d %d\\n\","
	"  str(arg0), arg1, arg2, arg3, arg4 / 1000, arg5); }\n"
	"usdt:$1:vringd:vring__force__result {"
	"  printf(\"result %s %d %d %d %llu\\n\","
	"  str(arg0), arg1, arg2, arg3 / 1000, arg4); }\n"
	"usdt:$1:vringd:vring__stall { printf(\"stalled %s %d %d %d %llu\\n\","
	"  str(arg0), arg1, arg2, arg3 / 1000, arg4); }\n"
	"usdt:$1:vringd:vring__move { printf(\"move %s %d %d %d %llu\\n\","
	"  str(arg0), arg1, arg2 / 1000, arg3, arg4); }\n"
	"usdt:$1:vringd:vring__kick { printf(\"kick %s %d %d %d %llu\\n\","
	"  str(arg0), arg1, arg2, arg3, arg4); }\n"
	"usdt:$1:vringd:vring__arm { printf(\"arm %s %d %d %d %llu\\n\","
	"  str(arg0), arg1, arg2, arg3, arg4); }\n"
	"usdt:$1:vringd:vring__state { printf(\"state %s %d %d %llu\\n\","
	"  str(arg0), arg1, arg2, arg3); }\n"
	"usdt:$1:vringd:vring__drop { printf(\"DROP %s %d %d %d\\n\","
	"  str(arg0), arg1, arg2, arg3); }\n"
	"usdt:$1:vringd:port__connect {"
	"  printf(\"CONNECT %s %d\\n\", str(arg0), arg1); }\n"
	"usdt:$1:vringd:port__message {"
	"  printf(\"MESSAGE %s %d %llu\\n\", str(arg0), arg1, arg2); }\n"
	"usdt:$1:vringd:port__disconnect {"
	"  printf(\"DISCONNECT %s\\n\", str(arg0)); }\n"
	"usdt:$1:vringd:port__pause { printf(\"PAUSE %s\\n\", str(arg0)); }\n"
	"usdt:$1:vringd:port__resume { printf(\"RESUME %s\\n\", str(arg0)); }\n";

static pid_t bpftrace; /* 0: it does not run */
static char text[TEXT_MAX];

static const char *file_path(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", bed.daemon.dir, name);
	return path;
}

static void read_text(const char *name)
{
	FILE *file = fopen(file_path(name), "re");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
}

static void write_to(int fd, const char *name)
{
	dup2(open(file_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600), fd);
}

static void become_bpftrace(const char *script, const char *pid)
{
	write_to(STDOUT_FILENO, "bpftrace.out");
	write_to(STDERR_FILENO, "bpftrace.err");
	if (pid)
		execlp("bpftrace", "bpftrace", "-B", "none", "-p", pid, script,
		       (char *)NULL);
	else
		execlp("bpftrace", "bpftrace", "-B", "none", script,
		       getenv("VRINGD"), (char *)NULL);
	perror("bpftrace");
	_exit(127);
}

static void expect_running(void)
{
	if (waitpid(bpftrace, NULL, WNOHANG) == 0)
		return;
	bpftrace = 0;
	read_text("bpftrace.err");
	fail_msg("bpftrace can not attach to the daemon's probes:\n%s", text);
}

/* Attaches to the daemon's process, or to its program. */
static void bpftrace_begin(const char *script, bool process)
{
	uint64_t end = clock_now_ns() + ATTACH_MS * NS_PER_MS;
	pid_t parent = getpid();
	char pid[16], path[128];

	snprintf(path, sizeof(path), "%s", file_path(script));
	snprintf(pid, sizeof(pid), "%d", (int)bed.daemon.pid);
	fclose(fopen(file_path("bpftrace.out"), "we"));
	bpftrace = fork();
	assert_true(bpftrace >= 0);
	if (!bpftrace) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			become_bpftrace(path, process ? pid : NULL);
		_exit(127);
	}
	for (read_text("bpftrace.out"); !strstr(text, ATTACHED);
	     read_text("bpftrace.out")) {
		expect_running();
		assert_true(clock_now_ns() < end);
		bed_idle(5);
	}
}

/* What it has printed is then in `text`. */
static void bpftrace_end(void)
{
	uint64_t end = clock_now_ns() + END_MS * NS_PER_MS;

	kill(bpftrace, SIGINT);
	while (waitpid(bpftrace, NULL, WNOHANG) == 0) {
		assert_true(clock_now_ns() < end);
		bed_idle(5);
	}
	bpftrace = 0;
	read_text("bpftrace.out");
	if (strstr(text, "Lost "))
		fail_msg("bpftrace has lost events");
}

static int down(void **state)
{
	if (bpftrace) {
		kill(bpftrace, SIGKILL);
		waitpid(bpftrace, NULL, 0);
		bpftrace = 0;
	}
	return bed_down(state);
}

/* False: whatever the daemon has, nothing can be attached to it here. */
static bool kernel_traces(void)
{
	return shell("test -e /sys/bus/event_source/devices/uprobe && "
		     "timeout 20 bpftrace -e 'BEGIN { exit(); }' 2>&1") == 0;
}

static bool has_bpftrace(void)
{
	return shell("bpftrace --version") == 0;
}

/* ---- lines ---- */

struct lines {
	char line[LINES_MAX][LINE_MAX];
	size_t cnt;
};

static struct lines probed, recorded;

static void add(struct lines *lines, const char *line, size_t len)
{
	assert_true(lines->cnt < LINES_MAX && len < LINE_MAX);
	memcpy(lines->line[lines->cnt], line, len);
	lines->line[lines->cnt++][len] = '\0';
}

/* Those of events that a recorder has too begin with a small letter. */
static void read_probed(void)
{
	const char *line = strstr(text, ATTACHED) + strlen(ATTACHED);
	const char *end;

	probed.cnt = 0;
	for (; (end = strchr(line, '\n')); line = end + 1)
		if (islower((unsigned char)*line))
			add(&probed, line, (size_t)(end - line));
}

/* The event as the program prints it. Empty: it is no probe's. */
static void print_event(char *line, json_t *event, const char *who)
{
	const char *kind = control_str(event, "event");
	long long at_ns = control_int(event, "at_ns"),
		  avail = control_int(event, "avail_idx"),
		  next_avail = control_int(event, "next_avail"),
		  new = control_int(event, "new"),
		  event_idx = control_int(event, "used_event"),
		  buffers = control_int(event, "buffers"),
		  us = control_int(event, "us");

	line[0] = '\0';
	if (!strcmp(kind, "call") || !strcmp(kind, "suppress"))
		snprintf(line, LINE_MAX, "%s %s %lld %lld %lld %lld", kind, who,
			 control_int(event, "old"), new, event_idx, avail);
	else if (!strcmp(kind, "first_call") || !strcmp(kind, "hand_call"))
		snprintf(line, LINE_MAX, "%s %s %lld", kind, who, at_ns);
	else if (!strcmp(kind, "start") || !strcmp(kind, "stop"))
		snprintf(line, LINE_MAX, "state %s %d %lld", who,
			 !strcmp(kind, "start"), at_ns);
	else if (!strcmp(kind, "kick"))
		snprintf(line, LINE_MAX, "kick %s %lld %lld %lld", who, avail,
			 next_avail, at_ns);
	else if (!strcmp(kind, "arm"))
		snprintf(line, LINE_MAX, "arm %s %lld %lld %lld", who,
			 event_idx, next_avail, at_ns);
	else if (!strcmp(kind, "move"))
		snprintf(line, LINE_MAX, "move %s %lld %d %lld", who, us,
			 json_is_true(json_object_get(event, "coarse")), at_ns);
	else if (!strcmp(kind, "probe") || !strcmp(kind, "force"))
		snprintf(line, LINE_MAX, "force %s %lld %lld %lld %d", who, new,
			 buffers, us,
			 !strcmp(kind, "probe") ? TRACE_probe : TRACE_force);
	else if (!strcmp(kind, "stalled"))
		snprintf(line, LINE_MAX, "stalled %s %lld %lld %lld", who,
			 buffers, us, at_ns);
	else if (!strcmp(kind, "revived") || !strcmp(kind, "moved_later"))
		snprintf(line, LINE_MAX, "result %s %d %lld %lld", who,
			 !strcmp(kind, "revived") ? TRACE_revived
						  : TRACE_moved_later,
			 us, at_ns);
}

static bool is_decision(const char *line)
{
	return strncmp(line, "call ", 5) == 0 ||
	       strncmp(line, "suppress ", 9) == 0;
}

static void read_recorded(const char *vring, const char *who, bool all)
{
	json_t *trace = control_call(&bed.control, "trace.get",
				     json_pack("{s:s, s:s, s:i}", "port", "vm0",
					       "vring", vring, "from", 0));
	json_t *event;
	size_t i;

	assert_non_null(trace);
	assert_int_equal(control_int(trace, "missed"), 0);
	json_array_foreach(json_object_get(trace, "events"), i, event) {
		char line[LINE_MAX];

		print_event(line, event, who);
		if (line[0] && (all || is_decision(line)))
			add(&recorded, line, strlen(line));
	}
	json_decref(trace);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Events of two CPUs do not come in their order. */
static void sort(struct lines *lines)
{
	qsort(lines->line, lines->cnt, LINE_MAX, by_text);
}

static void expect_the_recorded(bool all)
{
	size_t i;

	recorded.cnt = 0;
	read_recorded("rx0", "vm0 0", all);
	read_recorded("tx0", "vm0 1", all);
	read_probed();
	sort(&probed);
	sort(&recorded);
	for (i = 0; i < probed.cnt && i < recorded.cnt; i++)
		assert_string_equal(probed.line[i], recorded.line[i]);
	assert_int_equal(probed.cnt, recorded.cnt);
}

/* Lines of the output that begin with this; the sum of their last numbers. */
static long long begin_with(const char *start, long long *sum)
{
	const char *line = text, *end;
	long long cnt = 0;

	if (sum)
		*sum = 0;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (strncmp(line, start, strlen(start)) != 0)
			continue;
		cnt++;
		while (sum && end > line && end[-1] != ' ')
			end--;
		if (sum)
			*sum += atoll(end);
		end = strchr(end, '\n');
	}
	return cnt;
}

/* ---- what happens ---- */

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(file_path(name), "we");

	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

/* Ours, and all that are installed as one. */
static void write_scripts(void)
{
	write_file("decisions.bt", decisions);
	write_file("everything.bt", everything);
	write_file("scripts.bt", BEGIN);
	assert_int_equal(
		shell("cat \"$VRINGD_DOCS\"/../probes/*.bt | grep -v '^#!' >>%s",
		      file_path("scripts.bt")),
		0);
}

static struct net_guest *
guest_seen_from_its_start(const char *script, const char *peer, bool process)
{
	struct net_config cfg;
	struct net_guest *guest;

	bed_up((struct bed_config){ .peer = peer, .stall_after_ms = STALL_MS });
	write_scripts();
	bpftrace_begin(script, process);
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, RX0, BED_WAIT_MS), 1);
	driver_arm(&guest->fe.vring[TX0].driver);
	driver_arm(&guest->fe.vring[RX0].driver);
	net_offer(guest, RX0, RX_BUFFERS);
	return guest;
}

/* Frames come back until there are no buffers; then its driver is away. */
static void traffic_and_a_stall(struct net_guest *guest)
{
	uint32_t i;

	for (i = 0; i < 40; i++)
		bed_round_trip(guest, 60, i);
	stall_deafen(guest, RX0);
	bed_use_tx(guest, RX_BUFFERS + FRAMES_TOO_MANY);
	bed_expect("rx0", "counters.stalls", 1);
	stall_answer(guest, RX0);
	stall_expect_healthy(RX0);
}

static void call_by_hand(const char *vring)
{
	assert_int_equal(control_do(&bed.control, "vring.call",
				    json_pack("{s:s, s:s}", "port", "vm0",
					      "vring", vring)),
			 0);
}

/* ---- tests ---- */

static long long lines_of(const char *kind, unsigned int index)
{
	char start[64];

	snprintf(start, sizeof(start), "%s vm0 %u ", kind, index);
	return begin_with(start, NULL);
}

static void expect_counted(const char *vring, unsigned int index)
{
	long long first = lines_of("first_call", index),
		  forced = lines_of("force", index) +
			   lines_of("hand_call", index);

	assert_int_equal(first, bed_int(vring, "counters.calls_first"));
	assert_int_equal(forced, bed_int(vring, "counters.calls_forced"));
	assert_int_equal(lines_of("call", index) + first + forced,
			 bed_int(vring, "counters.calls"));
	assert_int_equal(lines_of("suppress", index),
			 bed_int(vring, "counters.calls_suppressed"));
	assert_int_equal(lines_of("kick", index),
			 bed_int(vring, "counters.kicks"));
	assert_int_equal(lines_of("stalled", index),
			 bed_int(vring, "counters.stalls"));
}

/* When the front end has gone, nothing happens any more. */
static void leave(struct net_guest *guest)
{
	frontend_disconnect(&guest->fe);
	bed_expect_str("tx0", "state", "absent");
	bpftrace_end();
}

static void expect_life_and_drops(void)
{
	char line[64];
	long long frames;

	snprintf(line, sizeof(line), "DROP vm0 0 %d ", DROP_no_buffer);
	assert_true(begin_with(line, &frames) > 0);
	assert_int_equal(frames, FRAMES_TOO_MANY);
	assert_int_equal(frames, bed_int("rx0", "counters.drops.no_buffer"));
	assert_int_equal(begin_with("DROP ", NULL), begin_with(line, NULL));

	snprintf(line, sizeof(line), "CONNECT vm0 %d\n", (int)getpid());
	assert_int_equal(begin_with(line, NULL), 1);
	assert_int_equal(begin_with("DISCONNECT vm0\n", NULL), 1);
	/* SET_VRING_ENABLE: of both vrings, and 1 in the upper half. */
	assert_int_equal(begin_with("MESSAGE vm0 18 4294967296\n", NULL), 1);
	assert_int_equal(begin_with("MESSAGE vm0 18 4294967297\n", NULL), 1);
	assert_true(begin_with("PAUSE vm0\n", NULL) > 0);
	assert_int_equal(begin_with("state vm0 0 ", NULL), 2);
	assert_int_equal(begin_with("state vm0 1 ", NULL), 2);
}

static void the_probes_agree_with_the_recorder_and_the_counters(void **state)
{
	struct net_guest *guest =
		guest_seen_from_its_start("everything.bt", "echo", true);

	(void)state;
	traffic_and_a_stall(guest);
	call_by_hand("tx0");
	leave(guest);
	expect_the_recorded(true);
	expect_counted("rx0", RX0);
	expect_counted("tx0", TX0);
	expect_life_and_drops();
	assert_int_equal(bed_int("tx0", "counters.calls_failed"), 0);
	assert_int_equal(lines_of("hand_call", TX0), 1);
	assert_true(lines_of("force", RX0) > 0);
	assert_true(lines_of("result", RX0) > 0);
}

static void decisions_on_packed_rings_have_their_wrap_counters(void **state)
{
	struct net_guest *guest =
		guest_seen_from_its_start("decisions.bt", "echo", false);

	(void)state;
	traffic_and_a_stall(guest);
	leave(guest);
	expect_the_recorded(false);
	assert_int_equal(lines_of("suppress", TX0),
			 bed_int("tx0", "counters.calls_suppressed"));
	assert_true(lines_of("call", RX0) > 0);
}

/* The line is that of docs/stalls.md: the last entry that the driver had was used. */
static void the_scripts_tell_of_a_stall(void **state)
{
	struct net_guest *guest =
		guest_seen_from_its_start("scripts.bt", "null", false);
	long long suppressed;

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	bed_expect("tx0", "counters.stalls_revived", 1);
	leave(guest);
	assert_non_null(strstr(
		text,
		"TX vm0/tx0 values: old=192 new=256 last_used_event=65535 "
		"vring_used=256 vring_avail=256 no-call\n"));
	assert_int_equal(begin_with("TX vm0/tx0 values: ", NULL),
			 bed_int("tx0", "counters.publishes"));
	assert_non_null(strstr(
		text, "vm0 vring 1 STALLED: 256 buffers unanswered for "));
	assert_non_null(strstr(
		text,
		"vm0 vring 1 forced at used 256: 256 buffers unanswered for "));
	assert_non_null(strstr(text, "vm0 vring 1 revived after "));
	assert_true(begin_with("@suppressed[vm0, 1]: ", &suppressed) > 0);
	assert_int_equal(suppressed,
			 bed_int("tx0", "counters.calls_suppressed"));
	assert_true(begin_with("@us[vm0, 1]:", NULL) +
			    begin_with("@found_by_a_look[vm0, 1]: ", NULL) >
		    0);
}

/* clang-format off */
#define PROBES_TEST(f, rings, tail) { #f tail, f, bed_choose, down, &(rings) }
/* clang-format on */

/* One that no other test runs, since who attaches to a program sees all of them. */
static char copy[] = "/tmp/vringd-probes.XXXXXX";

static int copy_program(void **state)
{
	int fd = mkstemp(copy);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(shell("cp \"$VRINGD\" %s && chmod 700 %s", copy, copy),
			 0);
	return setenv("VRINGD", copy, 1);
}

static int remove_copy(void **state)
{
	(void)state;
	return unlink(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBES_TEST(the_probes_agree_with_the_recorder_and_the_counters,
			    bed_split, ""),
		PROBES_TEST(decisions_on_packed_rings_have_their_wrap_counters,
			    bed_packed, ""),
		PROBES_TEST(the_scripts_tell_of_a_stall, bed_split, ""),
	};

	if (has_bpftrace() && !kernel_traces()) {
		print_message("no BPF in this kernel:\n%s", shell_output);
		return SKIPPED;
	}
	alarm(BED_PROGRAM_S);
	return cmocka_run_group_tests(tests, copy_program, remove_copy);
}
