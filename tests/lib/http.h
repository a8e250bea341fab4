/* SPDX-License-Identifier: BSD-3-Clause */
/* http.h - an HTTP client as plain as can be: one request, one answer, the end.
 *
 * What must stay true: each wait has an end.
 *
 * Thread: the test's.
 */
#ifndef TESTS_LIB_HTTP_H
#define TESTS_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_WAIT_MS 5000

struct http_answer {
	int status; /* 0: there was none */
	char *text; /* all of it; "" if there was nothing */
	size_t len, size;
	const char *body; /* in text; NULL: it has none */
};

/* A connection to 127.0.0.1 that does not block; -errno if there is none. */
int http_connect(unsigned int port);

/* Writes bytes; false if they did not all go. */
bool http_say(int sock, const char *text);

/* Takes what is there; true once the other end has closed, or broken off. */
bool http_hear(int sock, struct http_answer *answer);

/* Knows an answer that is complete: status and body. */
void http_read(struct http_answer *answer);

/* The whole of it: connects, asks "GET /metrics HTTP/1.1" or the like, reads to the
 * end. To be given back with http_forget(). */
struct http_answer http_ask(unsigned int port, const char *request);
void http_forget(struct http_answer *answer);

/* The value of a header, as it stands ("" if there is none); good until the
 * next call. */
const char *http_header(const struct http_answer *answer, const char *name);

#endif
