/* SPDX-License-Identifier: BSD-3-Clause */
/* stall.h - the stall judge: is a driver late, idle, polling or hung?
 *
 * Theory. A device puts used buffers on a ring and may call the driver. From
 * outside the guest one thing can be seen of the driver: that it *moves* —
 * its available index, its event word or its flags change. A call that a move
 * follows within `stall_after` is *answered*. A ring is *spent* when the
 * driver can be expected to need its buffers back before anything else can
 * happen. Used buffers that lie unanswered on a spent ring are a *stall*.
 * A forced call is always allowed ("The driver MUST handle spurious
 * notifications from the device"), so a wrong suspicion costs one interrupt.
 *
 * A tx driver that reaps by itself, whenever it transmits, answers no call
 * for hours and is healthy. It gives itself away: it has made more slots
 * available since the last answered call than the ring has, which nobody can
 * without reaping. That is remembered until a forced call revives it. For such
 * a driver only slots used since its available index last moved are counted as
 * unreaped.
 *
 * A driver whose flags have asked for no call at any time since it started says
 * itself that it polls. It needs none, busy or idle, and is treated as one that
 * was found out by ignoring calls.
 *
 * The judge is pure: (state, view, now) → verdict. The worker that owns the
 * vring tells it of publishes and calls, asks it at each look, and does what
 * the verdict says.
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_STALL_H
#define VRINGD_STALL_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define STALL_HEALTHS(X)                                                                          \
	X(ok,         "the driver answers")                                                       \
	X(suppressed, "the driver asked for no call, and moves")                                  \
	X(stalled,    "used buffers lie unanswered on a spent ring, and nothing is forced")       \
	X(reviving,   "used buffers lie unanswered on a spent ring, and calls are forced")        \
	X(stuck,      "forced calls had no effect and the driver gives no receive buffer")        \
	X(quiet,      "forced calls had no effect: idle or dead, the ring cannot tell")           \
	X(polling,    "the driver wants no calls, or ignores them, and moves by itself")
/* clang-format on */

enum stall_health {
#define X(name, english) STALL_HEALTH_##name,
	STALL_HEALTHS(X)
#undef X
};

const char *stall_health_name(enum stall_health health);
const char *stall_health_english(enum stall_health health);

/* Forced calls without answer after which a ring is called quiet or stuck,
 * and after which tx is forced no more. */
#define STALL_TRIES 8
/* Forced calls ignored in a row, and then a move: the driver polls. */
#define STALL_IGNORED_TO_POLL 3
#define STALL_PAUSE_MAX_NS UINT64_C(1000000000)

struct stall_config {
	uint64_t stall_after_ns;
	bool force;	  /* false: report, and do nothing */
	bool has_call_fd; /* false: nothing can be forced */
	bool guest_tx;
	uint16_t size;
};

/* The driver's words and our positions at the moment of asking. */
struct stall_view {
	uint16_t avail_idx;
	uint32_t event; /* split: used_event */
	uint16_t flags;
	bool no_call; /* by its flags the driver wants no call whatever happens */
	uint16_t next_avail, next_used;
	bool frame_waits; /* rx: a frame at hand is larger than what is available */
};

enum stall_act {
	STALL_ACT_NONE,
	STALL_ACT_PROBE, /* call once, for this position */
	STALL_ACT_FORCE, /* call: the ring is stalled */
};

/* What a look found that people want to be told of. */
enum stall_news {
	STALL_NEWS_NONE,
	STALL_NEWS_STALLED,	/* a stall begins */
	STALL_NEWS_REVIVED,	/* it ended with a move in time after a forced call */
	STALL_NEWS_MOVED_LATER, /* it ended with a move too late for that */
	STALL_NEWS_GAVE_UP,	/* quiet or stuck from now on */
	STALL_NEWS_POLLS,	/* the driver is one that polls */
};

struct stall_verdict {
	enum stall_act act;
	enum stall_news news;
	bool forced_answered; /* the call that was answered was a forced one … */
	bool probe_answered;  /* … and that a probe */
	bool forced_expired;  /* a forced call was not followed by a move in time */
	bool stall_begins;    /* to be counted as a stall */
	bool revived;	      /* to be counted as revived; with forced_answered only */
	uint64_t unsignalled; /* of the unanswered; filled in by who asked */
	uint64_t unanswered;  /* news: buffers that lay, and for how long */
	uint64_t unanswered_ns;
	bool answered;	    /* a call was followed by a move in time … */
	uint64_t answer_ns; /* … so long after it */
};

struct stall {
	/* The driver's words when we last published or saw it move. */
	uint16_t mark_avail;
	uint32_t mark_event;
	uint16_t mark_flags;

	/* Used since the driver last moved. */
	uint64_t unanswered;
	uint64_t unanswered_since_ns;
	uint64_t last_move_ns;

	/* Slots of used buffers, counted up for ever: all, at the last call, at
	 * the last answered call, when the available index last moved. */
	uint64_t slots_used, slots_at_call, slots_answered, slots_at_avail_move;

	/* The last call, until it is answered or too old to be. */
	uint64_t call_ns;
	bool call_pends, call_was_forced, call_was_probe;

	/* Forcing. */
	uint64_t last_force_ns, pause_ns;
	uint16_t probed_used; /* the position probed last */
	bool probed;
	bool self_reaps; /* tx: it was seen to reap without being called */
	bool judged;	 /* a look has judged these buffers: the next one is soon enough */
	bool stalled;	 /* inside a stall that was counted */
	unsigned forced; /* forced calls since the driver last moved, ring spent */
	unsigned ignored;
	bool polls;		 /* it ignored forced calls, and moved by itself */
	bool ever_wanted;	 /* it was seen to want a call since the start */
	uint64_t last_answer_ns; /* how long the last revival took; 0 none */
};

/* A start of the vring: forget everything. */
void stall_reset(struct stall *stall, const struct stall_view *view, uint64_t now_ns);

/* `buffers` were published that span `slots` ring slots; `view` was read after
 * the publish. The verdict tells of an answered call; it never asks to act. */
struct stall_verdict stall_published(struct stall *stall, const struct stall_config *config,
				     const struct stall_view *view, uint64_t buffers,
				     uint64_t slots, uint64_t now_ns);

/* A call was written (or counted as written), for whatever reason. */
void stall_called(struct stall *stall, enum stall_act why, uint64_t now_ns);

/* Has a forced call no outcome yet? */
static inline bool stall_forced_pends(const struct stall *stall)
{
	return stall->call_pends && stall->call_was_forced;
}

/* The call that pends will not be judged: another is made, or the vring stops. True: it
 * was a forced one. */
static inline bool stall_leave_call(struct stall *stall)
{
	bool forced = stall_forced_pends(stall);

	stall->call_pends = false;
	return forced;
}

/* The periodic look. */
struct stall_verdict stall_look(struct stall *stall, const struct stall_config *config,
				const struct stall_view *view, uint64_t now_ns);

/* Did the driver move? To be asked between two looks, as often as one likes. */
struct stall_verdict stall_peek(struct stall *stall, const struct stall_view *view,
				uint64_t now_ns);

/* When the judge wants to be asked next, UINT64_MAX if only at the periodic look. */
uint64_t stall_due_ns(const struct stall *stall, const struct stall_config *config);

/* Is the driver in need of its buffers, as far as a device can know? */
bool stall_spent(const struct stall *stall, const struct stall_config *config,
		 const struct stall_view *view);

enum stall_health stall_health(const struct stall *stall, const struct stall_config *config,
			       const struct stall_view *view, bool suppressed);

#endif
