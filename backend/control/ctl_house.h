/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_house.h - what the control socket asks of the house it controls.
 *
 * The interface belongs to its caller: control/ names here what it needs,
 * the daemon implements it (house.c), and a test puts a house of cards in
 * its place. All calls are made by the control thread, one at a time.
 *
 * Functions that return int: 0, or a negative errno with `error` filled.
 * -ENOENT becomes "no such object", -ENOTCONN "not connected", -EEXIST
 * "exists already", -EPERM and -EOPNOTSUPP "refused", -EBUSY "busy", -EINVAL
 * "invalid params"; anything else is an internal error.
 */
#ifndef VRINGD_CTL_HOUSE_H
#define VRINGD_CTL_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture_report.h"
#include "doctor.h"
#include "error_text.h"
#include "port_report.h"
#include "switch_report.h"
#include "trace.h"
#include "vring_report.h"
#include "worker_report.h"

/* Asked: `max` events into `events`, from number `from` on; with `latest`, the last
 * of them. Answered: the rest; see trace_read(). */
struct trace_reading {
	struct trace_event *events;
	unsigned max;
	uint64_t from;
	bool latest;

	unsigned cnt;
	uint64_t first, end;
	int64_t realtime_offset_ns; /* to be added to an event's at_ns */
};

struct incidents;

struct ctl_house_ops {
	int (*port_add)(void *house, const char *spec, struct error_text *error);
	int (*port_del)(void *house, const char *name, struct error_text *error);
	int (*wire_add)(void *house, const char *a, const char *b, struct error_text *error);
	int (*wire_del)(void *house, const char *name, struct error_text *error);

	/* Ports in the order they were added; false behind the last. */
	bool (*port_report)(void *house, unsigned nth, struct port_report *report);
	/* Vrings of one guest port by vhost index; -ENOENT behind the last or if
	 * there is no such port, -EINVAL if the port has no vrings. */
	int (*vring_report)(void *house, const char *port, unsigned index,
			    struct vring_report *report);
	bool (*worker_report)(void *house, unsigned nth, struct worker_report *report);

	/* The flight recorder of a vring; errors as for vring_report. */
	int (*trace_read)(void *house, const char *port, unsigned index,
			  struct trace_reading *reading);

	/* The stalls there were; incidents.h. */
	struct incidents *(*incidents)(void *house);

	/* For the doctor: the host and the daemon; of a guest its memory and its process, and how
	 * long the daemon runs. The rest is in the reports. -ENOENT: no such guest. */
	void (*host_facts)(void *house, struct doctor_host *host);
	int (*guest_facts)(void *house, const char *port, struct doctor_guest *guest);

	/* Switches in the order they were added, and the ports of the nth; false behind
	 * the last. Its table, of each port no more than a few hundred entries. */
	bool (*switch_report)(void *house, unsigned nth, struct switch_report *report);
	bool (*switch_port_report)(void *house, unsigned nth, unsigned nth_port,
				   struct switch_port_report *report);
	void (*switch_table)(void *house, unsigned nth,
			     void (*tell)(void *context, const struct switch_entry_report *entry),
			     void *context);

	/* Notify the driver, or look at the ring, by hand. */
	int (*vring_call)(void *house, const char *port, unsigned index, struct error_text *error);
	int (*vring_kick)(void *house, const char *port, unsigned index, struct error_text *error);

	/* index < 0: every vring of the port. value and events as in inject.h;
	 * value < 0 for stale-used-event: what the word is now. */
	int (*fault_set)(void *house, const char *port, int index, enum inject_kind kind,
			 uint64_t events, int64_t value, struct error_text *error);
	/* port NULL: every port. */
	int (*fault_clear)(void *house, const char *port, int index, struct error_text *error);

	/* Frames of a guest port into a file. One capture a port. Stopping one that has
	 * ended by itself is how it is forgotten. In the order they were started; false
	 * behind the last. */
	int (*capture_start)(void *house, const struct capture_order *order,
			     struct error_text *error);
	int (*capture_stop)(void *house, const char *port, struct capture_report *report,
			    struct error_text *error);
	bool (*capture_report)(void *house, unsigned nth, struct capture_report *report);

	/* port NULL: the daemon's own. Keys: stall-after, force, poll, poll-idle,
	 * log-level; values as on the command line. */
	int (*set)(void *house, const char *port, const char *key, const char *value,
		   struct error_text *error);
	int (*get)(void *house, const char *port, const char *key, char *value, size_t value_len,
		   struct error_text *error);
};

#endif
