/* SPDX-License-Identifier: BSD-3-Clause */
/* split_driver.h - the driver's end of a split virtqueue, for the tests.
 *
 * It lays a ring in memory the caller gives, offers chains, reaps used
 * entries, and answers the two questions of the notification rules from the
 * driver's side: is a kick wanted, and may I sleep. It never touches an
 * eventfd; unit tests play the device by hand, vhost_frontend.c adds the
 * descriptors. Written from Virtio 1.2, "Split Virtqueues", not from the
 * device in backend/ring/, so that the two can disagree.
 *
 * What must stay true: after every operation the invariants of the ring are
 * looked at, and the first breach is kept as text in `violation`. A test ends
 * with split_driver_ok(). No test framework in here: the two-thread stress
 * links it too.
 *
 * Thread: the one that plays the driver. The device may run in another.
 */
#ifndef TESTS_LIB_SPLIT_DRIVER_H
#define TESTS_LIB_SPLIT_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver_mem.h"
#include "virtio_spec.h"

/* A piece of a chain. Readable parts come before writable ones. */
struct driver_part {
	void *host;
	uint32_t len;
	bool writable;
};

/* A buffer to offer: one part is a direct descriptor, more are chained;
 * @indirect puts them in a table of their own and takes one slot. */
struct split_chain {
	const struct driver_part *part;
	uint16_t part_cnt;
	bool indirect;
	void *token; /* comes back in split_reaped */
};

struct split_config {
	uint16_t size;	/* 2 … 32,768, a power of two */
	uint16_t start; /* the index both ends begin at */
	bool event_idx;
	uint16_t indirect_parts; /* longest indirect table; 0 if none is used */
};

struct split_reaped {
	void *token;
	uint32_t len;	       /* bytes the device says it wrote */
	uint32_t writable_len; /* bytes it could have written */
	uint16_t head;
};

struct split_head {
	void *token;
	uint32_t writable_len;
	uint16_t desc_cnt; /* slots of the table; 0 if not in flight */
	uint16_t last;	   /* last slot of the chain */
};

struct split_driver {
	struct driver_mem *mem;
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	struct split_config cfg;

	/* Positions, free-running, wrapping at 65,536. */
	uint16_t staged;     /* avail entries written */
	uint16_t published;  /* avail entries made visible: avail->idx */
	uint16_t kick_asked; /* `published` when wants_kick() was last asked */
	uint16_t reaped;     /* next used entry to read */
	uint16_t used_seen;  /* used->idx when last read */

	/* The table. */
	uint16_t free_first;
	uint32_t free_cnt;
	uint32_t in_flight; /* chains offered or staged, not yet reaped */
	struct split_head *head;
	struct virtq_desc *shadow;   /* what the table must hold */
	struct virtq_desc *indirect; /* one table for each slot */
	uint8_t *pending_mark;	     /* scratch of the uniqueness check */

	/* Our words, as we wrote them last. */
	uint16_t flags;
	uint16_t used_event;
	bool frozen;
	bool lawless; /* broke the rules or lost its memory: no checks */

	uint32_t check_next; /* where the next partial check begins */
	uint64_t offered_total;
	uint64_t reaped_total;
	unsigned int violation_cnt;
	char violation[200]; /* the first one */
};

/* Bytes of @mem that split_driver_init() takes with this configuration. */
size_t split_driver_bytes(const struct split_config *cfg);

/* Lays an empty ring in @mem (which must outlive it), both indices at
 * cfg->start. 0 or -errno. split_driver_free() frees our own records only. */
int split_driver_init(struct split_driver *d, const struct split_config *cfg,
		      struct driver_mem *mem);
void split_driver_free(struct split_driver *d);

/* Writes a chain and its avail entry; the device cannot see it yet.
 * Returns its head, or -ENOSPC if the table has too few free slots. */
int split_driver_stage(struct split_driver *d, const struct split_chain *chain);

/* Makes what was staged visible in one update of avail->idx. */
void split_driver_publish(struct split_driver *d);

/* Stage and publish. */
int split_driver_offer(struct split_driver *d, const struct split_chain *chain);

/* For a driver that breaks the rules: makes @head available, whatever the
 * table holds there. No check is made from then on. */
void split_driver_offer_raw(struct split_driver *d, uint16_t head);

/* Full fence, then: does the device want a kick for what was published since
 * this was last asked? Ask after each publish. */
bool split_driver_wants_kick(struct split_driver *d);

/* Entries the device has used and we have not reaped. */
uint16_t split_driver_pending(struct split_driver *d);

/* Takes one used entry. False if there is none (or only broken ones). */
bool split_driver_reap(struct split_driver *d, struct split_reaped *reaped);

/* Asks for a call at the next used entry: used_event, or the flag. Full
 * fence; true if an entry is there already, so reap instead of sleeping. */
bool split_driver_arm(struct split_driver *d);

/* Asks for the call at used entry @event, which may lie ahead (coalescing)
 * or behind (none wanted). Event index only. The same fence and answer. */
bool split_driver_arm_at(struct split_driver *d, uint16_t event);

/* Asks for no call: the flag; with event index the word stays where it is. */
void split_driver_disarm(struct split_driver *d);

/* From now on used_event and flags keep their value whatever is asked: the
 * fault that hangs guests. */
void split_driver_freeze(struct split_driver *d, bool frozen);

/* Where the driver's and the device's event words lie. */
uint16_t *split_driver_used_event(const struct split_driver *d);
uint16_t *split_driver_avail_event(const struct split_driver *d);

/* Free slots of the descriptor table. */
uint32_t split_driver_room(const struct split_driver *d);

/* Looks at every invariant of the ring, whatever its size. */
void split_driver_check(struct split_driver *d);

/* The part of it that is done after each operation: all of it on small
 * rings, a window of the table on large ones. */
void split_driver_check_step(struct split_driver *d);

/* A last full check; false if any check failed since init. */
bool split_driver_ok(struct split_driver *d);

/* Records a breach; the first one keeps its text. */
void split_driver_fail(struct split_driver *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
