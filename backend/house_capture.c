/* SPDX-License-Identifier: BSD-3-Clause */
/* house_capture.c - frames of guests into files: who is captured, and how it ended.
 *
 * A capture that has ended by itself is kept, without its thread and its memory, until
 * somebody asks for its counts or its place is needed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_file.h"
#include "house_private.h"
#include "log.h"
#include "net/worker.h"

/* Running ones and ended ones; each that runs has CAPTURE_MEMORY. */
#define CAPTURES_MAX 8

struct house_capture {
	struct house_capture *next;
	struct capture *capture;      /* NULL: it has ended */
	struct capture_report report; /* counts are those of its end */
};

static struct house_capture *find(const struct house *house, const char *port)
{
	struct house_capture *record = house->captures;

	while (record && strcmp(record->report.order.port, port) != 0)
		record = record->next;
	return record;
}

static void forget(struct house *house, struct house_capture *record)
{
	struct house_capture **place = &house->captures;

	while (*place != record)
		place = &(*place)->next;
	*place = record->next;
	free(record);
}

static void lead_frames(const struct house_port *port, struct capture *capture)
{
	struct guest_port *guest = house_guest(port);
	struct vring_end *end;
	unsigned i;

	for (i = 0; (end = guest_port_end(guest, i)); i++)
		worker_capture(end, capture ? capture_ring_of(capture, i) : NULL);
}

static void log_end(const struct capture_report *report)
{
	const char *port = report->order.port;

	if (report->state == CAPTURE_STATE_error)
		log_warn("port %s: the capture ended: %.200s can not be written: %s", port,
			 report->order.file, strerror(report->err));
	log_info("port %s: capture ended, %s: %" PRIu64 " frames in %.200s, %" PRIu64
		 " filtered out, %" PRIu64 " lost",
		 port, capture_state_english(report->state), report->counts.frames,
		 report->order.file, report->counts.filtered, report->counts.lost);
}

/* `why` is for one that did not end by itself. */
static void end_capture(struct house *house, struct house_capture *record, enum capture_state why)
{
	struct capture_report *report = &record->report;

	lead_frames(house_find(house, report->order.port), NULL);
	report->state = capture_close(record->capture, &report->counts, &report->err);
	if (report->state == CAPTURE_STATE_running)
		report->state = why;
	record->capture = NULL;
	log_end(report);
}

void house_capture_look(struct house *house)
{
	struct house_capture *record;
	struct capture_counts counts;
	int err;

	for (record = house->captures; record; record = record->next)
		if (record->capture &&
		    capture_read(record->capture, &counts, &err) != CAPTURE_STATE_running)
			end_capture(house, record, CAPTURE_STATE_stopped);
}

void house_capture_port_goes(struct house *house, const struct house_port *port)
{
	struct house_capture *record = find(house, port->spec.name);

	if (record && record->capture)
		end_capture(house, record, CAPTURE_STATE_port);
}

void house_capture_free_all(struct house *house)
{
	while (house->captures)
		forget(house, house->captures);
}

/* ---- as control asks ---- */

/* Place for one more, if need be by forgetting the ended one that was begun first. */
static bool make_place(struct house *house)
{
	struct house_capture *record, *ended = NULL;
	unsigned cnt = 0;

	for (record = house->captures; record; record = record->next) {
		if (!record->capture && !ended)
			ended = record;
		cnt++;
	}
	if (cnt >= CAPTURES_MAX && ended)
		forget(house, ended);
	return cnt < CAPTURES_MAX || ended;
}

static int check_free(struct house *house, const char *port, struct error_text *error)
{
	struct house_capture *record = find(house, port);

	if (record && record->capture)
		return error_set(error, EBUSY,
				 "capture: port %s is captured into %.200s already; end that first "
				 "(vringctl capture %s --stop)",
				 port, record->report.order.file, port);
	if (record)
		forget(house, record);
	if (!make_place(house))
		return error_set(error, EBUSY,
				 "capture: %d ports are captured already; end one of these first",
				 CAPTURES_MAX);
	return 0;
}

static int find_guest(struct house *house, const char *name, struct house_port **port,
		      struct error_text *error)
{
	*port = house_find(house, name);
	if (!*port)
		return error_set(error, ENOENT, "capture: there is no port %s", name);
	if (!(*port)->vhost)
		return error_set(error, EOPNOTSUPP,
				 "capture: port %s is of type %s and has no vrings; capture the "
				 "guest it is wired to",
				 name, port_type_name((*port)->spec.type));
	return 0;
}

static int start(struct house *house, const struct house_port *port, struct house_capture *record,
		 struct error_text *error)
{
	struct capture_config config = {
		.order = &record->report.order,
		.ended_fd = house->news_fd,
	};
	const struct vring_end *end;
	unsigned i;
	int err;

	for (i = 0; (end = guest_port_end(house_guest(port), i)); i++)
		config.vrings[i] = end->name;
	config.vring_cnt = i;
	err = capture_open(&config, &record->capture, error);
	if (!err)
		lead_frames(port, record->capture);
	return err;
}

int house_capture_start(void *context, const struct capture_order *order, struct error_text *error)
{
	struct house *house = context;
	struct house_capture *record, **place;
	struct house_port *port;
	int err = find_guest(house, order->port, &port, error);

	house_capture_look(house);
	if (!err)
		err = check_free(house, order->port, error);
	if (err)
		return err;
	record = calloc(1, sizeof(*record));
	if (!record)
		return error_set(error, ENOMEM, "capture: out of memory");
	record->report.order = *order;
	err = start(house, port, record, error);
	if (err) {
		free(record);
		return err;
	}
	for (place = &house->captures; *place; place = &(*place)->next)
		;
	*place = record;
	return 0;
}

int house_capture_stop(void *context, const char *port, struct capture_report *report,
		       struct error_text *error)
{
	struct house *house = context;
	struct house_capture *record = find(house, port);

	if (!record)
		return error_set(error, ENOENT, "capture: there is no capture of a port %s", port);
	if (record->capture)
		end_capture(house, record, CAPTURE_STATE_stopped);
	*report = record->report;
	forget(house, record);
	return 0;
}

bool house_capture_report(void *context, unsigned nth, struct capture_report *report)
{
	struct house *house = context;
	const struct house_capture *record = house->captures;

	while (record && nth-- > 0)
		record = record->next;
	if (!record)
		return false;
	*report = record->report;
	if (record->capture)
		report->state = capture_read(record->capture, &report->counts, &report->err);
	return true;
}
