/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_word.h - the only way to touch memory that the driver can write.
 *
 * The driver writes while we read, so a word is loaded once, the copy is
 * checked and the copy is used. Loads and stores here are single accesses of
 * the stated width with the stated order; nothing else in the project spells
 * an atomic on guest memory.
 *
 * Pointers must be aligned to the access: whoever attaches a vring checks
 * that ("Virtqueues": split desc 16, avail 2, used 4 bytes; packed ring 16,
 * event suppression structures 4).
 *
 * Thread: any.
 */
#ifndef VRINGD_GUEST_WORD_H
#define VRINGD_GUEST_WORD_H

#include <stdint.h>

#include "virtio_spec.h"

static inline uint16_t guest_load16(const uint16_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* What was stored before the word we see is visible after this load. */
static inline uint16_t guest_load16_acquire(const uint16_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void guest_store16(uint16_t *word, uint16_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* All our earlier stores are visible to whoever sees this one. */
static inline void guest_store16_release(uint16_t *word, uint16_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void guest_store32(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* An event suppression structure is read and written whole, so that its offset
 * and its flags belong together. */
static inline struct pvirtq_event_suppress
guest_load_event(const struct pvirtq_event_suppress *event)
{
	struct pvirtq_event_suppress copy;

	__atomic_load(event, &copy, __ATOMIC_RELAXED);
	return copy;
}

static inline void guest_store_event(struct pvirtq_event_suppress *event,
				     struct pvirtq_event_suppress value)
{
	__atomic_store(event, &value, __ATOMIC_RELAXED);
}

/* A descriptor of either layout is 16 bytes on a boundary of 16: an address, and
 * eight bytes with the rest. */
typedef uint64_t __attribute__((may_alias)) guest_half;

/* One copy of a descriptor; each half is loaded exactly once. */
static inline struct virtq_desc guest_load_desc(const struct virtq_desc *desc)
{
	union {
		guest_half half[2];
		struct virtq_desc desc;
	} copy;

	copy.half[0] = __atomic_load_n((const guest_half *)desc, __ATOMIC_RELAXED);
	copy.half[1] = __atomic_load_n((const guest_half *)desc + 1, __ATOMIC_RELAXED);
	return copy.desc;
}

/* The half with the flags first: whatever the driver wrote before the flags that
 * we see is in the other. */
static inline struct pvirtq_desc guest_load_pdesc(const struct pvirtq_desc *desc)
{
	union {
		guest_half half[2];
		struct pvirtq_desc desc;
	} copy;

	copy.half[1] = __atomic_load_n((const guest_half *)desc + 1, __ATOMIC_ACQUIRE);
	copy.half[0] = __atomic_load_n((const guest_half *)desc, __ATOMIC_RELAXED);
	return copy.desc;
}

/* All of a packed descriptor but its address, as one half: what a used one has.
 * Little-endian, as all of virtio and the hosts this runs on. */
static inline uint64_t guest_used_half(uint32_t len, uint16_t id, uint16_t flags)
{
	return len | (uint64_t)id << 32 | (uint64_t)flags << 48;
}

/* Writes that half in one store. */
static inline void guest_store_used(struct pvirtq_desc *desc, uint64_t half)
{
	__atomic_store_n((guest_half *)desc + 1, half, __ATOMIC_RELAXED);
}

/* Full fence: our earlier stores before our later loads. x86 reorders just
 * that pair, so this is the one fence that costs and the one that is needed. */
static inline void guest_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
