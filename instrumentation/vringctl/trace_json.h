/* SPDX-License-Identifier: BSD-3-Clause */
/* trace_json.h - recorded events, between the daemon's JSON and the record itself.
 *
 * The JSON is that of trace.get and record. What the client does with events (lay
 * them out, judge their decisions) it does with the records, so that a file of a
 * dead daemon and an answer of a living one read alike.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_TRACE_JSON_H
#define VRINGCTL_TRACE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "trace.h"

/* False: it is no event. */
bool trace_from_json(const json_t *object, struct trace_event *event);

/* "18:04:05.123456  suppress ..." and a newline. */
void trace_print(FILE *out, const struct trace_event *event, int64_t realtime_offset_ns);

#endif
