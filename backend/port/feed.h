/* SPDX-License-Identifier: BSD-3-Clause */
/* feed.h - frames that an uplink yields, read and sent into a switch.
 *
 * A guest that is wired to a tap reads the tap itself, into its own pages. Behind a
 * switch nobody knows whose frame is next: a feed, one for each queue, reads it into
 * memory of its own, as a feeder of one worker (net/feeder.h).
 *
 * Thread: open and close by the main thread.
 */
#ifndef VRINGD_PORT_FEED_H
#define VRINGD_PORT_FEED_H

#include "error_text.h"
#include "net/uplink.h"
#include "net/worker.h"

struct feed;

/* Frames of a queue of `from` are sent into `to`, which never blocks, from now on and
 * by this worker. NULL: `error` says why. */
struct feed *feed_open(struct uplink *from, unsigned queue, struct uplink *to,
		       struct worker *worker, struct error_text *error);
void feed_close(struct feed *feed); /* none is on its way any more; NULL is none */

#endif
