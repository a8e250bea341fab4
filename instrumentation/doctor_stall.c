/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_stall.c - whether a vring stands, or stood, and why; see doctor.h. */
#include <stdio.h>
#include <string.h>

#include "doctor_tell.h"

/* An incident of so long ago is past. */
#define RECENT_S 3600

/* What to do about what made a vring stand, by its name. */
static const struct {
	const char *cause;
	const char *advice;
	const char *reference;
} remedies[] = {
	{ "frozen_event",
	  "leave forcing on; update the guest's driver, or take its event index away "
	  "(event-idx=off on the port)",
	  SUPPRESSION_USED },
	{ "lost_call",
	  "see whether the guest's vCPUs ran ('vringctl incidents' has the evidence), and whether "
	  "the front end still listens on a call descriptor that it has replaced",
	  RUNBOOK ", \"Pings die after a while\"" },
	{ "guest_not_reaping",
	  "look into the guest: is it paused, hung in the kernel, or out of CPU? It was called by "
	  "force and does not take its buffers back",
	  RUNBOOK ", \"Pings die after a while\"" },
	{ "no_receive_buffers",
	  "look into the guest: its driver gives no receive buffers, so it may be out of memory "
	  "('dmesg' in the guest), paused or hung",
	  RUNBOOK ", \"Only one direction works\"" },
	{ "lost_kick",
	  "see what stands between the driver and the kick descriptor (QEMU's ioeventfd)",
	  SUPPRESSION_AVAIL },
	{ "uplink_blocked", "look at the other end of the wire: it takes no frames",
	  RUNBOOK ", \"Only one direction works\"" },
	{ "worker_late", "give vringd CPUs of its own (--workers), or the host fewer guests",
	  RUNBOOK ", \"The guest is slow\"" },
};

static bool is_stall(const struct doctor_incident *last)
{
	return strcmp(last->cause, "lost_call") == 0 || strcmp(last->cause, "frozen_event") == 0 ||
	       strcmp(last->cause, "guest_not_reaping") == 0 ||
	       strcmp(last->cause, "no_receive_buffers") == 0;
}

static const char *with_injected(const struct doctor_incident *last)
{
	if (last->rehearsed)
		return ", while an injected fault was armed";
	return last->injected ? ", and a fault had been injected on this vring before" : "";
}

/* `cause` NULL: it is not known. */
static void advise_cause(const struct doctor_teller *teller, struct doctor_check *check,
			 const char *cause, const char *first)
{
	unsigned i;

	for (i = 0; cause && i < ARRAY_SIZE(remedies); i++)
		if (strcmp(remedies[i].cause, cause) == 0) {
			doctor_advise(teller, check, remedies[i].reference, "%s%s", first,
				      remedies[i].advice);
			return;
		}
	doctor_advise(teller, check, RUNBOOK, "%s'vringctl explain %s' has the evidence", first,
		      teller->subject);
}

static void tell_late_cpu(const struct vring_report *report, char *text, size_t len)
{
	const struct cpu_evidence *cpu = &report->cpu;

	text[0] = '\0';
	if (cpu->known && cpu->waited_ms * 4 > cpu->window_ms)
		snprintf(text, len,
			 "; thread %s of the guest waited for a CPU %" PRIu64 " of the %" PRIu64
			 " ms before, which looks alike",
			 cpu->thread, cpu->waited_ms, cpu->window_ms);
}

/* Only an incident that lasts says why: one that gave up (stuck) counts as such. */
static void tell_stands(const struct vring_report *report, const struct doctor_incident *last,
			const struct doctor_teller *teller)
{
	const bool known =
		last->id && is_stall(last) && (last->open || report->health == STALL_HEALTH_stuck);
	char cause[352] = "", cpu[160], first[96] = "";
	struct doctor_check check;

	if (known)
		snprintf(cause, sizeof(cause), "; cause %s: %s%s (incident %lld)", last->cause,
			 last->cause_text, with_injected(last), last->id);
	if (!report->force)
		snprintf(first, sizeof(first),
			 "let the watchdog call it ('vringctl set %s force=on'), and ",
			 report->port);
	tell_late_cpu(report, cpu, sizeof(cpu));
	check = doctor_find(teller, "stall", DOCTOR_STATUS_bad,
			    "%s: %s (%" PRIu64 " buffers for %" PRIu64 " ms, %u forced call%s)%s%s",
			    stall_health_name(report->health), stall_health_english(report->health),
			    report->unanswered, report->unanswered_ms, report->forced_in_a_row,
			    plural(report->forced_in_a_row), cause, cpu);
	advise_cause(teller, &check, known ? last->cause : NULL, first);
}

