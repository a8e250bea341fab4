/* SPDX-License-Identifier: BSD-3-Clause */
/* question.h - what another thread asks of the main thread, and waits for, not for ever.
 *
 * Only the main thread may look at the house. A thread that wants to know something
 * puts its question into the box and waits; the main thread is woken by the box's
 * descriptor and answers between two other things it does. One question is in the box
 * at a time, others stand in line. Who has waited for too long goes away unanswered,
 * and no answer is written for him any more.
 *
 * Thread: ask by any but the main thread; init, fd, turn and close by the main thread.
 */
#ifndef VRINGD_GLUE_QUESTION_H
#define VRINGD_GLUE_QUESTION_H

#include <pthread.h>
#include <stdbool.h>

struct question_box {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int fd;		/* readable when there is a question */
	bool open;	/* false: the main thread answers no more */
	void *question; /* in the box, not answered; or NULL */

	/* On the main thread. */
	void (*answer)(void *context, void *question);
	void *context;
};

/* 0 or a negative errno. A box lives as long as the process, since threads of a
 * library may have it in their hands. */
int question_box_init(struct question_box *box, void (*answer)(void *context, void *question),
		      void *context);

/* 0: it was answered. -EBUSY: not within so long. -ESHUTDOWN: the box is closed. */
int question_ask(struct question_box *box, void *question, unsigned patience_ms);

/* Answers the question that is there, if one is. */
void question_turn(struct question_box *box);

/* Sends everybody away who waits, and who comes from now on. */
void question_box_close(struct question_box *box);

#endif
