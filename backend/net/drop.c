/* SPDX-License-Identifier: BSD-3-Clause */
/* drop.c - see drop.h. Not inline, so that the probe has few places. */
#include "net/drop.h"

#include "net/probes.h"

void drop(struct vring_end *end, enum drop_reason why, unsigned cnt)
{
	count(&end->counters.drops[why], cnt);
	PROBE2(vring__drop, end, why, cnt);
}

void drop_sent(const struct sender *from, enum drop_reason why, unsigned cnt)
{
	count(&from->drops[why], cnt);
	if (from->pair)
		PROBE2(vring__drop, &from->pair->tx, why, cnt);
}
