/* SPDX-License-Identifier: BSD-3-Clause */
/* starved.c - see starved.h. */
#include "starved.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* "Time spent waiting on a runqueue" is the second number, in nanoseconds. */
static uint64_t read_waited(const char *proc, pid_t pid, int tid)
{
	char path[256];
	uint64_t waited_ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d/task/%d/schedstat", proc, (int)pid, tid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*u %" SCNu64, &waited_ns) != 1)
		waited_ns = 0;
	fclose(file);
	return waited_ns;
}

/* The eighth number of the first line, in clock ticks. */
static uint64_t read_steal_ms(const char *proc)
{
	const long ticks_a_second = sysconf(_SC_CLK_TCK);
	char path[256];
	uint64_t ticks = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/stat", proc);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &ticks) != 1)
		ticks = 0;
	fclose(file);
	return ticks * 1000 / (uint64_t)(ticks_a_second > 0 ? ticks_a_second : 100);
}

static void take_sample(struct starved_sample *sample, const char *proc, pid_t pid, uint64_t now_ns)
{
	struct dirent *entry;
	char path[256];
	DIR *tasks;

	*sample = (struct starved_sample){ 0 };
	snprintf(path, sizeof(path), "%s/%d/task", proc, (int)pid);
	tasks = pid > 0 ? opendir(path) : NULL;
	if (!tasks)
		return;
	sample->pid = pid;
	sample->at_ns = now_ns;
	sample->steal_ms = read_steal_ms(proc);
	while (sample->thread_cnt < STARVED_THREADS && (entry = readdir(tasks))) {
		int tid = atoi(entry->d_name);

		if (tid > 0)
			sample->threads[sample->thread_cnt++] =
				(struct starved_thread){ .tid = tid,
							 .waited_ns = read_waited(proc, pid, tid) };
	}
	closedir(tasks);
}

void starved_look(struct starved *starved, const char *proc, pid_t pid, uint64_t now_ns)
{
	starved->baseline = starved->latest;
	take_sample(&starved->latest, proc, pid, now_ns);
	if (starved->baseline.pid != pid)
		starved->baseline = starved->latest;
}

/* A thread that is younger than the baseline has waited since then at most. */
static uint64_t waited_before(const struct starved_sample *sample, int tid)
{
	unsigned i;

	for (i = 0; i < sample->thread_cnt; i++)
		if (sample->threads[i].tid == tid)
			return sample->threads[i].waited_ns;
	return 0;
}

static void read_name(const char *proc, pid_t pid, int tid, struct cpu_evidence *evidence)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d/task/%d/comm", proc, (int)pid, tid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(evidence->thread, sizeof(evidence->thread), file))
		evidence->thread[strcspn(evidence->thread, "\n")] = '\0';
	fclose(file);
}

void starved_judge(struct starved *starved, const char *proc, uint64_t now_ns)
{
	starved_measure(starved, proc, now_ns, &starved->last);
}

void starved_measure(const struct starved *starved, const char *proc, uint64_t now_ns,
		     struct cpu_evidence *evidence)
{
	const struct starved_sample *before = &starved->baseline;
	struct starved_sample now;
	int worst_tid = 0;
	uint64_t worst_ns = 0;
	unsigned i;

	*evidence = (struct cpu_evidence){ 0 };
	take_sample(&now, proc, before->pid, now_ns);
	if (now.pid == 0)
		return;
	for (i = 0; i < now.thread_cnt; i++) {
		const struct starved_thread *thread = &now.threads[i];
		uint64_t waited_ns = thread->waited_ns - waited_before(before, thread->tid);

		if (waited_ns >= worst_ns) {
			worst_ns = waited_ns;
			worst_tid = thread->tid;
		}
	}
	*evidence = (struct cpu_evidence){
		.known = true,
		.pid = (int)now.pid,
		.at_ns = now_ns,
		.window_ms = (now_ns - before->at_ns) / NS_PER_MS,
		.waited_ms = worst_ns / NS_PER_MS,
		.steal_ms = now.steal_ms - before->steal_ms,
	};
	read_name(proc, now.pid, worst_tid, evidence);
}
