/* SPDX-License-Identifier: BSD-3-Clause */
/* incident.c - see incident.h. */
#include "incident.h"

#include "names.h"

NAME_TABLE(incident_cause, INCIDENT_CAUSES)
NAME_TABLE(incident_outcome, INCIDENT_OUTCOMES)

/* A call for any of them should have made the driver look at all. */
enum incident_cause incident_stall_cause(uint64_t unanswered, uint64_t unsignalled)
{
	return unsignalled >= unanswered ? INCIDENT_CAUSE_frozen_event : INCIDENT_CAUSE_lost_call;
}

bool incident_is_stall(enum incident_cause cause)
{
	return cause == INCIDENT_CAUSE_lost_call || cause == INCIDENT_CAUSE_frozen_event ||
	       cause == INCIDENT_CAUSE_guest_not_reaping ||
	       cause == INCIDENT_CAUSE_no_receive_buffers;
}

bool incident_may_end(enum incident_cause cause, enum incident_outcome outcome)
{
	bool resumed = outcome == INCIDENT_OUTCOME_resumed;

	return (cause == INCIDENT_CAUSE_uplink_blocked) == resumed;
}

enum incident_cause incident_final_cause(enum incident_cause cause, enum incident_outcome outcome,
					 bool guest_tx, uint64_t forced)
{
	bool ignored = outcome == INCIDENT_OUTCOME_no_effect ||
		       (outcome == INCIDENT_OUTCOME_moved_later && forced > 0);

	if (!incident_is_stall(cause) || !ignored)
		return cause;
	return guest_tx ? INCIDENT_CAUSE_guest_not_reaping : INCIDENT_CAUSE_no_receive_buffers;
}
