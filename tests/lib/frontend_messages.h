/* SPDX-License-Identifier: BSD-3-Clause */
/* frontend_messages.h - the single messages of the scripted front end.
 *
 * Each function sends one message of the protocol. Where REPLY_ACK is
 * negotiated it asks for the acknowledgement and waits for it, so that on
 * return the daemon has done it; elsewhere frontend_sync() gives the same.
 * vhost_frontend.c puts them in QEMU's order; tests use them in any other.
 * What must stay true: a function sends what its name says and remembers
 * only what the front end itself must know.
 */
#ifndef TESTS_LIB_FRONTEND_MESSAGES_H
#define TESTS_LIB_FRONTEND_MESSAGES_H

#include "vhost_frontend.h"
#include "vhost_user_msg.h"

/* Sends and, where negotiated, waits for the acknowledgement. */
int frontend_send(struct frontend *fe, struct vhost_user_msg *msg);

/* Sends and waits for the answer, which replaces *@msg. */
int frontend_ask(struct frontend *fe, struct vhost_user_msg *msg);

int frontend_get_u64(struct frontend *fe, uint32_t request, uint64_t *value);
int frontend_set_u64(struct frontend *fe, uint32_t request, uint64_t value);

/* Returns when all that was sent before has been handled. */
int frontend_sync(struct frontend *fe);

int frontend_set_mem_table(struct frontend *fe);
int frontend_set_vring_num(struct frontend *fe, unsigned int index);
int frontend_set_vring_base(struct frontend *fe, unsigned int index);
int frontend_set_vring_addr(struct frontend *fe, unsigned int index);
int frontend_set_vring_kick(struct frontend *fe, unsigned int index);

/* Tells the descriptor, or with @fd < 0 that there is none. */
int frontend_set_vring_call(struct frontend *fe, unsigned int index, int fd);
int frontend_set_vring_enable(struct frontend *fe, unsigned int index,
			      bool enable);
int frontend_get_vring_base(struct frontend *fe, unsigned int index,
			    uint16_t *base);

/* A new call descriptor while running; the old one is closed. */
int frontend_replace_call(struct frontend *fe, unsigned int index);

int frontend_set_status(struct frontend *fe, uint64_t status);

#endif
