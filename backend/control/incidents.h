/* SPDX-License-Identifier: BSD-3-Clause */
/* incidents.h - the stalls there were, with the recorder around each.
 *
 * An incident is a JSON object from the moment it is opened: what the control
 * socket answers is what lies in the state folder, one file each, written anew
 * when it changes, so that it survives the daemon. Bounded: the oldest makes
 * room.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_INCIDENTS_H
#define VRINGD_INCIDENTS_H

#include <jansson.h>

#include "control/ctl_house.h"
#include "incident.h"

#define INCIDENTS_MAX 64
/* Events of the recorder kept from before it began, and from then on. */
#define INCIDENT_EVENTS_BEFORE 64
#define INCIDENT_EVENTS_SINCE 128
/* The same on the same vring so soon after counts as a repetition of it. */
#define INCIDENT_REPEATS_NS (10 * NS_PER_SECOND)

struct incidents;

/* What is known when one begins. */
struct incident_start {
	enum incident_cause cause;
	const struct vring_report *report;
	uint64_t unanswered, unanswered_ns; /* buffers that lay, or waited */
	uint64_t calls_forced;		    /* before it */
	uint64_t now_ns;
};

/* Takes over what lies in the folder `dir_fd` (not ours to close); -1: in memory. */
struct incidents *incidents_open(int dir_fd, const struct ctl_house_ops *ops, void *house);
void incidents_close(struct incidents *incidents); /* NULL is fine */

/* Opens one. With `outcome` other than open it is over at once. */
void incidents_begin(struct incidents *incidents, const struct incident_start *start,
		     enum incident_outcome outcome);

/* How it ended. */
struct incident_end {
	enum incident_outcome outcome;
	const struct vring_report *report; /* the vring as it is now */
	uint64_t after_ns;		   /* forced call to move; 0: count from its beginning */
	uint64_t calls_forced;		   /* until then */
	uint64_t now_ns;
};

/* Ends that of a vring which can end so, if one is open. */
void incidents_end(struct incidents *incidents, const struct incident_end *end);

/* Once a second: ends those whose vring runs no more, and adds what the recorder has
 * seen since an incident ended. */
void incidents_tick(struct incidents *incidents, uint64_t now_ns);

/* Newest first, without events: a new reference. Of one vring: port not NULL. */
json_t *incidents_list(const struct incidents *incidents, const char *port, int index);
/* Borrowed; NULL: there is none of this number, or of this vring. */
json_t *incidents_get(const struct incidents *incidents, json_int_t id);
json_t *incidents_latest(const struct incidents *incidents, const char *port, unsigned index);

#endif
