/* SPDX-License-Identifier: BSD-3-Clause */
/* telemetry_dict.h - reports as flat dictionaries of DPDK's telemetry.
 *
 * Flat, since that is what exporters understand: names are those of JSON on the
 * control socket, with what they are within in front ("drops_no_buffer").
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_GLUE_TELEMETRY_DICT_H
#define VRINGD_GLUE_TELEMETRY_DICT_H

#include "port_report.h"
#include "vring_report.h"

struct rte_tel_data;

void telemetry_put_port(struct rte_tel_data *data, const struct port_report *port);
void telemetry_put_vring(struct rte_tel_data *data, const struct vring_report *vring);

#endif
