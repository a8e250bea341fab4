/* SPDX-License-Identifier: BSD-3-Clause */
/* frontend_memory.c - the memory of the scripted front end: memfd regions.
 *
 * See frontend_memory.h. What must stay true: regions follow one another
 * neither in guest addresses nor in ours.
 */
#include "frontend_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_GPA UINT64_C(0x40000000)
#define GPA_STEP UINT64_C(0x100000000)
#define PAGE 4096

static int add_region(struct frontend *fe, size_t len);
static size_t ring_bytes(const struct frontend *fe);

int frontend_memory_open(struct frontend *fe)
{
	size_t rings = ring_bytes(fe);
	unsigned int i;
	int err = 0;

	if (fe->cfg.regions < 2)
		return add_region(fe, rings + fe->cfg.buffer_bytes);

	err = add_region(fe, rings);
	for (i = 2; !err && i < fe->cfg.regions; i++)
		err = add_region(fe, PAGE);
	return err ? err : add_region(fe, fe->cfg.buffer_bytes);
}

void frontend_memory_close(struct frontend *fe)
{
	unsigned int i;

	for (i = 0; i < fe->mem.region_cnt; i++) {
		munmap(fe->mem.region[i].host, fe->mem.region[i].len);
		close(fe->mem_fd[i]);
	}
	fe->mem.region_cnt = 0;
}

struct driver_config frontend_ring_config(const struct frontend *fe,
					  unsigned int index)
{
	bool packed = fe->cfg.features & FEATURE_BIT(VIRTIO_F_RING_PACKED);

	return (struct driver_config){
		.size = index % 2 ? fe->cfg.tx_size : fe->cfg.rx_size,
		.start = packed ? fe->cfg.start ^ POSITION_WRAP : fe->cfg.start,
		.packed = packed,
		.indirect_parts = fe->cfg.indirect_parts,
	};
}

static int add_region(struct frontend *fe, size_t len)
{
	unsigned int n = fe->mem.region_cnt;
	void *host;
	int fd;

	len = (len + PAGE - 1) & ~(size_t)(PAGE - 1);
	fd = memfd_create("guest", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)len) < 0)
		goto close_fd;
	host = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (host == MAP_FAILED)
		goto close_fd;

	driver_mem_add(&fe->mem, host, FIRST_GPA + n * GPA_STEP, len);
	fe->mem_fd[n] = fd;
	return 0;

close_fd:
	close(fd);
	return -ENOMEM;
}

static size_t ring_bytes(const struct frontend *fe)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < fe->vring_cnt; i++) {
		struct driver_config cfg = frontend_ring_config(fe, i);

		bytes += driver_bytes(&cfg);
	}
	return bytes;
}
