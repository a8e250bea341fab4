/* SPDX-License-Identifier: BSD-3-Clause */
/* top_ask.h - what `top` asks the daemon in one look, and what comes of it.
 *
 * One batch of JSON-RPC, so that a look is one line each way: vrings and
 * workers; for the page of a vring what `explain` says of it, and its last
 * events if the daemon tells them; and, once a connection, what methods it has.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_ASK_H
#define VRINGCTL_TOP_ASK_H

#include <jansson.h>
#include <stdbool.h>

/* Of these so many are kept of a look. */
#define TOP_EVENTS 40

struct top_ask {
	const char *port;   /* only its vrings; NULL: all */
	char label[64];	    /* the vring whose page is open; "": none */
	char asked_for[64]; /* the same, of the question that is under way */
	bool knows_methods;
	bool has_trace;
	char trace_count[16]; /* the parameter that says how many events; "": none */
};

/* A daemon that was just connected to: nothing is known of it. */
void top_ask_begin(struct top_ask *ask);

/* The question, for free(). */
char *top_ask_question(struct top_ask *ask);

/* What top_model_add() wants, a new reference, of the daemon's reply; NULL and
 * why if there are no vrings in it. */
json_t *top_ask_answers(struct top_ask *ask, const json_t *reply, char *why, size_t why_len);

#endif
