/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_facts.h - what /proc says of this host, this daemon and a front end.
 *
 * Facts only; include/doctor.h judges them. What can not be read is left as "not
 * known", so that nothing is concluded from a file that is not there. `proc` is
 * "/proc", or what a test puts in its place.
 *
 * Thread: the main thread. Reads a few dozen small files.
 */
#ifndef VRINGD_DOCTOR_FACTS_H
#define VRINGD_DOCTOR_FACTS_H

#include <sys/types.h>

#include "doctor.h"

/* CPUs, hugepages, steal, descriptors. */
void doctor_facts_host(const char *proc, struct doctor_host *host);

/* All but `cpu`. `workers`: CPUs on which workers are pinned, -1 for one that is not. */
void doctor_facts_front_end(const char *proc, pid_t pid, const int *workers, unsigned worker_cnt,
			    struct doctor_front_end *front_end);

#endif
