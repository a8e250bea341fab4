/* SPDX-License-Identifier: BSD-3-Clause */
/* top_link.h - a connection to the daemon that nobody waits for.
 *
 * client.h asks and waits, which is right for a verb that prints and ends. A
 * screen must take keys while the daemon does not answer, so here a question is
 * sent, and its answer comes when poll() says so. One question at a time.
 *
 * Functions return 0 or -errno. After an error the link is closed.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_TOP_LINK_H
#define VRINGCTL_TOP_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct top_link {
	const char *path;
	int fd;	    /* -1: closed */
	bool waits; /* for an answer */
	char *out;  /* the question, or NULL once all of it is sent */
	size_t out_len, out_sent;
	char *in; /* the answer, as far as it has come */
	size_t in_len, in_size;
};

struct top_link top_link_of(const char *path);
int top_link_open(struct top_link *link);
void top_link_close(struct top_link *link);

/* Begins to send a line, and takes `question` (malloc'ed, without its newline).
 * The link is open and does not wait. */
int top_link_ask(struct top_link *link, char *question);

/* What to poll its descriptor for. */
short top_link_events(const struct top_link *link);

/* Sends and receives what can be at once. *answer is a new reference, or NULL:
 * not all of it has come. */
int top_link_turn(struct top_link *link, json_t **answer);

#endif
