/* SPDX-License-Identifier: BSD-3-Clause */
/* house_doctor.c - facts for the doctor that only the house has; see ctl_house.h. */
#include <errno.h>

#include "clock.h"
#include "doctor_facts.h"
#include "house_private.h"
#include "net/worker.h"

#define PROC "/proc"

/* Read from inside the main thread's grace slot: the table changes while the port is
 * paused. */
static int regions_of(struct house *house, struct guest_port *guest)
{
	int cnt = -1;

	grace_enter(&house->grace, house->reader);
	if (guest_port_live(guest))
		cnt = (int)guest->mem.region_cnt;
	grace_leave(house->reader);
	return cnt;
}

void house_host_facts(void *context, struct doctor_host *host)
{
	struct house *house = context;

	doctor_facts_host(PROC, host);
	host->workers = house->worker_cnt;
	host->has_state_dir = house->state.lock_fd >= 0;
}

int house_guest_facts(void *context, const char *name, struct doctor_guest *guest)
{
	struct house *house = context;
	const struct house_port *port = house_find(house, name);
	const uint64_t now_ns = clock_now_ns();
	struct vhost_port_state state;
	int workers[WORKERS_MAX];
	unsigned i;

	if (!port || !port->vhost)
		return -ENOENT;
	for (i = 0; i < house->worker_cnt; i++)
		workers[i] = worker_cpu(house->workers[i]);
	vhost_port_read_state(port->vhost, &state);
	guest->uptime_s = (now_ns - house->started_ns) / NS_PER_SECOND;
	guest->regions = state.connected ? regions_of(house, house_guest(port)) : -1;
	doctor_facts_front_end(PROC, state.peer_pid, workers, house->worker_cnt, &guest->front_end);
	starved_measure(&port->starved, PROC, now_ns, &guest->front_end.cpu);
	return 0;
}
