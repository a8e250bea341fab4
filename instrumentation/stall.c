/* SPDX-License-Identifier: BSD-3-Clause */
/* stall.c - see stall.h for the theory. */
#include "stall.h"

#include <string.h>

#include "clock.h"
#include "names.h"

NAME_TABLE(stall_health, STALL_HEALTHS)

static void mark(struct stall *stall, const struct stall_view *view)
{
	stall->mark_avail = view->avail_idx;
	stall->mark_event = view->event;
	stall->mark_flags = view->flags;
	if (!view->no_call)
		stall->ever_wanted = true;
}

static bool polls(const struct stall *stall)
{
	return stall->polls || !stall->ever_wanted;
}

static bool moved(const struct stall *stall, const struct stall_view *view)
{
	return stall->mark_avail != view->avail_idx || stall->mark_event != view->event ||
	       stall->mark_flags != view->flags;
}

void stall_reset(struct stall *stall, const struct stall_view *view, uint64_t now_ns)
{
	uint64_t last_answer_ns = stall->last_answer_ns; /* told beside the counters, which go on */

	memset(stall, 0, sizeof(*stall));
	stall->last_answer_ns = last_answer_ns;
	stall->last_move_ns = now_ns;
	mark(stall, view);
}

static bool tx_spent(const struct stall *stall, const struct stall_config *config,
		     const struct stall_view *view)
{
	uint64_t reaped = stall->slots_answered;

	if (view->avail_idx != view->next_used)
		return false; /* something is in flight */
	if (stall->self_reaps && stall->slots_at_avail_move > reaped)
		reaped = stall->slots_at_avail_move;
	return (stall->slots_used - reaped) * 4 >= (uint64_t)config->size * 3;
}

bool stall_spent(const struct stall *stall, const struct stall_config *config,
		 const struct stall_view *view)
{
	if (config->guest_tx)
		return tx_spent(stall, config, view);
	return view->frame_waits || view->avail_idx == view->next_avail;
}

/* The driver was seen to move: settle what was open. */
static void settle_move(struct stall *stall, struct stall_verdict *verdict, uint64_t now_ns)
{
	bool answered = stall->call_pends;
	bool forced = stall_forced_pends(stall);

	verdict->unanswered = stall->unanswered;
	verdict->unanswered_ns =
		stall->unanswered ? clock_since_ns(now_ns, stall->unanswered_since_ns) : 0;
	verdict->forced_answered = forced;
	verdict->probe_answered = forced && stall->call_was_probe;
	if (answered)
		stall->slots_answered = stall->slots_at_call;

	if (stall->stalled) {
		verdict->revived = forced && !stall->call_was_probe;
		verdict->news = verdict->revived ? STALL_NEWS_REVIVED : STALL_NEWS_MOVED_LATER;
	}
	verdict->answered = answered;
	if (answered)
		verdict->answer_ns = clock_since_ns(now_ns, stall->call_ns);
	if (verdict->revived) {
		stall->self_reaps = false; /* it did wait for a call */
		stall->last_answer_ns = verdict->answer_ns;
	}
	if (answered) {
		stall->polls = false;
		stall->ignored = 0;
	} else if (stall->ignored >= STALL_IGNORED_TO_POLL && !polls(stall)) {
		stall->polls = true;
		verdict->news = STALL_NEWS_POLLS;
	}

	stall->call_pends = false;
	stall->stalled = false;
	stall->forced = 0;
	stall->probed = false;
	stall->unanswered = 0;
	stall->last_move_ns = now_ns;
}

struct stall_verdict stall_published(struct stall *stall, const struct stall_config *config,
				     const struct stall_view *view, uint64_t buffers,
				     uint64_t slots, uint64_t now_ns)
{
	struct stall_verdict verdict = { 0 };

	if (stall->mark_avail != view->avail_idx)
		stall->slots_at_avail_move = stall->slots_used;
	if (moved(stall, view))
		settle_move(stall, &verdict, now_ns);
	mark(stall, view);

	if (stall->unanswered == 0) {
		stall->unanswered_since_ns = now_ns;
		stall->judged = false;
	}
	stall->unanswered += buffers;
	stall->slots_used += slots;
	/* More slots since the last answered call than the ring has: the driver
	 * reaps without being called. */
	if (stall->slots_used - stall->slots_answered > config->size)
		stall->self_reaps = true;
	return verdict;
}

void stall_called(struct stall *stall, enum stall_act why, uint64_t now_ns)
{
	stall->call_ns = now_ns;
	stall->call_pends = true;
	stall->call_was_forced = why != STALL_ACT_NONE;
	stall->call_was_probe = why == STALL_ACT_PROBE;
	stall->slots_at_call = stall->slots_used;
	if (why != STALL_ACT_NONE)
		stall->last_force_ns = now_ns;
}

/* A call that nothing followed in time is not answered any more. */
static void expire_call(struct stall *stall, const struct stall_config *config,
			struct stall_verdict *verdict, uint64_t now_ns)
{
	if (!stall->call_pends || clock_since_ns(now_ns, stall->call_ns) < config->stall_after_ns)
		return;
	verdict->forced_expired = stall_forced_pends(stall);
	if (verdict->forced_expired)
		stall->ignored++;
	stall->call_pends = false;
}

