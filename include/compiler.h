/* SPDX-License-Identifier: BSD-3-Clause */
/* compiler.h - the few things C leaves to the compiler.
 *
 * Thread: any; no state.
 */
#ifndef VRINGD_COMPILER_H
#define VRINGD_COMPILER_H

#include <stddef.h>

#define CACHE_LINE 64
#define CACHE_ALIGNED __attribute__((aligned(CACHE_LINE)))

/* For what is paid for each packet, where the compiler would not by itself. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The struct that embeds `member` at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
