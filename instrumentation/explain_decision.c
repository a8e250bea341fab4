/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_decision.c - the last decision to call or not, with its arithmetic.
 *
 * Part of explain.h. The rule is worked out here once more from the operands,
 * so that a decision that broke it is told as one.
 */
#include <stdio.h>

#include "explain_tell.h"
#include "virtio_spec.h"

#define RULE_SPLIT "\"Used Buffer Notification Suppression\""
#define RULE_PACKED "\"Driver and Device Event Suppression\""

static void tell_by_event(const struct teller *teller);
static void tell_by_split_flags(const struct teller *teller);
static void tell_by_packed_flags(const struct teller *teller);

struct position_text position_text(const struct vring_report *report, uint16_t position)
{
	struct position_text text;

	if (report->shape.packed)
		snprintf(text.text, sizeof(text.text), "%d (wrap %d)", position & POSITION_SLOT,
			 position & POSITION_WRAP ? 1 : 0);
	else
		snprintf(text.text, sizeof(text.text), "%u", position);
	return text;
}

void explain_decision(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const struct vring_decision *last = &report->last_decision;

	if (!last->any)
		tell(teller, "last decision: none, nothing was published since the start");
	else if (report->shape.packed &&
		 (!report->event_idx || last->flags != RING_EVENT_FLAGS_DESC))
		tell_by_packed_flags(teller);
	else if (!report->event_idx)
		tell_by_split_flags(teller);
	else
		tell_by_event(teller);
}

static const char *verdict_on(const struct vring_report *report, bool wanted)
{
	const bool called = report->last_decision.called;

	if (wanted == called)
		return report->shape.packed ? "correct by " RULE_PACKED : "correct by " RULE_SPLIT;
	if (called)
		return "more than the rule asks, which the specification allows";
	return "against the specification's rule: the call failed, or this is a bug of vringd";
}

static void tell_by_event(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const struct vring_decision *last = &report->last_decision;
	const char *cast = report->shape.packed ? "" : "(uint16)";
	const unsigned behind =
		(uint16_t)(position_distance(report->shape, last->new, last->used_event) - 1);
	const unsigned step = position_distance(report->shape, last->new, last->old);
	const bool wanted = behind < step;

	tell(teller,
	     "last decision: need_event(used_event=%s, new=%s, old=%s): "
	     "%s(new-event-1)=%u < %s(new-old)=%u is %s: %s, %s",
	     AT(report, last->used_event), AT(report, last->new), AT(report, last->old), cast,
	     behind, cast, step, wanted ? "true" : "false", last->called ? "call" : "no call",
	     verdict_on(report, wanted));
}

static void tell_by_split_flags(const struct teller *teller)
{
	const struct vring_decision *last = &teller->report->last_decision;

	tell(teller,
	     "last decision: old=%u, new=%u, by the driver's flags (no event index was "
	     "negotiated): %s; the flags are %u now, which ask for %s",
	     last->old, last->new,
	     last->called ? "call" : "no call, VIRTQ_AVAIL_F_NO_INTERRUPT was set",
	     teller->report->driver_flags, teller->report->driver_flags & 1 ? "no call" : "a call");
}

static const char *event_flags_name(uint16_t flags)
{
	switch (flags) {
	case RING_EVENT_FLAGS_ENABLE:
		return "RING_EVENT_FLAGS_ENABLE";
	case RING_EVENT_FLAGS_DISABLE:
		return "RING_EVENT_FLAGS_DISABLE";
	case RING_EVENT_FLAGS_DESC:
		return "RING_EVENT_FLAGS_DESC";
	default:
		return "a reserved value";
	}
}

static void tell_by_packed_flags(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const struct vring_decision *last = &report->last_decision;

	tell(teller,
	     "last decision: old=%s, new=%s, by the flags in the driver's event suppression "
	     "structure (%s): %s, %s; they are %s now",
	     AT(report, last->old), AT(report, last->new), event_flags_name(last->flags),
	     last->called ? "call" : "no call",
	     verdict_on(report, last->flags != RING_EVENT_FLAGS_DISABLE),
	     event_flags_name(report->driver_flags));
}
