/* SPDX-License-Identifier: BSD-3-Clause */
/* telemetry.h - what dpdk-telemetry.py and its relatives can ask of this daemon.
 *
 * The commands /vringd/ports, /vringd/port,NAME, /vringd/vring,NAME,INDEX and
 * /vringd/stalls of DPDK's telemetry socket, beside those of DPDK itself. The socket
 * is dpdk_telemetry.v2 in the runtime folder of this process (--file-prefix
 * vringd-PID), which is its own, so that daemons do not meet there.
 *
 * The library asks from threads of its own, and the main thread answers them
 * (question.h). Who gets no answer in time is told so.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_GLUE_TELEMETRY_H
#define VRINGD_GLUE_TELEMETRY_H

#include <stdbool.h>

#include "error_text.h"
#include "port_report.h"
#include "vring_report.h"

/* What it asks, as in control/ctl_house.h, on the main thread. */
struct telemetry_house {
	void *house;
	bool (*port_report)(void *house, unsigned nth, struct port_report *report);
	int (*vring_report)(void *house, const char *port, unsigned index,
			    struct vring_report *report);
};

/* Once, after the EAL was started. The commands stay for as long as the process. */
int telemetry_open(const struct telemetry_house *house, struct error_text *error);

/* Readable when telemetry_turn() has something to do; -1: it is not open. */
int telemetry_fd(void);
void telemetry_turn(void);

/* From now on nobody is answered. Does nothing if it is not open. */
void telemetry_close(void);

#endif
