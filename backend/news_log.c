/* SPDX-License-Identifier: BSD-3-Clause */
/* news_log.c - see news_log.h. */
#include "news_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define REFILL_NS (3600 * NS_PER_SECOND)

/* The vring's own entry, or the one that was refilled longest ago. */
static struct news_log_vring *entry_of(struct news_log *log, const struct news *news,
				       uint64_t now_ns)
{
	struct news_log_vring *oldest = &log->vrings[0];
	unsigned i;

	for (i = 0; i < NEWS_LOG_VRINGS; i++) {
		struct news_log_vring *entry = &log->vrings[i];

		if (entry->index == news->index && strcmp(entry->port, news->port) == 0)
			return entry;
		if (entry->refilled_ns < oldest->refilled_ns)
			oldest = entry;
	}
	*oldest = (struct news_log_vring){
		.index = news->index,
		.lines = NEWS_LOG_LINES,
		.refilled_ns = now_ns,
	};
	memcpy(oldest->port, news->port, sizeof(oldest->port));
	return oldest;
}

static bool may_write(struct news_log_vring *entry, uint64_t now_ns)
{
	if (now_ns - entry->refilled_ns >= REFILL_NS) {
		entry->refilled_ns = now_ns;
		if (entry->lines < NEWS_LOG_LINES)
			entry->lines++;
	}
	if (entry->lines == 0) {
		entry->held_back++;
		return false;
	}
	entry->lines--;
	return true;
}

static void write_stalled(const struct news *news, const char *held)
{
	log_warn("port %s: %s stalled: %" PRIu64 " used buffers unanswered for %" PRIu64 " ms%s; "
		 "`vringctl explain %s/%s` tells why%s",
		 news->port, news->vring, news->unanswered, news->unanswered_ns / NS_PER_MS,
		 news->force ? ", forcing calls" : ", forcing is off: nothing is done", news->port,
		 news->vring, held);
}

static void write_line(const struct news *news, const char *held)
{
	switch (news->kind) {
	case NEWS_STALLED:
		write_stalled(news, held);
		break;
	case NEWS_REVIVED:
		log_warn("port %s: %s revived: the driver moved %" PRIu64 " us after a forced call "
			 "(a late vCPU looks alike)%s",
			 news->port, news->vring, news->answer_ns / NS_PER_US, held);
		break;
	case NEWS_MOVED_LATER:
		log_info("port %s: %s moves again, after %" PRIu64 " ms, not in answer to a forced "
			 "call%s",
			 news->port, news->vring, news->unanswered_ns / NS_PER_MS, held);
		break;
	case NEWS_GAVE_UP:
		log_warn("port %s: %s %s: no forced call had an effect%s", news->port, news->vring,
			 news->guest_tx ? "is quiet (idle or dead, the ring can not tell)"
					: "is stuck (no receive buffers)",
			 held);
		break;
	case NEWS_POLLS:
		log_info("port %s: %s: its driver ignores calls and moves by itself: it polls%s",
			 news->port, news->vring, held);
		break;
	case NEWS_KICK_MISSED:
		log_warn("port %s: %s: %" PRIu64 " buffers were available and no kick had come%s",
			 news->port, news->vring, news->unanswered, held);
		break;
	case NEWS_BLOCKED:
		log_warn("port %s: %s: for %" PRIu64 " ms its uplink has taken nothing, %" PRIu64
			 " buffers wait or were dropped of late%s",
			 news->port, news->vring, news->unanswered_ns / NS_PER_MS, news->unanswered,
			 held);
		break;
	case NEWS_UNBLOCKED:
		log_info("port %s: %s: its uplink takes frames again, after %" PRIu64 " ms%s",
			 news->port, news->vring, news->unanswered_ns / NS_PER_MS, held);
		break;
	case NEWS_LATE:
		log_warn("port %s: %s: its worker looked %" PRIu64 " ms late, %" PRIu64
			 " buffers waited: it did not get the CPU%s",
			 news->port, news->vring, news->unanswered_ns / NS_PER_MS, news->unanswered,
			 held);
		break;
	case NEWS_FAULTED:
		log_warn("port %s: %s faulted: %s; it stops until the driver resets it%s",
			 news->port, news->vring, vring_fault_english(news->fault), held);
		break;
	}
}

void news_log_tell(struct news_log *log, const struct news *news, uint64_t now_ns)
{
	struct news_log_vring *entry = entry_of(log, news, now_ns);
	char held[64] = "";

	if (!may_write(entry, now_ns))
		return;
	if (entry->held_back > 0)
		snprintf(held, sizeof(held), " (%" PRIu64 " lines held back)", entry->held_back);
	entry->held_back = 0;
	write_line(news, held);
}
