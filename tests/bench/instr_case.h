/* SPDX-License-Identifier: BSD-3-Clause */
/* instr_case.h - the cases in which instructions are counted, and the driver's
 * part in them.
 *
 * A case is a layout, how a buffer is described, how many move at once and in
 * which direction; its name is these four words. The words on the command line
 * choose: a case runs if its name has all of them.
 *
 * callgrind counts inside of functions named measured_*() and nowhere else,
 * so that the driver costs nothing. It writes a part for each case, with the
 * name of the case and the number of packets in it; tests/bench/instr.py reads
 * them. Without callgrind the programs do the same and count nothing.
 *
 * Thread: one.
 */
#ifndef TESTS_BENCH_INSTR_CASE_H
#define TESTS_BENCH_INSTR_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "driver.h"

#define INSTR_RING 256
#define INSTR_BATCH_MAX 32

#define INSTR_HDR_LEN 12
#define INSTR_FRAME_LEN 64
/* Of a receive buffer; one to transmit is as long as its frame. */
#define INSTR_BUFFER_LEN 2048
#define INSTR_BUFFERS_LEN (INSTR_BATCH_MAX * INSTR_BUFFER_LEN)

/* Stays a function of its own, which callgrind can know by its name. */
#define INSTR_MEASURED __attribute__((noinline))

/* At the end of a measured function: the call before it is not made a jump, by
 * which callgrind would not see the function return. */
#define INSTR_MEASURED_END() __asm__ volatile("" ::: "memory")

struct instr_case {
	bool packed;
	unsigned table; /* descriptors of the indirect table; 0: a direct one */
	unsigned batch;
	bool rx;
};

/* What main() was told. */
struct instr_run {
	unsigned packets; /* of a case */
	char *const *words;
	unsigned word_cnt;
};

/* Ends the program with status 2 if the command line makes no sense. */
struct instr_run instr_run_read(int argc, char *const argv[]);

/* The next case that was chosen; false if there is none. *nth begins at 0. */
bool instr_case_next(const struct instr_run *run, unsigned *nth, struct instr_case *next);

/* Ends what is measured of a case: forgets it (of a first lap, in which
 * symbols are bound and caches filled), or writes it. */
void instr_case_forget(void);
void instr_case_write(const struct instr_run *run, const struct instr_case *of);

/* Makes a batch available. No call is wanted: what a call costs is not the
 * ring's. */
void instr_offer(struct driver *driver, const struct instr_case *of, bool rx,
		 unsigned char *buffers);

/* Takes a batch back. */
void instr_reap(struct driver *driver, const struct instr_case *of);

/* Ends the program unless `fine`: a number that was counted of something else
 * would be worse than none. */
void instr_demand(bool fine, const char *what);

#endif
