/* SPDX-License-Identifier: BSD-3-Clause */
/* incidents.c - see incidents.h. Their files are incident_files.c's. */
#include "control/incidents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "control/ctl_report.h"
#include "control/ctl_trace.h"
#include "control/incident_files.h"

/* What is needed of an incident beside its JSON. */
struct entry {
	json_t *json; /* NULL: a free place */
	json_int_t id;
	char port[PORT_NAME_MAX];
	unsigned index;
	enum incident_cause cause;
	bool guest_tx;
	bool open, settling; /* settling: events that follow its end are missing */
	uint64_t began_ns, forced_before;
	uint64_t first_event; /* number of the first that was not there when it began */
};

struct incidents {
	int dir_fd;
	const struct ctl_house_ops *ops;
	void *house;
	json_int_t next_id;
	struct entry entry[INCIDENTS_MAX]; /* in the order of their numbers, from `newest` back */
	unsigned newest;
};

static void set_int(json_t *json, const char *key, uint64_t value)
{
	json_object_set_new(json, key, json_integer((json_int_t)value));
}

static void set_text(json_t *json, const char *key, const char *text)
{
	json_object_set_new(json, key, json_string(text));
}

/* ---- places ---- */

static void forget(struct incidents *incidents, struct entry *entry)
{
	if (!entry->json)
		return;
	incident_file_remove(incidents->dir_fd, entry->id);
	json_decref(entry->json);
	*entry = (struct entry){ .json = NULL };
}

static struct entry *new_entry(struct incidents *incidents, json_t *json)
{
	struct entry *entry;

	incidents->newest = (incidents->newest + 1) % INCIDENTS_MAX;
	entry = &incidents->entry[incidents->newest];
	forget(incidents, entry);
	entry->json = json;
	return entry;
}

/* The nth from the newest; NULL behind the last. */
static struct entry *nth_entry(const struct incidents *incidents, unsigned nth)
{
	unsigned place = (incidents->newest + INCIDENTS_MAX - nth) % INCIDENTS_MAX;

	if (nth >= INCIDENTS_MAX || !incidents->entry[place].json)
		return NULL;
	return (struct entry *)&incidents->entry[place];
}

static bool is_of(const struct entry *entry, const char *port, unsigned index)
{
	return entry->index == index && strcmp(entry->port, port) == 0;
}

static struct entry *latest_of(const struct incidents *incidents, const char *port, unsigned index)
{
	struct entry *entry;
	unsigned nth;

	for (nth = 0; (entry = nth_entry(incidents, nth)) != NULL; nth++)
		if (is_of(entry, port, index))
			return entry;
	return NULL;
}

static void save(const struct incidents *incidents, const struct entry *entry)
{
	incident_file_write(incidents->dir_fd, entry->id, entry->json);
}

/* ---- life ---- */

static void take_over(void *context, json_t *json)
{
	struct incidents *incidents = context;
	struct entry *entry = new_entry(incidents, json);

	entry->id = json_integer_value(json_object_get(json, "id"));
	entry->index = (unsigned)json_integer_value(json_object_get(json, "index"));
	snprintf(entry->port, sizeof(entry->port), "%s",
		 json_string_value(json_object_get(json, "port")));
	incidents->next_id = entry->id + 1;
	if (strcmp(json_string_value(json_object_get(json, "outcome")), "open") != 0)
		return;
	set_text(json, "outcome", incident_outcome_name(INCIDENT_OUTCOME_stopped));
	set_text(json, "outcome_text", "the daemon ended meanwhile");
	save(incidents, entry);
}

struct incidents *incidents_open(int dir_fd, const struct ctl_house_ops *ops, void *house)
{
	struct incidents *incidents = calloc(1, sizeof(*incidents));

	if (!incidents)
		return NULL;
	incidents->dir_fd = dir_fd;
	incidents->ops = ops;
	incidents->house = house;
	incidents->next_id = 1;
	incident_files_read(dir_fd, INCIDENTS_MAX, take_over, incidents);
	return incidents;
}

void incidents_close(struct incidents *incidents)
{
	unsigned i;

	if (!incidents)
		return;
	for (i = 0; i < INCIDENTS_MAX; i++)
		json_decref(incidents->entry[i].json);
	free(incidents);
}

/* ---- the recorder around it ---- */

/* Events from number `from` on, `max` at most, or the latest so many; *next is the
 * number behind the last. */
