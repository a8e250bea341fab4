/* SPDX-License-Identifier: BSD-3-Clause */
/* house_trace.c - the flight recorders of guest ports: made, and read.
 *
 * A recorder lies in a file of the state folder, named after its port; the one
 * of the life before is kept beside it. Reading takes nothing from the worker.
 */
#include <errno.h>
#include <stdio.h>

#include "house_private.h"
#include "log.h"

/* Why there is no file is told once; the port runs all the same. */
int house_trace_open(struct house *house, struct house_port *port, struct error_text *error)
{
	const char *port_name = port->spec.name;
	int dir_fd = house->state.trace_fd;
	char file_name[PORT_NAME_MAX + 8], before[PORT_NAME_MAX + 8];
	unsigned ring_cnt = house_guest(port)->pair_cnt * 2;
	int err;

	snprintf(file_name, sizeof(file_name), "%s.trace", port_name);
	snprintf(before, sizeof(before), "%s.trace.1", port_name);
	if (dir_fd >= 0)
		renameat(dir_fd, file_name, dir_fd, before);
	err = trace_file_create(&port->trace, dir_fd, file_name, port_name, ring_cnt, error);
	if (err && dir_fd >= 0) {
		log_warn("port %s: its flight recorder is in memory only: %s", port_name,
			 error->text);
		err = trace_file_create(&port->trace, -1, file_name, port_name, ring_cnt, error);
	}
	if (!err)
		guest_port_set_trace(house_guest(port), trace_file_rings(&port->trace));
	return err;
}

int house_trace_read(void *context, const char *name, unsigned index, struct trace_reading *reading)
{
	struct house *house = context;
	const struct house_port *port = house_find(house, name);
	const struct trace_ring *ring;

	if (!port)
		return -ENOENT;
	if (!port->vhost)
		return -EINVAL;
	if (index >= port->trace.header->ring_cnt)
		return -ENOENT;
	ring = &trace_file_rings(&port->trace)[index];
	reading->end = trace_end(ring);
	if (reading->latest && reading->end > reading->max)
		reading->from = reading->end - reading->max;
	reading->cnt =
		trace_read(ring, reading->from, reading->events, reading->max, &reading->first);
	reading->realtime_offset_ns = port->trace.header->realtime_offset_ns;
	return 0;
}
