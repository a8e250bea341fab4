/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_lookup.h - find what a request names, or say why it is not there.
 *
 * Ports are found by name, vrings by "tx0" or vhost index (rx0 = 0, tx0 = 1,
 * rx1 = 2 …). Also turns the negative errnos of the house into codes.
 *
 * Thread: the control thread.
 */
#ifndef VRINGD_CTL_LOOKUP_H
#define VRINGD_CTL_LOOKUP_H

#include "control/ctl_commands.h"

/* The text of a string parameter, NULL if it was not given. */
const char *ctl_param_text(const struct ctl_call *call, const char *name);

/* The code for a negative errno of the house; gives `error` a text if it has none. */
enum ctl_code ctl_code_of(int err, struct error_text *error);

enum ctl_code ctl_find_port(const struct ctl_call *call, const char *name, struct port_report *port,
			    struct error_text *error);

/* The port is there and is a guest, so that it has vrings. */
enum ctl_code ctl_find_guest(const struct ctl_call *call, const char *name,
			     struct port_report *port, struct error_text *error);

/* The vring that the parameters "port" and "vring" name. */
enum ctl_code ctl_find_vring(const struct ctl_call *call, struct vring_report *vring,
			     struct error_text *error);

/* Shows `see` each vring of this guest. */
void ctl_each_vring_of(const struct ctl_call *call, const struct port_report *port,
		       void (*see)(void *seer, const struct port_report *port,
				   const struct vring_report *vring),
		       void *seer);

/* Shows `see` each vring of the guest that "port" names, or of all guests. */
enum ctl_code ctl_each_vring(const struct ctl_call *call,
			     void (*see)(void *seer, const struct port_report *port,
					 const struct vring_report *vring),
			     void *seer, struct error_text *error);

#endif
