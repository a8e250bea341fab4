/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_mem.h - the guest's memory as the driver of the tests sees it.
 *
 * A few regions, each with its guest address, and a bump allocator over them.
 * driver.c lays its ring here and turns pointers into guest addresses;
 * vhost_frontend.c fills it with memfd regions, unit tests with a malloc'ed
 * page. What must stay true: an allocation lies in one region whole, and no
 * guest address equals its pointer, so that who forgets to translate is seen.
 */
#ifndef TESTS_LIB_DRIVER_MEM_H
#define TESTS_LIB_DRIVER_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER_MEM_REGIONS 8

struct driver_region {
	unsigned char *host; /* where we see it */
	uint64_t gpa;	     /* where the driver says it is */
	size_t len;
	size_t taken; /* bytes the allocator has handed out */
};

struct driver_mem {
	struct driver_region region[DRIVER_MEM_REGIONS];
	unsigned int region_cnt;
};

/* Adds a region. The memory stays the caller's. False if the table is full. */
bool driver_mem_add(struct driver_mem *mem, void *host, uint64_t gpa,
		    size_t len);

/* Bytes from the first region with room; NULL if none has it. They hold what
 * they held before.
 * @align is a power of two; it is kept as far as the region itself keeps it. */
void *driver_mem_alloc(struct driver_mem *mem, size_t len, size_t align);

/* The same, from one region only. */
void *driver_mem_alloc_in(struct driver_mem *mem, unsigned int region,
			  size_t len, size_t align);

/* Gives everything back at once; what was allocated before is void. */
void driver_mem_reset(struct driver_mem *mem);

/* The guest address of a pointer into @mem; 0 (never valid) if outside. */
uint64_t driver_mem_gpa(const struct driver_mem *mem, const void *host);

/* The pointer of a guest address; NULL unless all @len bytes lie in one
 * region. */
void *driver_mem_host(const struct driver_mem *mem, uint64_t gpa, size_t len);

#endif
