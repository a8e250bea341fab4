/* SPDX-License-Identifier: BSD-3-Clause */
/* check.h - cmocka and what it wants included first.
 *
 * Thread: the test's.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Numbers that are the same on every run. */
static inline uint32_t dice_next(uint32_t *dice)
{
	*dice ^= *dice << 13;
	*dice ^= *dice >> 17;
	*dice ^= *dice << 5;
	return *dice;
}

#endif
