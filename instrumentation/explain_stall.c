/* SPDX-License-Identifier: BSD-3-Clause */
/* explain_stall.c - the health of a running vring, and the evidence for it.
 *
 * Part of explain.h. A device sees positions, the driver's event word and
 * flags, and whether they move; each sentence says which of these it rests on.
 * The rules are those of docs/stalls.md; the judge that applies them is
 * stall.c, this only tells.
 */
#include "explain_tell.h"

/* A driver that was not seen to move for so long is said to be at rest. */
#define REST_MS 5000

static void tell_headline(const struct teller *teller);
static void tell_ok(const struct teller *teller);
static void tell_idle(const struct teller *teller);
static bool hangs(const struct vring_report *report);
static void tell_silence(const struct teller *teller);
static void tell_spent(const struct teller *teller);
static void tell_spent_tx(const struct teller *teller);
static void tell_conclusion(const struct teller *teller);
static void tell_forcing(const struct teller *teller);
static void tell_history(const struct teller *teller);
static void tell_cpu(const struct teller *teller);

void explain_health(const struct teller *teller)
{
	tell_headline(teller);
	if (hangs(teller->report)) {
		tell_silence(teller);
		tell_spent(teller);
	}
	explain_decision(teller);
	if (hangs(teller->report)) {
		tell_conclusion(teller);
		tell_forcing(teller);
	}
	tell_history(teller);
	tell_cpu(teller);
}

static void tell_headline(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const uint64_t lie = report->unanswered, ms = report->unanswered_ms;

	switch (report->health) {
	case STALL_HEALTH_stalled:
		tell(teller,
		     "stalled: %" PRIu64 " used buffer%s unanswered for %" PRIu64
		     " ms, the ring is spent, and nothing is done about it",
		     lie, lie == 1 ? " lies" : "s lie", ms);
		break;
	case STALL_HEALTH_reviving:
		tell(teller,
		     "stalled, and being revived: %" PRIu64 " used buffer%s unanswered for "
		     "%" PRIu64 " ms, the ring is spent, and calls are forced",
		     lie, lie == 1 ? " lies" : "s lie", ms);
		break;
	case STALL_HEALTH_stuck:
		tell(teller,
		     "stuck: the driver gives no receive buffer for %" PRIu64 " ms though "
		     "it was called by force: the guest is paused, its vCPU gets no time, "
		     "or its driver hangs",
		     ms);
		break;
	case STALL_HEALTH_quiet:
		tell(teller, "quiet: forced calls had no effect, and the driver sends nothing: it "
			     "is idle or dead, the ring cannot tell; ping the guest to know");
		break;
	case STALL_HEALTH_polling:
		tell(teller,
		     "polling: the driver has asked for no call since it started, or ignored %d "
		     "forced calls in a row and then moved by itself, as a poll-mode driver "
		     "does; it is forced only while spent and at most once a second",
		     STALL_IGNORED_TO_POLL);
		break;
	default:
		tell_ok(teller);
		break;
	}
}

/* A driver of which nothing is asked shows no sign of life. */
static void tell_at_rest(const struct teller *teller, const char *claim)
{
	const struct vring_report *report = teller->report;

	if (report->last_move_ago_ms < REST_MS)
		tell(teller,
		     "healthy: %s, and no used buffer is unanswered; %" PRIu64 " packets so far",
		     claim, report->counters.packets);
	else
		tell(teller,
		     "at rest: no used buffer is unanswered, and the driver last moved %" PRIu64
		     " s ago; whether it would move now the ring cannot tell, 'vringctl doctor' "
		     "looks at the front end; %" PRIu64 " packets so far",
		     report->last_move_ago_ms / 1000, report->counters.packets);
}

