/* SPDX-License-Identifier: BSD-3-Clause */
/* incident.h - what went wrong on a vring, and whose doing it was.
 *
 * A cause is concluded from what the ring showed at that moment, and again when
 * it ended: a driver that moves within stall-after of a forced call had not been
 * called; one that ignores them all does not reap. A late vCPU looks like a lost
 * call; the CPU evidence of a report is what speaks for it.
 *
 * Pure. Thread: any.
 */
#ifndef VRINGD_INCIDENT_H
#define VRINGD_INCIDENT_H

#include "vring_report.h"

/* clang-format off */
#define INCIDENT_CAUSES(X)                                                                        \
	X(lost_call,          "a call was written and the driver did not move: it was lost, or the guest had no CPU") \
	X(frozen_event,       "by the driver's event word no call was wanted, and the word stood still") \
	X(guest_not_reaping,  "the driver did not reap its buffers, though it was called by force")   \
	X(no_receive_buffers, "the driver gave no receive buffers, though it was called by force")    \
	X(lost_kick,          "the driver made buffers available and did not kick, though it was asked to") \
	X(uplink_blocked,     "what the guest is wired to takes no frames")                           \
	X(worker_late,        "the worker of vringd did not get the CPU in time")                     \
	X(ring_faulted,       "the driver broke the rules of the ring")

#define INCIDENT_OUTCOMES(X)                                                                      \
	X(open,        "it lasts")                                                                \
	X(revived,     "the driver moved in time after a forced call")                            \
	X(moved_later, "the driver moved, too late for a forced call to be the reason")           \
	X(no_effect,   "no forced call had an effect")                                            \
	X(taken,       "the buffers were taken when they were found")                             \
	X(resumed,     "frames are taken again")                                                  \
	X(faulted,     "the vring stands until its driver resets it")                             \
	X(stopped,     "the vring was stopped meanwhile")
/* clang-format on */

enum incident_cause {
#define X(name, english) INCIDENT_CAUSE_##name,
	INCIDENT_CAUSES(X)
#undef X
};

enum incident_outcome {
#define X(name, english) INCIDENT_OUTCOME_##name,
	INCIDENT_OUTCOMES(X)
#undef X
};

const char *incident_cause_name(enum incident_cause cause);
const char *incident_cause_english(enum incident_cause cause);
const char *incident_outcome_name(enum incident_outcome outcome);
const char *incident_outcome_english(enum incident_outcome outcome);

/* Is it of a driver that does not move, and not of a ring, a kick, or us? */
bool incident_is_stall(enum incident_cause cause);

/* Can an open one end so? A vring may stall while its uplink is blocked. */
bool incident_may_end(enum incident_cause cause, enum incident_outcome outcome);

/* Why a vring that has just been found stalled is so: of `unanswered` buffers that
 * were used since the driver last moved, `unsignalled` had no call at all. */
enum incident_cause incident_stall_cause(uint64_t unanswered, uint64_t unsignalled);

/* The same, known to have ended so with `forced` calls made meanwhile. */
enum incident_cause incident_final_cause(enum incident_cause cause, enum incident_outcome outcome,
					 bool guest_tx, uint64_t forced);

#endif
