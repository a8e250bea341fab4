/* SPDX-License-Identifier: BSD-3-Clause */
/* counters.h - what is counted for each vring, as lists.
 *
 * A counter has one writer, the worker that owns the vring, and any number of
 * readers. The writer adds with a plain load and a relaxed store, so counting
 * costs no locked instruction; a reader sees whole values and takes no lock.
 * Each list is walked wherever counters are named (JSON, metrics, tables), so
 * a new counter is one new line here.
 *
 * Thread: count() by the owning worker only; counter_read() by any.
 */
#ifndef VRINGD_COUNTERS_H
#define VRINGD_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "compiler.h"
#include "vring_fault.h"

typedef _Atomic uint64_t counter_t;

/* clang-format off */
#define VRING_COUNTED_TO_CALLS(X)                                                                 \
	X(packets,          "frames that crossed this vring")                                     \
	X(bytes,            "bytes of the frames that crossed it, without virtio-net headers")    \
	X(chains,           "descriptor chains taken from the driver and used")                   \
	X(publishes,        "stores of the used index that made buffers visible")                 \
	X(kicks,            "reads that found the kick descriptor signalled")                     \
	X(kicks_missed,     "buffers made available that no kick announced within a look")        \
	X(calls,            "successful writes of the call descriptor, whatever the reason")

#define VRING_COUNTED_FROM_FORCED(X)                                                              \
	X(calls_forced,     "calls made because the driver did not move")                         \
	X(calls_first,      "calls made at a start, a new call descriptor or re-mapped memory")   \
	X(calls_failed,     "wanted calls that could not be written")                             \
	X(probes,           "forced calls on a ring that was not spent")                          \
	X(moves_coarse,     "answers of the driver that only the periodic look found")            \
	X(probes_answered,  "probes that a move of the driver followed")                          \
	X(stalls,           "times a spent ring lay unanswered")                                  \
	X(stalls_revived,   "stalls that ended with a move after a forced call")

/* As they are read: the decisions that said no are counted by reason, and summed up. */
#define VRING_COUNTERS(X)                                                                         \
	VRING_COUNTED_TO_CALLS(X)                                                                 \
	X(calls_suppressed, "decisions by the specification's rule that said no")                 \
	VRING_COUNTED_FROM_FORCED(X)

/* Why a decision said no. Split: used_event, and VIRTQ_AVAIL_F_NO_INTERRUPT without the
 * event index; packed: RING_EVENT_FLAGS_DESC, and RING_EVENT_FLAGS_DISABLE. */
#define SUPPRESS_REASONS(X)                                                                       \
	X(event_idx,    "the buffer after which the driver wants a call was not among these")     \
	X(no_interrupt, "the driver wants no call at all, by its flags")

/* What came of a forced call. One that is made, and has no outcome yet, is in none. */
#define FORCED_OUTCOMES(X)                                                                        \
	X(revived,   "the driver moved in time, and a stall ended")                               \
	X(answered,  "the driver moved in time, and there was no stall: a probe, or a driver that polls") \
	X(no_effect, "the driver did not move in time")                                           \
	X(unknown,   "not to be told: another call followed too soon, the vring stopped, or it was by hand")

#define VRING_DROPS(X)                                                                            \
	X(no_buffer, "the driver had no buffer available")                                        \
	X(unwired,   "the port is wired to nothing")                                              \
	X(oversize,  "the frame is larger than the ring, the format or the device can hold")               \
	X(uplink,    "the uplink refused the frame")                                              \
	X(stopped,   "the receiving vring was not started")                                       \
	X(disabled,  "the vring was disabled")                                                    \
	X(faulted,   "the receiving vring was faulted")                                           \
	X(bad_header, "the virtio-net header contradicts the frame or what was negotiated")
/* clang-format on */

enum drop_reason {
#define X(name, english) DROP_##name,
	VRING_DROPS(X)
#undef X
		DROP_REASON_CNT
};

enum suppress_reason {
#define X(name, english) SUPPRESS_##name,
	SUPPRESS_REASONS(X)
#undef X
		SUPPRESS_REASON_CNT
};

enum forced_outcome {
#define X(name, english) FORCED_##name,
	FORCED_OUTCOMES(X)
#undef X
		FORCED_OUTCOME_CNT
};

struct vring_counters {
#define X(name, english) counter_t name;
	VRING_COUNTED_TO_CALLS(X)
#undef X
	counter_t suppressed[SUPPRESS_REASON_CNT];
#define X(name, english) counter_t name;
	VRING_COUNTED_FROM_FORCED(X)
#undef X
	counter_t forced[FORCED_OUTCOME_CNT];
	counter_t drops[DROP_REASON_CNT];
	counter_t faults[VRING_FAULT_CNT];
} CACHE_ALIGNED;

/* The same, as plain numbers of one moment. */
struct vring_counters_read {
#define X(name, english) uint64_t name;
	VRING_COUNTERS(X)
#undef X
	uint64_t suppressed[SUPPRESS_REASON_CNT];
	uint64_t forced[FORCED_OUTCOME_CNT];
	uint64_t drops[DROP_REASON_CNT];
	uint64_t faults[VRING_FAULT_CNT];
};

/* For what the daemon itself goes by. */
static inline void tally(counter_t *counter, uint64_t amount)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/* For what people read. */
static inline void count(counter_t *counter, uint64_t amount)
{
	if (INSTRUMENTED)
		tally(counter, amount);
}

static inline uint64_t counter_read(const counter_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void counter_set(counter_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* Reads all of them; each value is whole, the set is of no single instant. */
void counters_read(const struct vring_counters *counters, struct vring_counters_read *read);

/* Stable names as they stand in JSON ("no_buffer") and in the metrics. */
const char *drop_reason_name(enum drop_reason reason);
const char *drop_reason_english(enum drop_reason reason);
/* What to do about it; NULL: nothing. */
const char *drop_reason_advice(enum drop_reason reason);
const char *suppress_reason_name(enum suppress_reason reason);
const char *suppress_reason_english(enum suppress_reason reason);
const char *forced_outcome_name(enum forced_outcome outcome);
const char *forced_outcome_english(enum forced_outcome outcome);

#endif
