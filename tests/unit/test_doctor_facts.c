/* SPDX-License-Identifier: BSD-3-Clause */
/* test_doctor_facts.c - what is read of a /proc made up here. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_facts.h"

#define PID 4711

static char proc[] = "/tmp/vringd-proc-XXXXXX";

static void folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void file(const char *name, const char *text, size_t len)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	out = fopen(path, "we");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void thread(int tid, const char *status)
{
	char name[64];

	snprintf(name, sizeof(name), "4711/task/%d", tid);
	folder(name);
	snprintf(name, sizeof(name), "4711/task/%d/status", tid);
	file(name, status, strlen(status));
}

static int build(void **state)
{
	static const char command[] = "qemu-system-x86_64\0-accel\0kvm\0-smp\0008";

	(void)state;
	assert_non_null(mkdtemp(proc));
	folder("self");
	folder("self/fd");
	file("self/fd/0", "", 0);
	file("self/fd/1", "", 0);
	folder("4711");
	folder("4711/task");
	file("4711/cmdline", command, sizeof(command));
	return 0;
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", proc);
	return system(command);
}

static void reads_the_host(void **state)
{
	static const char meminfo[] = "MemTotal: 1 kB\nHugePages_Total:      12\n"
				      "HugePages_Free:        5\nHugepagesize:       2048 kB\n";
	static const char stat[] = "cpu  10 20 30 40 50 60 70 80 5 5\ncpu0 1 2 3 4 5 6 7 8 9 9\n"
				   "cpu1 1 2 3 4 5 6 7 8 9 9\nintr 1\n";
	const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
	struct doctor_host host = { 0 };

	(void)state;
	doctor_facts_host(proc, &host);
	assert_int_equal(host.cpus, 0); /* not known */
	file("meminfo", meminfo, strlen(meminfo));
	file("stat", stat, strlen(stat));
	doctor_facts_host(proc, &host);
	assert_int_equal(host.hugepages_total, 12);
	assert_int_equal(host.hugepages_free, 5);
	assert_int_equal(host.hugepage_kib, 2048);
	assert_int_equal(host.cpus, 2);
	assert_int_equal(host.steal_ms, 80 * 1000 / hz);
	assert_int_equal(host.cpu_ms, 360 * 1000 / hz);
	assert_int_equal(host.descriptors, 2);
	assert_true(host.descriptors_max > 0);
}

static void reads_a_front_end(void **state)
{
	const int workers[] = { -1, 5 };
	struct doctor_front_end front_end;

	(void)state;
	doctor_facts_front_end(proc, PID, workers, 2, &front_end);
	assert_true(front_end.visible && front_end.is_qemu && !front_end.no_kvm);
	assert_int_equal(front_end.vcpus, 8); /* as -smp says */
	assert_int_equal(front_end.shared_cpu, -1);

	thread(1, "Name:\tqemu-system-x86\nState:\tT (stopped)\nCpus_allowed_list:\t0-3,5\n");
	doctor_facts_front_end(proc, PID, workers, 2, &front_end);
	assert_int_equal(front_end.held, 'T');
	assert_int_equal(front_end.shared_cpu, 5);
	assert_int_equal(front_end.vcpus, 8);

	/* Threads that are named count alone. */
	thread(2, "Name:\tCPU 0/KVM\nState:\tS (sleeping)\nCpus_allowed_list:\t0-4,6-7\n");
	doctor_facts_front_end(proc, PID, workers, 2, &front_end);
	assert_int_equal(front_end.shared_cpu, -1);
	assert_int_equal(front_end.vcpus, 1);
	assert_int_equal(front_end.held, 0); /* one of them may run */
	thread(3, "Name:\tCPU 1/KVM\nCpus_allowed_list:\t4-6\n");
	doctor_facts_front_end(proc, PID, workers, 2, &front_end);
	assert_int_equal(front_end.shared_cpu, 5);
	assert_int_equal(front_end.vcpus, 2);
}

static void knows_nothing_of_a_process_that_is_not_there(void **state)
{
	struct doctor_front_end front_end;

	(void)state;
	doctor_facts_front_end(proc, 0, NULL, 0, &front_end);
	assert_int_equal(front_end.pid, 0);
	doctor_facts_front_end(proc, 12, NULL, 0, &front_end);
	assert_false(front_end.visible || front_end.is_qemu);
	assert_int_equal(front_end.shared_cpu, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_host),
		cmocka_unit_test(reads_a_front_end),
		cmocka_unit_test(knows_nothing_of_a_process_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, build, clean);
}
