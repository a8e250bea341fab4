/* SPDX-License-Identifier: BSD-3-Clause */
/* packed.c - see packed.h.
 *
 * Used entries are written over the descriptors as buffers are used, all but
 * the flags of the first since the last publish. A driver looks at used
 * descriptors in the order of the ring, so it sees none of them until publish
 * stores those flags.
 */
#include "packed.h"

#include "chain_run.h"
#include "compiler.h"
#include "guest_word.h"
#include "vring_private.h"

#define DESC_IN_LINE (CACHE_LINE / DESC_LEN)
#define BOTH_FLAGS (VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED)

static struct pvirtq_desc *desc_at(const struct vring *vring, uint16_t position)
{
	return &vring->parts.pdesc[position & POSITION_SLOT];
}

/* ---- where the areas lie ---- */

const char *packed_check(const struct vring_config *config)
{
	const uint64_t event_len = sizeof(struct pvirtq_event_suppress);
	const char *wrong =
		vring_check_area(config, config->parts.pdesc, 16,
				 sizeof(struct pvirtq_desc) * (uint64_t)config->shape.size);

	if (!wrong)
		wrong = vring_check_area(config, config->parts.driver_event, 4, event_len);
	if (!wrong)
		wrong = vring_check_area(config, config->parts.device_event, 4, event_len);
	if (!wrong && ((config->next_avail & POSITION_SLOT) >= config->shape.size ||
		       (config->next_used & POSITION_SLOT) >= config->shape.size))
		wrong = "a position is outside the ring";
	return wrong;
}

void packed_store_event(struct vring *vring, uint16_t position, uint16_t flags)
{
	vring->avail_event = position;
	vring->device_flags = flags;
	guest_store_event(vring->parts.device_event,
			  (struct pvirtq_event_suppress){ .desc = position, .flags = flags });
	dirty_log_bytes(vring->log, vring->mem, vring->parts.device_event,
			sizeof(*vring->parts.device_event));
}

void packed_attach(struct vring *vring)
{
	vring->shown_used = vring->next_used;
	packed_store_event(vring, vring->next_avail, RING_EVENT_FLAGS_ENABLE);
}

/* ---- the walk ---- */

/* "The driver MUST NOT set any flags except VIRTQ_DESC_F_WRITE within an
 * indirect descriptor": the table is as long as it says, NEXT means nothing. */
static enum chain_walk walk_indirect_table(struct gathering *gathering,
					   const struct indirect *indirect)
{
	uint32_t slot;

	for (slot = 0; slot < indirect->cnt; slot++) {
		struct pvirtq_desc desc;
		enum chain_walk step;

		if (!indirect_read(gathering, indirect, slot, &desc))
			return gather_refuse(gathering, VRING_FAULT_unmapped);
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return gather_refuse(gathering, VRING_FAULT_indirect_nested);
		step = gather_desc(gathering, desc.addr, desc.len, desc.flags & VIRTQ_DESC_F_WRITE);
		if (step != CHAIN_WALK_DONE)
			return step;
	}
	return CHAIN_WALK_DONE;
}

static enum chain_walk walk_indirect(const struct vring *vring, struct gathering *gathering,
				     const struct pvirtq_desc *desc)
{
	const struct indirect indirect = { .gpa = desc->addr, .cnt = desc->len / DESC_LEN };
	enum chain_walk step = gather_indirect(gathering, vring->indirect, desc->flags, desc->len);

	return step == CHAIN_WALK_DONE ? walk_indirect_table(gathering, &indirect) : step;
}

/* A chain lies in slots that follow one another; its last descriptor has the
 * buffer's id. */
static enum chain_walk walk_ring(const struct vring *vring, struct gathering *gathering,
				 uint16_t position)
{
	for (;;) {
		struct pvirtq_desc desc = guest_load_pdesc(desc_at(vring, position));
		enum chain_walk step;

		gathering->chain->slots++;
		gathering->chain->id = desc.id;
		if (desc.flags & VIRTQ_DESC_F_INDIRECT)
			return walk_indirect(vring, gathering, &desc);
		step = gather_desc(gathering, desc.addr, desc.len, desc.flags & VIRTQ_DESC_F_WRITE);
		if (step != CHAIN_WALK_DONE)
			return step;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return CHAIN_WALK_DONE;
		position = vring_after(vring, position, 1);
	}
}

/* ---- the verbs ---- */

/* What says available at a position. */
static uint16_t avail_flags(uint16_t position)
{
	return position & POSITION_WRAP ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED;
}

static bool is_available(uint16_t flags, uint16_t position)
{
	return (flags & BOTH_FLAGS) == avail_flags(position);
}

/* Slots that are available and not taken, or taken and not used, are at most
 * as many as there are: how many more may be available from a position on. */
static unsigned room_from(const struct vring *vring, uint16_t position, uint16_t next_used)
{
	unsigned ahead = vring_distance(vring, position, next_used);

	return ahead < vring->shape.size ? vring->shape.size - ahead : 0;
}

