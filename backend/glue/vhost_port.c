/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_port.c - sockets, connections and the table of them; see vhost_port.h.
 *
 * The library names a connection by a number (vid) and gives its handlers
 * nothing else, hence the table. One front end at a time: a second one that
 * connects while the first is there may wait for it to go, since a front end
 * that was killed and started again can be accepted before its old connection
 * is found dead; it is refused as soon as it talks too early.
 */
#include "glue/vhost_port.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "glue/rte_vhost_door.h"
#include "glue/vhost_device.h"
#include "glue/vhost_msg.h"
#include "glue/vhost_peer.h"
#include "glue/vhost_poke.h"
#include "log.h"
#include "net/probes.h"

#define VIDS_MAX 1024

struct vhost_port {
	struct vhost_device device;
	char socket[VHOST_SOCKET_MAX];
	bool client;
	mode_t perm;
	uid_t owner;
	gid_t group;
	uint64_t withhold;
	bool opened;
	int waiting_vid; /* -1: none */
	_Atomic uint64_t connects;
};

/* Used on the library's thread, and by the main thread when it closes a port
 * or reads the state of one. Never taken by a worker, nor inside a grace slot. */
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct vhost_port *port_by_vid[VIDS_MAX];

/* Ports that are open, to find one by the path of its socket. */
#define PORTS_MAX 512
static struct vhost_port *open_ports[PORTS_MAX];

/* Not offered: what this daemon does not do (yet). */
#define FEATURES_WITHHELD                                                           \
	(FEATURE_BIT(VIRTIO_F_ACCESS_PLATFORM) | FEATURE_BIT(VIRTIO_NET_F_GSO) |    \
	 FEATURE_BIT(VIRTIO_NET_F_GUEST_UFO) | FEATURE_BIT(VIRTIO_NET_F_HOST_UFO) | \
	 FEATURE_BIT(VIRTIO_NET_F_CTRL_VQ) | FEATURE_BIT(VIRTIO_NET_F_CTRL_RX))

#define PROTOCOL_FEATURES                                                                       \
	(FEATURE_BIT(VHOST_USER_PROTOCOL_F_MQ) | FEATURE_BIT(VHOST_USER_PROTOCOL_F_LOG_SHMFD) | \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK) |                                         \
	 FEATURE_BIT(VHOST_USER_PROTOCOL_F_NET_MTU) | FEATURE_BIT(VHOST_USER_PROTOCOL_F_STATUS))

static struct vhost_port *port_of(int vid)
{
	return vid >= 0 && vid < VIDS_MAX ? port_by_vid[vid] : NULL;
}

static struct vhost_port *port_by_path(const char *path)
{
	unsigned i;

	for (i = 0; i < PORTS_MAX; i++)
		if (open_ports[i] && strcmp(open_ports[i]->socket, path) == 0)
			return open_ports[i];
	return NULL;
}

/* ---- callbacks of the library ---- */

static int handle(int vid, struct vhost_msg *msg,
		  int (*handler)(struct vhost_device *device, struct vhost_msg *msg))
{
	int result = RTE_VHOST_MSG_RESULT_ERR;
	struct vhost_port *port;

	pthread_mutex_lock(&table_lock);
	port = port_of(vid);
	if (port && port->device.vid == vid)
		result = handler(&port->device, msg);
	pthread_mutex_unlock(&table_lock);
	return result;
}

static int before_message(int vid, void *msg)
{
	return handle(vid, msg, vhost_device_before);
}

static int after_message(int vid, void *msg)
{
	return handle(vid, msg, vhost_device_after);
}

static const struct rte_vhost_user_extern_ops message_ops = {
	.pre_msg_handle = before_message,
	.post_msg_handle = after_message,
};

static void connect_port(struct vhost_port *port, int vid)
{
	vhost_device_connect(&port->device, vid);
	port->device.peer_pid = vhost_peer_pid(port->socket);
	atomic_fetch_add_explicit(&port->connects, 1, memory_order_relaxed);
	PORT_PROBE1(port__connect, port->device.guest, port->device.peer_pid);
	log_info("port %s: front end connected on %s", port->device.guest->name, port->socket);
}

