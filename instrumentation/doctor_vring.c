/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_vring.c - what is wrong with one vring; see doctor.h.
 *
 * In the order of weight: what somebody injected, whether it stands, what stood,
 * what the driver did against the specification, what was dropped. A vring on which
 * nothing is wrong is silent; that it is well is said once a guest.
 */
#include <stdio.h>
#include <string.h>

#include "doctor_tell.h"
#include "incident.h"

#define VIRTIO "Virtio 1.2, "
#define SUPPRESSION_USED VIRTIO "\"Used Buffer Notification Suppression\""
#define SUPPRESSION_AVAIL VIRTIO "\"Available Buffer Notification Suppression\""

/* Drops below this share of the frames are a note. */
#define DROPS_NOTED_PER_THOUSAND 1
#define SMALL_RING 256

static const char *plural(uint64_t amount)
{
	return amount == 1 ? "" : "s";
}

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
	  "see whether the guest's vCPUs ran ('vringctl incidents ID' has the evidence), and whether "
	  "the front end still listens on a call descriptor that it has replaced",
	  RUNBOOK ", \"Pings die after a while\"" },
	{ "guest_not_reaping",
	  "look into the guest: is it paused, hung in the kernel, or out of CPU? Calls have "
	  "reached its interrupt; the driver does not take its buffers back",
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

bool doctor_vring_is_ill(const struct vring_report *report)
{
	if (report->state == VRING_STATE_faulted)
		return true;
	return report->state == VRING_STATE_running &&
	       (report->health == STALL_HEALTH_stalled || report->health == STALL_HEALTH_reviving ||
		report->health == STALL_HEALTH_stuck);
}

static void tell_injected(const struct vring_report *report, const struct doctor_teller *teller)
{
	struct doctor_check check;
	char left[32];
	int kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++) {
		const struct inject_report *inject = &report->inject[kind];

		if (!inject->left)
			continue;
		snprintf(left, sizeof(left), "%" PRIu64 " more", inject->left);
		check = doctor_find(teller, "injected_fault", DOCTOR_STATUS_bad,
				    "somebody rehearses an outage: the injected fault %s is armed "
				    "(%s) and has struck %" PRIu64 " time%s: %s",
				    inject_kind_word((enum inject_kind)kind),
				    inject->left == INJECT_ALWAYS ? "always" : left, inject->hits,
				    plural(inject->hits),
				    inject_kind_english((enum inject_kind)kind));
		doctor_advise(teller, &check, NULL,
			      "'vringctl unfault %s' ends it; the daemon's log says who armed it",
			      teller->subject);
	}
}

static void tell_fault(const struct vring_report *report, const struct doctor_teller *teller)
{
	char reference[96];
	struct doctor_check check = doctor_find(
		teller, "fault", DOCTOR_STATUS_bad,
		"the vring is faulted (%s) and stands since then: %s; it stopped at next_avail=%u "
		"with avail_idx=%u, and no other vring is harmed",
		vring_fault_name(report->fault), vring_fault_english(report->fault),
		report->next_avail, report->avail_idx);

	snprintf(reference, sizeof(reference), VIRTIO "\"%s\"", vring_fault_section(report->fault));
	if (report->fault == VRING_FAULT_memory_lost)
		snprintf(reference, sizeof(reference), "vhost-user, \"VHOST_USER_SET_MEM_TABLE\"");
	doctor_advise(
		teller, &check, reference,
		"only the driver can reset it: reload it in the guest (unbind and bind, or "
		"rmmod virtio_net), or restart the guest; then see who wrote that into the ring");
}

/* By which cause the vring stands, or NULL: there is no incident of now. */
static const char *cause_of(const struct doctor_incident *last)
{
	return last->id && last->open ? last->cause : NULL;
}

