/* SPDX-License-Identifier: BSD-3-Clause */
/* csum.h - the Internet checksum: one's complement sums over bytes in any pieces.
 *
 * RFC 1071. A sum is built up: bytes are added as if all that were added before
 * stood in front of them, however they are cut and aligned. What is made of it
 * is a number, as a field in network byte order would be read.
 *
 * Bytes may be a guest's and change meanwhile; then the sum is of no use, and
 * nothing else goes wrong.
 *
 * Thread: any.
 */
#ifndef VRINGD_NET_CSUM_H
#define VRINGD_NET_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/iov.h"

/* All zero: nothing was added. */
struct csum {
	uint64_t sum; /* of 16-bit words as this machine reads them, not folded */
	bool odd;     /* the next byte is the second of its word */
};

void csum_add(struct csum *csum, const void *bytes, size_t len);

/* `len` bytes from the position on, or as many as there are. */
void csum_add_iov(struct csum *csum, struct iov_at at, size_t len);

/* A number that is sent as two bytes; an even number of them stands before it. */
void csum_add_word(struct csum *csum, uint16_t word);

/* The sum in 16 bits. A checksum is its complement. */
uint16_t csum_fold(const struct csum *csum);

#endif
