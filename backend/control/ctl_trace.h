/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_trace.h - flight recorders as JSON, for who asks and for who follows.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_TRACE_H
#define VRINGD_CTL_TRACE_H

#include "control/ctl_commands.h"

/* One event; positions of a packed ring are slot + 32768 x wrap counter. */
json_t *ctl_trace_event(const struct trace_event *event, uint64_t number);

/* What a client that follows has not been sent yet: as notifications, a line each,
 * in a string to be freed, or NULL if there is nothing new. One whose port is gone
 * follows no longer. */
char *ctl_trace_news(const struct ctl_call *house, struct ctl_follow *follow);

#endif
