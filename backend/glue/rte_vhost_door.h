/* SPDX-License-Identifier: BSD-3-Clause */
/* rte_vhost_door.h - rte_vhost.h, the one way in.
 *
 * It brings structs of the kernel along whose names are ours or the
 * specification's too; the kernel's are given other names here.
 */
#ifndef VRINGD_GLUE_RTE_VHOST_DOOR_H
#define VRINGD_GLUE_RTE_VHOST_DOOR_H

#define virtio_net_hdr kernel_virtio_net_hdr
#define vring kernel_vring
#define vhost_msg kernel_vhost_msg
#include <rte_vhost.h>
#undef virtio_net_hdr
#undef vring
#undef vhost_msg

#endif
