/* SPDX-License-Identifier: BSD-3-Clause */
/* starved.h - did a guest get the CPU? What /proc knows of its front end.
 *
 * A guest that does not run looks from outside exactly like one that missed a
 * call. What tells them apart is how long the threads of the front end were
 * ready and waited for a CPU (/proc/PID/task/TID/schedstat), and how much a
 * hypervisor below this host took (steal, in /proc/stat). Both only ever grow,
 * so a sample is taken each second, and a stall is judged by what came since the
 * last but one.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_STARVED_H
#define VRINGD_STARVED_H

#include <stdint.h>
#include <sys/types.h>

#include "vring_report.h"

#define STARVED_THREADS 64

struct starved_thread {
	int tid;
	uint64_t waited_ns; /* since it was started */
};

struct starved_sample {
	pid_t pid; /* 0: none was taken */
	uint64_t at_ns, steal_ms;
	unsigned thread_cnt;
	struct starved_thread threads[STARVED_THREADS];
};

/* One guest's. Zeroed: nothing is known. */
struct starved {
	struct starved_sample baseline, latest; /* about two seconds ago, and one */
	struct cpu_evidence last; /* of the latest stall; known is false before the first */
};

/* Takes a sample. `proc` is "/proc", or what a test puts in its place. */
void starved_look(struct starved *starved, const char *proc, pid_t pid, uint64_t now_ns);

/* A stall was found just now: what the time since the baseline speaks for. */
void starved_judge(struct starved *starved, const char *proc, uint64_t now_ns);

/* The same, and nothing is kept: is it starved now, stall or no stall? */
void starved_measure(const struct starved *starved, const char *proc, uint64_t now_ns,
		     struct cpu_evidence *evidence);

#endif