static void advise_cause(const struct doctor_teller *teller, struct doctor_check *check,
			 const char *cause, bool forced)
{
	const char *force =
		forced ? "" : "let the watchdog call it ('vringctl set force=on'), and ";
	unsigned i;

	for (i = 0; cause && i < ARRAY_SIZE(remedies); i++)
		if (strcmp(remedies[i].cause, cause) == 0) {
			doctor_advise(teller, check, remedies[i].reference, "%s%s", force,
				      remedies[i].advice);
			return;
		}
	doctor_advise(teller, check, RUNBOOK, "%s'vringctl explain %s' has the evidence", force,
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

static void tell_stands(const struct vring_report *report, const struct doctor_incident *last,
			const struct doctor_teller *teller)
{
	bool now = cause_of(last) != NULL || report->health == STALL_HEALTH_stuck;
	char cause[256] = "", cpu[160];
	struct doctor_check check;

	if (now && last->id)
		snprintf(cause, sizeof(cause), "; cause %s: %s%s (incident %lld)", last->cause,
			 last->cause_text, last->injected ? ", with an injected fault" : "",
			 last->id);
	tell_late_cpu(report, cpu, sizeof(cpu));
	check = doctor_find(teller, "stall", DOCTOR_STATUS_bad,
			    "%s: %s: %" PRIu64 " for %" PRIu64 " ms, %u forced call%s so far%s%s",
			    stall_health_name(report->health), stall_health_english(report->health),
			    report->unanswered, report->unanswered_ms, report->forced_in_a_row,
			    plural(report->forced_in_a_row), cause, cpu);
	advise_cause(teller, &check, now && last->id ? last->cause : NULL, report->force);
}

/* Nothing stands now, but something did. */
static void tell_past(const struct vring_report *report, const struct doctor_incident *last,
		      const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (report->health == STALL_HEALTH_quiet) {
		check = doctor_find(teller, "quiet", DOCTOR_STATUS_note,
				    "%" PRIu64 " used buffers lie for %" PRIu64 " ms, and forced "
				    "calls had no effect: the guest is idle or dead, the ring can "
				    "not tell",
				    report->unanswered, report->unanswered_ms);
		doctor_advise(teller, &check, RUNBOOK ", \"Pings die after a while\"",
			      "if the guest should transmit, look into it: is it paused or hung?");
	}
	if (!report->counters.stalls)
		return;
	check = doctor_find(teller, "stalls_past", DOCTOR_STATUS_warn,
			    "it stalled %" PRIu64 " time%s since the daemon started, %" PRIu64
			    " of them revived by a forced call%s%s%s%s",
			    report->counters.stalls, plural(report->counters.stalls),
			    report->counters.stalls_revived, last->id ? "; the last: " : "",
			    last->id ? last->cause : "",
			    last->id && last->injected ? ", with an injected fault" : "",
			    report->state == VRING_STATE_running ? "; it runs now" : "");
	if (last->id && !last->injected)
		advise_cause(teller, &check, last->cause, true);
	else if (last->id)
		doctor_advise(
			teller, &check, NULL,
			"nothing, if that was the rehearsal; 'vringctl incidents %lld' has the "
			"events around it",
			last->id);
	else
		advise_cause(teller, &check, NULL, true);
}

static void tell_unanswered(const struct vring_report *report, const struct doctor_teller *teller)
{
	const struct vring_counters_read *counters = &report->counters;
	struct doctor_check check;

	if (report->health != STALL_HEALTH_ok || !report->unanswered ||
	    counters->probes_answered >= counters->probes)
		return;
	check = doctor_find(teller, "unanswered", DOCTOR_STATUS_note,
			    "%" PRIu64 " used buffers lie unanswered for %" PRIu64
			    " ms, and %" PRIu64 " of %" PRIu64
			    " probes had no answer; the ring is not spent, so the driver may "
			    "rightly be in no hurry",
			    report->unanswered, report->unanswered_ms,
			    counters->probes - counters->probes_answered, counters->probes);
	doctor_advise(teller, &check, "docs/stalls.md",
		      "nothing while the guest works; if it does not, 'vringctl explain %s'",
		      teller->subject);
}

static void tell_against_the_rules(const struct vring_report *report,
				   const struct doctor_teller *teller)
{
	const struct vring_counters_read *counters = &report->counters;
	struct doctor_check check;
	char reference[96];
	int i;

	for (i = VRING_FAULT_none + 1; i < VRING_FAULT_CNT; i++) {
		if (!counters->faults[i] || report->state == VRING_STATE_faulted)
			continue;
		check = doctor_find(teller, "faults_past", DOCTOR_STATUS_warn,
				    "before its last reset the driver broke the ring %" PRIu64
				    " time%s (%s): %s",
				    counters->faults[i], plural(counters->faults[i]),
				    vring_fault_name((enum vring_fault)i),
				    vring_fault_english((enum vring_fault)i));
		snprintf(reference, sizeof(reference), VIRTIO "\"%s\"",
			 vring_fault_section((enum vring_fault)i));
		doctor_advise(teller, &check, reference,
			      "update the guest's driver; if it is one of your own, the section "
			      "says what it did wrong");
	}
	if (!counters->kicks_missed)
		return;
	check = doctor_find(teller, "kicks_missed", DOCTOR_STATUS_warn,
			    "%" PRIu64 " buffer%s came without the kick that was asked for, and "
			    "%s found by looking, up to %" PRIu64 " ms late%s",
			    counters->kicks_missed, plural(counters->kicks_missed),
			    counters->kicks_missed == 1 ? "was" : "were", report->stall_after_ms,
			    report->inject[INJECT_drop_kick].hits
				    ? "; the injected drop-kick explains some or all of them"
				    : "");
	doctor_advise(
		teller, &check, SUPPRESSION_AVAIL,
		"kicks are lost or withheld between driver and vringd: see what QEMU does with "
		"ioeventfd, and update the guest's driver");
}

static void tell_descriptors(const struct vring_report *report, const struct doctor_teller *teller)
{
	const bool polls =
		report->health == STALL_HEALTH_polling || report->health == STALL_HEALTH_suppressed;
	struct doctor_check check;

	if (!report->has_call_fd) {
		check = doctor_find(
			teller, "no_call_fd", polls ? DOCTOR_STATUS_note : DOCTOR_STATUS_warn,
			"the front end gave no call descriptor: nothing can be called or "
			"forced, the driver must poll");
		doctor_advise(teller, &check, "vhost-user, \"VHOST_USER_SET_VRING_CALL\"",
			      "nothing if the guest polls (DPDK); otherwise restart the front end");
	}
	if (!report->has_kick_fd) {
		check = doctor_find(teller, "no_kick_fd", DOCTOR_STATUS_note,
				    "the front end gave no kick descriptor: the ring is looked at "
				    "every %" PRIu64 " ms only",
				    report->stall_after_ms);
		doctor_advise(teller, &check, "vhost-user, \"VHOST_USER_SET_VRING_KICK\"",
			      "'vringctl set poll=always' for a driver that never kicks");
	}
	if (!report->counters.calls_failed)
		return;
	check = doctor_find(teller, "calls_failed", DOCTOR_STATUS_warn,
			    "%" PRIu64 " wanted call%s could not be written",
			    report->counters.calls_failed, plural(report->counters.calls_failed));
	doctor_advise(
		teller, &check, "vhost-user, \"VHOST_USER_SET_VRING_CALL\"",
		"the call descriptor was missing or refused the write: restart the front end");
}

static void tell_drops(const struct vring_report *report, const struct doctor_teller *teller)
{
	static const char *const names[] = {
#define X(name, english) "drops_" #name,
		VRING_DROPS(X)
#undef X
	};
	struct doctor_check check;
	int i;

	for (i = 0; i < DROP_REASON_CNT; i++) {
		const uint64_t drops = report->counters.drops[i];
		const uint64_t all = report->counters.packets + drops;
		bool expected = i == DROP_stopped || i == DROP_disabled || i == DROP_unwired;

		if (!drops)
			continue;
		check = doctor_find(teller, names[i],
				    expected || drops * 1000 < all * DROPS_NOTED_PER_THOUSAND
					    ? DOCTOR_STATUS_note
					    : DOCTOR_STATUS_warn,
				    "%" PRIu64 " of %" PRIu64 " frames were dropped: %s", drops,
				    all, drop_reason_english((enum drop_reason)i));
		if (drop_reason_advice((enum drop_reason)i))
			doctor_advise(teller, &check, NULL, "%s",
				      drop_reason_advice((enum drop_reason)i));
		else
			doctor_rest(teller, &check);
	}
}

/* 256 is what QEMU gives if it is not asked for more. */
static void tell_size(const struct vring_report *report, const struct doctor_teller *teller)
{
	const bool fast = strcmp(report->uplink_type, "ethdev") == 0;
	struct doctor_check check;

	if (report->shape.size == 0 || report->shape.size > SMALL_RING ||
	    !(fast || (!report->guest_tx && report->counters.drops[DROP_no_buffer])))
		return;
	check = doctor_find(
		teller, "ring_size", DOCTOR_STATUS_note, "the ring has %u slots%s",
		report->shape.size,
		fast ? ", and the port it is wired to is a DPDK device, which fills that "
		       "in 17 us at 10 Gbit/s of small frames"
		     : ", and frames were dropped for want of buffers");
	doctor_advise(teller, &check, NULL, "give the device %s=1024 (QEMU and libvirt)",
		      report->guest_tx ? "tx_queue_size" : "rx_queue_size");
}

void doctor_vring(const struct vring_report *report, const struct doctor_incident *last,
		  const struct doctor_ear *ear)
{
	struct doctor_teller teller = { .ear = ear };

	snprintf(teller.subject, sizeof(teller.subject), "%s/%s", report->port, report->vring);
	tell_injected(report, &teller);
	if (report->state == VRING_STATE_faulted)
		tell_fault(report, &teller);
	else if (doctor_vring_is_ill(report))
		tell_stands(report, last, &teller);
	else
		tell_past(report, last, &teller);
	if (report->state == VRING_STATE_running) {
		tell_unanswered(report, &teller);
		tell_descriptors(report, &teller);
		tell_size(report, &teller);
	}
	tell_against_the_rules(report, &teller);
	tell_drops(report, &teller);
}