static int on_connection(int vid)
{
	char path[VHOST_SOCKET_MAX] = "";
	struct vhost_port *port = NULL;
	int refused = -1;

	rte_vhost_get_ifname(vid, path, sizeof(path));
	pthread_mutex_lock(&table_lock);
	port = port_by_path(path);
	if (port && port->waiting_vid < 0 && vid < VIDS_MAX) {
		port_by_vid[vid] = port;
		if (port->device.vid < 0)
			connect_port(port, vid);
		else
			port->waiting_vid = vid;
		refused = rte_vhost_extern_callback_register(vid, &message_ops, NULL);
	}
	pthread_mutex_unlock(&table_lock);
	return refused;
}

static void on_disconnection(int vid)
{
	struct vhost_port *port;

	pthread_mutex_lock(&table_lock);
	port = port_of(vid);
	if (port) {
		port_by_vid[vid] = NULL;
		if (port->waiting_vid == vid) {
			port->waiting_vid = -1;
		} else if (port->device.vid == vid) {
			vhost_device_disconnect(&port->device);
			log_info("port %s: front end disconnected", port->device.guest->name);
			if (port->waiting_vid >= 0)
				connect_port(port, port->waiting_vid);
			port->waiting_vid = -1;
		}
	}
	pthread_mutex_unlock(&table_lock);
}

/* The library calls a device ready and not ready by rules of its own; what
 * matters to us is seen in the messages. Only its going away may not wait. */
static int on_ready(int vid)
{
	(void)vid;
	return 0;
}

static void on_unready(int vid)
{
	struct vhost_port *port = port_of(vid);

	if (port && port->device.vid == vid)
		guest_port_pause(port->device.guest);
}

static const struct rte_vhost_device_ops device_ops = {
	.new_device = on_ready,
	.destroy_device = on_unready,
	.new_connection = on_connection,
	.destroy_connection = on_disconnection,
};

/* ---- the socket ---- */

/* A socket file that nobody listens on is what a killed daemon left. */
static int remove_stale_socket(const char *name, const char *path, struct error_text *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int fd, err;

	if (lstat(path, &status) != 0)
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, EEXIST,
				 "port %s: socket=%s: a file that is no socket is in the way", name,
				 path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(error, errno, "port %s: socket: %m", name);
	err = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? EADDRINUSE : errno;
	close(fd);
	if (err == EADDRINUSE)
		return error_set(error, EADDRINUSE,
				 "port %s: socket=%s: another program listens on it", name, path);
	unlink(path);
	return 0;
}

static int set_access(const struct vhost_port *port, struct error_text *error)
{
	const char *name = port->device.guest->name;

	if (port->client)
		return 0;
	if (chmod(port->socket, port->perm) != 0)
		return error_set(error, errno, "port %s: perm=%04o of %s: %m", name,
				 (unsigned)port->perm, port->socket);
	if (chown(port->socket, port->owner, port->group) != 0)
		return error_set(error, errno, "port %s: owner or group of %s: %m", name,
				 port->socket);
	return 0;
}

/* The library makes the socket as the umask says: never more than 0660, not
 * even for a moment. */
static int start_socket(const char *path)
{
	mode_t before = umask(0117);
	int err;

	vhost_poke_prepare();
	err = rte_vhost_driver_start(path);
	umask(before);
	vhost_poke();
	return err;
}

static int register_socket(struct vhost_port *port, struct error_text *error)
{
	const char *name = port->device.guest->name;
	const char *path = port->socket;

	if (rte_vhost_driver_register(path, port->client ? RTE_VHOST_USER_CLIENT : 0) != 0)
		return error_set(error, EIO, "port %s: socket=%s can not be set up: %m", name,
				 path);
	rte_vhost_driver_disable_features(path, port->withhold);
	rte_vhost_driver_set_protocol_features(path, PROTOCOL_FEATURES);
	rte_vhost_driver_callback_register(path, &device_ops);
	if (start_socket(path) == 0)
		return 0;
	error_set(error, EIO,
		  "port %s: socket=%s: %m; does its folder exist, and may it be written?", name,
		  path);
	rte_vhost_driver_unregister(path);
	return -EIO;
}

