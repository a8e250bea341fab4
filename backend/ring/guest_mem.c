/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_mem.c - see guest_mem.h. */
#include "guest_mem.h"

#include <string.h>

/* In front of the copy's use: the compiler may not read the guest again. */
static void forget_source(void)
{
	__asm__ volatile("" ::: "memory");
}

static bool overlaps(const struct guest_region *region, uint64_t gpa, uint64_t size)
{
	return gpa < region->gpa + region->size && region->gpa < gpa + size;
}

bool guest_mem_add(struct guest_mem *mem, uint64_t gpa, uint64_t size, void *base)
{
	unsigned i;

	if (size == 0 || gpa + size < gpa || mem->region_cnt == GUEST_MEM_REGIONS_MAX)
		return false;
	for (i = 0; i < mem->region_cnt; i++)
		if (overlaps(&mem->regions[i], gpa, size))
			return false;

	mem->regions[mem->region_cnt++] =
		(struct guest_region){ .gpa = gpa, .size = size, .base = base };
	return true;
}

const struct guest_region *guest_mem_region(const struct guest_mem *mem, uint64_t gpa)
{
	unsigned i;

	for (i = 0; i < mem->region_cnt; i++)
		/* huge if gpa is below */
		if (gpa - mem->regions[i].gpa < mem->regions[i].size)
			return &mem->regions[i];
	return NULL;
}

bool guest_mem_holds(const struct guest_mem *mem, const void *start, uint64_t len)
{
	unsigned i;

	for (i = 0; i < mem->region_cnt; i++) {
		const struct guest_region *region = &mem->regions[i];
		uint64_t offset = (uint64_t)((uintptr_t)start - (uintptr_t)region->base);

		if (offset < region->size)
			return len <= region->size - offset;
	}
	return false;
}

bool guest_mem_gpa(const struct guest_mem *mem, const void *at, uint64_t *gpa, uint64_t *len)
{
	unsigned i;

	for (i = 0; i < mem->region_cnt; i++) {
		const struct guest_region *region = &mem->regions[i];
		uint64_t offset = (uint64_t)((uintptr_t)at - (uintptr_t)region->base);

		if (offset < region->size) {
			*gpa = region->gpa + offset;
			*len = region->size - offset;
			return true;
		}
	}
	return false;
}

bool guest_mem_copy(const struct guest_mem *mem, void *to, uint64_t gpa, size_t len)
{
	while (len > 0) {
		uint64_t piece;
		const void *from = guest_mem_at(mem, gpa, &piece);

		if (!from)
			return false;
		if (piece > len)
			piece = len;
		memcpy(to, from, piece);
		to = (uint8_t *)to + piece;
		gpa += piece;
		len -= piece;
	}
	forget_source();
	return true;
}
