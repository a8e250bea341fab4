/* SPDX-License-Identifier: BSD-3-Clause */
/* control_fake.h - a house of cards behind the control socket, for the tests.
 *
 * Three ports (vm0 wired to tap0, vm1 unwired and absent), two vrings a guest,
 * one worker, one switch with one port and one entry in its table. It writes down the last thing it was asked to do, and can be
 * told to refuse.
 */
#ifndef TESTS_UNIT_CONTROL_FAKE_H
#define TESTS_UNIT_CONTROL_FAKE_H

#include "control/ctl_house.h"
#include "control/incidents.h"

#define FAKE_PORTS 3

struct fake_house {
	struct port_report port[FAKE_PORTS];
	struct vring_report vring[FAKE_PORTS][2];
	struct trace_ring trace;     /* of every vring */
	struct incidents *incidents; /* opened when they are asked for */
	unsigned many;		     /* vrings a guest shows, 0: two; repeats the two */

	char did[256]; /* "vring_call vm0 1" */
	int refuse;    /* a negative errno for whatever changes something */
	char why[64];  /* and the words for it; "" none */
};

extern const struct ctl_house_ops fake_ops;

/* It is zeroed, or was built before. */
void fake_house_build(struct fake_house *house);

#endif
