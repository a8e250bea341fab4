/* SPDX-License-Identifier: BSD-3-Clause */
/* counters.c - names of what is counted, and the reader's copy; see counters.h. */
#include "counters.h"

#include "capture_report.h"
#include "names.h"
#include "vring_report.h"

NAME_TABLE(drop_reason, VRING_DROPS)
NAME_TABLE(suppress_reason, SUPPRESS_REASONS)
NAME_TABLE(forced_outcome, FORCED_OUTCOMES)
NAME_TABLE(vring_fault, VRING_FAULTS)
NAME_TABLE(vring_state, VRING_STATES)
NAME_TABLE(capture_state, CAPTURE_STATES)

void counters_read(const struct vring_counters *counters, struct vring_counters_read *read)
{
	unsigned i;

#define X(name, english) read->name = counter_read(&counters->name);
	VRING_COUNTED_TO_CALLS(X)
	VRING_COUNTED_FROM_FORCED(X)
#undef X
	read->calls_suppressed = 0;
	for (i = 0; i < SUPPRESS_REASON_CNT; i++) {
		read->suppressed[i] = counter_read(&counters->suppressed[i]);
		read->calls_suppressed += read->suppressed[i];
	}
	for (i = 0; i < FORCED_OUTCOME_CNT; i++)
		read->forced[i] = counter_read(&counters->forced[i]);
	for (i = 0; i < DROP_REASON_CNT; i++)
		read->drops[i] = counter_read(&counters->drops[i]);
	for (i = 0; i < VRING_FAULT_CNT; i++)
		read->faults[i] = counter_read(&counters->faults[i]);
}
