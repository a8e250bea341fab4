/* SPDX-License-Identifier: BSD-3-Clause */
/* dirty_log.h - telling a migration what the device wrote into the guest.
 *
 * While a guest is migrated its front end must learn of every byte that we
 * change: payload, virtio-net header, used entries, indices, event words. The
 * log itself is the front end's; whoever attaches a vring gives the function
 * that marks it. Off, it is a NULL pointer, and costs one branch where a vring
 * is written to.
 *
 * vhost-user protocol, "Migration".
 *
 * Thread: the owning worker only.
 */
#ifndef VRINGD_RING_DIRTY_LOG_H
#define VRINGD_RING_DIRTY_LOG_H

#include <stdint.h>
#include <sys/uio.h>

#include "guest_mem.h"

struct dirty_log {
	/* Marks [gpa, gpa + len), after the bytes were written. */
	void (*mark)(void *context, uint64_t gpa, uint64_t len);
	void *context;
};

/* Marks what was written at an address of ours; there is a log. */
void dirty_log_mark(const struct dirty_log *log, const struct guest_mem *mem, const void *start,
		    uint64_t len);

/* The same; does nothing without a log. */
static inline void dirty_log_bytes(const struct dirty_log *log, const struct guest_mem *mem,
				   const void *start, uint64_t len)
{
	if (log)
		dirty_log_mark(log, mem, start, len);
}

/* Marks the first `len` bytes of a list of buffers. Does nothing without a log. */
void dirty_log_iov(const struct dirty_log *log, const struct guest_mem *mem,
		   const struct iovec *iov, unsigned cnt, uint64_t len);

#endif