static void tell_ok(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const char *claim = report->health == STALL_HEALTH_suppressed
				    ? "the driver asks for no call, and moves"
				    : "the driver answers";

	if (report->unanswered == 0)
		tell_at_rest(teller, claim);
	else if (report->unanswered_ms < report->stall_after_ms)
		tell(teller,
		     "healthy: %s; %" PRIu64 " used buffer%s unanswered for %" PRIu64
		     " ms, less than stall-after (%" PRIu64 " ms); %" PRIu64 " packets so far",
		     claim, report->unanswered, report->unanswered == 1 ? " is" : "s are",
		     report->unanswered_ms, report->stall_after_ms, report->counters.packets);
	else if (report->spent)
		tell(teller,
		     "waiting: %" PRIu64 " used buffer%s unanswered for %" PRIu64 " ms, and "
		     "the ring is spent: a stall, unless the driver moves before the next "
		     "look",
		     report->unanswered, report->unanswered == 1 ? " is" : "s are",
		     report->unanswered_ms);
	else
		tell_idle(teller);
}

/* Unanswered on a ring that is not spent: the driver idles, or no call reached
 * it. Only a call can tell, so say if none is made. */
static void tell_idle(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	tell(teller,
	     "silent: %" PRIu64 " used buffer%s unanswered for %" PRIu64
	     " ms; the ring is not spent, so the driver may be idle; %" PRIu64 " packets so far",
	     report->unanswered, report->unanswered == 1 ? " is" : "s are", report->unanswered_ms,
	     report->counters.packets);
	if (!report->force)
		tell(teller,
		     "forcing is off, so no probe asks whether it sleeps: 'vringctl call %s/%s' "
		     "does once, 'vringctl set %s force=on' lets the watchdog do it",
		     report->port, report->vring, report->port);
}

static bool hangs(const struct vring_report *report)
{
	switch (report->health) {
	case STALL_HEALTH_stalled:
	case STALL_HEALTH_reviving:
	case STALL_HEALTH_stuck:
	case STALL_HEALTH_quiet:
		return true;
	default:
		return false;
	}
}

static void tell_silence(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	if (report->shape.packed)
		tell(teller,
		     "the driver was last seen to move %" PRIu64 " ms ago: what it made "
		     "available ends at %s, its event word (%s) and flags (%u) are what they "
		     "were; next_used is %s",
		     report->last_move_ago_ms, AT(report, report->avail_idx),
		     AT(report, report->used_event), report->driver_flags,
		     AT(report, report->next_used));
	else
		tell(teller,
		     "the driver was last seen to move %" PRIu64 " ms ago: its available index "
		     "(%u), event word (%u) and flags (%u) are what they were; used_idx is %u",
		     report->last_move_ago_ms, report->avail_idx, report->used_event,
		     report->driver_flags, report->used_idx);
}

static void tell_spent(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	if (report->guest_tx)
		tell_spent_tx(teller);
	else if (!report->spent)
		tell(teller,
		     "not spent: %" PRIu64 " receive buffers are available (avail_idx=%s, "
		     "next_avail=%s)",
		     report->backlog, AT(report, report->avail_idx),
		     AT(report, report->next_avail));
	else if (report->backlog)
		tell(teller,
		     "spent: the %" PRIu64 " receive buffers available are too few for the "
		     "frame at hand",
		     report->backlog);
	else
		tell(teller,
		     "spent: no receive buffer is available (avail_idx=%s = next_avail=%s), "
		     "so nothing can come in before the driver takes its used ones back",
		     AT(report, report->avail_idx), AT(report, report->next_avail));
}

static void tell_spent_tx(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const unsigned in_flight =
		position_distance(report->shape, report->avail_idx, report->next_used);
	const unsigned threshold = (report->shape.size * 3u + 3) / 4;

	if (report->spent)
		tell(teller,
		     "spent: nothing is in flight (avail_idx=%s = next_used=%s), and the "
		     "buffers used since the last answered call span at least %u of the "
		     "%u slots (3/4): a driver that waits for room waits for a call",
		     AT(report, report->avail_idx), AT(report, report->next_used), threshold,
		     report->shape.size);
	else if (in_flight)
		tell(teller, "not spent: %s(avail_idx=%s - next_used=%s)=%u %s are in flight",
		     report->shape.packed ? "" : "(uint16)", AT(report, report->avail_idx),
		     AT(report, report->next_used), in_flight,
		     report->shape.packed ? "slots" : "buffers");
	else
		tell(teller,
		     "not spent: the buffers used since the last answered call span fewer "
		     "than %u of the %u slots (3/4)",
		     threshold, report->shape.size);
}

