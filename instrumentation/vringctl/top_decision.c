/* SPDX-License-Identifier: BSD-3-Clause */
/* top_decision.c - the last decision to call, its sum done again with numbers.
 *
 * See top_detail.h. The rule is that of the specification: "Used Buffer
 * Notification Suppression" for a split ring, "Driver and Device Event
 * Suppression" for a packed one. The client knows no floor of the house, so it
 * works the rule out of what the daemon says of the operands, and whoever reads
 * it sees whether the daemon kept to it.
 */
#include <string.h>

#include "top_detail.h"
#include "verbs.h"

/* Where something is: an index, or slot and wrap counter of a packed ring. */
struct place {
	json_int_t at;
	bool wrap;
};

static void by_event(struct top_lines *lines, const json_t *vring, const json_t *last);
static void by_flags(struct top_lines *lines, const json_t *vring, const json_t *last);
static struct place place_of(const json_t *last, const char *name);
static unsigned ahead(const json_t *vring, struct place front, struct place behind);
static bool is_packed(const json_t *vring);
static const char *verdict(bool wanted, bool called);

void top_decision(struct top_lines *lines, const json_t *vring)
{
	const json_t *last = json_object_get(vring, "last_decision");
	char old[32], new[32], event[32];

	top_lines_section(lines, "last decision");
	if (!json_is_object(last)) {
		top_lines_fact(lines, "none since the start");
		return;
	}
	top_lines_fact(lines, "old %s", top_position(last, "old", old, sizeof(old)));
	top_lines_fact(lines, "new %s", top_position(last, "new", new, sizeof(new)));
	top_lines_fact(lines, "used_event %s",
		       top_position(last, "used_event", event, sizeof(event)));
	top_lines_fact(lines, "called %s",
		       json_is_true(json_object_get(last, "called")) ? "yes" : "no");
	if (is_packed(vring) ? strcmp(text_of(last, "driver_flags"), "desc") == 0
			     : json_is_true(json_object_get(vring, "event_idx")))
		by_event(lines, vring, last);
	else
		by_flags(lines, vring, last);
}

const char *top_position(const json_t *object, const char *name, char *text, size_t len)
{
	const json_t *value = json_object_get(object, name);
	const json_t *wrap = json_object_get(json_object_get(object, "wrap"), name);

	if (json_is_string(value))
		snprintf(text, len, "%s", json_string_value(value));
	else if (!json_is_integer(value))
		snprintf(text, len, "-");
	else if (json_is_integer(wrap))
		snprintf(text, len, "%lld (wrap %lld)", (long long)json_integer_value(value),
			 (long long)json_integer_value(wrap));
	else
		snprintf(text, len, "%lld", (long long)json_integer_value(value));
	return text;
}

static void by_event(struct top_lines *lines, const json_t *vring, const json_t *last)
{
	const struct place old = place_of(last, "old"), new = place_of(last, "new");
	const struct place event = place_of(last, "used_event");
	const unsigned passed = (uint16_t)(ahead(vring, new, event) - 1);
	const unsigned step = ahead(vring, new, old);
	const bool called = json_is_true(json_object_get(last, "called"));
	const char *result = passed < step ? "true" : "false";

	top_lines_section(lines, "");
	top_lines_fact(lines, "call if (u16)(new-event-1) < (u16)(new-old)");
	top_lines_section(lines, "");
	if (is_packed(vring))
		top_lines_fact(lines, "(u16)(%u-1)=%u < %u is %s, counted in slots of %lld a lap",
			       ahead(vring, new, event), passed, step, result,
			       (long long)number_of(vring, "size"));
	else
		top_lines_fact(lines, "(u16)(%lld-%lld-1)=%u < (u16)(%lld-%lld)=%u is %s",
			       (long long)new.at, (long long)event.at, passed, (long long)new.at,
			       (long long)old.at, step, result);
	top_lines_section(lines, "");
	top_lines_fact(lines, "%s", verdict(passed < step, called));
}

static void by_flags(struct top_lines *lines, const json_t *vring, const json_t *last)
{
	const bool called = json_is_true(json_object_get(last, "called"));
	const char *flags = text_of(last, "driver_flags");

	top_lines_section(lines, "");
	if (is_packed(vring)) {
		top_lines_fact(lines, "by the driver's event flags, which were \"%s\"", flags);
		top_lines_section(lines, "");
		top_lines_fact(lines, "%s", verdict(strcmp(flags, "disable") != 0, called));
	} else {
		top_lines_fact(lines,
			       "by the driver's flags, no event index: %s (they are %lld now)",
			       called ? "a call" : "no call", /* */
			       (long long)number_of(vring, "driver_flags"));
	}
}

static struct place place_of(const json_t *last, const char *name)
{
	return (struct place){ number_of(last, name),
			       number_of(json_object_get(last, "wrap"), name) == 1 };
}

/* How many entries `front` is ahead of `behind`; packed: within two laps. */
static unsigned ahead(const json_t *vring, struct place front, struct place behind)
{
	const json_int_t size = number_of(vring, "size");
	json_int_t slots = front.at - behind.at;

	if (!is_packed(vring))
		return (uint16_t)slots;
	if (front.wrap != behind.wrap)
		slots += size;
	return (uint16_t)(slots < 0 ? slots + 2 * size : slots);
}

static bool is_packed(const json_t *vring)
{
	return strcmp(text_of(vring, "layout"), "packed") == 0;
}

static const char *verdict(bool wanted, bool called)
{
	if (wanted == called)
		return wanted ? "so: call" : "so: no call";
	return called ? "so: no call, yet it was called, which is allowed"
		      : "so: call, yet none was made: see calls_failed";
}
