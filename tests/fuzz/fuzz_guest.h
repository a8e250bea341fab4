/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_guest.h - a guest's memory and a ring in it, laid out by the bytes of an input.
 *
 * Two or three regions, each an allocation of its own where AddressSanitizer
 * sees a step outside, or neighbours here that are none in the guest. The areas
 * of the ring end where the first region ends.
 *
 * A copy is kept of what the memory ought to hold: the driver writes through
 * fuzz_guest_write(), the device into its areas and, where there is a dirty
 * log, where it says that it wrote. Everything else must stay as it is.
 *
 * Thread: the fuzzer's.
 */
#ifndef TESTS_FUZZ_GUEST_H
#define TESTS_FUZZ_GUEST_H

#include "fuzz_input.h"
#include "ring/vring.h"

#define FUZZ_REGIONS_MAX 3
#define FUZZ_SIZE_MAX 128

struct fuzz_guest {
	struct guest_mem mem;
	uint8_t *copies[FUZZ_REGIONS_MAX]; /* of each region */
	struct dirty_log log;
	struct vring_config config;
};

/* Memory of nothing but zeros; `layout` is one of four. The memory of each is there
 * once: a guest is gone when the next is opened. */
void fuzz_guest_open(struct fuzz_guest *guest, unsigned layout);

/* Puts a ring of the size and features in config into the first region; `how`
 * chooses the order of the areas, and whether there is a dirty log. Then one of
 * them may be moved, over another or to where it must not be. */
void fuzz_guest_place(struct fuzz_guest *guest, uint8_t how);
void fuzz_guest_misplace(struct fuzz_guest *guest, unsigned name, int step);

/* An address where memory is likely. */
uint64_t fuzz_guest_gpa(struct fuzz_input *in);

/* Where a byte is, and in *len how far its region reaches from there on; NULL if it
 * is not mapped. Shares nothing with what is tested. */
uint8_t *fuzz_guest_at(const struct fuzz_guest *guest, uint64_t gpa, uint64_t *len);

/* The driver writes: to a place in the regions, or to an address (what is not
 * mapped is not written). */
void fuzz_guest_write(struct fuzz_guest *guest, void *to, const void *from, size_t len);
void fuzz_guest_write_gpa(struct fuzz_guest *guest, uint64_t gpa, const void *from, size_t len);

/* The oracles: the device wrote nothing but what it may; a chain consists of the
 * guest's memory, and adds up. */
void fuzz_guest_check(struct fuzz_guest *guest);
void fuzz_guest_check_chain(const struct fuzz_guest *guest, const struct chain *chain);

#endif
