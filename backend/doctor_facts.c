/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_facts.c - see doctor_facts.h. */
#include "doctor_facts.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS_MAX 4096

/* ---- the host ---- */

static void read_meminfo(const char *proc, struct doctor_host *host)
{
	char path[256], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/meminfo", proc);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "HugePages_Total: %" SCNu64, &host->hugepages_total);
		sscanf(line, "HugePages_Free: %" SCNu64, &host->hugepages_free);
		sscanf(line, "Hugepagesize: %" SCNu64, &host->hugepage_kib);
	}
	fclose(file);
}

/* The first line is of all CPUs together; one each follows. user and nice have the
 * time of guests in them. */
static void read_stat(const char *proc, struct doctor_host *host)
{
	const long hz = sysconf(_SC_CLK_TCK);
	uint64_t ticks[8] = { 0 }, all = 0;
	char path[256], line[512];
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%s/stat", proc);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6],
		   &ticks[7]) == 8 &&
	    hz > 0) {
		for (i = 0; i < 8; i++)
			all += ticks[i];
		host->cpu_ms = all * 1000 / (uint64_t)hz;
		host->steal_ms = ticks[7] * 1000 / (uint64_t)hz;
	}
	while (fgets(line, sizeof(line), file))
		host->cpus += strncmp(line, "cpu", 3) == 0 && line[3] >= '0' && line[3] <= '9';
	fclose(file);
}

static uint64_t count_entries(const char *path)
{
	struct dirent *entry;
	DIR *folder = opendir(path);
	uint64_t cnt = 0;

	while (folder && (entry = readdir(folder)))
		cnt += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return cnt;
}

void doctor_facts_host(const char *proc, struct doctor_host *host)
{
	struct rlimit limit;
	char path[256];

	read_meminfo(proc, host);
	read_stat(proc, host);
	snprintf(path, sizeof(path), "%s/self/fd", proc);
	host->descriptors = count_entries(path);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		host->descriptors_max = limit.rlim_cur;
}

/* ---- a front end ---- */

static void read_command(const char *proc, pid_t pid, struct doctor_front_end *front_end)
{
	char path[256], args[16384];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%d/cmdline", proc, (int)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	len = fread(args, 1, sizeof(args), file);
	fclose(file);
	while (len > 0 && args[len - 1] != '\0') /* one that is longer */
		len--;
	front_end->visible = len > 0;
	doctor_read_command(args, len, front_end);
}

/* "0-3,8" */
static bool list_has(const char *list, int cpu)
{
	char *end;

	while (*list >= '0' && *list <= '9') {
		long first = strtol(list, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
	}
	return false;
}

/* What is needed of /proc/PID/task/TID/status. */
struct thread {
	char name[32];
	char cpus[256];
	char state; /* 'R', 'S', 'T' ... */
	bool is_vcpu;
};

static bool read_thread(const char *proc, pid_t pid, const char *tid, struct thread *thread)
{
	char path[512], line[512];
	FILE *file;

	*thread = (struct thread){ "" };
	snprintf(path, sizeof(path), "%s/%d/task/%s/status", proc, (int)pid, tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "Name: %31[^\n]", thread->name);
		sscanf(line, "State: %c", &thread->state);
		sscanf(line, "Cpus_allowed_list: %255s", thread->cpus);
	}
	fclose(file);
	thread->is_vcpu = strncmp(thread->name, "CPU ", 4) == 0;
	return true;
}

static int shared_with(const struct thread *thread, const int *workers, unsigned worker_cnt)
{
	unsigned i;

	for (i = 0; i < worker_cnt; i++)
		if (workers[i] >= 0 && list_has(thread->cpus, workers[i]))
			return workers[i];
	return -1;
}

static char held(const struct thread *thread)
{
	return thread->state == 'T' || thread->state == 't' ? thread->state : '\0';
}

/* Where threads of vCPUs are named so (debug-threads=on), they alone count. */
static void read_threads(const char *proc, pid_t pid, const int *workers, unsigned worker_cnt,
			 struct doctor_front_end *front_end)
{
	int shared_by_any = -1, shared_by_vcpu = -1, shared;
	unsigned vcpus = 0, seen = 0, threads = 0;
	struct thread thread;
	struct dirent *entry;
	char path[256];
	DIR *tasks;

	snprintf(path, sizeof(path), "%s/%d/task", proc, (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return;
	while (seen++ < THREADS_MAX && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.' || !read_thread(proc, pid, entry->d_name, &thread))
			continue;
		front_end->held = threads++ == 0 || front_end->held ? held(&thread) : '\0';
		shared = shared_with(&thread, workers, worker_cnt);
		vcpus += thread.is_vcpu;
		if (shared >= 0)
			shared_by_any = shared;
		if (shared >= 0 && thread.is_vcpu)
			shared_by_vcpu = shared;
	}
	closedir(tasks);
	front_end->shared_cpu = vcpus ? shared_by_vcpu : shared_by_any;
	if (vcpus)
		front_end->vcpus = vcpus;
}

void doctor_facts_front_end(const char *proc, pid_t pid, const int *workers, unsigned worker_cnt,
			    struct doctor_front_end *front_end)
{
	*front_end = (struct doctor_front_end){ .pid = (int)pid, .shared_cpu = -1 };
	if (pid <= 0)
		return;
	read_command(proc, pid, front_end);
	read_threads(proc, pid, workers, worker_cnt, front_end);
}
