/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_http_listen.c - see ctl_http_listen.h. */
#include "control/ctl_http_listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 16

static int wrong(const char *text, const char *why, struct error_text *error)
{
	return error_set(error, EINVAL,
			 "--metrics %s: %s; it must be ADDRESS:PORT, as 127.0.0.1:9100 or "
			 "[::1]:9100",
			 text, why);
}

static bool is_port(const char *text)
{
	return strlen(text) >= 1 && strlen(text) <= 5 &&
	       strspn(text, "0123456789") == strlen(text) && strtoul(text, NULL, 10) <= 65535;
}

/* The address without its brackets; NULL with a reason. */
static const char *split(const char *text, char host[CTL_HTTP_ADDRESS_MAX], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (!colon)
		return "there is no port";
	*port = colon + 1;
	len = (size_t)(colon - text);
	if (*text == '[' && len >= 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return "an IPv6 address stands in brackets";
	}
	if (len == 0)
		return "there is no address (0.0.0.0 and [::] are all of them)";
	if (len >= CTL_HTTP_ADDRESS_MAX)
		return "that is no address";
	memcpy(host, text, len);
	host[len] = '\0';
	return NULL;
}

int ctl_http_address_parse(const char *text, struct ctl_http_address *address,
			   struct error_text *error)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_family = *text == '[' ? AF_INET6 : AF_INET,
		.ai_socktype = SOCK_STREAM,
	};
	char host[CTL_HTTP_ADDRESS_MAX];
	const char *port, *mistake = split(text, host, &port);
	struct addrinfo *found;

	if (mistake)
		return wrong(text, mistake, error);
	if (!is_port(port))
		return wrong(text, "the port is no number from 0 to 65535", error);
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return wrong(text, "that is no address in numbers", error);
	address->len = found->ai_addrlen;
	memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

static void name_socket(int fd, char bound[CTL_HTTP_ADDRESS_MAX])
{
	struct sockaddr_storage storage = { 0 };
	socklen_t len = sizeof(storage);
	char host[64] = "?", port[8] = "?";
	bool is_v6;

	getsockname(fd, (struct sockaddr *)&storage, &len);
	is_v6 = storage.ss_family == AF_INET6;
	getnameinfo((struct sockaddr *)&storage, len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(bound, CTL_HTTP_ADDRESS_MAX, "%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
		 port);
}

int ctl_http_listen(const char *text, char bound[CTL_HTTP_ADDRESS_MAX], struct error_text *error)
{
	struct ctl_http_address address = { 0 };
	const int on = 1;
	int fd, err = ctl_http_address_parse(text, &address, error);

	if (err)
		return err;
	fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(error, errno, "--metrics %s: no socket: %s", text,
				 strerror(errno));
	/* Connections that have just ended do not keep a new daemon out. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address.storage, address.len) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		err = error_set(error, errno, "--metrics %s: cannot listen there: %s%s", text,
				strerror(errno),
				errno == EADDRINUSE ? "; another program does, give another port"
				: errno == EADDRNOTAVAIL ? "; this host has no such address"
							 : "");
		close(fd);
		return err;
	}
	name_socket(fd, bound);
	return fd;
}