static void tell_quiet(const struct vring_report *report, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (report->health != STALL_HEALTH_quiet)
		return;
	check = doctor_find(teller, "quiet", DOCTOR_STATUS_note,
			    "%" PRIu64 " used buffers lie for %" PRIu64 " ms, and forced calls had "
			    "no effect: the guest is idle or dead, the ring can not tell",
			    report->unanswered, report->unanswered_ms);
	doctor_advise(teller, &check, RUNBOOK ", \"Pings die after a while\"",
		      "if the guest should transmit, look into it: is it paused or hung?");
}

/* Nothing stands now, but something did. */
static void tell_past(const struct vring_report *report, const struct doctor_incident *last,
		      const struct doctor_teller *teller)
{
	const bool known = last->id && is_stall(last);
	struct doctor_check check;

	if (!report->counters.stalls)
		return;
	check = doctor_find(teller, "stalls_past",
			    known && last->age_s > RECENT_S ? DOCTOR_STATUS_note
							    : DOCTOR_STATUS_warn,
			    "it stalled %" PRIu64 " time%s since the daemon started, %" PRIu64
			    " of them revived by a forced call%s%s%s%s",
			    report->counters.stalls, plural(report->counters.stalls),
			    report->counters.stalls_revived, known ? "; the last: " : "",
			    known ? last->cause : "", known ? with_injected(last) : "",
			    report->state == VRING_STATE_running ? "; it is well now" : "");
	if (known && last->rehearsed)
		doctor_advise(
			teller, &check, NULL,
			"nothing, if that was the rehearsal; 'vringctl incidents %lld' has the "
			"events around it",
			last->id);
	else
		advise_cause(teller, &check, known ? last->cause : NULL, "should it come back: ");
}

/* What held a vring up without being a stall. */
static void tell_held_up(const struct doctor_incident *last, const struct doctor_teller *teller)
{
	const bool blocked = strcmp(last->cause, "uplink_blocked") == 0;
	struct doctor_check check;

	if (!last->id || (!blocked && strcmp(last->cause, "worker_late") != 0))
		return;
	if (!(blocked && last->open) && last->age_s > RECENT_S)
		return;
	check = doctor_find(teller, blocked ? "uplink_blocked" : "worker_late",
			    blocked && last->open ? DOCTOR_STATUS_bad : DOCTOR_STATUS_warn,
			    "%s: %s (incident %lld, %" PRIu64 " s ago)", last->cause_text,
			    last->outcome_text, last->id, last->age_s);
	advise_cause(teller, &check, last->cause, "");
}

static void tell_unanswered(const struct vring_report *report, const struct doctor_teller *teller)
{
	const struct vring_counters_read *counters = &report->counters;
	struct doctor_check check;

	if (report->health != STALL_HEALTH_ok || !report->unanswered ||
	    counters->probes_answered >= counters->probes)
		return;
	check = doctor_find(teller, "unanswered", DOCTOR_STATUS_note,
			    "%" PRIu64 " used buffer%s unanswered for %" PRIu64 " ms, and %" PRIu64
			    " of %" PRIu64
			    " probes had no answer; the ring is not spent, so the driver may "
			    "rightly be in no hurry",
			    report->unanswered, report->unanswered == 1 ? " lies" : "s lie",
			    report->unanswered_ms, counters->probes - counters->probes_answered,
			    counters->probes);
	doctor_advise(teller, &check, "docs/stalls.md",
		      "nothing while the guest works; if it does not, 'vringctl explain %s'",
		      teller->subject);
}

void doctor_stall(const struct vring_report *report, const struct doctor_incident *last,
		  const struct doctor_teller *teller)
{
	if (report->state != VRING_STATE_faulted && doctor_vring_is_ill(report))
		tell_stands(report, last, teller);
	else
		tell_past(report, last, teller);
	tell_held_up(last, teller);
	tell_quiet(report, teller);
	if (report->state == VRING_STATE_running)
		tell_unanswered(report, teller);
}
