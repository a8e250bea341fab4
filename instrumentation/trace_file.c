/* SPDX-License-Identifier: BSD-3-Clause */
/* trace_file.c - see trace_file.h. */
#include "trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

static uint64_t size_for(unsigned ring_cnt)
{
	return TRACE_FILE_HEADER + (uint64_t)ring_cnt * sizeof(struct trace_ring);
}

static int64_t realtime_offset_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)NS_PER_SECOND + now.tv_nsec - (int64_t)clock_now_ns();
}

/* The space is reserved: a full file system must not end the daemon at a store. */
static int make_file(int dir_fd, const char *name, uint64_t size, struct error_text *error)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int err;

	if (fd < 0)
		return error_set(error, errno, "%s: %m", name);
	err = posix_fallocate(fd, 0, (off_t)size);
	if (err == 0)
		return fd;
	close(fd);
	unlinkat(dir_fd, name, 0);
	return error_set(error, err, "%s: no room for %llu bytes: %s", name,
			 (unsigned long long)size, strerror(err));
}

int trace_file_create(struct trace_file *file, int dir_fd, const char *file_name, const char *port,
		      unsigned ring_cnt, struct error_text *error)
{
	uint64_t size = size_for(ring_cnt);
	int fd = dir_fd < 0 ? -1 : make_file(dir_fd, file_name, size, error);
	void *at;

	if (dir_fd >= 0 && fd < 0)
		return fd;
	/* All pages now: a worker is not to wait for one. */
	at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		  (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_POPULATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return error_set(error, errno, "%s: it can not be mapped: %m", file_name);

	*file = (struct trace_file){ .header = at, .size = size };
	*file->header = (struct trace_file_header){
		.magic = TRACE_FILE_MAGIC,
		.ring_cnt = ring_cnt,
		.events = TRACE_EVENTS,
		.realtime_offset_ns = realtime_offset_ns(),
		.pid = getpid(),
	};
	snprintf(file->header->port, sizeof(file->header->port), "%s", port);
	return 0;
}

static const char *wrong_with(const struct trace_file_header *header, uint64_t size)
{
	if (memcmp(header->magic, TRACE_FILE_MAGIC, sizeof(header->magic)) != 0)
		return "it is no flight recorder of vringd";
	if (header->events != TRACE_EVENTS)
		return "another version of vringd has written it";
	if (header->ring_cnt > TRACE_FILE_RINGS_MAX || size < size_for(header->ring_cnt))
		return "it is cut off";
	if (!memchr(header->port, '\0', sizeof(header->port)))
		return "the name of its port is damaged";
	return NULL;
}

static int map_whole(struct trace_file *file, int fd, const char *path, struct error_text *error)
{
	struct stat stat;
	void *at;

	if (fstat(fd, &stat) != 0)
		return error_set(error, errno, "%s: %m", path);
	if (stat.st_size < TRACE_FILE_HEADER)
		return error_set(error, EINVAL, "%s: it is no flight recorder of vringd", path);
	at = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return error_set(error, errno, "%s: it can not be mapped: %m", path);
	*file = (struct trace_file){ .header = at, .size = (uint64_t)stat.st_size };
	return 0;
}

int trace_file_open(struct trace_file *file, const char *path, struct error_text *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *wrong;
	int err;

	if (fd < 0)
		return error_set(error, errno, "%s: %m", path);
	err = map_whole(file, fd, path, error);
	close(fd);
	if (err)
		return err;
	wrong = wrong_with(file->header, file->size);
	if (!wrong)
		return 0;
	trace_file_close(file);
	return error_set(error, EINVAL, "%s: %s", path, wrong);
}

void trace_file_close(struct trace_file *file)
{
	if (file->header)
		munmap(file->header, file->size);
	*file = (struct trace_file){ .header = NULL };
}
