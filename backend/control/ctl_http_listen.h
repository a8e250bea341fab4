/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_http_listen.h - "ADDRESS:PORT" of a person, and the socket that listens there.
 *
 * Numbers only: a name may mean another address tomorrow.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_CTL_HTTP_LISTEN_H
#define VRINGD_CTL_HTTP_LISTEN_H

#include <sys/socket.h>

#include "error_text.h"

struct ctl_http_address {
	struct sockaddr_storage storage;
	socklen_t len;
};

/* "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff%interface]:65535" */
#define CTL_HTTP_ADDRESS_MAX 80

/* 0, or -EINVAL with `error` filled: it is neither 127.0.0.1:9100 nor [::1]:9100. */
int ctl_http_address_parse(const char *text, struct ctl_http_address *address,
			   struct error_text *error);

/* A listening socket that does not block, or a negative errno with `error` filled;
 * where it is bound stands in `bound`, in the form of the argument. */
int ctl_http_listen(const char *text, char bound[CTL_HTTP_ADDRESS_MAX], struct error_text *error);

#endif
