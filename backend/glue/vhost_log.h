/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_log.h - the dirty log of a migration, kept by the library.
 *
 * The library maps what SET_LOG_BASE brings; what its checks leave out is
 * checked before. The vrings then mark what they write through here.
 *
 * Thread: checks on the library's message thread; marks by workers, while the
 * port is live.
 */
#ifndef VRINGD_GLUE_VHOST_LOG_H
#define VRINGD_GLUE_VHOST_LOG_H

#include <stdint.h>

struct vhost_msg;

/* What is wrong with a SET_LOG_BASE, or NULL. */
const char *vhost_log_check(const struct vhost_msg *msg);

/* struct dirty_log's mark; `vid` points to the number of the connection. */
void vhost_log_mark(void *vid, uint64_t gpa, uint64_t len);

#endif
