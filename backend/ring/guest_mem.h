/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_mem.h - guest-physical ranges as our addresses, never past a region.
 *
 * A guest's memory is a handful of regions, each contiguous in the guest, in
 * the front end and here. The table is filled by whoever maps the memory and
 * is not changed while a vring uses it.
 *
 * Thread: any, as long as the table is not being changed.
 */
#ifndef VRINGD_RING_GUEST_MEM_H
#define VRINGD_RING_GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as librte_vhost accepts (VHOST_MEMORY_MAX_NREGIONS). */
#define GUEST_MEM_REGIONS_MAX 8

struct guest_region {
	uint64_t gpa; /* first guest-physical address */
	uint64_t size;
	uint8_t *base; /* where that address is in our address space */
};

struct guest_mem {
	unsigned region_cnt;
	struct guest_region regions[GUEST_MEM_REGIONS_MAX];
};

/* Adds a region. False if it is empty, wraps around the address space,
 * overlaps another, or the table is full: nothing is added then. */
bool guest_mem_add(struct guest_mem *mem, uint64_t gpa, uint64_t size, void *base);

/* The region that holds `gpa`, or NULL. */
const struct guest_region *guest_mem_region(const struct guest_mem *mem, uint64_t gpa);

/* Where `gpa` is, and in *len how many bytes are contiguous from there on.
 * NULL if no region holds it. */
static inline void *guest_mem_at(const struct guest_mem *mem, uint64_t gpa, uint64_t *len)
{
	const struct guest_region *region = guest_mem_region(mem, gpa);

	if (!region)
		return NULL;
	*len = region->size - (gpa - region->gpa);
	return region->base + (gpa - region->gpa);
}

/* Does [start, start + len) lie inside one region, in our address space? */
bool guest_mem_holds(const struct guest_mem *mem, const void *start, uint64_t len);

/* The guest-physical address of a byte of ours, and how many bytes are
 * contiguous from there on. False if no region holds it. */
bool guest_mem_gpa(const struct guest_mem *mem, const void *at, uint64_t *gpa, uint64_t *len);

/* Copies out of the guest, across regions; false if a byte is not mapped. */
bool guest_mem_copy(const struct guest_mem *mem, void *to, uint64_t gpa, size_t len);

#endif
