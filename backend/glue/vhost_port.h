/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_port.h - a vhost-user socket and the guest's NIC behind it.
 *
 * librte_vhost speaks the protocol and maps the memory; everything that moves
 * packets is guest_port's. What the library says is turned into ours here and
 * nowhere else.
 *
 * Thread: open, close and report by the main thread. Messages are handled on
 * the library's own thread, which never holds a lock that a worker needs.
 */
#ifndef VRINGD_GLUE_VHOST_PORT_H
#define VRINGD_GLUE_VHOST_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error_text.h"
#include "net/guest_port.h"

#define VHOST_SOCKET_MAX 108

struct vhost_port_config {
	const char *name;
	const char *socket;
	bool client;
	mode_t perm;
	uid_t owner; /* (uid_t)-1: as it is */
	gid_t group;
	unsigned queues;   /* pairs */
	uint64_t withhold; /* features not to be offered */
	bool force;
	uint64_t stall_after_ns;
	struct grace *grace;

	/* A guest started or changed its features; on the library's thread. */
	void (*started)(void *context, struct guest_port *port, uint64_t features);
	void *context;
};

struct vhost_port;

/* What `show` says of it. */
struct vhost_port_state {
	bool connected;
	pid_t peer_pid; /* of the front end; 0 unknown */
	uint64_t connects;
	uint64_t features, features_offered, protocol_features;
	char last_disconnect[64];
};

/* Makes the port with its vrings; nobody can connect yet. */
struct vhost_port *vhost_port_new(const struct vhost_port_config *config, struct error_text *error);
/* Opens the socket. Its pairs must be assigned to workers. */
int vhost_port_open(struct vhost_port *port, struct error_text *error);
/* Closes the socket and ends the connection; the guest port is paused. */
void vhost_port_close(struct vhost_port *port);
void vhost_port_free(struct vhost_port *port);

struct guest_port *vhost_port_guest(struct vhost_port *port);
const char *vhost_port_socket(const struct vhost_port *port);
bool vhost_port_is_client(const struct vhost_port *port);
void vhost_port_read_state(struct vhost_port *port, struct vhost_port_state *state);

#endif
