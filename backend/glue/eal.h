/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.h - DPDK's environment, started the way this daemon wants it.
 *
 * librte_vhost and ethdev ports allocate from it; nothing else of ours does. It
 * runs without hugepages, and looks at PCI only if a device is allowed there.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_GLUE_EAL_H
#define VRINGD_GLUE_EAL_H

#include <sys/types.h>

#include "error_text.h"

enum eal_hugepages { EAL_HUGEPAGES_AUTO, EAL_HUGEPAGES_ON, EAL_HUGEPAGES_OFF };

/* `extra` are options of the user, NULL-terminated, put behind ours. */
int eal_start(enum eal_hugepages hugepages, char *const extra[], struct error_text *error);
void eal_stop(void);

/* Before rights are dropped to this user: what DPDK keeps in a folder of this process
 * can still be removed at the end. The empty folder stays, the one above is root's. */
void eal_give_folder(uid_t uid, gid_t gid);

#endif
