/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_walk.h - a chain walked in the plainest way, to compare the ring's walk with.
 *
 * Both layouts in one, without a scratch that may be full, and by the sentences
 * of vring_fault.h.
 *
 * Thread: the fuzzer's.
 */
#ifndef TESTS_FUZZ_WALK_H
#define TESTS_FUZZ_WALK_H

#include "fuzz_guest.h"

#define FUZZ_PIECES_MAX (FUZZ_REGIONS_MAX * CHAIN_INDIRECT_MAX)

struct fuzz_walk {
	const struct fuzz_guest *guest;
	struct iovec *pieces; /* room for FUZZ_PIECES_MAX */
	unsigned cnt;
	unsigned desc_cnt, desc_max;
	unsigned slots;
	bool writable;
};

/* Walks the chain at a slot; what it ought to come to. */
enum vring_fault fuzz_walk(struct fuzz_walk *walk, unsigned slot);

#endif
