/* SPDX-License-Identifier: BSD-3-Clause */
/* source.h - a port that makes frames, as fast as its guest takes them or at a rate.
 *
 * UDP over IPv4 from 198.18.0.1 to 198.18.0.2, the addresses set aside for
 * benchmarks (RFC 2544), to the broadcast MAC address; flows differ in their source
 * port. The payload begins with the number of the frame, eight bytes in network
 * order, from 0 for each queue. Frames are offered, not pushed: one that finds no
 * buffer is not lost but comes later. What a guest sends is swallowed.
 *
 * Thread: open and close by the main thread.
 */
#ifndef VRINGD_PORT_SOURCE_H
#define VRINGD_PORT_SOURCE_H

#include "error_text.h"
#include "net/uplink.h"

#define SOURCE_SIZE_MIN 60
#define SOURCE_SIZE_MAX (65535 + ETH_HEADER_LEN)
#define SOURCE_RATE_MAX 1000000000
#define SOURCE_FLOWS_MAX 16384

struct source_config {
	unsigned size; /* bytes of a frame, SOURCE_SIZE_MIN … SOURCE_SIZE_MAX */
	uint64_t rate; /* frames a second of each queue pair; 0: as fast as can be */
	unsigned flows;
};

/* NULL with `error` filled: out of memory. */
struct uplink *source_open(const char *name, const struct source_config *config,
			   struct error_text *error);
void source_close(struct uplink *uplink);

#endif
