/* SPDX-License-Identifier: BSD-3-Clause */
/* vring.h - the device's end of one virtqueue, whatever its layout.
 *
 * The life of a buffer, in verbs: the driver makes it available; we *take*
 * the chain, perhaps *put it back* untouched; we *use* it (write its used
 * entry, invisible yet); we *publish* (all used entries become visible). After
 * each publish notify.h decides once whether the driver is called.
 *
 * Three positions say where we are: next_avail, the next available entry to
 * take; next_used, the next used entry to write; decided_used, next_used at
 * the last decision. What a position is depends on the layout: position.h.
 *
 * A mistake of the driver is a value: the first one makes the vring faulted,
 * and take() yields nothing until the next attach.
 *
 * Virtio 1.2, "Split Virtqueues" (split.h) and "Packed Virtqueues" (packed.h).
 * Knows no I/O, no clock, no log.
 *
 * Thread: only the worker that owns the vring; attach and detach by whoever
 * took the vring away from it.
 */
#ifndef VRINGD_RING_VRING_H
#define VRINGD_RING_VRING_H

#include <stdbool.h>
#include <stdint.h>

#include "chain.h"
#include "compiler.h"
#include "dirty_log.h"
#include "guest_mem.h"
#include "position.h"
#include "virtio_spec.h"

/* The three areas of a virtqueue: "Virtqueues". */
struct vring_parts {
	union { /* Descriptor Area */
		struct virtq_desc *desc;
		struct pvirtq_desc *pdesc;
	};
	union { /* Driver Area */
		struct virtq_avail *avail;
		struct pvirtq_event_suppress *driver_event;
	};
	union { /* Device Area */
		struct virtq_used *used;
		struct pvirtq_event_suppress *device_event;
	};
};

struct vring {
	/* Written by the owner with every burst. */
	uint16_t next_avail;   /* next available entry to take */
	uint16_t next_used;    /* next used entry to write */
	uint16_t decided_used; /* next_used at the last decision, called or not */
	uint16_t avail_seen;   /* behind the last available entry that we know of */
	uint16_t avail_event;  /* what we last asked the driver to kick at */
	uint16_t device_flags; /* what we last stored for kicks. split: used->flags;
				* packed: the flags of the device's event structure */
	uint16_t shown_used;   /* packed: next_used at the last publish … */
	uint16_t held_flags;   /* … and the flags held back from the slot there */
	uint16_t took;	       /* packed: chains of the last take that brought any */
	bool drained;	       /* the last take came to the end of what is available */
	enum vring_fault fault;

	/* Set by attach. */
	struct ring_shape shape;
	bool event_idx, indirect;
	struct vring_parts parts;
	const struct guest_mem *mem;
	const struct dirty_log *log; /* NULL: nobody wants to know what we write */
	uint16_t *used_event;	     /* split: the driver's word, behind the avail ring */
	uint16_t *avail_event_word;  /* split: ours, behind the used ring */
} CACHE_ALIGNED;

struct vring_config {
	struct vring_parts parts;
	const struct guest_mem *mem; /* must outlive the attachment */
	const struct dirty_log *log; /* likewise; NULL: none */
	struct ring_shape shape;
	bool event_idx, indirect;
	uint16_t next_avail, next_used; /* where to go on */
};

/* Is the size allowed, is everything aligned and inside the guest's memory?
 * Says what is wrong, or NULL. */
const char *vring_check(const struct vring_config *config);

/* Starts on rings that passed vring_check(). Event words are written afresh,
 * since those of an earlier device may still stand in the guest. */
void vring_attach(struct vring *vring, const struct vring_config *config);
void vring_detach(struct vring *vring);

/* Takes up to `max` chains, in order. Fewer: none left, the scratch is full,
 * or the vring is faulted now. */
unsigned vring_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		    unsigned max);

/* Undoes the latest takes: `chains` are these `cnt`, in order, and not used. */
void vring_put_back(struct vring *vring, const struct chain *chains, unsigned cnt);

/* Writes the used entries of chains, in this order; `written` says how many bytes
 * went into the writable part of each. NULL: none into any. */
void vring_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
	       unsigned cnt);

/* Makes all used entries visible. */
void vring_publish(struct vring *vring);

/* Looks how far the driver has come: avail_seen. A nonsensical index makes the
 * vring faulted. */
void vring_look(struct vring *vring);

/* The same for who has just taken: a take that came to the end of what is available has
 * seen what a look would have, and the line that the driver writes is not asked for again. */
static inline void vring_look_behind_take(struct vring *vring)
{
	if (!vring->drained)
		vring_look(vring);
}

/* Buffers that are available and not taken; looks first. 0 on a faulted vring. */
unsigned vring_backlog(struct vring *vring);

/* Buffers that are available to a device that stands at these positions, by the
 * driver's words now. Changes nothing, so that a reader in another thread may
 * ask, who makes sure that the memory stays. */
unsigned vring_ahead(const struct vring *vring, uint16_t next_avail, uint16_t next_used);

void vring_set_fault(struct vring *vring, enum vring_fault fault);

/* The words by which the driver wishes to be called: for those who watch them.
 * Thread: as vring_ahead(). */
struct vring_wish {
	uint16_t event; /* split: used_event, 0 if not negotiated; packed: desc */
	uint16_t flags; /* split: avail->flags; packed: RING_EVENT_FLAGS_… */
};
struct vring_wish vring_wish(const struct vring *vring);

/* ---- positions ---- */

static inline uint16_t vring_after(const struct vring *vring, uint16_t position, unsigned entries)
{
	return position_after(vring->shape, position, entries);
}

static inline uint16_t vring_distance(const struct vring *vring, uint16_t ahead, uint16_t behind)
{
	return position_distance(vring->shape, ahead, behind);
}

#endif
