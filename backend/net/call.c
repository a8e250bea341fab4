/* SPDX-License-Identifier: BSD-3-Clause */
/* call.c - see call.h. */
#include "net/call.h"

#include <errno.h>
#include <unistd.h>

#include "clock.h"
#include "net/record.h"
#include "net/tell.h"
#include "ring/notify.h"

/* The front end may hand us a saturated descriptor: it is signalled then. One
 * that fails in another way is given up. */
static bool write_call(struct vring_end *end)
{
	const uint64_t one = 1;

	if (end->call_fd < 0)
		return false;
	if (write(end->call_fd, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN)
		return true;
	vring_end_set_call_fd(end, -1);
	return false;
}

void call_leave(struct vring_end *end)
{
	if (stall_leave_call(&end->stall))
		count(&end->counters.forced[FORCED_unknown], 1);
}

static void note_call(struct vring_end *end, enum stall_act why, uint64_t now_ns)
{
	count(&end->counters.calls, 1);
	if (end->used_cnt != end->called_cnt)
		latency_add(&end->latency[LATENCY_publish_to_call],
			    clock_since_ns(now_ns, end->unsignalled_ns));
	end->called_cnt = end->used_cnt;
	end->called_used = end->vring.next_used;
	call_leave(end);
	stall_called(&end->stall, why, now_ns);
}

/* An injected fault counts as a call that was made. */
static enum trace_kind call_wanted(struct vring_end *end, bool *injected, uint64_t now_ns)
{
	bool dropped = end->call_fd >= 0 && inject_hit(&end->inject, INJECT_drop_call);

	*injected |= dropped;
	if (!dropped && !write_call(end)) {
		count(&end->counters.calls_failed, 1);
		return TRACE_call_failed;
	}
	note_call(end, STALL_ACT_NONE, now_ns);
	return TRACE_call;
}

void call_first(struct vring_end *end, uint64_t now_ns)
{
	end->first_call_due = false;
	if (!write_call(end))
		return;
	count(&end->counters.calls_first, 1);
	record_event(end, TRACE_first_call, now_ns);
	note_call(end, STALL_ACT_NONE, now_ns);
}

bool call_forced(struct vring_end *end, enum stall_act why, uint64_t now_ns)
{
	bool dropped = inject_hit(&end->inject, INJECT_drop_forced);

	if (!dropped && !write_call(end))
		return false;
	count(&end->counters.calls_forced, 1);
	if (why == STALL_ACT_PROBE)
		count(&end->counters.probes, 1);
	record_judged(end, why == STALL_ACT_PROBE ? TRACE_probe : TRACE_force,
		      end->stall.unanswered, clock_since_ns(now_ns, end->stall.unanswered_since_ns),
		      dropped, now_ns);
	note_call(end, why, now_ns);
	return true;
}

bool call_by_hand(struct vring_end *end, uint64_t now_ns)
{
	if (!write_call(end))
		return false;
	count(&end->counters.calls_forced, 1);
	count(&end->counters.forced[FORCED_unknown], 1);
	record_event(end, TRACE_hand_call, now_ns);
	note_call(end, STALL_ACT_NONE, now_ns);
	return true;
}

static void count_suppressed(struct vring_end *end, const struct notify_decision *decision)
{
	bool by_event = notify_by_event(&end->vring, decision->wish);

	count(&end->counters.suppressed[by_event ? SUPPRESS_event_idx : SUPPRESS_no_interrupt], 1);
}

static void decide(struct vring_end *end, uint32_t buffers, uint64_t now_ns)
{
	const uint16_t stale = (uint16_t)counter_read(&end->inject.value);
	bool injected = end->vring.event_idx && inject_hit(&end->inject, INJECT_stale_used_event);
	struct notify_decision decision = notify_decide(&end->vring, injected ? &stale : NULL);
	enum trace_kind kind = TRACE_suppress;

	if (INSTRUMENTED) {
		end->decision = decision;
		end->decided = true;
	}
	if (decision.wanted)
		kind = call_wanted(end, &injected, now_ns);
	else
		count_suppressed(end, &decision);
	record_decision(end, kind, decision, buffers, injected, now_ns);
}

static void judge(struct vring_end *end, uint32_t buffers, uint64_t now_ns)
{
	const struct stall_config config = vring_end_stall_config(end);
	const struct stall_view *view =
		end->guest_tx ? vring_end_look_behind_take(end) : vring_end_look(end);
	const struct stall_verdict verdict = stall_published(&end->stall, &config, view, buffers,
							     end->unpublished_slots, now_ns);

	tell_verdict(end, &verdict, false, now_ns);
}

/* The driver's words are read after the publish and before the decision, so
 * that a move made in answer to this very call is one. Of what a sender made
 * available the take before may have told all: what has come since then is
 * found by the next take, and is taken for a move that followed. */
void call_publish(struct vring_end *end, uint64_t now_ns)
{
	const uint32_t buffers = end->unpublished;

	if (buffers == 0)
		return;
	if (end->used_cnt - end->called_cnt == buffers)
		end->unsignalled_ns = now_ns;
	vring_publish(&end->vring);
	count(&end->counters.publishes, 1);

	judge(end, buffers, now_ns);
	end->unpublished = 0;
	end->unpublished_slots = 0;
	decide(end, buffers, now_ns);
}
