/* SPDX-License-Identifier: BSD-3-Clause */
/* call_log.c - when the daemon called, vring by vring.
 *
 * See call_log.h. What must stay true: the time is taken right after poll()
 * returns, before anything else is done.
 */
#include "call_log.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "clock.h"
#include "noise.h"

static int watch_once(struct call_log *log, struct frontend *fe,
		      uint64_t end_ns);
static void put(struct call_log *log, unsigned int index, uint64_t ns,
		uint64_t count);

void call_log_begin(struct call_log *log, struct frontend *fe)
{
	unsigned int i;

	for (i = 0; i < fe->vring_cnt; i++)
		frontend_wait_call(fe, i, 0);
	noise_reset();
	log->cnt = 0;
	log->start_ns = clock_now_ns();
}

void call_log_run(struct call_log *log, struct frontend *fe, int ms)
{
	uint64_t end = clock_now_ns() + (uint64_t)ms * NS_PER_MS;

	while (watch_once(log, fe, end) == 0)
		;
}

bool call_log_until(struct call_log *log, struct frontend *fe,
		    unsigned int index, unsigned int cnt, int ms)
{
	uint64_t end = clock_now_ns() + (uint64_t)ms * NS_PER_MS;

	while (call_log_cnt(log, index) < cnt)
		if (watch_once(log, fe, end) < 0)
			return false;
	return true;
}

unsigned int call_log_cnt(const struct call_log *log, unsigned int index)
{
	unsigned int i, n = 0;

	for (i = 0; i < log->cnt; i++)
		n += log->call[i].index == index;
	return n;
}

int call_log_ms(const struct call_log *log, unsigned int index,
		unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < log->cnt; i++)
		if (log->call[i].index == index && nth-- == 0)
			return (int)((log->call[i].ns - log->start_ns) /
				     NS_PER_MS);
	return -1;
}

void call_log_print(const struct call_log *log, unsigned int index)
{
	unsigned int i, n = call_log_cnt(log, index);

	printf("calls of vring %u at ms:", index);
	for (i = 0; i < n; i++)
		printf(" %d", call_log_ms(log, index, i));
	printf("\n");
}

/* Sleeps until a call or the end; -1 at the end. */
static int watch_once(struct call_log *log, struct frontend *fe,
		      uint64_t end_ns)
{
	struct pollfd poller[FRONTEND_VRINGS];
	uint64_t now = clock_now_ns();
	eventfd_t count;
	unsigned int i;

	if (now >= end_ns)
		return -1;
	for (i = 0; i < fe->vring_cnt; i++)
		poller[i] = (struct pollfd){ fe->vring[i].call_fd, POLLIN, 0 };
	poll(poller, fe->vring_cnt, (int)((end_ns - now) / NS_PER_MS) + 1);

	now = clock_now_ns();
	for (i = 0; i < fe->vring_cnt; i++) {
		if (!(poller[i].revents & POLLIN) ||
		    eventfd_read(fe->vring[i].call_fd, &count) < 0)
			continue;
		fe->vring[i].calls += count;
		put(log, i, now, count);
	}
	return 0;
}

static void put(struct call_log *log, unsigned int index, uint64_t ns,
		uint64_t count)
{
	while (count-- && log->cnt < CALL_LOG_MAX) {
		log->call[log->cnt].ns = ns;
		log->call[log->cnt].index = index;
		log->cnt++;
	}
}
