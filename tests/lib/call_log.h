/* SPDX-License-Identifier: BSD-3-Clause */
/* call_log.h - when the daemon called, vring by vring.
 *
 * A driver that does not react: it only watches its call descriptors for a
 * while and writes down the time of each call. What must stay true: the log
 * drains the descriptors, so nobody else waits on them meanwhile, and a count
 * of n read at once is n calls at that time.
 *
 * Thread: the front end's own.
 */
#ifndef TESTS_LIB_CALL_LOG_H
#define TESTS_LIB_CALL_LOG_H

#include "vhost_frontend.h"

#define CALL_LOG_MAX 1024

struct call_log {
	uint64_t start_ns;
	unsigned int cnt;
	struct {
		uint64_t ns;
		unsigned int index;
	} call[CALL_LOG_MAX];
};

/* Empties the log (and the descriptors); times count from now, noise too. */
void call_log_begin(struct call_log *log, struct frontend *fe);

/* Watches for @ms. */
void call_log_run(struct call_log *log, struct frontend *fe, int ms);

/* Watches until vring @index has been called @cnt times since the beginning;
 * false after @ms. */
bool call_log_until(struct call_log *log, struct frontend *fe,
		    unsigned int index, unsigned int cnt, int ms);

unsigned int call_log_cnt(const struct call_log *log, unsigned int index);

/* Milliseconds from the beginning to the nth call (from 0) of the vring; -1
 * if there were fewer. */
int call_log_ms(const struct call_log *log, unsigned int index,
		unsigned int nth);

/* Prints the times of a vring's calls, for the reader of a failed test. */
void call_log_print(const struct call_log *log, unsigned int index);

#endif
