/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_http.c - connections and answers; see ctl_http.h.
 *
 * Connections are accepted here and handed to libmicrohttpd, so that there are as
 * many as we say and each has a slot. The library closes them; to end one that
 * lasts too long its socket is shut down, and the library sees that.
 */
#include "control/ctl_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "control/ctl_http_listen.h"
#include "control/ctl_metrics.h"
#include "log.h"

#define ACCEPTS_A_TURN 8
/* Those that have been shut down are there until the library has seen it. */
#define SLOT_CNT (CTL_HTTP_CLIENTS_MAX + ACCEPTS_A_TURN)
/* Of a request with all its headers; Prometheus sends about 300. */
#define REQUEST_BYTES 8192
#define CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct slot {
	int fd; /* -1: no connection */
	uint64_t since_ns;
	bool ending; /* shut down, and not closed yet */
};

struct ctl_http {
	const struct ctl_house_ops *ops;
	void *house;
	uint64_t patience_ns;
	struct MHD_Daemon *daemon;
	int epoll_fd, listen_fd;
	uint64_t deaf_until_ns; /* no descriptor was left; 0: it accepts */
	bool starved;		/* that was said, and nobody was accepted since */
	struct slot slots[SLOT_CNT];
};

/* ---- answers ---- */

/* Takes `text`, which is freed when it is sent, or when its client is gone. */
static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned status, char *text,
				   size_t len, const char *type)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
	char *text = strdup(why);

	if (!text)
		return MHD_NO;
	return answer_with(connection, status, text, strlen(text), "text/plain; charset=utf-8");
}

/* Called with the headers of a request, which is all there is to know of it. */
static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_len, void **request)
{
	const struct ctl_http *http = cls;
	size_t len;
	char *text;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)request;
	if (strcmp(url, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "vringd: the metrics are at /metrics\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "vringd: /metrics knows GET and nothing else\n");
	text = ctl_metrics_text(http->ops, http->house, clock_wall_ns() / NS_PER_MS, &len);
	if (!text)
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "vringd: no memory for the metrics\n");
	return answer_with(connection, MHD_HTTP_OK, text, len, CONTENT_TYPE);
}

/* ---- connections ---- */

static struct slot *free_slot(struct ctl_http *http)
{
	unsigned i;

	for (i = 0; i < SLOT_CNT; i++)
		if (http->slots[i].fd < 0)
			return &http->slots[i];
	return NULL;
}

static void end(struct slot *slot)
{
	slot->ending = true;
	shutdown(slot->fd, SHUT_RDWR);
}

/* The one that has been there longest ends if there are as many as there may be. */
static void make_room(struct ctl_http *http)
{
	struct slot *oldest = NULL;
	unsigned i, cnt = 0;

	for (i = 0; i < SLOT_CNT; i++) {
		struct slot *slot = &http->slots[i];

		if (slot->fd < 0 || slot->ending)
			continue;
		cnt++;
		if (!oldest || slot->since_ns < oldest->since_ns)
			oldest = slot;
	}
	if (oldest && cnt >= CTL_HTTP_CLIENTS_MAX)
		end(oldest);
}

static void end_late_ones(struct ctl_http *http, uint64_t now_ns)
{
	unsigned i;

	for (i = 0; i < SLOT_CNT; i++) {
		struct slot *slot = &http->slots[i];

		if (slot->fd >= 0 && !slot->ending && slot->since_ns + http->patience_ns <= now_ns)
			end(slot);
	}
}

/* The library's word that a connection came or is about to be closed. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **of_connection,
			  enum MHD_ConnectionNotificationCode what)
{
	struct slot *slot = *of_connection;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (slot)
			slot->fd = -1;
		return;
	}
	slot = free_slot(cls);
	*of_connection = slot;
	if (slot)
		*slot = (struct slot){
			.fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				      ->connect_fd,
			.since_ns = clock_now_ns(),
		};
}

static void watch_listen(const struct ctl_http *http, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = http->listen_fd };

	epoll_ctl(http->epoll_fd, op, http->listen_fd, &event);
}

/* No descriptor or no memory left: the socket stays readable, so look away for a
 * second instead of spinning on it. */
