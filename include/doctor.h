/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor.h - what is wrong with a vring, a guest, the host or the daemon, and what to do.
 *
 * Judges facts that others gathered (backend/doctor_facts.h for /proc, the reports
 * for the rest) and reads nothing itself, so that each judgement can be tried on
 * facts that are written down. Each check has the numbers it was made from.
 *
 * What must stay true: what a device can not know (a late vCPU, a dead guest) is
 * not claimed; where all is well, little is said; and a fault that somebody injected
 * is never mistaken for a real one.
 *
 * Pure. Thread: any.
 */
#ifndef VRINGD_DOCTOR_H
#define VRINGD_DOCTOR_H

#include "vring_report.h"

/* clang-format off */
#define DOCTOR_STATUSES(X)                                                                        \
	X(ok,   "nothing to do")                                                                  \
	X(note, "worth knowing: it costs something, or will one day")                             \
	X(warn, "something went wrong, or will soon")                                             \
	X(bad,  "something does not work now")
/* clang-format on */

enum doctor_status {
#define X(name, english) DOCTOR_STATUS_##name,
	DOCTOR_STATUSES(X)
#undef X
};

const char *doctor_status_name(enum doctor_status status);
const char *doctor_status_english(enum doctor_status status);

#define DOCTOR_TEXT_MAX 640

struct doctor_check {
	const char *name; /* of the check; stable, "stall", "drops_no_buffer" ... */
	enum doctor_status status;
	char subject[PORT_NAME_MAX + VRING_NAME_MAX]; /* "vm0/tx0", "vm0", "host", "daemon" */
	char text[DOCTOR_TEXT_MAX];		      /* what was found, with the numbers */
	char advice[DOCTOR_TEXT_MAX];		      /* what to do; "" nothing */
	char reference[96]; /* a section of a specification, or a file of docs; "" none */
};

/* Who listens; a check lives for the call only. */
struct doctor_ear {
	void (*hear)(void *listener, const struct doctor_check *check);
	void *listener;
};

/* The last incident of a vring since the daemon started. */
struct doctor_incident {
	long long id; /* 0: there was none */
	char cause[24], cause_text[160], outcome_text[96];
	bool open;
	bool rehearsed; /* an injected fault was armed when it began … */
	bool injected;	/* … or had struck at some time before */
	uint64_t age_s; /* since it began */
};

/* The process at the other end of a vhost-user socket, as far as it can be seen. */
struct doctor_front_end {
	int pid;      /* 0: not known */
	bool visible; /* its command line can be read */
	bool is_qemu;
	bool no_kvm;		 /* QEMU emulates the CPU */
	bool no_msix;		 /* each of its NICs was given vectors=0 */
	char held;		 /* none of its threads may run: 'T' by a signal, 't' traced; 0 */
	unsigned vcpus;		 /* by its threads' names or -smp; 0: not known */
	int shared_cpu;		 /* on which a worker is pinned and its threads may run; -1: none */
	struct cpu_evidence cpu; /* of the last seconds */
};

struct doctor_guest {
	char name[PORT_NAME_MAX];
	char socket[108];
	bool client; /* vringd connects */
	bool connected, wired, force;
	uint64_t connects, uptime_s; /* since the daemon started */
	uint64_t features, features_offered, protocol_features;
	int regions; /* of its memory; -1: can not be told now */
	unsigned vrings, running;
	enum doctor_status vrings_worst; /* of all that doctor_vring() said of them */
	struct doctor_front_end front_end;
};

/* Any other port. */
struct doctor_port {
	char name[PORT_NAME_MAX];
	char type[16];
	char ifname[16];
	char link[16]; /* of a tap: "up", "down", "no carrier"; "" not known */
	bool wired;
};

struct doctor_worker {
	unsigned worker;
	int cpu; /* -1: not pinned */
	double busy_percent;
};

struct doctor_host {
	unsigned cpus;		 /* online */
	unsigned vcpus, workers; /* of all guests that can be seen; of the daemon */
	uint64_t hugepages_total, hugepages_free, hugepage_kib;
	uint64_t steal_ms, cpu_ms; /* of all CPUs, since the host started */
	uint64_t descriptors, descriptors_max;
	bool has_state_dir;
};

void doctor_vring(const struct vring_report *report, const struct doctor_incident *last,
		  const struct doctor_ear *ear);
void doctor_guest(const struct doctor_guest *guest, const struct doctor_ear *ear);
/* Part of doctor_guest(): what can be seen of its process. */
void doctor_front_end(const struct doctor_guest *guest, const struct doctor_ear *ear);
void doctor_port(const struct doctor_port *port, const struct doctor_ear *ear);
void doctor_worker(const struct doctor_worker *worker, const struct doctor_ear *ear);
void doctor_host(const struct doctor_host *host, const struct doctor_ear *ear);

/* Stalled, being revived, stuck or faulted. */
bool doctor_vring_is_ill(const struct vring_report *report);

/* What a command line says of a front end: `args` as in /proc/PID/cmdline, `len` bytes,
 * a NUL behind each word. Sets is_qemu, no_kvm, no_msix and vcpus. */
void doctor_read_command(const char *args, size_t len, struct doctor_front_end *front_end);

#endif
