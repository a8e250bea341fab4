/* SPDX-License-Identifier: BSD-3-Clause */
/* event_copy.c - see event_copy.h. */
#include "event_copy.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "clock.h"

struct copy {
	const struct event_guest *from, *to;
	uint32_t len, frames; /* how many lie in the receiver's memory */
	uint64_t until_ns;
	struct event_copied *copied;
};

/* What a frame takes of the receiver's memory: a back end begins each in a buffer of its
 * own. */
static size_t room_of_frame(const struct event_guest *from, const struct event_guest *to,
			    uint32_t len)
{
	return ((size_t)from->fe.hdr_len + len + to->rx.len - 1) / to->rx.len * to->rx.len;
}

/* A frame lies behind its header, here and there. */
static void copy_frame(const struct copy *copy, uint64_t nth)
{
	uint32_t hdr_len = copy->from->fe.hdr_len;
	size_t to = (nth % copy->frames) * room_of_frame(copy->from, copy->to, copy->len);

	memcpy(copy->to->rx.base + to + hdr_len,
	       event_buffer(&copy->from->tx, (uint32_t)(nth % copy->from->tx.cnt)) + hdr_len,
	       copy->len);
}

static void *copy_all(void *argument)
{
	struct copy *copy = argument;
	struct timespec ran;
	uint64_t begin_ns = clock_now_ns(), begin = clock_cycles(), nth = 0;

	do
		copy_frame(copy, nth++);
	while (clock_now_ns() < copy->until_ns);
	copy->copied->cycles = clock_cycles() - begin;
	copy->copied->ns = clock_now_ns() - begin_ns;
	copy->copied->bytes = nth * copy->len;
	/* It has only just begun when the copying does. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
	copy->copied->cpu_ns = (uint64_t)ran.tv_sec * NS_PER_SECOND + (uint64_t)ran.tv_nsec;
	return NULL;
}

int event_copy(const struct event_guest *from, const struct event_guest *to, uint32_t len,
	       unsigned cpu, uint32_t ms, struct event_copied *copied)
{
	size_t room = (size_t)to->rx.cnt * to->rx.len;
	struct copy copy = { from,
			     to,
			     len,
			     (uint32_t)(room / room_of_frame(from, to, len)),
			     clock_now_ns() + ms * NS_PER_MS,
			     copied };
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t cpus;
	int err;

	if (copy.frames == 0 || from->fe.hdr_len + len > from->tx.len)
		return -EINVAL;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(&thread, &attr, copy_all, &copy);
	pthread_attr_destroy(&attr);
	if (!err)
		err = pthread_join(thread, NULL);
	return -err;
}
