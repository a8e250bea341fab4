/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_steps.h - TCP frames of a guest that leaves checksums and cutting to others. */
#ifndef TESTS_E2E_TCP_STEPS_H
#define TESTS_E2E_TCP_STEPS_H

#include "bed.h"

#define TCP_HEADERS_LEN (14 + 20 + 20)

/* A frame of @len bytes, its checksum partial; to be cut into segments of
 * @gso_size bytes of payload, unless that is 0. */
void tcp_make(struct net_frame *frame, uint32_t len, uint16_t gso_size);

/* Asserts that @frame has @len bytes and true checksums. */
void tcp_expect(const struct net_frame *frame, uint32_t len);

#endif
