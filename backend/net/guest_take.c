/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_take.c - see guest_take.h. */
#include "net/guest_take.h"

#include "net/deliver.h"
#include "net/uplink.h"

static unsigned deliver(struct guest_pair *pair, struct burst *burst, unsigned cnt, uint64_t now_ns)
{
	struct delivery delivery;
	unsigned done = 0;

	delivery_begin(&delivery, pair, burst, cnt);
	while (done < cnt) {
		done += delivery_put_row(&delivery, &burst->taken[done], cnt - done);
		if (done == cnt || !delivery_put(&delivery, &burst->taken[done]))
			break;
		done++;
	}
	delivery_end(&delivery, now_ns);
	return done;
}

unsigned guest_take_poll(struct guest_pair *pair, struct burst *burst, uint64_t now_ns)
{
	struct uplink *uplink = pair->uplink;
	unsigned cnt, done;

	pair->rx_starved = false;
	if (!pair->rx.enabled)
		return 0;
	cnt = uplink->ops->take(uplink, pair->index, burst->taken, BURST_FRAMES, now_ns);
	if (cnt == 0)
		return 0;
	done = deliver(pair, burst, cnt, now_ns);
	uplink->ops->give_back(uplink, pair->index, done);
	pair->rx_starved = done < cnt;
	pair->rx_starved_at = pair->rx_short_at;
	return done;
}
