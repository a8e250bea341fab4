/* SPDX-License-Identifier: BSD-3-Clause */
/* test_starved.c - what is read of a /proc made up here, and what it speaks for. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "starved.h"

#define PID 4711
#define S NS_PER_SECOND

static char proc[] = "/tmp/vringd-proc-XXXXXX";
static struct starved starved;

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	assert_true(mkdir(path, 0700) == 0 || access(path, X_OK) == 0);
}

static void thread(int tid, const char *comm, unsigned waited_ms)
{
	char name[64], text[128];

	snprintf(name, sizeof(name), "%d/task/%d", PID, tid);
	make_folder(name);
	snprintf(name, sizeof(name), "%d/task/%d/comm", PID, tid);
	snprintf(text, sizeof(text), "%s\n", comm);
	write_file(name, text);
	snprintf(name, sizeof(name), "%d/task/%d/schedstat", PID, tid);
	snprintf(text, sizeof(text), "123456789 %u000000 42\n", waited_ms);
	write_file(name, text);
}

static void steal(unsigned ticks)
{
	char text[128];

	snprintf(text, sizeof(text), "cpu  1 2 3 4 5 6 7 %u 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n",
		 ticks);
	write_file("stat", text);
}

static int open_proc(void **state)
{
	(void)state;
	if (!mkdtemp(proc))
		return -1;
	make_folder("4711");
	make_folder("4711/task");
	return 0;
}

static int close_proc(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", proc);
	return system(command);
}

static int forget(void **state)
{
	(void)state;
	memset(&starved, 0, sizeof(starved));
	thread(1, "qemu", 100);
	thread(2, "CPU 0/TCG", 5000);
	steal(1000);
	return 0;
}

static void the_thread_that_waited_most_since_then_is_named(void **state)
{
	(void)state;
	starved_look(&starved, proc, PID, 10 * S);
	thread(1, "qemu", 130);
	thread(2, "CPU 0/TCG", 5061);
	steal(1000 + (unsigned)sysconf(_SC_CLK_TCK) / 4);
	starved_judge(&starved, proc, 10 * S + 700 * NS_PER_MS);
	assert_true(starved.last.known);
	assert_int_equal(starved.last.pid, PID);
	assert_string_equal(starved.last.thread, "CPU 0/TCG");
	assert_int_equal(starved.last.waited_ms, 61);
	assert_int_equal(starved.last.steal_ms, 250);
	assert_int_equal(starved.last.window_ms, 700);
}

/* A stall just after a sample must not be judged by a moment. */
static void the_time_looked_at_is_a_second_or_two(void **state)
{
	(void)state;
	starved_look(&starved, proc, PID, 10 * S);
	thread(2, "CPU 0/TCG", 5061);
	starved_look(&starved, proc, PID, 11 * S);
	starved_judge(&starved, proc, 11 * S + 1);
	assert_int_equal(starved.last.waited_ms, 61);
	assert_int_equal(starved.last.window_ms, 1000);
	starved_look(&starved, proc, PID, 12 * S);
	starved_judge(&starved, proc, 12 * S + 1);
	assert_int_equal(starved.last.waited_ms, 0);
}

static void a_thread_that_is_new_counts_whole(void **state)
{
	(void)state;
	starved_look(&starved, proc, PID, 10 * S);
	thread(3, "CPU 1/TCG", 44);
	starved_judge(&starved, proc, 11 * S);
	assert_string_equal(starved.last.thread, "CPU 1/TCG");
	assert_int_equal(starved.last.waited_ms, 44);
}

static void without_a_process_nothing_is_claimed(void **state)
{
	(void)state;
	starved_judge(&starved, proc, 10 * S);
	assert_false(starved.last.known);
	starved_look(&starved, proc, 0, 10 * S);
	starved_judge(&starved, proc, 11 * S);
	assert_false(starved.last.known);
	starved_look(&starved, proc, PID + 1, 10 * S);
	starved_judge(&starved, proc, 11 * S);
	assert_false(starved.last.known);
}

/* The front end was started anew: its waiting is not what it was. */
static void another_process_begins_anew(void **state)
{
	(void)state;
	starved_look(&starved, proc, PID + 1, 10 * S);
	starved_look(&starved, proc, PID, 11 * S);
	thread(2, "CPU 0/TCG", 5007);
	starved_judge(&starved, proc, 12 * S);
	assert_int_equal(starved.last.waited_ms, 7);
	assert_int_equal(starved.last.window_ms, 1000);
}

#define TEST(body) cmocka_unit_test_setup(body, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_thread_that_waited_most_since_then_is_named),
		TEST(the_time_looked_at_is_a_second_or_two),
		TEST(a_thread_that_is_new_counts_whole),
		TEST(without_a_process_nothing_is_claimed),
		TEST(another_process_begins_anew),
	};

	return cmocka_run_group_tests(tests, open_proc, close_proc);
}
