/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_server.c - the control socket: who is connected, and whose turn it is.
 *
 * See ctl_server.h. One epoll descriptor holds the listening socket, the
 * clients and a timer; the timer runs only while somebody is waited for. An
 * event carries the number of a slot, never a pointer: a slot may have changed
 * its client since the event was made, and a turn too many does no harm.
 */
#include "control/ctl_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "control/ctl_client.h"
#include "control/ctl_listen.h"
#include "log.h"

/* Slots of the epoll set behind those of the clients. */
#define SLOT_LISTEN CTL_CLIENTS_MAX
#define SLOT_TIMER (CTL_CLIENTS_MAX + 1)
#define SLOT_CNT (CTL_CLIENTS_MAX + 2)
#define CTL_ACCEPTS_A_TURN 8
#define TICK_NS (100 * NS_PER_MS)

struct ctl_server {
	char *path;
	struct stat made;
	int epoll_fd, listen_fd, timer_fd;
	bool accepts; /* false: no descriptor was left, try at the next tick */
	bool starved; /* that was said, and nobody was accepted since */
	bool ticks;
	uint64_t patience_ns;
	struct ctl_call house;
	struct ctl_client client[CTL_CLIENTS_MAX];
};

static struct ctl_server *alloc_server(const struct ctl_server_config *config);
static int watch(const struct ctl_server *server, int op, int fd, uint32_t events, unsigned slot);
static void accept_clients(struct ctl_server *server, uint64_t now_ns);
static struct ctl_client *free_slot(struct ctl_server *server);
static void take_client(struct ctl_server *server, int fd, uint64_t now_ns);
static void turn_client(struct ctl_server *server, unsigned slot, uint64_t now_ns);
static void wait_for(struct ctl_server *server, unsigned slot, enum ctl_wait what);
static void feed_followers(struct ctl_server *server, uint64_t now_ns);
static void tick(struct ctl_server *server, uint64_t now_ns);
static void set_ticking(struct ctl_server *server);

struct ctl_server *ctl_server_open(const struct ctl_server_config *config, struct error_text *error)
{
	struct ctl_server *server = alloc_server(config);
	int err;

	if (!server) {
		error_set(error, 0, "control socket %s: no memory", config->path);
		errno = ENOMEM;
		return NULL;
	}
	server->listen_fd = ctl_listen_open(config->path, config->gid, &server->made, error);
	err = server->listen_fd < 0 ? server->listen_fd : 0;
	if (err)
		goto failed;
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (server->epoll_fd < 0 || server->timer_fd < 0 ||
	    watch(server, EPOLL_CTL_ADD, server->listen_fd, EPOLLIN, SLOT_LISTEN) ||
	    watch(server, EPOLL_CTL_ADD, server->timer_fd, EPOLLIN, SLOT_TIMER)) {
		err = error_set(error, errno, "control socket %s: cannot watch it: %s",
				config->path, strerror(errno));
		goto failed;
	}
	return server;

failed:
	ctl_server_close(server);
	errno = -err;
	return NULL;
}

int ctl_server_fd(const struct ctl_server *server)
{
	return server->epoll_fd;
}

void ctl_server_turn(struct ctl_server *server)
{
	struct epoll_event events[SLOT_CNT];
	const uint64_t now_ns = clock_now_ns();
	int i, cnt = epoll_wait(server->epoll_fd, events, SLOT_CNT, 0);

	for (i = 0; i < cnt; i++) {
		if (events[i].data.u32 == SLOT_LISTEN)
			accept_clients(server, now_ns);
		else if (events[i].data.u32 == SLOT_TIMER)
			tick(server, now_ns);
		else
			turn_client(server, events[i].data.u32, now_ns);
	}
	set_ticking(server);
}

void ctl_server_close(struct ctl_server *server)
{
	unsigned slot;

	if (!server)
		return;
	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++)
		if (server->client[slot].fd >= 0)
			ctl_client_close(&server->client[slot]);
	if (server->timer_fd >= 0)
		close(server->timer_fd);
	if (server->epoll_fd >= 0)
		close(server->epoll_fd);
	if (server->listen_fd >= 0) {
		ctl_listen_remove(server->path, &server->made);
		close(server->listen_fd);
	}
	free(server->path);
	free(server);
}

static struct ctl_server *alloc_server(const struct ctl_server_config *config)
{
	const unsigned patience_ms = config->patience_ms ? config->patience_ms : CTL_PATIENCE_MS;
	struct ctl_server *server = calloc(1, sizeof(*server));
	unsigned slot;

	if (!server)
		return NULL;
	server->path = strdup(config->path);
	if (!server->path) {
		free(server);
		return NULL;
	}
	server->epoll_fd = server->listen_fd = server->timer_fd = -1;
	server->accepts = true;
	server->patience_ns = patience_ms * NS_PER_MS;
	server->house.ops = config->ops;
	server->house.house = config->house;
	server->house.allow_faults = config->allow_faults;
	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++)
		server->client[slot].fd = -1;
	return server;
}

