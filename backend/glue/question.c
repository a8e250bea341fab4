/* SPDX-License-Identifier: BSD-3-Clause */
/* question.c - see question.h.
 *
 * The answer is written with the mutex held: who asked can not give up, and take away
 * what it is written into, in the middle of it.
 */
#include "glue/question.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

#include "clock.h"

static struct timespec deadline_of(unsigned patience_ms)
{
	const uint64_t at_ns = clock_now_ns() + patience_ms * NS_PER_MS;

	return (struct timespec){ .tv_sec = (time_t)(at_ns / NS_PER_SECOND),
				  .tv_nsec = (long)(at_ns % NS_PER_SECOND) };
}

static int init_locks(struct question_box *box)
{
	pthread_condattr_t attr;
	int err;

	pthread_mutex_init(&box->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	err = pthread_cond_init(&box->changed, &attr);
	pthread_condattr_destroy(&attr);
	return -err;
}

int question_box_init(struct question_box *box, void (*answer)(void *context, void *question),
		      void *context)
{
	int err = init_locks(box);

	if (err)
		return err;
	box->question = NULL;
	box->answer = answer;
	box->context = context;
	box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	box->open = box->fd >= 0;
	return box->open ? 0 : -errno;
}

/* Until the box is empty; false: time is over or the box is closed. */
static bool wait_for_room(struct question_box *box, const struct timespec *deadline)
{
	while (box->open && box->question)
		if (pthread_cond_timedwait(&box->changed, &box->mutex, deadline) == ETIMEDOUT)
			break;
	return box->open && !box->question;
}

int question_ask(struct question_box *box, void *question, unsigned patience_ms)
{
	const struct timespec deadline = deadline_of(patience_ms);
	int err = 0;

	pthread_mutex_lock(&box->mutex);
	if (!wait_for_room(box, &deadline)) {
		err = box->open ? -EBUSY : -ESHUTDOWN;
		pthread_mutex_unlock(&box->mutex);
		return err;
	}
	box->question = question;
	eventfd_write(box->fd, 1);
	while (box->open && box->question == question)
		if (pthread_cond_timedwait(&box->changed, &box->mutex, &deadline) == ETIMEDOUT)
			break;
	if (box->question == question) {
		err = box->open ? -EBUSY : -ESHUTDOWN;
		box->question = NULL;
		pthread_cond_broadcast(&box->changed);
	}
	pthread_mutex_unlock(&box->mutex);
	return err;
}

void question_turn(struct question_box *box)
{
	eventfd_t rings;

	if (eventfd_read(box->fd, &rings) != 0)
		return;
	pthread_mutex_lock(&box->mutex);
	if (box->question) {
		box->answer(box->context, box->question);
		box->question = NULL;
		pthread_cond_broadcast(&box->changed);
	}
	pthread_mutex_unlock(&box->mutex);
}

void question_box_close(struct question_box *box)
{
	pthread_mutex_lock(&box->mutex);
	box->open = false;
	pthread_cond_broadcast(&box->changed);
	pthread_mutex_unlock(&box->mutex);
}
