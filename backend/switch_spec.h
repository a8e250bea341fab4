/* SPDX-License-Identifier: BSD-3-Clause */
/* switch_spec.h - "NAME[,age=SECONDS]": what a switch is to be.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_SWITCH_SPEC_H
#define VRINGD_SWITCH_SPEC_H

#include <stdint.h>

#include "error_text.h"
#include "vring_report.h"

#define SWITCH_AGE_S_DEFAULT 300
#define SWITCH_AGE_S_MAX 86400

struct switch_spec {
	char name[PORT_NAME_MAX];
	uint32_t age_s; /* entries not seen for so long are forgotten */
};

int switch_spec_parse(const char *text, struct switch_spec *spec, struct error_text *error);

#endif
