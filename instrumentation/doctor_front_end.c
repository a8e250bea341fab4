/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_front_end.c - what the process behind a socket is, and whether it has the CPU.
 *
 * A command line says what QEMU was asked for. Where it may do either (kvm:tcg), KVM
 * is taken for granted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_tell.h"

/* A thread that waited for this share of the time is late for everything. */
#define STARVED_PERCENT 20
#define STARVED_MS_MIN 50

/* ---- the command line of a front end ---- */

/* What the words read so far have said of it. */
struct words {
	bool accel, kvm; /* an accelerator was named; KVM may be used */
	unsigned nics, nics_without_msix;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void read_accelerator(struct words *words, const char *value)
{
	if (!words->accel)
		words->kvm = false;
	words->accel = true;
	words->kvm |= strncmp(value, "kvm", 3) == 0 || strstr(value, ":kvm") != NULL;
}

/* "-smp 4", "-smp cpus=4,sockets=2" */
static unsigned read_cpus(const char *value)
{
	const char *cpus = strstr(value, "cpus=");

	/* maxcpus= is how many there may be. */
	while (cpus && cpus != value && cpus[-1] != ',')
		cpus = strstr(cpus + 1, "cpus=");
	return (unsigned)strtoul(cpus ? cpus + 5 : value, NULL, 10);
}

static void read_option(struct words *words, struct doctor_front_end *front_end, const char *option,
			const char *value)
{
	const char *accel;

	if (strcmp(option, "-enable-kvm") == 0)
		read_accelerator(words, "kvm");
	else if (strcmp(option, "-accel") == 0)
		read_accelerator(words, value);
	else if (strcmp(option, "-machine") == 0 || strcmp(option, "-M") == 0) {
		accel = strstr(value, "accel=");
		if (accel)
			read_accelerator(words, accel + 6);
	} else if (strcmp(option, "-smp") == 0)
		front_end->vcpus = read_cpus(value);
	else if (strcmp(option, "-device") == 0 && strncmp(value, "virtio-net", 10) == 0) {
		words->nics++;
		words->nics_without_msix += strstr(value, "vectors=0") != NULL;
	}
}

void doctor_read_command(const char *args, size_t len, struct doctor_front_end *front_end)
{
	struct words words = { false };
	const char *word, *next, *end = args + len;

	front_end->is_qemu = front_end->no_kvm = front_end->no_msix = false;
	if (len == 0 || end[-1] != '\0')
		return;
	front_end->is_qemu =
		strncmp(base_name(args), "qemu", 4) == 0 || strcmp(base_name(args), "kvm") == 0;
	if (!front_end->is_qemu)
		return;
	front_end->vcpus = 1;
	words.kvm = ends_with(args, "kvm"); /* what QEMU goes by where nothing is said */
	for (word = args; word < end; word = next) {
		next = word + strlen(word) + 1;
		if (word[0] == '-' && word[1] == '-')
			word++;
		read_option(&words, front_end, word, next < end ? next : "");
	}
	front_end->no_kvm = !words.kvm;
	front_end->no_msix = words.nics > 0 && words.nics == words.nics_without_msix;
}

/* ---- judged ---- */

static void tell_emulated(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	const struct doctor_front_end *peer = &guest->front_end;
	struct doctor_check check;

	if (!peer->is_qemu || !peer->no_kvm)
		return;
	check = doctor_find(teller, "no_kvm", DOCTOR_STATUS_note,
			    "QEMU (process %d) runs without KVM, so it has no irqfds: each call of "
			    "vringd goes through QEMU's main loop before the guest sees it%s",
			    peer->pid, peer->no_msix ? "; it has no MSI-X (vectors=0)" : "");
	doctor_advise(teller, &check, RUNBOOK ", \"The guest is slow\"",
		      "give it KVM (-accel kvm, and /dev/kvm for its user)%s",
		      peer->no_msix ? ""
				    : "; if that can not be, give the device vectors=0: QEMU 7.2 "
				      "crashes with MSI-X and without KVM");
}

/* A guest that is held between two frames owes nothing: its vrings look idle. */
static void tell_held(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	const struct doctor_front_end *peer = &guest->front_end;
	bool traced = peer->held == 't';
	struct doctor_check check;

	if (!peer->held)
		return;
	check = doctor_find(teller, "front_end_stopped", DOCTOR_STATUS_bad,
			    "its process %d does not run, it is %s (state %c): the guest neither "
			    "sends nor answers, whatever its vrings look like",
			    peer->pid, traced ? "held by a debugger" : "stopped by a signal",
			    peer->held);
	doctor_advise(teller, &check, RUNBOOK ", \"Pings die after a while\"", "%s",
		      traced ? "let the debugger go on, or detach it"
			     : "find out who stopped it; 'kill -CONT' with that number, or 'virsh "
			       "resume', lets it go on");
}

static void tell_starved(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	const struct cpu_evidence *cpu = &guest->front_end.cpu;
	struct doctor_check check;

	if (!cpu->known || cpu->window_ms == 0 || cpu->waited_ms < STARVED_MS_MIN ||
	    cpu->waited_ms * 100 < cpu->window_ms * STARVED_PERCENT)
		return;
	check = doctor_find(teller, "starved", DOCTOR_STATUS_warn,
			    "thread %s of process %d was ready and waited for a CPU for %" PRIu64
			    " of the last %" PRIu64 " ms: a guest that does not run looks like one "
			    "that was not called",
			    cpu->thread, cpu->pid, cpu->waited_ms, cpu->window_ms);
	doctor_advise(teller, &check, RUNBOOK ", \"The guest is slow\"",
		      "see who else runs on its CPUs ('top -H'); give the guest's vCPUs CPUs of "
		      "their own, and vringd's workers others (--workers CPU)");
}

static void tell_shared_cpu(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (guest->front_end.shared_cpu < 0)
		return;
	check = doctor_find(teller, "shared_cpu", DOCTOR_STATUS_note,
			    "a worker of vringd is pinned on CPU %d, where threads of process %d "
			    "may run as well",
			    guest->front_end.shared_cpu, guest->front_end.pid);
	doctor_advise(
		teller, &check, NULL,
		"keep the guest off that CPU ('taskset -ap LIST %d', or <vcpupin> of libvirt)",
		guest->front_end.pid);
}

void doctor_front_end(const struct doctor_guest *guest, const struct doctor_ear *ear)
{
	struct doctor_teller teller = { .ear = ear };

	if (!guest->connected || !guest->front_end.pid)
		return;
	snprintf(teller.subject, sizeof(teller.subject), "%s", guest->name);
	tell_held(guest, &teller);
	tell_starved(guest, &teller);
	tell_emulated(guest, &teller);
	tell_shared_cpu(guest, &teller);
}