static int add_open_port(struct vhost_port *port)
{
	unsigned i;

	for (i = 0; i < PORTS_MAX; i++)
		if (!open_ports[i]) {
			open_ports[i] = port;
			return 0;
		}
	return -ENOSPC;
}

static void remove_open_port(const struct vhost_port *port)
{
	unsigned i;

	for (i = 0; i < PORTS_MAX; i++)
		if (open_ports[i] == port)
			open_ports[i] = NULL;
}

int vhost_port_open(struct vhost_port *port, struct error_text *error)
{
	const char *name = port->device.guest->name;
	int err = 0;

	pthread_mutex_lock(&table_lock);
	if (port_by_path(port->socket))
		err = error_set(error, EEXIST, "port %s: socket=%s belongs to another port", name,
				port->socket);
	else if (add_open_port(port) != 0)
		err = error_set(error, ENOSPC, "port %s: there are %d vhost-user ports already",
				name, PORTS_MAX);
	pthread_mutex_unlock(&table_lock);
	if (err)
		return err;

	if (!port->client)
		err = remove_stale_socket(name, port->socket, error);
	if (!err)
		err = register_socket(port, error);
	port->opened = !err;
	if (!err)
		err = set_access(port, error);
	if (err)
		vhost_port_close(port);
	return err;
}

/* Unregistering ends a connection without a word to on_disconnection(). */
void vhost_port_close(struct vhost_port *port)
{
	unsigned vid;

	if (port->opened)
		rte_vhost_driver_unregister(port->socket);
	port->opened = false;

	pthread_mutex_lock(&table_lock);
	remove_open_port(port);
	for (vid = 0; vid < VIDS_MAX; vid++)
		if (port_by_vid[vid] == port)
			port_by_vid[vid] = NULL;
	if (port->device.vid >= 0)
		vhost_device_disconnect(&port->device);
	pthread_mutex_unlock(&table_lock);
}

/* ---- life ---- */

struct vhost_port *vhost_port_new(const struct vhost_port_config *config, struct error_text *error)
{
	struct vhost_port *port = calloc(1, sizeof(*port));
	struct guest_port *guest = guest_port_new(config->name, config->queues, config->grace);

	if (!port || !guest) {
		free(port);
		guest_port_free(guest);
		error_set(error, ENOMEM, "port %s: out of memory", config->name);
		return NULL;
	}
	atomic_store_explicit(&guest->force, config->force, memory_order_relaxed);
	atomic_store_explicit(&guest->stall_after_ns, config->stall_after_ns, memory_order_relaxed);
	port->device = (struct vhost_device){
		.guest = guest,
		.vid = -1,
		.started = config->started,
		.context = config->context,
	};
	snprintf(port->socket, sizeof(port->socket), "%s", config->socket);
	port->client = config->client;
	port->perm = config->perm;
	port->owner = config->owner;
	port->group = config->group;
	port->withhold = config->withhold | FEATURES_WITHHELD;
	if (config->queues == 1)
		port->withhold |= FEATURE_BIT(VIRTIO_NET_F_MQ);
	port->waiting_vid = -1;
	return port;
}

void vhost_port_free(struct vhost_port *port)
{
	if (!port)
		return;
	guest_port_free(port->device.guest);
	free(port);
}

struct guest_port *vhost_port_guest(struct vhost_port *port)
{
	return port->device.guest;
}

const char *vhost_port_socket(const struct vhost_port *port)
{
	return port->socket;
}

bool vhost_port_is_client(const struct vhost_port *port)
{
	return port->client;
}

void vhost_port_read_state(struct vhost_port *port, struct vhost_port_state *state)
{
	memset(state, 0, sizeof(*state));
	rte_vhost_driver_get_features(port->socket, &state->features_offered);
	pthread_mutex_lock(&table_lock);
	state->connected = port->device.vid >= 0;
	if (state->connected) {
		state->peer_pid = port->device.peer_pid;
		state->features = port->device.features;
		state->protocol_features = port->device.protocol_features;
	}
	pthread_mutex_unlock(&table_lock);
	state->connects = atomic_load_explicit(&port->connects, memory_order_relaxed);
}
