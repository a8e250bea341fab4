/* SPDX-License-Identifier: BSD-3-Clause */
/* driver.h - the driver's end of a virtqueue of either layout, for the tests.
 *
 * It lays a ring in memory the caller gives, offers chains, reaps used
 * entries, and answers the two questions of the notification rules from the
 * driver's side: is a kick wanted, and may I sleep. It never touches an
 * eventfd; unit tests play the device by hand, vhost_frontend.c adds the
 * descriptors. Written from Virtio 1.2, "Split Virtqueues" and "Packed
 * Virtqueues", not from the device in backend/ring/, so that the two can
 * disagree. Positions are those of include/position.h.
 *
 * What must stay true: after every operation the invariants of the ring are
 * looked at, and the first breach is kept as text in `violation`. A test ends
 * with driver_ok(). No test framework in here: the two-thread stress links it
 * too.
 *
 * Thread: the one that plays the driver. The device may run in another.
 */
#ifndef TESTS_LIB_DRIVER_H
#define TESTS_LIB_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver_mem.h"
#include "position.h"
#include "virtio_spec.h"

/* A piece of a chain. Readable parts come before writable ones. */
struct driver_part {
	void *host;
	uint32_t len;
	bool writable;
};

/* A buffer to offer: one part is a direct descriptor, more are chained;
 * @indirect puts them in a table of their own and takes one slot. */
struct driver_chain {
	const struct driver_part *part;
	uint16_t part_cnt;
	bool indirect;
	void *token; /* comes back in driver_reaped */
};

struct driver_config {
	uint16_t size;	/* 2 … 32,768; split: a power of two */
	uint16_t start; /* the position both ends begin at */
	bool event_idx;
	uint16_t indirect_parts; /* longest indirect table; 0 if none is used */
	bool packed;
	bool in_order; /* the device must use buffers in the order of their offer */
};

struct driver_reaped {
	void *token;
	uint32_t len;	       /* bytes the device says it wrote */
	uint32_t writable_len; /* bytes it could have written */
	uint16_t id;	       /* what the chain was called on the ring */
};

/* A chain in flight, by its id. */
struct driver_head {
	void *token;
	uint32_t writable_len;
	uint16_t desc_cnt; /* slots of the ring; 0 if not in flight */
	uint16_t last;	   /* split: last slot of the chain */
	uint64_t nth;	   /* of all that were offered */
};

struct driver {
	struct driver_mem *mem;
	struct driver_config cfg;
	struct ring_shape shape;

	/* The three areas, as the layout has them. */
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	struct pvirtq_desc *ring;
	struct pvirtq_event_suppress *driver_event;
	struct pvirtq_event_suppress *device_event;

	/* Positions. */
	uint16_t staged;     /* chains written up to here */
	uint16_t published;  /* made visible up to here */
	uint16_t kick_asked; /* `published` when wants_kick() was last asked */
	uint16_t reaped;     /* next used entry to read */
	uint16_t used_seen;  /* split: used->idx when last read */
	uint16_t
		held_flags; /* packed: of the first chain that is not published */

	/* The descriptors. */
	uint16_t
		free_first; /* split: slots are chained by `next`; packed: ids are … */
	uint16_t *free_next; /* … by this */
	uint32_t free_cnt;   /* slots */
	uint32_t in_flight;  /* chains offered or staged, not yet reaped */
	struct driver_head *head;
	struct virtq_desc *shadow; /* split: what the table must hold */
	struct pvirtq_desc
		*packed_shadow;	 /* packed: what free slots must hold */
	unsigned char *indirect; /* one table for each slot */
	uint8_t *pending_mark;	 /* scratch of the uniqueness check */

	/* Our words, as we wrote them last. */
	uint16_t flags;
	uint16_t used_event;
	bool frozen;
	bool lawless;	/* broke the rules or lost its memory: no checks */
	bool unchecked; /* set by who measures: no checks either, and free
			   slots are left as they are */

	uint32_t check_next; /* where the next partial check begins */
	uint64_t offered_total;
	uint64_t reaped_total;
	unsigned int violation_cnt;
	char violation[200]; /* the first one */
};

/* Bytes of @mem that driver_init() takes with this configuration. */
size_t driver_bytes(const struct driver_config *cfg);

/* Lays an empty ring in @mem (which must outlive it), both ends at cfg->start.
 * 0 or -errno. driver_free() frees our own records only. */
int driver_init(struct driver *d, const struct driver_config *cfg,
		struct driver_mem *mem);
void driver_free(struct driver *d);

/* Writes a chain; the device cannot see it yet. Returns its id, or -ENOSPC if
 * the ring has too few free slots. */
int driver_stage(struct driver *d, const struct driver_chain *chain);

/* Makes what was staged visible in one update. */
void driver_publish(struct driver *d);

/* Stage and publish. */
int driver_offer(struct driver *d, const struct driver_chain *chain);

/* For a driver that breaks the rules, split: makes @head available, whatever
 * the table holds there. No check is made from then on. */
void driver_offer_raw(struct driver *d, uint16_t head);

/* The same, packed: writes @cnt descriptors into the next slots as they are,
 * but for the flags that make them available, and publishes them. */
void driver_offer_raw_packed(struct driver *d, const struct pvirtq_desc *desc,
			     unsigned int cnt);

/* Full fence, then: does the device want a kick for what was published since
 * this was last asked? Ask after each publish. */
bool driver_wants_kick(struct driver *d);

/* Entries the device has used and we have not reaped. */
uint16_t driver_pending(struct driver *d);

/* The position behind the last of them. */
uint16_t driver_used_position(struct driver *d);

/* Takes one used entry. False if there is none (or only broken ones). */
bool driver_reap(struct driver *d, struct driver_reaped *reaped);

/* Asks for a call at the next used entry: by event word or flag. Full fence;
 * true if an entry is there already, so reap instead of sleeping. */
bool driver_arm(struct driver *d);

/* Asks for the call at position @event, which may lie ahead (coalescing) or
 * behind (none wanted). Event index only. The same fence and answer. */
bool driver_arm_at(struct driver *d, uint16_t event);

/* Asks for no call: by flag; a split ring with event index leaves its word
 * where it is. */
void driver_disarm(struct driver *d);

/* From now on used_event and flags keep their value whatever is asked: the
 * fault that hangs guests. */
void driver_freeze(struct driver *d, bool frozen);

/* Where the driver's and the device's event words lie. */
uint16_t *driver_used_event(const struct driver *d);
uint16_t *driver_avail_event(const struct driver *d);

/* Where the Descriptor, the Driver and the Device Area lie. */
void *driver_desc_area(const struct driver *d);
void *driver_driver_area(const struct driver *d);
void *driver_device_area(const struct driver *d);

/* Free slots of the ring. */
uint32_t driver_room(const struct driver *d);

/* The position @slots after or, if negative, before @position. */
uint16_t driver_step(const struct driver *d, uint16_t position, int slots);

/* Looks at every invariant of the ring, whatever its size. */
void driver_check(struct driver *d);

/* The part of it that is done after each operation: all of it on small
 * rings, a window of the table on large ones. */
void driver_check_step(struct driver *d);

/* A last full check; false if any check failed since init. */
bool driver_ok(struct driver *d);

/* Records a breach; the first one keeps its text. */
void driver_fail(struct driver *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
