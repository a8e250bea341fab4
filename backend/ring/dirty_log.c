/* SPDX-License-Identifier: BSD-3-Clause */
/* dirty_log.c - see dirty_log.h. */
#include "dirty_log.h"

/* Two regions may adjoin in our address space and not in the guest's. */
void dirty_log_mark(const struct dirty_log *log, const struct guest_mem *mem, const void *start,
		    uint64_t len)
{
	const uint8_t *at = start;

	while (len > 0) {
		uint64_t piece;
		uint64_t gpa;

		if (!guest_mem_gpa(mem, at, &gpa, &piece))
			return;
		if (piece > len)
			piece = len;
		log->mark(log->context, gpa, piece);
		at += piece;
		len -= piece;
	}
}

void dirty_log_iov(const struct dirty_log *log, const struct guest_mem *mem,
		   const struct iovec *iov, unsigned cnt, uint64_t len)
{
	unsigned i;

	if (!log)
		return;
	for (i = 0; i < cnt && len > 0; i++) {
		uint64_t piece = iov[i].iov_len < len ? iov[i].iov_len : len;

		dirty_log_mark(log, mem, iov[i].iov_base, piece);
		len -= piece;
	}
}
