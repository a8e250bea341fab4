/* SPDX-License-Identifier: BSD-3-Clause */
/* top_detail.c - the page of one vring.
 *
 * See top_detail.h. Counters, drops, faults and latencies are those that the
 * daemon sends, by its names.
 */
#include "top_detail.h"

#include <stdlib.h>
#include <string.h>

#include "top_table.h"
#include "verbs.h"

static void heading(struct top_lines *lines, const json_t *vring);
static void where_it_stands(struct top_lines *lines, const json_t *vring);
static void positions(struct top_lines *lines, const json_t *vring, const char *section,
		      const char *const *names);
static void lag(struct top_lines *lines, const json_t *vring);
static void rates(struct top_lines *lines, const struct top_model *model, const json_t *vring);
static void counters(struct top_lines *lines, const json_t *vring);
static void those_counted(struct top_lines *lines, const char *section, const json_t *amounts,
			  const char *more);
static void injected(struct top_lines *lines, const json_t *vring);
static void latencies(struct top_lines *lines, const json_t *vring);
static void sentences(struct top_lines *lines, const json_t *answers, const char *label);
static void events(struct top_lines *lines, const json_t *answers, const char *label);

void top_detail(struct top_lines *lines, const struct top_model *model, const char *label)
{
	const json_t *answers = top_model_answers(model);
	const json_t *vring = top_model_vring(model, label);

	if (!vring) {
		top_lines_add(lines, false, "%s is not there at this time", label);
		return;
	}
	heading(lines, vring);
	sentences(lines, answers, label);
	where_it_stands(lines, vring);
	top_decision(lines, vring);
	lag(lines, vring);
	rates(lines, model, vring);
	counters(lines, vring);
	injected(lines, vring);
	latencies(lines, vring);
	events(lines, answers, label);
}

static void heading(struct top_lines *lines, const json_t *vring)
{
	const char *uplink = text_of(vring, "uplink");
	char label[TOP_LABEL_MAX];

	top_lines_add(lines, vring_is_ill(vring), "%s (vring %lld): %s",
		      vring_label(vring, label, sizeof(label)),
		      (long long)number_of(vring, "index"), vring_word(vring));
	top_lines_section(lines, "ring");
	if (number_of(vring, "size")) {
		top_lines_fact(lines, "%s, %lld entries", text_of(vring, "layout"),
			       (long long)number_of(vring, "size"));
		top_lines_fact(lines, json_is_true(json_object_get(vring, "event_idx"))
					      ? "event index"
					      : "no event index");
	} else {
		top_lines_fact(lines, "none");
	}
	top_lines_fact(lines, "state %s", text_of(vring, "state"));
	top_lines_fact(lines, *uplink ? "wired to %s" : "not wired%s", uplink);
	top_lines_fact(lines, "force %s",
		       json_is_true(json_object_get(vring, "force")) ? "on" : "off");
	top_lines_fact(lines, "stall-after %lld ms", (long long)number_of(vring, "stall_after_ms"));
}

static void where_it_stands(struct top_lines *lines, const json_t *vring)
{
	static const char *const places[] = { "avail_idx", "next_avail",   "used_idx",
					      "next_used", "decided_used", "called_used",
					      NULL };
	static const char *const words[] = { "used_event", "avail_event", "driver_flags",
					     "device_flags", NULL };

	positions(lines, vring, "positions", places);
	positions(lines, vring, "event words", words);
}

static void positions(struct top_lines *lines, const json_t *vring, const char *section,
		      const char *const *names)
{
	char text[48];

	top_lines_section(lines, section);
	for (; *names; names++)
		top_lines_fact(lines, "%s %s", *names,
			       top_position(vring, *names, text, sizeof(text)));
}

static void lag(struct top_lines *lines, const json_t *vring)
{
	top_lines_section(lines, "waiting");
	top_lines_fact(lines, "backlog %lld", (long long)number_of(vring, "backlog"));
	top_lines_fact(lines, "unsignalled %lld", (long long)number_of(vring, "unsignalled"));
	top_lines_fact(lines, "unanswered %lld for %lld ms",
		       (long long)number_of(vring, "unanswered"),
		       (long long)number_of(vring, "unanswered_ms"));
	top_lines_fact(lines, "spent %s",
		       json_is_true(json_object_get(vring, "spent")) ? "yes" : "no");
	top_lines_fact(lines, "forced in a row %lld",
		       (long long)number_of(vring, "forced_in_a_row"));
}

