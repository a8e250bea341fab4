/* SPDX-License-Identifier: BSD-3-Clause */
/* switch.c - who is on a switch, and what is told of it; see switch.h. */
#include "port/switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "port/switch_private.h"

static_assert(SWITCH_MEMBERS_MAX <= FDB_MEMBERS_MAX, "each member has a number in the table");

struct net_switch *switch_new(const char *name, uint32_t age_s, struct error_text *error)
{
	struct net_switch *net = calloc(1, sizeof(*net));
	struct fdb_key key;

	if (getrandom(&key, sizeof(key), 0) != sizeof(key)) {
		error_set(error, errno, "switch %s: there are no random numbers: %m", name);
		free(net);
		return NULL;
	}
	if (net)
		net->fdb = fdb_new(age_s, &key);
	if (!net || !net->fdb) {
		error_set(error, ENOMEM, "switch %s: out of memory", name);
		free(net);
		return NULL;
	}
	return net;
}

void switch_free(struct net_switch *net)
{
	if (!net)
		return;
	fdb_free(net->fdb);
	free(net);
}

/* ---- members ---- */

static struct switch_member *member_new(const struct switch_port *port)
{
	struct switch_member *member = aligned_alloc(CACHE_LINE, sizeof(*member));

	if (!member)
		return NULL;
	memset(member, 0, sizeof(*member));
	member->uplink.ops = &switch_ops;
	snprintf(member->uplink.name, sizeof(member->uplink.name), "%s", port->name);
	member->guest = port->guest;
	member->out = port->uplink;
	member->out_queues = port->queues;
	return member;
}

struct switch_member *switch_join(struct net_switch *net, const struct switch_port *port,
				  struct error_text *error)
{
	struct switch_member *member;
	unsigned number = 0;

	while (number < SWITCH_MEMBERS_MAX && switch_member_at(net, number))
		number++;
	if (number == SWITCH_MEMBERS_MAX) {
		error_set(error, ENOSPC, "wire: port %s: the switch has %d ports already",
			  port->name, SWITCH_MEMBERS_MAX);
		return NULL;
	}
	member = member_new(port);
	if (!member) {
		error_set(error, ENOMEM, "wire: port %s: out of memory", port->name);
		return NULL;
	}
	member->net = net;
	member->number = number;
	atomic_store_explicit(&net->members[number], member, memory_order_release);
	if (number >= net->end)
		atomic_store_explicit(&net->end, number + 1, memory_order_release);
	return member;
}

struct uplink *switch_uplink(struct switch_member *member)
{
	return &member->uplink;
}

void switch_leave(struct switch_member *member, struct grace *grace)
{
	struct net_switch *net = member->net;

	atomic_store_explicit(&net->members[member->number], NULL, memory_order_seq_cst);
	fdb_forget(net->fdb, member->number);
	grace_wait(grace);
	free(member);
}

void switch_sweep(struct net_switch *net, uint64_t now_ns)
{
	fdb_sweep(net->fdb, switch_now_s(now_ns));
}

/* ---- reports ---- */

void switch_member_report(const struct switch_member *member, struct switch_port_report *report)
{
	*report = (struct switch_port_report){ 0 };
	report->entries = fdb_held(member->net->fdb, member->number);
#define X(name, english) report->counters.name = counter_read(&member->in.name);
	SWITCH_COUNTERS_IN(X)
#undef X
#define X(name, english) report->counters.name = counter_read(&member->out_cnt.name);
	SWITCH_COUNTERS_OUT(X)
#undef X
	snprintf(report->port, sizeof(report->port), "%s", member->uplink.name);
}

void switch_table(const struct net_switch *net, unsigned most, uint64_t now_ns,
		  void (*tell)(void *context, const struct switch_entry_report *entry),
		  void *context)
{
	unsigned told[SWITCH_MEMBERS_MAX] = { 0 };
	struct fdb_entry entry;
	uint32_t place = 0;

	while (fdb_next(net->fdb, &place, switch_now_s(now_ns), &entry)) {
		const struct switch_member *member = switch_member_at(net, entry.member);
		struct switch_entry_report report = { .mac = entry.mac, .age_s = entry.age_s };

		if (!member || told[entry.member]++ >= most)
			continue;
		snprintf(report.port, sizeof(report.port), "%s", member->uplink.name);
		tell(context, &report);
	}
}
