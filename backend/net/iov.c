/* SPDX-License-Identifier: BSD-3-Clause */
/* iov.c - see iov.h. */
#include "iov.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

size_t iov_len(const struct iovec *iov, unsigned cnt)
{
	size_t len = 0;
	unsigned i;

	for (i = 0; i < cnt; i++)
		len += iov[i].iov_len;
	return len;
}

/* So many iovecs are looked at for one piece, lest a list be walked again and again. */
#define ADJOINING_MAX 32

/* Does it end where the next one begins? */
static bool adjoins(const struct iovec *iov)
{
	return (uintptr_t)iov[0].iov_base + iov[0].iov_len == (uintptr_t)iov[1].iov_base;
}

/* The contiguous bytes at the position, of at most `len`; NULL at the end. A driver may
 * have carved its buffers out of one block: those that adjoin are one piece, since one
 * copy of many pages is cheaper than many copies. */
static void *piece_at(struct iov_at *at, size_t *len)
{
	size_t found;
	unsigned i;

	while (at->cnt > 0 && at->offset == at->iov->iov_len) {
		at->iov++;
		at->cnt--;
		at->offset = 0;
	}
	if (at->cnt == 0)
		return NULL;
	found = at->iov->iov_len - at->offset;
	for (i = 1; found < *len && i < at->cnt && i < ADJOINING_MAX && adjoins(&at->iov[i - 1]);
	     i++)
		found += at->iov[i].iov_len;
	if (*len > found)
		*len = found;
	return (uint8_t *)at->iov->iov_base + at->offset;
}

/* Moves past such a piece. */
static void pass(struct iov_at *at, size_t len)
{
	at->offset += len;
	while (at->offset > at->iov->iov_len) {
		at->offset -= at->iov->iov_len;
		at->iov++;
		at->cnt--;
	}
}

void iov_skip(struct iov_at *at, size_t len)
{
	while (len > 0) {
		size_t piece = len;

		if (!piece_at(at, &piece))
			return;
		pass(at, piece);
		len -= piece;
	}
}

size_t iov_put(struct iov_at *to, const void *from, size_t len)
{
	const struct iovec source = { .iov_base = (void *)(uintptr_t)from, .iov_len = len };
	struct iov_at at = iov_begin(&source, 1);

	return iov_copy(to, &at, len);
}

size_t iov_get(struct iov_at *from, void *to, size_t len)
{
	const struct iovec target = { .iov_base = to, .iov_len = len };
	struct iov_at at = iov_begin(&target, 1);

	return iov_copy(&at, from, len);
}

size_t iov_copy(struct iov_at *to, struct iov_at *from, size_t len)
{
	size_t copied = 0;

	while (copied < len) {
		size_t piece = len - copied;
		const void *source = piece_at(from, &piece);
		void *target = source ? piece_at(to, &piece) : NULL;

		if (!target)
			break;
		memmove(target, source, piece);
		pass(to, piece);
		pass(from, piece);
		copied += piece;
	}
	return copied;
}

struct iovec iov_next(struct iov_at *at, size_t most)
{
	void *base = piece_at(at, &most);

	if (!base)
		return (struct iovec){ .iov_base = NULL };
	pass(at, most);
	return (struct iovec){ .iov_base = base, .iov_len = most };
}

struct iovec *iov_trim_front(struct iovec *iov, unsigned *cnt, size_t len)
{
	while (*cnt > 0 && len >= iov->iov_len) {
		len -= iov->iov_len;
		iov++;
		(*cnt)--;
	}
	if (*cnt > 0) {
		iov->iov_base = (uint8_t *)iov->iov_base + len;
		iov->iov_len -= len;
	}
	return iov;
}
