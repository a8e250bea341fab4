/* SPDX-License-Identifier: BSD-3-Clause */
/* worker_report.h - one worker at one moment, as plain numbers.
 *
 * Thread: any; a report belongs to whoever asked for it.
 */
#ifndef VRINGD_WORKER_REPORT_H
#define VRINGD_WORKER_REPORT_H

#include <stdint.h>

struct worker_report {
	unsigned worker;
	int cpu; /* -1: not pinned */
	double busy_percent;
	double cycles_per_packet;
	double packets_per_burst;
	uint64_t busy_cycles, packets, bursts, sleeps, wakes;
};

#endif
