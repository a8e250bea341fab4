/* SPDX-License-Identifier: BSD-3-Clause */
/* house_private.h - what the files of the house share among themselves. */
#ifndef VRINGD_HOUSE_PRIVATE_H
#define VRINGD_HOUSE_PRIVATE_H

#include <pthread.h>

#include "control/incidents.h"
#include "glue/vhost_port.h"
#include "house.h"
#include "net/grace.h"
#include "net/uplink.h"
#include "news_log.h"
#include "port/feed.h"
#include "port/switch.h"
#include "port/tap.h"
#include "port_spec.h"
#include "starved.h"
#include "state_dir.h"
#include "switch_spec.h"
#include "trace_file.h"

struct house_switch {
	struct house_switch *next;
	struct switch_spec spec;
	struct net_switch *net;
};

struct house_port {
	struct house_port *next;
	struct port_spec spec;
	struct vhost_port *vhost; /* NULL: it is no guest */
	struct uplink *uplink;	  /* what a guest that is wired to it sends into */
	struct house_port *peer;  /* NULL: unwired, or on a switch */
	struct starved starved;	  /* a guest's */
	struct trace_file trace;  /* likewise */

	/* On a switch. */
	struct house_switch *on; /* NULL: it is on none */
	struct switch_member *member;
	struct feed *feeds[TAP_QUEUES_MAX]; /* of what is no guest, one for each queue */
};

struct house {
	struct worker_settings settings;
	uint64_t stall_after_ns;
	bool force;

	struct grace grace;
	struct grace_slot *reader; /* the main thread's */
	struct worker *workers[WORKERS_MAX];
	unsigned worker_cnt;
	unsigned next_worker; /* pairs are dealt out in turn */

	uint64_t started_ns, next_tick_ns;
	int news_fd;
	struct news_log news_log;
	struct incidents *incidents;

	struct state_dir state; /* not ours to close */

	struct house_port *ports; /* in the order they were added */
	struct house_switch *switches;
	struct house_capture *captures; /* in the order they were started */

	/* Wires, between the main thread that lays them and the message thread
	 * that tells an uplink of a guest's start. */
	pthread_mutex_t wiring;
};

struct house_port *house_find(struct house *house, const char *name);
int house_port_del(struct house *house, const char *name, struct error_text *error);
void house_lead(const struct house_port *from, struct uplink *uplink);
void house_unwire(struct house *house, struct house_port *port); /* if it is wired */
int house_wire_del(struct house *house, const char *name, struct error_text *error);

/* house_switch.c */
struct house_switch *house_switch_find(const struct house *house, const char *name);
int house_switch_join(struct house *house, struct house_port *port, struct house_switch *on,
		      struct error_text *error);
void house_switch_leave(struct house *house, struct house_port *port);
void house_switch_tick(struct house *house, uint64_t now_ns);
void house_switch_free_all(struct house *house); /* no port is on one any more */

/* house_trace.c: before a guest can connect. */
int house_trace_open(struct house *house, struct house_port *port, struct error_text *error);
/* house_capture.c */
void house_capture_look(struct house *house); /* after some that ended by themselves */
void house_capture_port_goes(struct house *house, const struct house_port *port);
void house_capture_free_all(struct house *house);

/* Members of house_ctl_ops that live in files of their own; see ctl_house.h. */
int house_vring_call(void *house, const char *port, unsigned index, struct error_text *error);
struct incidents *house_incidents(void *house);
int house_trace_read(void *house, const char *port, unsigned index, struct trace_reading *reading);
void house_host_facts(void *house, struct doctor_host *host);
int house_guest_facts(void *house, const char *port, struct doctor_guest *guest);
int house_vring_kick(void *house, const char *port, unsigned index, struct error_text *error);
int house_fault_set(void *house, const char *port, int index, enum inject_kind kind,
		    uint64_t events, int64_t value, struct error_text *error);
int house_fault_clear(void *house, const char *port, int index, struct error_text *error);
int house_set(void *house, const char *port, const char *key, const char *value,
	      struct error_text *error);
bool house_switch_report(void *house, unsigned nth, struct switch_report *report);
bool house_switch_port_report(void *house, unsigned nth, unsigned nth_port,
			      struct switch_port_report *report);
void house_switch_table(void *house, unsigned nth,
			void (*tell)(void *context, const struct switch_entry_report *entry),
			void *context);
int house_capture_start(void *house, const struct capture_order *order, struct error_text *error);
int house_capture_stop(void *house, const char *port, struct capture_report *report,
		       struct error_text *error);
bool house_capture_report(void *house, unsigned nth, struct capture_report *report);
int house_get(void *house, const char *port, const char *key, char *value, size_t value_len,
	      struct error_text *error);

static inline struct guest_port *house_guest(const struct house_port *port)
{
	return port->vhost ? vhost_port_guest(port->vhost) : NULL;
}

/* What is at the other end of a port's wire; NULL: it is unwired. */
static inline const char *house_wired_to(const struct house_port *port)
{
	if (port->on)
		return port->on->spec.name;
	return port->peer ? port->peer->spec.name : NULL;
}

#endif
