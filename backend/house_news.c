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

void house_tick(struct house *house)
{
	uint64_t now_ns = clock_now_ns();
	struct vhost_port_state state;
	struct house_port *port;

	if (now_ns < house->next_tick_ns)
		return;
	house->next_tick_ns = now_ns + NS_PER_SECOND;
	house_switch_tick(house, now_ns);
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
			news_log_tell(&house->news_log, &news, clock_now_ns());
		}
}
