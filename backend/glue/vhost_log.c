/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_log.c - see vhost_log.h. */
#include "glue/vhost_log.h"

#include <sys/stat.h>

#include "glue/rte_vhost_door.h"
#include "glue/vhost_msg.h"

/* The library adds the offset to an address that was mapped with it already,
 * and does not ask how long the file is. */
const char *vhost_log_check(const struct vhost_msg *msg)
{
	const struct vhost_log_payload log = msg->payload.log;
	struct stat status;

	if (msg->fd_num != 1)
		return "the log has not one descriptor";
	if (log.size == 0 || log.offset != 0)
		return "the log is empty, or does not begin where its file begins";
	if (fstat(msg->fds[0], &status) != 0)
		return "the log has no usable descriptor";
	if (S_ISREG(status.st_mode) && (uint64_t)status.st_size < log.size)
		return "the log reaches behind the end of its file";
	return NULL;
}

void vhost_log_mark(void *vid, uint64_t gpa, uint64_t len)
{
	rte_vhost_log_write(*(const int *)vid, gpa, len);
}
