/* SPDX-License-Identifier: BSD-3-Clause */
/* test_doctor.c - what the doctor says of a daemon with scripted guests.
 *
 * Each judgement alone is in tests/unit/test_doctor.c; here stands that what
 * happens on a ring comes to be said, with its cause and section. What must stay
 * true: nothing bad is said of a guest that is well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "stall_steps.h"

#define NOBODY 65534

/* Fails if there is anything worse than a note about @subject or its vrings. */
static void expect_well(const char *subject)
{
	json_t *result = control_call(&bed.control, "doctor", NULL), *check;
	size_t i, len = strlen(subject);

	json_array_foreach(json_object_get(result, "checks"), i, check) {
		const char *status = control_str(check, "status");

		if (strncmp(control_str(check, "subject"), subject, len) == 0 &&
		    (!strcmp(status, "bad") || !strcmp(status, "warn")))
			fail_msg("%s", json_dumps(check, 0));
	}
	json_decref(result);
}

static void a_healthy_guest_is_well(void **state)
{
	struct net_guest *guest = stall_guest("echo", NULL);
	uint32_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		bed_round_trip(guest, 60, i);
	expect_well("vm0");
	expect_well("host");
	expect_well("daemon");
	bed_expect_ctl("doctor", 0,
		       "ok vm0: connected and wired, 2 of 2 vrings run");
}

static void a_guest_that_is_not_there_is_told_of(void **state)
{
	(void)state;
	bed_up((struct bed_config){ .guests = 1, .peer = "null" });
	bed_expect_ctl("doctor", 0, "warn vm0: never_connected");
	assert_non_null(strstr(shell_output, "vm0.sock"));
}

static void a_rehearsal_is_told_of(void **state)
{
	(void)state;
	stall_guest("null", NULL);
	stall_fault("tx0", "drop-call");
	bed_expect_ctl("doctor", 0, "somebody rehearses an outage");
	assert_non_null(strstr(shell_output, "bad vm0/tx0: injected_fault"));
	assert_int_equal(bed_ctl("unfault vm0/tx0"), 0);
	expect_well("vm0");
}

static void a_stalled_guest_is_told_of_with_its_cause(void **state)
{
	struct net_guest *guest = stall_guest("null", "--no-force");

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	bed_expect_str("tx0", "health", "stalled");
	bed_expect_ctl("doctor", 3, "bad vm0/tx0: stall");
	assert_non_null(strstr(shell_output, "cause frozen_event"));
	assert_non_null(strstr(shell_output,
			       "\"Used Buffer Notification Suppression\""));
	assert_non_null(strstr(shell_output, "vringctl set vm0 force=on"));
	assert_int_equal(bed_ctl("--json doctor"), 3);

	/* Called by hand it goes on, and what was is told. */
	assert_int_equal(bed_ctl("call vm0/tx0"), 0);
	stall_answer(guest, TX0);
	stall_expect_healthy(TX0);
	bed_expect_ctl("doctor", 0, "warn vm0/tx0: stalls_past");
}

static void a_broken_ring_is_told_of_with_the_section(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);

	(void)state;
	driver_offer_raw(&guest->fe.vring[TX0].driver, RING);
	frontend_kick(&guest->fe, TX0);
	bed_expect_str("tx0", "state", "faulted");
	bed_expect_ctl("doctor", 3, "bad vm0/tx0: fault");
	assert_non_null(strstr(shell_output,
			       "Virtio 1.2, \"The Virtqueue Available Ring\""));
}

static void missed_kicks_are_told_of(void **state)
{
	struct net_guest *guest = stall_guest("null", NULL);
	unsigned int i;

	(void)state;
	guest->fe.vring[TX0].withhold_kicks = true;
	for (i = 0; i < 20 && bed_int("tx0", "counters.kicks_missed") == 0; i++)
		bed_use_tx(guest, 1);
	bed_expect_ctl("doctor", 0,
		       "\"Available Buffer Notification Suppression\"");
}

static void a_bundle_has_all_there_is(void **state)
{
	static const char *const parts[] = {
		"version",	  "port.list",	       "vring.list",
		"worker.list",	  "explain",	       "record",
		"doctor.checks",  "doctor.facts.host", "settings.daemon",
		"settings.ports", "host.uname",	       "host.daemon_command",
	};
	struct net_guest *guest = stall_guest("null", NULL);
	json_t *bundle, *incidents;
	char args[128], path[96];
	struct stat file;
	off_t size;
	size_t i;

	(void)state;
	stall_deafen(guest, TX0);
	stall_spend_tx(guest);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	stall_answer(guest, TX0);
	stall_expect_healthy(TX0);
	snprintf(path, sizeof(path), "%s/state/bundle", bed.daemon.dir);
	snprintf(args, sizeof(args), "doctor --bundle %s", path);
	bed_expect_ctl(args, 0, path);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);

	bundle = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(bundle);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!json_object_get(bundle, parts[i]) &&
		    !control_at(bundle, parts[i]))
			fail_msg("there is no %s", parts[i]);
	incidents = json_object_get(bundle, "incidents");
	assert_int_equal(json_array_size(incidents), 1);
	assert_string_equal(control_str(json_array_get(incidents, 0), "cause"),
			    "frozen_event");
	assert_true(json_array_size(control_at(json_array_get(incidents, 0),
					       "events_before")) > 0);
	assert_non_null(
		strstr(control_str(bundle, "about"), "no frame contents"));
	json_decref(bundle);

	size = file.st_size;
	bed_expect_ctl(args, 1, "File exists");
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_size, size);
}

/* The code of the answer to @params, for somebody else. */
static int code_for_nobody(json_t *params)
{
	struct control client;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ||
		    control_open(&client, bed.daemon.control))
			_exit(255);
		_exit(control_do(&client, "doctor", params));
	}
	json_decref(params);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_bundle_is_refused_to_others(void **state)
{
	(void)state;
	stall_guest("null", NULL);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(bed.daemon.dir, 0711), 0);
	assert_int_equal(chmod(bed.daemon.control, 0666), 0);
	assert_int_equal(code_for_nobody(json_object()), 0);
	assert_int_equal(code_for_nobody(json_pack("{s:b}", "bundle", 1)),
			 CONTROL_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_healthy_guest_is_well),
		BED_PACKED(a_healthy_guest_is_well),
		BED_TEST(a_guest_that_is_not_there_is_told_of),
		BED_TEST(a_rehearsal_is_told_of),
		BED_TEST(a_stalled_guest_is_told_of_with_its_cause),
		BED_TEST(a_broken_ring_is_told_of_with_the_section),
		BED_TEST(missed_kicks_are_told_of),
		BED_TEST(a_bundle_has_all_there_is),
		BED_TEST(a_bundle_is_refused_to_others),
	};

	return BED_RUN(tests);
}