static json_t *events_of(const struct incidents *incidents, const struct entry *entry, bool latest,
			 unsigned max, uint64_t from, uint64_t *next)
{
	struct trace_event events[INCIDENT_EVENTS_SINCE];
	struct trace_reading reading = {
		.events = events, .max = max, .from = from, .latest = latest
	};
	json_t *list = json_array();
	unsigned i;

	*next = from;
	if (incidents->ops->trace_read(incidents->house, entry->port, entry->index, &reading) != 0)
		return list;
	for (i = 0; i < reading.cnt; i++)
		json_array_append_new(list, ctl_trace_event(&events[i], reading.first + i));
	*next = reading.first + reading.cnt;
	json_object_set_new(entry->json, "realtime_offset_ns",
			    json_integer(reading.realtime_offset_ns));
	return list;
}

static void add_events_since(const struct incidents *incidents, const struct entry *entry)
{
	uint64_t next;

	json_object_set_new(entry->json, "events_since",
			    events_of(incidents, entry, false, INCIDENT_EVENTS_SINCE,
				      entry->first_event, &next));
}

/* ---- beginning ---- */

static void set_time(json_t *json)
{
	const uint64_t wall_ms = clock_wall_ns() / NS_PER_MS;
	const time_t second = (time_t)(wall_ms / 1000);
	char text[40];
	struct tm utc;
	size_t len;

	gmtime_r(&second, &utc);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof(text) - len, ".%03uZ", (unsigned)(wall_ms % 1000));
	set_text(json, "time", text);
}

static void set_cause(json_t *json, enum incident_cause cause)
{
	set_text(json, "cause", incident_cause_name(cause));
	set_text(json, "cause_text", incident_cause_english(cause));
}

static void set_outcome(json_t *json, enum incident_outcome outcome)
{
	set_text(json, "outcome", incident_outcome_name(outcome));
	set_text(json, "outcome_text", incident_outcome_english(outcome));
}

/* A fault is armed, or has struck in one of these events. */
static bool injected(const struct vring_report *report, const json_t *events)
{
	const json_t *event;
	size_t i;
	int kind;

	for (kind = 0; kind < INJECT_KIND_CNT; kind++)
		if (report->inject[kind].left > 0)
			return true;
	json_array_foreach(events, i, event)
		if (json_is_true(json_object_get(event, "injected")))
			return true;
	return false;
}

static json_t *begin_json(const struct incidents *incidents, const struct incident_start *start)
{
	const struct vring_report *report = start->report;
	json_t *json = json_pack("{s:I, s:s, s:s, s:i}", "id", incidents->next_id, "port",
				 report->port, "vring", report->vring, "index", (int)report->index);

	set_time(json);
	set_cause(json, start->cause);
	set_int(json, "unanswered", start->unanswered);
	set_int(json, "unanswered_ms", start->unanswered_ns / NS_PER_MS);
	set_int(json, "repeats", 0);
	json_object_set_new(json, "vring_then", ctl_report_vring(report));
	return json;
}

/* A cause that goes on is one incident, not one a look. */
static bool repeats(const struct incidents *incidents, const struct incident_start *start)
{
	struct entry *entry = latest_of(incidents, start->report->port, start->report->index);

	if (!entry || entry->cause != start->cause || entry->began_ns == 0 ||
	    start->now_ns - entry->began_ns > INCIDENT_REPEATS_NS || entry->open)
		return false;
	if (start->cause != INCIDENT_CAUSE_lost_kick && start->cause != INCIDENT_CAUSE_worker_late)
		return false;
	set_int(entry->json, "repeats",
		(uint64_t)json_integer_value(json_object_get(entry->json, "repeats")) + 1);
	return true;
}

void incidents_begin(struct incidents *incidents, const struct incident_start *start,
		     enum incident_outcome outcome)
{
	const struct vring_report *report = start->report;
	struct entry *entry;
	json_t *before;

	if (repeats(incidents, start))
		return;
	entry = new_entry(incidents, begin_json(incidents, start));
	entry->id = incidents->next_id++;
	entry->index = report->index;
	entry->cause = start->cause;
	entry->guest_tx = report->guest_tx;
	entry->open = outcome == INCIDENT_OUTCOME_open;
	entry->settling = !entry->open;
	entry->began_ns = start->now_ns;
	entry->forced_before = start->calls_forced;
	snprintf(entry->port, sizeof(entry->port), "%s", report->port);
	set_outcome(entry->json, outcome);
	before = events_of(incidents, entry, true, INCIDENT_EVENTS_BEFORE, 0, &entry->first_event);
	json_object_set_new(entry->json, "events_before", before);
	json_object_set_new(entry->json, "injected", json_boolean(injected(report, before)));
	save(incidents, entry);
}

