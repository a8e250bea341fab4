/* SPDX-License-Identifier: BSD-3-Clause */
/* kick.c - see kick.h. */
#include "net/kick.h"

#include <errno.h>
#include <unistd.h>

#include "net/record.h"
#include "net/worker.h"
#include "ring/notify.h"

/* A pipe in place of an eventfd may hold more; the next turn reads on. */
bool kick_drain(struct vring_end *end, uint64_t now_ns)
{
	uint64_t value;
	ssize_t got;

	if (end->kick_fd < 0)
		return false;
	got = read(end->kick_fd, &value, sizeof(value));
	if (got > 0) {
		tally(&end->counters.kicks, 1);
		record_event(end, TRACE_kick, now_ns);
		if (end->seen_ns == 0 && end->guest_tx)
			end->seen_ns = now_ns;
		return true;
	}
	if (got == 0 || errno != EAGAIN)
		worker_unwatch_kick(end);
	return false;
}

bool kick_ask(struct vring_end *end, uint16_t considered, uint64_t now_ns)
{
	bool more = notify_ask_for_kicks(&end->vring, considered);

	end->asked_for_kicks = true;
	end->announced_to = considered;
	end->kicks_then = counter_read(&end->counters.kicks);
	record_arm(end, now_ns);
	return more;
}

/* Not while it is open whether a kick was missed: the driver may stand between
 * its index and our flag, and would rightly not kick. */
void kick_spare(struct vring_end *end)
{
	if (end->missed_cnt > 0 && notify_spares_by_flag(&end->vring))
		return;
	end->asked_for_kicks = false;
	notify_spare_kicks(&end->vring);
}
