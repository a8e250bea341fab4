/* SPDX-License-Identifier: BSD-3-Clause */
/* switch_report.h - a switch at one moment, as plain numbers: its ports and its table.
 *
 * What the data path counts for each port of a switch, as lists like those of
 * counters.h, and what is copied out for those who show it.
 *
 * Viewpoint: the switch's (in = from the port into the switch).
 * Thread: any; a report belongs to whoever asked for it.
 */
#ifndef VRINGD_SWITCH_REPORT_H
#define VRINGD_SWITCH_REPORT_H

#include <stdint.h>

#include "vring_report.h"

/* clang-format off */
#define SWITCH_COUNTERS_IN(X)                                                                     \
	X(frames_in, "frames that came from the port")                                            \
	X(bytes_in,  "bytes of the frames that came, without virtio-net headers")                 \
	X(flooded,   "frames to an address that is not in the table: sent to all others")         \
	X(multicast, "frames to a group's address or to everybody's: sent to all others")         \
	X(filtered,  "frames to an address behind the port itself: sent nowhere")                 \
	X(moved,     "addresses that were behind another port before")                            \
	X(unlearned, "frames whose source address found no room in the table")                    \
	X(refused,   "frames that are none, or whose virtio-net header contradicts them")

#define SWITCH_COUNTERS_OUT(X)                                                                    \
	X(frames_out, "frames that were given to the port")                                       \
	X(bytes_out,  "bytes of the frames that were given, without virtio-net headers")           \
	X(drops,      "frames for the port that it did not take")
/* clang-format on */

#define SWITCH_COUNTERS(X) SWITCH_COUNTERS_IN(X) SWITCH_COUNTERS_OUT(X)

struct switch_counters_read {
#define X(name, english) uint64_t name;
	SWITCH_COUNTERS(X)
#undef X
};

struct switch_report {
	char name[PORT_NAME_MAX];
	uint32_t age_s; /* entries not seen for so long are forgotten */
};

struct switch_port_report {
	char port[PORT_NAME_MAX];
	uint32_t entries; /* of the table */
	struct switch_counters_read counters;
};

struct switch_entry_report {
	uint64_t mac; /* the first byte on the wire is the most significant of the six */
	char port[PORT_NAME_MAX];
	uint32_t age_s; /* since it was last seen */
};

#endif
