/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_mem.c - the guest's memory of the tests: regions and an allocator.
 *
 * See driver_mem.h. Nothing here talks to the device; the front end tells it
 * of the regions in SET_MEM_TABLE, unit tests by whatever the ring takes.
 * What must stay true: an address is translated by region, never by a fixed
 * difference, for the regions need not follow one another.
 */
#include "driver_mem.h"

bool driver_mem_add(struct driver_mem *mem, void *host, uint64_t gpa,
		    size_t len)
{
	struct driver_region *region;

	if (mem->region_cnt == DRIVER_MEM_REGIONS)
		return false;

	region = &mem->region[mem->region_cnt++];
	region->host = host;
	region->gpa = gpa;
	region->len = len;
	region->taken = 0;
	return true;
}

void *driver_mem_alloc(struct driver_mem *mem, size_t len, size_t align)
{
	unsigned int i;
	void *at;

	for (i = 0; i < mem->region_cnt; i++) {
		at = driver_mem_alloc_in(mem, i, len, align);
		if (at)
			return at;
	}
	return NULL;
}

void *driver_mem_alloc_in(struct driver_mem *mem, unsigned int region,
			  size_t len, size_t align)
{
	struct driver_region *from = &mem->region[region];
	size_t start = (from->taken + align - 1) & ~(align - 1);

	if (region >= mem->region_cnt || start > from->len ||
	    len > from->len - start)
		return NULL;

	from->taken = start + len;
	return from->host + start;
}

void driver_mem_reset(struct driver_mem *mem)
{
	unsigned int i;

	for (i = 0; i < mem->region_cnt; i++)
		mem->region[i].taken = 0;
}

uint64_t driver_mem_gpa(const struct driver_mem *mem, const void *host)
{
	uintptr_t at = (uintptr_t)host;
	unsigned int i;

	for (i = 0; i < mem->region_cnt; i++) {
		const struct driver_region *region = &mem->region[i];
		uintptr_t start = (uintptr_t)region->host;

		if (at >= start && at - start < region->len)
			return region->gpa + (at - start);
	}
	return 0;
}

void *driver_mem_host(const struct driver_mem *mem, uint64_t gpa, size_t len)
{
	unsigned int i;

	for (i = 0; i < mem->region_cnt; i++) {
		const struct driver_region *region = &mem->region[i];

		if (gpa < region->gpa || gpa - region->gpa > region->len)
			continue;
		if (len <= region->len - (gpa - region->gpa))
			return region->host + (gpa - region->gpa);
	}
	return NULL;
}
