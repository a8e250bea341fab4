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

/* 0 in a build with -Dinstrument=false, which is for measuring what the instrument
 * costs: nothing is counted, timed, recorded or shown that the daemon can do without. */
#ifdef VRINGD_BARE
#define INSTRUMENTED 0
#else
#define INSTRUMENTED 1
#endif

/* For what is paid for each packet, where the compiler would not by itself. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))

/* Fetches the cache line of an address that will be read, or written. What it is
 * told is a hint: any address will do. Written as instructions, since gcc leaves out a
 * function that does nothing but prefetch, and would fetch the line to share it, for CPUs
 * of 2003. */
#if defined(__x86_64__)
static inline void prefetch_read(const void *at)
{
	__asm__ volatile("prefetcht0 %0" : : "m"(*(const char *)at));
}

static inline void prefetch_write(const void *at)
{
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
}
#else
static inline void prefetch_read(const void *at)
{
	__builtin_prefetch(at, 0);
	__asm__ volatile("");
}

static inline void prefetch_write(const void *at)
{
	__builtin_prefetch(at, 1);
	__asm__ volatile("");
}
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The struct that embeds `member` at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