static int watch(const struct ctl_server *server, int op, int fd, uint32_t events, unsigned slot)
{
	struct epoll_event event = { .events = events, .data.u32 = slot };

	return epoll_ctl(server->epoll_fd, op, fd, &event);
}

/* A few at a time: clients that come and go at once are seen to go before
 * there are so many that one who stays must make room. */
static void accept_clients(struct ctl_server *server, uint64_t now_ns)
{
	unsigned i;
	int fd;

	for (i = 0; i < CTL_ACCEPTS_A_TURN; i++) {
		fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			server->starved = false;
			take_client(server, fd, now_ns);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	if (i == CTL_ACCEPTS_A_TURN || errno == EAGAIN || errno == EWOULDBLOCK)
		return;
	/* No descriptor or no memory left: the socket stays readable, so look
	 * away until the next tick instead of spinning on it. */
	if (!server->starved)
		log_warn("control: cannot accept a client: %s", strerror(errno));
	server->starved = true;
	server->accepts = false;
	watch(server, EPOLL_CTL_MOD, server->listen_fd, 0, SLOT_LISTEN);
}

/* When all slots are taken the client that was silent longest makes room: a
 * crowd that says nothing must not lock out who comes to look at a stall. */
static struct ctl_client *free_slot(struct ctl_server *server)
{
	struct ctl_client *oldest = &server->client[0];
	unsigned slot;

	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++) {
		if (server->client[slot].fd < 0)
			return &server->client[slot];
		if (server->client[slot].active_ns < oldest->active_ns)
			oldest = &server->client[slot];
	}
	log_debug("control: %d clients: the one silent longest (pid %d) is dropped for a new one",
		  CTL_CLIENTS_MAX, oldest->pid);
	ctl_client_close(oldest);
	return oldest;
}

static void take_client(struct ctl_server *server, int fd, uint64_t now_ns)
{
	struct ctl_client *client = free_slot(server);

	if (ctl_client_open(client, fd, now_ns)) {
		close(fd);
		return;
	}
	if (watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, (unsigned)(client - server->client)))
		ctl_client_close(client);
}

static void wait_for(struct ctl_server *server, unsigned slot, enum ctl_wait what)
{
	struct ctl_client *client = &server->client[slot];

	switch (what) {
	case CTL_WAIT_INPUT:
		watch(server, EPOLL_CTL_MOD, client->fd, EPOLLIN, slot);
		break;
	case CTL_WAIT_OUTPUT:
		watch(server, EPOLL_CTL_MOD, client->fd, EPOLLOUT, slot);
		break;
	case CTL_WAIT_NEVER:
		ctl_client_close(client);
		break;
	}
}

static void turn_client(struct ctl_server *server, unsigned slot, uint64_t now_ns)
{
	struct ctl_client *client = &server->client[slot];

	if (client->fd >= 0)
		wait_for(server, slot, ctl_client_turn(client, &server->house, now_ns));
}

static void feed_followers(struct ctl_server *server, uint64_t now_ns)
{
	unsigned slot;

	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++) {
		struct ctl_client *client = &server->client[slot];

		if (client->fd >= 0 && client->follow.on)
			wait_for(server, slot, ctl_client_feed(client, &server->house, now_ns));
	}
}

/* Who did not take a byte of his answer for too long is gone or rude. */
static void tick(struct ctl_server *server, uint64_t now_ns)
{
	uint64_t expirations;
	unsigned slot;

	if (read(server->timer_fd, &expirations, sizeof(expirations)) < 0)
		return;
	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++) {
		struct ctl_client *client = &server->client[slot];

		if (client->fd < 0 || !ctl_client_is_blocked(client) ||
		    now_ns - client->active_ns < server->patience_ns)
			continue;
		log_info("control: pid %d does not read its answer and is dropped", client->pid);
		ctl_client_close(client);
	}
	feed_followers(server, now_ns);
	if (!server->accepts) {
		server->accepts = true;
		watch(server, EPOLL_CTL_MOD, server->listen_fd, EPOLLIN, SLOT_LISTEN);
	}
}

/* The timer runs while somebody is waited for or follows, so an idle daemon sleeps. */
static void set_ticking(struct ctl_server *server)
{
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
	bool wanted = !server->accepts;
	unsigned slot;

	for (slot = 0; slot < CTL_CLIENTS_MAX; slot++)
		wanted |= server->client[slot].fd >= 0 &&
			  (ctl_client_is_blocked(&server->client[slot]) ||
			   server->client[slot].follow.on);
	if (wanted == server->ticks)
		return;
	server->ticks = wanted;
	if (wanted)
		spec.it_value.tv_nsec = spec.it_interval.tv_nsec = (long)TICK_NS;
	timerfd_settime(server->timer_fd, 0, &spec, NULL);
}
