/* SPDX-License-Identifier: BSD-3-Clause */
/* iov.h - walking lists of iovecs: skip, fill, copy from list to list.
 *
 * Memory behind an iovec may be a guest's, so nothing here assumes that two
 * lists do not overlap, nor that a byte keeps its value.
 *
 * Thread: any.
 */
#ifndef VRINGD_NET_IOV_H
#define VRINGD_NET_IOV_H

#include <stddef.h>
#include <sys/uio.h>

/* A position in a list; its iovecs are not changed. */
struct iov_at {
	const struct iovec *iov;
	unsigned cnt;
	size_t offset; /* into iov[0] */
};

static inline struct iov_at iov_begin(const struct iovec *iov, unsigned cnt)
{
	return (struct iov_at){ .iov = iov, .cnt = cnt };
}

size_t iov_len(const struct iovec *iov, unsigned cnt);

/* Moves on by `len` bytes, or to the end. */
void iov_skip(struct iov_at *at, size_t len);

/* Copies `len` bytes at `from` into the list and moves on; what does not fit is left. */
size_t iov_put(struct iov_at *to, const void *from, size_t len);

/* Copies `len` bytes out of the list and moves on. */
size_t iov_get(struct iov_at *from, void *to, size_t len);

/* Copies up to `len` bytes from list to list and moves both on. */
size_t iov_copy(struct iov_at *to, struct iov_at *from, size_t len);

/* The contiguous bytes at the position, `most` of them at most, and moves past
 * them. Of length 0 at the end. */
struct iovec iov_next(struct iov_at *at, size_t most);

/* Cuts the first `len` bytes off a list by changing its iovecs in place, and
 * returns where it begins now. */
struct iovec *iov_trim_front(struct iovec *iov, unsigned *cnt, size_t len);

#endif