/* ---- ending ---- */

static void finish(const struct incidents *incidents, struct entry *entry,
		   const struct incident_end *end)
{
	/* With forcing off those that were counted were made by hand. */
	uint64_t forced = end->report->force ? end->calls_forced - entry->forced_before : 0;
	uint64_t after_ns = end->after_ns ? end->after_ns : end->now_ns - entry->began_ns;

	/* What nothing had an effect on may still end, when the driver moves. */
	entry->open = end->outcome == INCIDENT_OUTCOME_no_effect;
	entry->settling = true;
	entry->cause = incident_final_cause(entry->cause, end->outcome, entry->guest_tx, forced);
	set_cause(entry->json, entry->cause);
	set_outcome(entry->json, end->outcome);
	set_int(entry->json, "forced", forced);
	set_int(entry->json, "after_us", after_ns / NS_PER_US);
	json_object_set_new(entry->json, "vring_after", ctl_report_vring(end->report));
	add_events_since(incidents, entry);
	save(incidents, entry);
}

void incidents_end(struct incidents *incidents, const struct incident_end *end)
{
	const struct vring_report *report = end->report;
	struct entry *entry;
	unsigned nth = 0;

	while ((entry = nth_entry(incidents, nth++)) &&
	       !(entry->open && is_of(entry, report->port, report->index) &&
		 incident_may_end(entry->cause, end->outcome)))
		;
	if (entry)
		finish(incidents, entry, end);
}

/* With its port its vring has gone. */
static void abandon(const struct incidents *incidents, struct entry *entry)
{
	if (entry->open) {
		set_outcome(entry->json, INCIDENT_OUTCOME_stopped);
		save(incidents, entry);
	}
	entry->open = entry->settling = false;
}

static void tick_one(const struct incidents *incidents, struct entry *entry, uint64_t now_ns)
{
	struct vring_report report;

	if (incidents->ops->vring_report(incidents->house, entry->port, entry->index, &report) !=
	    0) {
		abandon(incidents, entry);
		return;
	}
	if (entry->open && report.state != VRING_STATE_running) {
		finish(incidents, entry,
		       &(struct incident_end){
			       .outcome = INCIDENT_OUTCOME_stopped,
			       .report = &report,
			       .calls_forced = report.counters.calls_forced,
			       .now_ns = now_ns,
		       });
	} else if (entry->settling) {
		add_events_since(incidents, entry);
		save(incidents, entry);
	}
	entry->settling = false;
}

void incidents_tick(struct incidents *incidents, uint64_t now_ns)
{
	struct entry *entry;
	unsigned nth;

	for (nth = 0; (entry = nth_entry(incidents, nth)) != NULL; nth++)
		if (entry->open || entry->settling)
			tick_one(incidents, entry, now_ns);
}

/* ---- reading ---- */

json_t *incidents_list(const struct incidents *incidents, const char *port, int index)
{
	json_t *list = json_array();
	struct entry *entry;
	unsigned nth;

	for (nth = 0; (entry = nth_entry(incidents, nth)) != NULL; nth++) {
		json_t *brief;

		if (port && strcmp(entry->port, port) != 0)
			continue;
		if (port && index >= 0 && entry->index != (unsigned)index)
			continue;
		brief = json_copy(entry->json);
		json_object_del(brief, "events_before");
		json_object_del(brief, "events_since");
		json_object_del(brief, "vring_then");
		json_object_del(brief, "vring_after");
		json_array_append_new(list, brief);
	}
	return list;
}

json_t *incidents_get(const struct incidents *incidents, json_int_t id)
{
	struct entry *entry;
	unsigned nth;

	for (nth = 0; (entry = nth_entry(incidents, nth)) != NULL; nth++)
		if (entry->id == id)
			return entry->json;
	return NULL;
}

json_t *incidents_latest(const struct incidents *incidents, const char *port, unsigned index)
{
	const struct entry *entry = latest_of(incidents, port, index);

	return entry ? entry->json : NULL;
}
