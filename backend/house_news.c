/* SPDX-License-Identifier: BSD-3-Clause */
/* house_news.c - what workers have to tell, and what is looked at each second. */
#include <unistd.h>

#include "clock.h"
#include "house_private.h"
#include "net/news.h"
#include "net/worker.h"

int house_news_fd(const struct house *house)
{
	return house->news_fd;
}

/* Before anything is said of a stall: the evidence is of this moment. */
static void gather_evidence(struct house *house, const struct news *news)
{
	struct house_port *port = house_find(house, news->port);

	if (news->kind == NEWS_STALLED && port)
		starved_judge(&port->starved, "/proc", clock_now_ns());
}

struct incidents *house_incidents(void *house)
{
	return ((struct house *)house)->incidents;
}

/* The look that finds a stall forces the first call before it tells of it. */
static uint64_t forced_before(const struct news *news)
{
	return news->calls_forced - (news->kind == NEWS_STALLED && news->force ? 1 : 0);
}

static void begin_incident(struct house *house, const struct news *news,
			   const struct vring_report *report, enum incident_cause cause,
			   enum incident_outcome outcome)
{
	const struct incident_start start = {
		.cause = cause,
		.report = report,
		.unanswered = news->unanswered,
		.unanswered_ns = news->unanswered_ns,
		.calls_forced = forced_before(news),
		.now_ns = clock_now_ns(),
	};

	incidents_begin(house->incidents, &start, outcome);
}

static void end_incident(struct house *house, const struct news *news,
			 const struct vring_report *report, enum incident_outcome outcome)
{
	const struct incident_end end = {
		.outcome = outcome,
		.report = report,
		.after_ns = news->answer_ns,
		.calls_forced = news->calls_forced,
		.now_ns = clock_now_ns(),
	};

	incidents_end(house->incidents, &end);
}

/* A driver that polls, after all: its stalls were none. */
static void keep_incident(struct house *house, const struct news *news)
{
	struct vring_report report;

	if (house_ctl_ops.vring_report(house, news->port, news->index, &report) != 0)
		return;
	switch (news->kind) {
	case NEWS_STALLED:
		begin_incident(house, news, &report,
			       incident_stall_cause(news->unanswered, news->unsignalled),
			       INCIDENT_OUTCOME_open);
		break;
	case NEWS_REVIVED:
		end_incident(house, news, &report, INCIDENT_OUTCOME_revived);
		break;
	case NEWS_MOVED_LATER:
	case NEWS_POLLS:
		end_incident(house, news, &report, INCIDENT_OUTCOME_moved_later);
		break;
	case NEWS_GAVE_UP:
		end_incident(house, news, &report, INCIDENT_OUTCOME_no_effect);
		break;
	case NEWS_KICK_MISSED:
		begin_incident(house, news, &report, INCIDENT_CAUSE_lost_kick,
			       INCIDENT_OUTCOME_taken);
		break;
	case NEWS_BLOCKED:
		begin_incident(house, news, &report, INCIDENT_CAUSE_uplink_blocked,
			       INCIDENT_OUTCOME_open);
		break;
	case NEWS_UNBLOCKED:
		end_incident(house, news, &report, INCIDENT_OUTCOME_resumed);
		break;
	case NEWS_LATE:
		begin_incident(house, news, &report, INCIDENT_CAUSE_worker_late,
			       INCIDENT_OUTCOME_taken);
		break;
	case NEWS_FAULTED:
		begin_incident(house, news, &report, INCIDENT_CAUSE_ring_faulted,
			       INCIDENT_OUTCOME_faulted);
		break;
	}
}

void house_tick(struct house *house)
{
	uint64_t now_ns = clock_now_ns();
	struct vhost_port_state state;
	struct house_port *port;

	if (now_ns < house->next_tick_ns)
		return;
	house->next_tick_ns = now_ns + NS_PER_SECOND;
	house_switch_tick(house, now_ns);
	incidents_tick(house->incidents, now_ns);
	for (port = house->ports; port; port = port->next) {
		if (!port->vhost)
			continue;
		vhost_port_read_state(port->vhost, &state);
		starved_look(&port->starved, "/proc", state.peer_pid, now_ns);
	}
}

void house_tell_news(struct house *house)
{
	uint64_t rings;
	struct news news;
	unsigned i;

	if (read(house->news_fd, &rings, sizeof(rings)) < 0)
		return;
	for (i = 0; i < house->worker_cnt; i++)
		while (news_take(worker_news(house->workers[i]), &news)) {
			gather_evidence(house, &news);
			keep_incident(house, &news);
			news_log_tell(&house->news_log, &news, clock_now_ns());
		}
	house_capture_look(house);
}