/* How many of `cnt` descriptors in a row have these flags for available. */
static unsigned row_of_available(const struct pvirtq_desc *desc, unsigned cnt, uint16_t want)
{
	const struct pvirtq_desc *const first = desc;
	const struct pvirtq_desc *const end = desc + cnt;

	/* Acquire: the descriptor behind the flags we see. */
	while (desc < end && (guest_load16_acquire(&desc->flags) & BOTH_FLAGS) == want)
		desc++;
	return (unsigned)(desc - first);
}

/* Twice: the ring may end in between. */
void packed_look(struct vring *vring)
{
	unsigned room = room_from(vring, vring->avail_seen, vring->next_used);
	unsigned laps;

	for (laps = 0; laps < 2 && room > 0; laps++) {
		unsigned to_end = vring->shape.size - (vring->avail_seen & POSITION_SLOT);
		unsigned cnt = room < to_end ? room : to_end;
		unsigned found = row_of_available(desc_at(vring, vring->avail_seen), cnt,
						  avail_flags(vring->avail_seen));

		vring->avail_seen = vring_after(vring, vring->avail_seen, found);
		if (found < cnt)
			break;
		room -= found;
	}
}

unsigned packed_ahead(const struct vring *vring, uint16_t next_avail, uint16_t next_used)
{
	unsigned room = room_from(vring, next_avail, next_used);
	uint16_t at = next_avail;
	unsigned cnt = 0;

	while (room-- > 0) {
		uint16_t flags = guest_load16(&desc_at(vring, at)->flags);

		if (!is_available(flags, at))
			break;
		if (!(flags & VIRTQ_DESC_F_NEXT))
			cnt++;
		at = vring_after(vring, at, 1);
	}
	return cnt;
}

/* Whether the next chain is available, and if so, how many slots at most are. */
static unsigned available(const struct vring *vring)
{
	uint16_t flags = guest_load16_acquire(&desc_at(vring, vring->next_avail)->flags);

	if (!is_available(flags, vring->next_avail))
		return 0;
	return room_from(vring, vring->next_avail, vring->next_used);
}

/* Takes slots, which may reach beyond what was looked at. */
static void advance_avail(struct vring *vring, unsigned slots)
{
	unsigned seen = vring_distance(vring, vring->avail_seen, vring->next_avail);

	vring->next_avail = vring_after(vring, vring->next_avail, slots);
	if (seen < slots)
		vring->avail_seen = vring->next_avail;
}

static enum chain_walk take_one(const struct vring *vring, struct gathering *gathering)
{
	enum chain_walk walk = walk_ring(vring, gathering, vring->next_avail);
	unsigned in_flight = vring_distance(vring, vring->next_avail, vring->next_used);