/* What the last decision and the silence after it allow to conclude. */
static void tell_conclusion(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	const uint64_t dropped = report->inject[INJECT_drop_call].hits;

	if (!report->last_decision.any)
		return;
	if (report->unsignalled == 0 && dropped)
		tell(teller,
		     "calls were counted up to called_used=%s, and the injected drop-call "
		     "kept %" PRIu64 " from being written: the driver may never have heard",
		     AT(report, report->called_used), dropped);
	else if (report->unsignalled == 0)
		tell(teller,
		     "the call descriptor was written for all of them (called_used=%s) and "
		     "the driver did not move: the call was lost, or the guest is late",
		     AT(report, report->called_used));
	else
		tell(teller,
		     "no call was written for the last %" PRIu64 " of them "
		     "(called_used=%s, used_idx=%s): if the driver sleeps, its event word "
		     "is stale, or it needs its buffers sooner than it asked",
		     report->unsignalled, AT(report, report->called_used),
		     AT(report, report->used_idx));
}

static void tell_forcing(const struct teller *teller)
{
	const struct vring_report *report = teller->report;

	if (!report->force)
		tell(teller,
		     "forcing is off (force=off or --no-force): 'vringctl call %s/%s' calls "
		     "the driver once, 'vringctl set %s force=on' lets the watchdog do it",
		     report->port, report->vring, report->port);
	else if (!report->has_call_fd)
		tell(teller, "forcing is on, and impossible without a call descriptor");
	else if (report->counters.calls_forced)
		tell(teller,
		     "forcing is on: %u forced call%s since the driver last moved, the "
		     "last %" PRIu64 " ms ago; %s",
		     report->forced_in_a_row, plural(report->forced_in_a_row),
		     report->last_forced_ago_ms,
		     report->guest_tx && report->forced_in_a_row >= STALL_TRIES
			     ? "no more follow before it moves"
			     : "they go on at doubling pauses of up to 1 s");
	else
		tell(teller,
		     "forcing is on: the driver is called after %" PRIu64 " ms without a "
		     "move, then at doubling pauses of up to 1 s",
		     report->stall_after_ms);
}

/* Stalls that are over. */
static void tell_history(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const uint64_t stalls = report->counters.stalls;
	const uint64_t revived = report->counters.stalls_revived;

	if (revived)
		tell(teller,
		     "revived: %" PRIu64 " of %" PRIu64 " stall%s ended with a move after a "
		     "forced call, the last one %" PRIu64 " us after it: a call was lost or "
		     "wrongly suppressed, or a late vCPU, which looks alike",
		     revived, stalls, plural(stalls), report->last_revival_us);
	else if (stalls && !hangs(report))
		tell(teller,
		     "%" PRIu64 " stall%s ended without a move in time after a forced call: "
		     "the driver moved by itself, or the vCPU was late",
		     stalls, plural(stalls));
}

/* A guest that did not run looks like one that was not called. The evidence is
 * of the latest stall of any vring of the port. */
static void tell_cpu(const struct teller *teller)
{
	const struct vring_report *report = teller->report;
	const struct cpu_evidence *cpu = &report->cpu;
	const bool late = (cpu->waited_ms + cpu->steal_ms) * 2 >= report->stall_after_ms;

	if (!cpu->known)
		return;
	tell(teller,
	     "%s: in the %" PRIu64 " ms before the last stall was found (%" PRIu64
	     " ms ago), the thread \"%s\" of the front end (pid %d) was ready and waited "
	     "%" PRIu64 " ms for a CPU (run queue), and a hypervisor below this host took "
	     "%" PRIu64 " ms of its CPUs (steal)",
	     late ? "a late vCPU may be the whole cause" : "nothing speaks for a late vCPU",
	     cpu->window_ms, report->cpu_ago_ms, cpu->thread, cpu->pid, cpu->waited_ms,
	     cpu->steal_ms);
}
