/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_handlers.h - the functions behind the rows of ctl_commands.c.
 *
 * Grouped by the file that holds them. Each is a ctl_handler: its parameters
 * are there and of the right type, its caller may do what he asks.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_HANDLERS_H
#define VRINGD_CTL_HANDLERS_H

#include "control/ctl_commands.h"

/* ctl_commands_read.c: look, and change nothing */
ctl_handler ctl_version;
ctl_handler ctl_discover;
ctl_handler ctl_port_list;
ctl_handler ctl_vring_list;
ctl_handler ctl_stats_get;
ctl_handler ctl_explain;
ctl_handler ctl_worker_list;
ctl_handler ctl_metrics;

/* ctl_trace.c: flight recorders */
ctl_handler ctl_trace_get;
ctl_handler ctl_trace_follow;
ctl_handler ctl_record;

/* ctl_incidents.c: stalls there were */
ctl_handler ctl_incident_list;
ctl_handler ctl_incident_get;

/* ctl_doctor.c: checks of all there is */
ctl_handler ctl_doctor;

/* ctl_commands_act.c: ports, wires and notifications by hand */
ctl_handler ctl_port_add;
ctl_handler ctl_port_del;
ctl_handler ctl_wire_add;
ctl_handler ctl_wire_del;
ctl_handler ctl_vring_call;
ctl_handler ctl_vring_kick;

/* ctl_commands_set.c: settings, and faults put in on purpose */
ctl_handler ctl_set;
ctl_handler ctl_get;
ctl_handler ctl_fault_set;
ctl_handler ctl_fault_clear;

/* ctl_capture.c: frames of a guest into a file */
ctl_handler ctl_capture_start;
ctl_handler ctl_capture_stop;
ctl_handler ctl_capture_list;

#endif
