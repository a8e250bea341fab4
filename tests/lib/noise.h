/* SPDX-License-Identifier: BSD-3-Clause */
/* noise.h - how late the machine makes things just now.
 *
 * A thread that does nothing but sleep two milliseconds and look at the clock.
 * How much too long it slept is what the scheduler may have done to the daemon
 * or to the test in the same time. Tests of time widen their windows by it, so
 * that they are strict on a quiet machine and not wrong on a busy one. What
 * must stay true: the thread costs next to nothing.
 *
 * Thread: the test's.
 */
#ifndef TESTS_LIB_NOISE_H
#define TESTS_LIB_NOISE_H

/* Starts the thread at the first call, and counts from now. */
void noise_reset(void);

/* The longest oversleep since then, in milliseconds, rounded up. */
int noise_ms(void);

#endif