	if (walk == CHAIN_WALK_DONE && in_flight + gathering->chain->slots > vring->shape.size)
		return gather_refuse(gathering, VRING_FAULT_loop);
	return walk;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* As many of `cnt` descriptors in a row as make a run. Compiled once for each direction. */
static ALWAYS_INLINE unsigned add_row(struct chain_run *run, const struct pvirtq_desc *row,
				      unsigned cnt, bool writable, uint16_t avail)
{
	const uint16_t want = avail | chain_run_flags(writable);
	const struct pvirtq_desc *const end = row + cnt;
	const struct pvirtq_desc *at;

	for (at = row; at < end; at++) {
		struct pvirtq_desc desc = guest_load_pdesc(at);

		if ((desc.flags & (BOTH_FLAGS | CHAIN_RUN_FLAGS)) != want ||
		    !chain_run_add(run, writable, desc.id, desc.addr, desc.len))
			break;
	}
	return (unsigned)(at - row);
}

/* Used entries will be written where these lie: each line is fetched once, to be written. As
 * far as the last take reached: what is behind that may be the driver's yet. */
static inline void fetch(const struct pvirtq_desc *row, unsigned cnt)
{
	const struct pvirtq_desc *const end = row + cnt;

	for (row += DESC_IN_LINE; row < end; row += DESC_IN_LINE)
		prefetch_write(row);
}

/* As many of the next `max` chains as make a run, and are available. */
static unsigned take_run(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
			 unsigned max)
{
	const struct pvirtq_desc *row = desc_at(vring, vring->next_avail);
	const struct pvirtq_desc first = guest_load_pdesc(row);
	uint16_t avail = avail_flags(vring->next_avail);
	unsigned to_end = vring->shape.size - (vring->next_avail & POSITION_SLOT);
	unsigned cnt = least(least(max, to_end), scratch->cap - scratch->used);
	struct chain_run run;

	if (!(first.flags & VIRTQ_DESC_F_WRITE))
		fetch(row, least(cnt, vring->took));
	run = chain_run_begin(vring->mem, scratch, chains, first.addr);
	if (first.flags & VIRTQ_DESC_F_WRITE)
		cnt = add_row(&run, row, cnt, true, avail);
	else
		cnt = add_row(&run, row, cnt, false, avail);
	advance_avail(vring, cnt);
	return chain_run_end(&run, scratch);
}

/* Any other. False: nothing was taken. */
static bool take_any(struct vring *vring, struct chain_scratch *scratch, struct chain *chain,
		     unsigned taken)
{
	struct gathering gathering;

	gather_begin(&gathering, vring->mem, scratch, chain, vring->shape.size);
	if (!vring_taken(vring, &gathering, take_one(vring, &gathering), taken))
		return false;
	advance_avail(vring, chain->slots);
	return true;
}

unsigned packed_take(struct vring *vring, struct chain_scratch *scratch, struct chain *chains,
		     unsigned max)
{
	unsigned taken = 0;

	while (taken < max) {
		unsigned room = available(vring);
		unsigned in_run;

		vring->drained = room == 0;
		if (vring->drained)
			break;
		in_run = take_run(vring, scratch, &chains[taken], least(max - taken, room));
		if (in_run == 0 && !take_any(vring, scratch, &chains[taken], taken))
			break;
		taken += in_run > 0 ? in_run : 1;
	}
	if (taken > 0)
		vring->took = (uint16_t)taken;
	return taken;
}

void packed_put_back(struct vring *vring, const struct chain *chains, unsigned cnt)
{
	unsigned slots = 0;
	unsigned i;

	for (i = 0; i < cnt; i++)
		slots += chains[i].slots;
	vring->next_avail = position_before(vring->shape, vring->next_avail, slots);
}

static uint16_t used_flags(uint16_t position, uint32_t written)
{
	uint16_t wrap = position & POSITION_WRAP ? BOTH_FLAGS : 0;

	return wrap | (written > 0 ? VIRTQ_DESC_F_WRITE : 0);
}

/* The first since the last publish: its flags wait for the next. */
static void use_first(struct vring *vring, const struct chain *chain, uint32_t written)
{
	struct pvirtq_desc *desc = desc_at(vring, vring->next_used);

	guest_store32(&desc->len, written);
	guest_store16(&desc->id, chain->id);
	vring->held_flags = used_flags(vring->next_used, written);
	dirty_log_bytes(vring->log, vring->mem, desc, sizeof(*desc));
	vring->next_used = vring_after(vring, vring->next_used, chain->slots);
}

/* Slots from `from` on that the used entries of these chains lie in. */
static void log_used(const struct vring *vring, uint16_t from, const struct chain *chains,
		     unsigned cnt)
{
	unsigned i;

	for (i = 0; i < cnt; i++) {
		dirty_log_bytes(vring->log, vring->mem, desc_at(vring, from),
				sizeof(struct pvirtq_desc));
		from = vring_after(vring, from, chains[i].slots);
	}
}

/* Slot and lap are kept apart while entries are written: this is paid for each
 * packet. Compiled twice, with lengths and without. */
static ALWAYS_INLINE void use_rest(struct vring *vring, const struct chain *chains,
				   const uint32_t *written, unsigned cnt)
{
	struct pvirtq_desc *const ring = vring->parts.pdesc;
	struct pvirtq_desc *const end = ring + vring->shape.size;
	struct pvirtq_desc *desc = desc_at(vring, vring->next_used);
	uint64_t lap = guest_used_half(0, 0, used_flags(vring->next_used, 0));
	unsigned i;

	for (i = 0; i < cnt; i++) {
		uint32_t len = written ? written[i] : 0;
		/* WRITE if any byte was: a number above 0, negated, has all upper
		 * bits of 64 set. */
		uint64_t write = -(uint64_t)len & guest_used_half(0, 0, VIRTQ_DESC_F_WRITE);

		guest_store_used(desc, lap | write | guest_used_half(len, chains[i].id, 0));
		desc += chains[i].slots;
		if (desc >= end) {
			desc -= vring->shape.size;
			lap ^= guest_used_half(0, 0, BOTH_FLAGS);
		}
	}
	if (vring->log)
		log_used(vring, vring->next_used, chains, cnt);
	vring->next_used = (uint16_t)((desc - ring) | (lap ? POSITION_WRAP : 0));
}

void packed_use(struct vring *vring, const struct chain *chains, const uint32_t *written,
		unsigned cnt)
{
	unsigned held = cnt > 0 && vring->next_used == vring->shown_used;

	if (held)
		use_first(vring, chains, written ? *written : 0);
	if (written)
		use_rest(vring, chains + held, written + held, cnt - held);
	else
		use_rest(vring, chains + held, NULL, cnt - held);
}

void packed_publish(struct vring *vring)
{
	uint16_t *flags = &desc_at(vring, vring->shown_used)->flags;

	if (vring->shown_used == vring->next_used)
		return;
	/* Release: the used descriptors behind it, and what was written into the
	 * buffers, before the flags that make them the driver's. */
	guest_store16_release(flags, vring->held_flags);
	dirty_log_bytes(vring->log, vring->mem, flags, sizeof(*flags));
	vring->shown_used = vring->next_used;
}
