/* SPDX-License-Identifier: BSD-3-Clause */
/* explain.c - the state of a vring in sentences, with the reason for each claim.
 *
 * See explain.h. Told in the order in which a person should hear it: faults
 * that somebody injected, the state, the health with its evidence, then what
 * is odd though nothing hangs (descriptors, backlog, drops, wires). What is
 * said of a ring that hangs is in explain_stall.c.
 */
#include "explain.h"

#include <stdarg.h>
#include <stdio.h>

#include "explain_tell.h"

/* What somebody who put a fault in will see of it. */
static const char *const injected_effect[INJECT_KIND_CNT] = {
	[INJECT_drop_call] = "calls are counted as made but not written",
	[INJECT_drop_kick] = "kicks are drained and ignored",
	[INJECT_stale_used_event] = "decisions read a frozen word in place of the driver's event",
	[INJECT_drop_forced] = "forced calls are counted as made but not written",
};

static void tell_injected(const struct teller *teller);
static void tell_state(const struct teller *teller);
static void tell_faulted(const struct teller *teller);
static void tell_descriptors(const struct teller *teller);
static void tell_backlog(const struct teller *teller);
static void tell_troubles(const struct teller *teller);
static void tell_drops(const struct teller *teller, enum drop_reason reason);
static void tell_wire(const struct teller *teller);

void explain_vring(const struct vring_report *report,
		   void (*say)(void *listener, const char *sentence), void *listener)
{
	const struct teller teller = { report, say, listener };

	tell_injected(&teller);
	if (report->state == VRING_STATE_running) {
		explain_health(&teller);
		tell_descriptors(&teller);
		tell_backlog(&teller);
	} else {
		tell_state(&teller);
	}
	tell_troubles(&teller);
	tell_wire(&teller);
}

void tell(const struct teller *teller, const char *format, ...)
{
	char sentence[EXPLAIN_SENTENCE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	teller->say(teller->listener, sentence);
}

static void tell_injected(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	bool armed = false;
	char left[32];
	int kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++) {
		const struct inject_report *inject = &report->inject[kind];
		const char *word = inject_kind_word((enum inject_kind)kind);

		if (inject->left == INJECT_ALWAYS)
			snprintf(left, sizeof(left), "always");
		else
			snprintf(left, sizeof(left), "%" PRIu64 " left", inject->left);
		if (inject->left)
			tell(teller,
			     "injected fault: %s is armed (%s) and has struck %" PRIu64
			     " time%s: %s",
			     word, left, inject->hits, plural(inject->hits), injected_effect[kind]);
		else if (inject->hits)
			tell(teller,
			     "injected fault: %s has struck %" PRIu64 " time%s and is not "
			     "armed now: %s",
			     word, inject->hits, plural(inject->hits), injected_effect[kind]);
		if (inject->left && kind == INJECT_stale_used_event)
			tell(teller,
			     "injected fault: the used_event that decisions read is %s, the "
			     "driver's is %s",
			     AT(report, (uint16_t)inject->value), AT(report, report->used_event));
		armed |= inject->left != 0;
	}
	if (armed)
		tell(teller,
		     "what follows may be the work of an injected fault; "
		     "'vringctl unfault %s/%s' ends it",
		     report->port, report->vring);
}

static void tell_state(const struct teller *teller)
{
	const char *port = teller->report->port;

	switch (teller->report->state) {
	case VRING_STATE_absent:
		tell(teller,
		     "absent: no front end is connected, so there is no ring; 'vringctl "
		     "qemu-args %s' prints what QEMU needs",
		     port);
		break;
	case VRING_STATE_stopped:
		tell(teller,
		     "stopped: the front end of %s is connected and has not started this "
		     "vring: the guest boots, has no driver for it, or reset the device",
		     port);
		break;
	case VRING_STATE_disabled:
		tell(teller,
		     "disabled: the driver started this vring and did not enable it, so "
		     "%s; it does when it brings its interface up, or uses more queues "
		     "('ethtool -L')",
		     teller->report->guest_tx ? "what it sends is drained and discarded"
					      : "nothing is fed to it");
		break;
	case VRING_STATE_faulted:
		tell_faulted(teller);
		break;
	default:
		break;
	}
}

static void tell_faulted(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	tell(teller, "faulted (%s): %s, against the section \"%s\" of Virtio 1.2",
	     vring_fault_name(report->fault), vring_fault_english(report->fault),
	     vring_fault_section(report->fault));
	tell(teller,
	     "the vring is stopped since then, at next_avail=%s with avail_idx=%s, and no "
	     "other vring is harmed; only the driver can reset it: reload it in the guest, "
	     "or restart the guest",
	     AT(report, report->next_avail), AT(report, report->avail_idx));
}

static void tell_descriptors(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	if (!report->has_call_fd)
		tell(teller, "there is no call descriptor: the front end gave none, so the driver "
			     "polls, and nothing can be called or forced");
	if (!report->has_kick_fd)
		tell(teller,
		     "there is no kick descriptor: the front end gave none, so the ring is "
		     "looked at every %" PRIu64 " ms instead",
		     report->stall_after_ms);
	if (report->counters.calls_failed)
		tell(teller,
		     "%" PRIu64 " wanted call%s could not be written: the call descriptor "
		     "was missing or refused the write",
		     report->counters.calls_failed, plural(report->counters.calls_failed));
}

/* On rx a backlog is what frames are put into; on tx it is work that waits. */
static void tell_backlog(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const uint64_t missed = report->counters.kicks_missed;

	if (report->guest_tx && report->backlog)
		tell(teller,
		     "backlog: from next_avail=%s on %" PRIu64 " buffers are available and not "
		     "taken; they are taken within %" PRIu64 " ms, kick or no kick, unless the "
		     "other end of the wire pushes back",
		     AT(report, report->next_avail), report->backlog, report->stall_after_ms);
	if (missed)
		tell(teller,
		     "%" PRIu64 " buffer%s came without a kick in time: %s; they were found "
		     "by looking",
		     missed, plural(missed),
		     report->inject[INJECT_drop_kick].hits
			     ? "the injected drop-kick explains some or all of them"
			     : "kicks were lost or withheld between driver and vringd");
}

static void tell_troubles(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	int i;

	for (i = VRING_FAULT_none + 1; i < VRING_FAULT_CNT; i++) {
		if (!report->counters.faults[i] || report->state == VRING_STATE_faulted)
			continue;
		tell(teller,
		     "before its last reset the driver made this mistake %" PRIu64
		     " time%s: %s (%s)",
		     report->counters.faults[i], plural(report->counters.faults[i]),
		     vring_fault_english((enum vring_fault)i),
		     vring_fault_name((enum vring_fault)i));
	}
	for (i = 0; i < DROP_REASON_CNT; i++)
		tell_drops(teller, (enum drop_reason)i);
}

static void tell_drops(const struct teller *teller, enum drop_reason reason)
{
	const uint64_t drops = teller->report->counters.drops[reason];
	const char *advice = drop_reason_advice(reason);

	if (drops)
		tell(teller, "%" PRIu64 " frame%s dropped so far, reason %s (%s)%s%s", drops,
		     drops == 1 ? " was" : "s were", drop_reason_name(reason),
		     drop_reason_english(reason), advice ? ": " : "", advice ? advice : "");
}

static void tell_wire(const struct teller *teller)
{
	if (teller->report->uplink[0])
		return;
	tell(teller,
	     "%s is wired to nothing: what the guest sends is dropped and counted, and "
	     "nothing comes in; 'vringctl wire %s,PORT' joins it to a port",
	     teller->report->port, teller->report->port);
}