static bool may_force(const struct stall_config *config)
{
	return config->force && config->has_call_fd;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* How long after the last forced call the next one may follow. */
static uint64_t force_gap_ns(const struct stall *stall, const struct stall_config *config)
{
	if (polls(stall))
		return longer(STALL_PAUSE_MAX_NS, config->stall_after_ns);
	if (stall->stalled && stall->forced > 0)
		return stall->pause_ns;
	return config->stall_after_ns;
}

static bool force_due(const struct stall *stall, const struct stall_config *config, uint64_t now_ns)
{
	return stall->last_force_ns == 0 ||
	       clock_since_ns(now_ns, stall->last_force_ns) >= force_gap_ns(stall, config);
}

static void judge_idle(struct stall *stall, const struct stall_config *config,
		       const struct stall_view *view, struct stall_verdict *verdict,
		       uint64_t now_ns)
{
	bool fresh = !stall->probed || stall->probed_used != view->next_used;

	if (!may_force(config) || polls(stall) || !fresh || !force_due(stall, config, now_ns))
		return;
	stall->probed = true;
	stall->probed_used = view->next_used;
	verdict->act = STALL_ACT_PROBE;
}

/* A driver that polls now and then would seem to answer a call that comes just
 * before it looks. So it is called when it has just been silent for long
 * enough, or when it has been silent for much longer than a poller is. */
static bool poller_may_be_called(const struct stall_config *config, uint64_t unanswered_ns)
{
	return unanswered_ns < config->stall_after_ns + config->stall_after_ns / 4 ||
	       unanswered_ns >= longer(STALL_PAUSE_MAX_NS, 4 * config->stall_after_ns);
}

static bool exhausted(const struct stall *stall, const struct stall_config *config)
{
	return config->guest_tx && stall->forced >= STALL_TRIES;
}

static void force(struct stall *stall, const struct stall_config *config,
		  struct stall_verdict *verdict)
{
	uint64_t pause = stall->forced == 0 ? config->stall_after_ns : stall->pause_ns * 2;
	uint64_t most = longer(STALL_PAUSE_MAX_NS, config->stall_after_ns);

	stall->pause_ns = pause < most ? pause : most;
	stall->forced++;
	verdict->act = STALL_ACT_FORCE;
}

/* Tries are over once the last of them was ignored. */
static bool just_gave_up(const struct stall *stall)
{
	return stall->forced == STALL_TRIES && !stall->call_pends;
}

static void judge_spent(struct stall *stall, const struct stall_config *config,
			struct stall_verdict *verdict, uint64_t now_ns)
{
	bool early = polls(stall) && !poller_may_be_called(config, verdict->unanswered_ns);

	if (may_force(config) && !early && !exhausted(stall, config) &&
	    force_due(stall, config, now_ns))
		force(stall, config, verdict);
	if (polls(stall) || !config->has_call_fd)
		return;
	if (!stall->stalled && (verdict->act == STALL_ACT_FORCE || !config->force)) {
		stall->stalled = true;
		verdict->stall_begins = true;
		verdict->news = STALL_NEWS_STALLED;
	}
}

struct stall_verdict stall_peek(struct stall *stall, const struct stall_view *view, uint64_t now_ns)
{
	struct stall_verdict verdict = { 0 };

	if (!moved(stall, view))
		return verdict;
	if (stall->mark_avail != view->avail_idx)
		stall->slots_at_avail_move = stall->slots_used;
	settle_move(stall, &verdict, now_ns);
	mark(stall, view);
	return verdict;
}

struct stall_verdict stall_look(struct stall *stall, const struct stall_config *config,
				const struct stall_view *view, uint64_t now_ns)
{
	struct stall_verdict verdict = { 0 };
	bool was_pending = stall->call_pends;

	if (moved(stall, view))
		return stall_peek(stall, view, now_ns);
	expire_call(stall, config, &verdict, now_ns);
	if (stall->unanswered == 0)
		return verdict;

	verdict.unanswered = stall->unanswered;
	verdict.unanswered_ns = clock_since_ns(now_ns, stall->unanswered_since_ns);
	if (stall->stalled && was_pending && just_gave_up(stall))
		verdict.news = STALL_NEWS_GAVE_UP;
	if (verdict.unanswered_ns < config->stall_after_ns)
		return verdict;
	stall->judged = true;

	if (stall_spent(stall, config, view))
		judge_spent(stall, config, &verdict, now_ns);
	else
		judge_idle(stall, config, view, &verdict, now_ns);
	return verdict;
}

uint64_t stall_due_ns(const struct stall *stall, const struct stall_config *config)
{
	uint64_t due = UINT64_MAX;

	if (stall->call_pends)
		due = stall->call_ns + config->stall_after_ns;
	if (stall->unanswered == 0)
		return due;
	if (!stall->call_pends && !stall->judged)
		due = stall->unanswered_since_ns + config->stall_after_ns;
	if (stall->stalled && may_force(config) && !exhausted(stall, config)) {
		uint64_t next = stall->last_force_ns + force_gap_ns(stall, config);

		due = next < due ? next : due;
	}
	return due;
}

enum stall_health stall_health(const struct stall *stall, const struct stall_config *config,
			       const struct stall_view *view, bool suppressed)
{
	if (polls(stall))
		return STALL_HEALTH_polling;
	if (stall->stalled && !moved(stall, view)) {
		if (!may_force(config))
			return STALL_HEALTH_stalled;
		if (stall->forced >= STALL_TRIES &&
		    !(stall->forced == STALL_TRIES && stall->call_pends))
			return config->guest_tx ? STALL_HEALTH_quiet : STALL_HEALTH_stuck;
		return STALL_HEALTH_reviving;
	}
	if (stall->unanswered > 0 && stall->judged)
		return STALL_HEALTH_ok; /* not known to move, so not "suppressed, and moving" */
	return suppressed ? STALL_HEALTH_suppressed : STALL_HEALTH_ok;
}
