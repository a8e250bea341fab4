/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_ring.h - a ring, and a program of operations on it drawn from the input.
 *
 * The driver writes whatever it likes, the device's end is used as vring.h and
 * notify.h say. After each operation what must always be true is looked at.
 *
 * Thread: the fuzzer's.
 */
#ifndef TESTS_FUZZ_RING_H
#define TESTS_FUZZ_RING_H

#include "fuzz_guest.h"
#include "ring/notify.h"

/* Chains that are taken and neither used nor put back. */
#define FUZZ_FLIGHT_MAX 256

struct fuzz_layout;

struct fuzz_ring {
	const struct fuzz_layout *layout;
	struct fuzz_input in;
	struct fuzz_guest guest;
	struct vring vring;
	struct chain_scratch scratch;
	struct chain flight[FUZZ_FLIGHT_MAX];
	unsigned flight_cnt;
	unsigned newest;    /* of them, not overtaken by a used one: may be put back */
	unsigned start_gap; /* entries between the two positions of the start */
	unsigned fresh;	    /* entries used since the last decision */
	uint16_t driver;    /* the next entry that the driver makes available */
	enum vring_fault fault;
};

/* What differs: how a driver makes buffers available, moves its event, and
 * writes a descriptor, and what more is to be looked at. */
struct fuzz_layout {
	bool packed;
	void (*number)(struct fuzz_ring *ring); /* size and positions, from the input */
	void (*offer)(struct fuzz_ring *ring);
	void (*move_event)(struct fuzz_ring *ring);
	void (*check)(const struct fuzz_ring *ring);
	void (*check_published)(const struct fuzz_ring *ring);
};

/* One input, from the layout of its memory to its last byte. */
void fuzz_ring_run(const struct fuzz_layout *layout, const uint8_t *data, size_t len);

#endif
