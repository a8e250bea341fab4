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

/* Drops below this share of the frames are a note. */
#define DROPS_NOTED_PER_THOUSAND 1
#define SMALL_RING 256

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
	doctor_stall(report, last, &teller);
	if (report->state == VRING_STATE_running) {
		tell_descriptors(report, &teller);
		tell_size(report, &teller);
	}
	tell_against_the_rules(report, &teller);
	tell_drops(report, &teller);
}
