/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_memory.c - see vhost_memory.h. */
#include "glue/vhost_memory.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "glue/mem_guard.h"
#include "glue/rte_vhost_door.h"
#include "glue/vhost_msg.h"

static bool wraps(uint64_t start, uint64_t size)
{
	return start + size < start;
}

/* A page behind the end of the file can be mapped, and kills who touches it. */
static const char *check_file(int fd, const struct vhost_region_payload *region)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return "a memory region has no usable descriptor";
	if (S_ISREG(status.st_mode) && (uint64_t)status.st_size < region->offset + region->size)
		return "a memory region reaches behind the end of its file";
	return NULL;
}

static const char *check_region(const struct vhost_memory_payload *memory, uint32_t nth, int fd)
{
	const struct vhost_region_payload region = memory->regions[nth];
	uint32_t i;

	if (region.size == 0 || wraps(region.gpa, region.size) || wraps(region.fva, region.size) ||
	    wraps(region.offset, region.size))
		return "a memory region is empty or wraps around";
	for (i = 0; i < nth; i++)
		if (region.gpa < memory->regions[i].gpa + memory->regions[i].size &&
		    memory->regions[i].gpa < region.gpa + region.size)
			return "two memory regions overlap";
	return check_file(fd, &region);
}

const char *vhost_memory_check(const struct vhost_msg *msg)
{
	const struct vhost_memory_payload *memory = &msg->payload.memory;
	const char *wrong = NULL;
	uint32_t i;

	if (memory->region_cnt == 0 || memory->region_cnt > 8)
		return "it has no region, or more than eight";
	if (msg->fd_num != (int32_t)memory->region_cnt)
		return "it has not one descriptor for each region";
	for (i = 0; !wrong && i < memory->region_cnt; i++)
		wrong = check_region(memory, i, msg->fds[i]);
	return wrong;
}

void vhost_memory_read(int vid, struct guest_port *port)
{
	struct rte_vhost_memory *table = NULL;
	uint32_t i;

	vhost_memory_forget(port);
	if (rte_vhost_get_mem_table(vid, &table) != 0)
		return;
	for (i = 0; i < table->nregions; i++) {
		const struct rte_vhost_mem_region *region = &table->regions[i];

		mem_guard_add(region->mmap_addr, region->mmap_size, &port->mem_lost);
		guest_mem_add(&port->mem, region->guest_phys_addr, region->size,
			      (void *)(uintptr_t)region->host_user_addr);
	}
	free(table);
}

void vhost_memory_forget(struct guest_port *port)
{
	mem_guard_remove_all(&port->mem_lost);
	atomic_store_explicit(&port->mem_lost, false, memory_order_relaxed);
	port->mem = (struct guest_mem){ 0 };
}