static void be_deaf(struct ctl_http *http, uint64_t now_ns)
{
	if (!http->starved)
		log_warn("metrics: cannot accept a client: %s", strerror(errno));
	http->starved = true;
	http->deaf_until_ns = now_ns + NS_PER_SECOND;
	watch_listen(http, EPOLL_CTL_MOD, 0);
}

static void accept_clients(struct ctl_http *http, uint64_t now_ns)
{
	struct sockaddr_storage peer;
	socklen_t len;
	unsigned i;
	int fd;

	for (i = 0; i < ACCEPTS_A_TURN; i++) {
		len = sizeof(peer);
		fd = accept4(http->listen_fd, (struct sockaddr *)&peer, &len,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				be_deaf(http, now_ns);
			return;
		}
		http->starved = false;
		make_room(http);
		if (!free_slot(http)) {
			close(fd);
			return;
		}
		/* Takes the descriptor, whatever it answers. */
		MHD_add_connection(http->daemon, fd, (struct sockaddr *)&peer, len);
	}
}

/* ---- life ---- */

static struct MHD_Daemon *start_daemon(struct ctl_http *http)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, answer,
				http, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SLOT_CNT,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_END);
}

static int start(struct ctl_http *http, struct error_text *error)
{
	struct epoll_event event = { .events = EPOLLIN };
	const union MHD_DaemonInfo *info;

	errno = 0;
	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	http->daemon = http->epoll_fd < 0 ? NULL : start_daemon(http);
	info = http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info || epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) != 0)
		return error_set(error, errno ? errno : EIO, "--metrics: cannot serve HTTP: %s",
				 strerror(errno ? errno : EIO));
	watch_listen(http, EPOLL_CTL_ADD, EPOLLIN);
	return 0;
}

struct ctl_http *ctl_http_open(const struct ctl_http_config *config, struct error_text *error)
{
	const unsigned patience_ms =
		config->patience_ms ? config->patience_ms : CTL_HTTP_PATIENCE_MS;
	struct ctl_http *http = calloc(1, sizeof(*http));
	char bound[CTL_HTTP_ADDRESS_MAX];
	unsigned i;

	if (!http) {
		error_set(error, ENOMEM, "--metrics: no memory");
		return NULL;
	}
	http->ops = config->ops;
	http->house = config->house;
	http->patience_ns = patience_ms * NS_PER_MS;
	http->epoll_fd = -1;
	for (i = 0; i < SLOT_CNT; i++)
		http->slots[i].fd = -1;
	http->listen_fd = ctl_http_listen(config->address, bound, error);
	if (http->listen_fd < 0 || start(http, error) != 0) {
		ctl_http_close(http);
		return NULL;
	}
	log_info("metrics at http://%s/metrics", bound);
	return http;
}

int ctl_http_fd(const struct ctl_http *http)
{
	return http->epoll_fd;
}

int ctl_http_timeout_ms(const struct ctl_http *http, int most)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	if (MHD_get_timeout(http->daemon, &timeout_ms) != MHD_YES || timeout_ms > (unsigned)most)
		return most;
	return (int)timeout_ms;
}

void ctl_http_turn(struct ctl_http *http)
{
	const uint64_t now_ns = clock_now_ns();

	if (http->deaf_until_ns && now_ns >= http->deaf_until_ns) {
		http->deaf_until_ns = 0;
		watch_listen(http, EPOLL_CTL_MOD, EPOLLIN);
	}
	if (!http->deaf_until_ns)
		accept_clients(http, now_ns);
	end_late_ones(http, now_ns);
	MHD_run(http->daemon);
}

void ctl_http_close(struct ctl_http *http)
{
	if (!http)
		return;
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	if (http->listen_fd >= 0)
		close(http->listen_fd);
	if (http->epoll_fd >= 0)
		close(http->epoll_fd);
	free(http);
}
