/* SPDX-License-Identifier: BSD-3-Clause */
/* capture.c - see capture.h. */
#include "net/capture.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGN 8

/* ---- memory ---- */

/* The same pages twice, one behind the other: no frame is cut at the end. */
static uint8_t *map_twice(int fd, size_t size)
{
	uint8_t *place =
		mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	const int flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
	int err;

	if (place == MAP_FAILED)
		return NULL;
	if (mmap(place, size, PROT_READ | PROT_WRITE, flags, fd, 0) != MAP_FAILED &&
	    mmap(place + size, size, PROT_READ | PROT_WRITE, flags, fd, 0) != MAP_FAILED)
		return place;
	err = errno;
	munmap(place, 2 * size);
	errno = err;
	return NULL;
}

static uint8_t *ring_memory(size_t size)
{
	int fd = memfd_create("vringd-capture", MFD_CLOEXEC);
	uint8_t *data = NULL;
	int err;

	if (fd < 0)
		return NULL;
	/* Taken now: a page that is not there later would be a SIGBUS. */
	err = posix_fallocate(fd, 0, (off_t)size);
	if (!err)
		data = map_twice(fd, size);
	else
		errno = err;
	err = errno;
	close(fd);
	errno = err;
	return data;
}

struct capture_ring *capture_ring_new(size_t size, uint32_t snap_len, int bell_fd)
{
	struct capture_ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));

	assert((size & (size - 1)) == 0 && size > sizeof(struct captured) + snap_len + ALIGN);
	if (!ring)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	ring->size = size;
	ring->snap_len = snap_len;
	ring->bell_fd = bell_fd;
	ring->data = ring_memory(size);
	if (ring->data)
		return ring;
	free(ring);
	return NULL;
}

void capture_ring_free(struct capture_ring *ring)
{
	if (!ring)
		return;
	munmap(ring->data, 2 * ring->size);
	free(ring);
}

/* ---- the worker ---- */

static struct captured *at(const struct capture_ring *ring, uint64_t place)
{
	return (struct captured *)(ring->data + (place & (ring->size - 1)));
}

static uint64_t size_of(uint32_t kept_len)
{
	return (offsetof(struct captured, data) + kept_len + ALIGN - 1) / ALIGN * ALIGN;
}

void capture_put(struct capture_ring *ring, const struct capture_frame *frame)
{
	uint32_t kept_len = frame->len < ring->snap_len ? frame->len : ring->snap_len;
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
	struct captured *to = at(ring, ring->next);
	struct iov_at from = frame->at;

	if (ring->full || ring->size - (ring->next - taken) < size_of(kept_len)) {
		ring->full = true;
		return;
	}
	to->wall_ns = frame->wall_ns;
	to->len = frame->len;
	to->kept_len = (uint32_t)iov_get(&from, to->data, kept_len);
	to->head = frame->head;
	to->hdr = *frame->hdr;
	ring->next += size_of(to->kept_len);
	ring->unpublished++;
}

/* Behind the first `cnt` that are put and not published. */
static uint64_t place_behind(const struct capture_ring *ring, uint64_t place, unsigned cnt)
{
	if (cnt == ring->unpublished)
		return ring->next;
	while (cnt-- > 0)
		place += size_of(at(ring, place)->kept_len);
	return place;
}

static void ring_bell(const struct capture_ring *ring)
{
	const uint64_t one = 1;
	ssize_t written = write(ring->bell_fd, &one, sizeof(one));

	(void)written; /* a full eventfd is a bell that rings already */
}

void capture_publish(struct capture_ring *ring, unsigned cnt)
{
	uint64_t before = atomic_load_explicit(&ring->put, memory_order_relaxed);
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
	unsigned kept = cnt < ring->unpublished ? cnt : ring->unpublished;
	uint64_t put = place_behind(ring, before, kept);

	count(&ring->lost, cnt - kept);
	ring->next = put;
	ring->unpublished = 0;
	ring->full = false;
	atomic_store_explicit(&ring->put, put, memory_order_release);
	if (put - taken > ring->size / 2 && before - taken <= ring->size / 2)
		ring_bell(ring);
}

/* ---- the reader ---- */

const struct captured *capture_peek(const struct capture_ring *ring)
{
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

	if (taken == atomic_load_explicit(&ring->put, memory_order_acquire))
		return NULL;
	return at(ring, taken);
}

void capture_next(struct capture_ring *ring)
{
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

	atomic_store_explicit(&ring->taken, taken + size_of(at(ring, taken)->kept_len),
			      memory_order_release);
}