static void rates(struct top_lines *lines, const struct top_model *model, const json_t *vring)
{
	struct top_rates found;
	const struct {
		const char *name;
		const double *rate;
		double times;
	} shown[] = {
		{ "packets", &found.packets, 1 },     { "bits", &found.bytes, 8 },
		{ "kicks", &found.kicks, 1 },	      { "calls", &found.calls, 1 },
		{ "publishes", &found.publishes, 1 }, { "suppressed", &found.suppressed, 1 },
		{ "drops", &found.drops, 1 },
	};
	char amount[16];
	size_t i;

	top_lines_section(lines, "a second");
	if (!top_model_rates(model, vring, &found)) {
		top_lines_fact(lines, "not known: no sample before this one");
		return;
	}
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		top_amount(*shown[i].rate * shown[i].times, amount, sizeof(amount));
		top_lines_fact(lines, "%s %s", shown[i].name, amount);
	}
}

static void counters(struct top_lines *lines, const json_t *vring)
{
	const json_t *counted = json_object_get(vring, "counters");
	const char *name;
	json_t *value;

	top_lines_section(lines, "counters");
	json_object_foreach((json_t *)counted, name, value)
		if (json_is_integer(value))
			top_lines_fact(lines, "%s %lld", name,
				       (long long)json_integer_value(value));
	those_counted(lines, "drops", json_object_get(counted, "drops"), "");
	those_counted(lines, "faults", json_object_get(counted, "faults"), text_of(vring, "fault"));
}

/* Those that are not 0, and the one that the vring is in. */
static void those_counted(struct top_lines *lines, const char *section, const json_t *amounts,
			  const char *now)
{
	const char *name;
	json_t *value;

	top_lines_section(lines, section);
	if (*now)
		top_lines_fact(lines, "faulted by %s until its driver resets it", now);
	json_object_foreach((json_t *)amounts, name, value)
		if (json_integer_value(value))
			top_lines_fact(lines, "%s %lld", name,
				       (long long)json_integer_value(value));
	if (!sum_of(amounts) && !*now)
		top_lines_fact(lines, "none");
}

static void injected(struct top_lines *lines, const json_t *vring)
{
	const json_t *faults = json_object_get(vring, "injected");
	const char *kind;
	json_t *fault;

	if (json_object_size(faults) == 0)
		return;
	top_lines_section(lines, "on purpose");
	json_object_foreach((json_t *)faults, kind, fault) {
		const json_t *left = json_object_get(fault, "left");

		if (json_is_string(left))
			top_lines_fact(lines, "%s: struck %lld times, %s", kind,
				       (long long)number_of(fault, "hits"),
				       json_string_value(left));
		else
			top_lines_fact(lines, "%s: struck %lld times, %lld left", kind,
				       (long long)number_of(fault, "hits"),
				       (long long)json_integer_value(left));
	}
}

/* {"seen_to_take": {"p50": 1, "p99": 7, "max": 31}}, in microseconds. */
static void latencies(struct top_lines *lines, const json_t *vring)
{
	static const char *const quantiles[] = { "p50", "p99", "max" };
	const json_t *measured = json_object_get(vring, "latency_us");
	const char *name;
	json_t *latency;
	char text[128];
	int at;
	size_t i;

	if (json_object_size(measured) == 0)
		return;
	top_lines_section(lines, "latency, us");
	json_object_foreach((json_t *)measured, name, latency) {
		at = snprintf(text, sizeof(text), "%.60s", name);
		for (i = 0; i < 3; i++)
			at += snprintf(text + at, sizeof(text) - (size_t)at, " %s %.6g",
				       quantiles[i],
				       json_number_value(json_object_get(latency, quantiles[i])));
		top_lines_fact(lines, "%s", text);
	}
}

/* Those of a sample that was taken while another page was open are not known. */
static void sentences(struct top_lines *lines, const json_t *answers, const char *label)
{
	const json_t *story = json_object_get(answers, "explain"), *sentence;
	char of[TOP_LABEL_MAX];
	size_t i;

	if (!story || strcmp(vring_label(story, of, sizeof(of)), label) != 0)
		return;
	top_lines_section(lines, "health");
	json_array_foreach(json_object_get(story, "sentences"), i, sentence)
		top_lines_sentence(lines, json_string_value(sentence));
}

/* A daemon that keeps none, or tells none, is not asked why. */
static void events(struct top_lines *lines, const json_t *answers, const char *label)
{
	const json_t *trace = json_object_get(answers, "trace"), *event;
	bool any = false;
	size_t i;

	if (strcmp(text_of(trace, "of"), label) != 0)
		return;
	json_array_foreach(json_object_get(trace, "events"), i, event) {
		if (!*text_of(event, "text"))
			continue;
		if (!any)
			top_lines_section(lines, "last events");
		any = true;
		top_lines_sentence(lines, text_of(event, "text"));
	}
}
