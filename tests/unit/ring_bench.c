/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_bench.c - see ring_bench.h.
 *
 * What the notification rules ask for is spelled here entry by entry, and not
 * with the comparison of notify.h, so that the two can disagree.
 */
#include "ring_bench.h"

#include <stdlib.h>

#define GPA 0x100000000
/* What takes a walk along a packed ring is looked at only if the walk is short. */
#define WALKED_SIZE 16

static void open_device(struct ring_bench *bench)
{
	const struct driver *driver = &bench->driver;
	const struct driver_region *region = &bench->mem.region[0];
	const struct vring_config config = {
		.parts = { .desc = driver_desc_area(driver),
			   .avail = driver_driver_area(driver),
			   .used = driver_device_area(driver) },
		.mem = &bench->guest,
		.shape = { .size = bench->setup.size, .packed = bench->setup.packed },
		.event_idx = bench->setup.event_idx,
		.indirect = true,
		.next_avail = bench->setup.start,
		.next_used = bench->setup.start,
	};

	assert_true(guest_mem_add(&bench->guest, region->gpa, region->len, region->host));
	assert_null(vring_check(&config));
	vring_attach(&bench->vring, &config);
}

void ring_bench_open(struct ring_bench *bench, const struct ring_setup *setup)
{
	const struct driver_config config = {
		.size = setup->size,
		.start = setup->start,
		.event_idx = setup->event_idx,
		.indirect_parts = setup->form == RING_INDIRECT ? RING_PARTS_MAX : 0,
		.packed = setup->packed,
	};
	size_t len = (driver_bytes(&config) + BUFFERS_LEN + 4095) & ~(size_t)4095;

	*bench = (struct ring_bench){ .setup = *setup, .dice = 2463534242 };
	bench->page = aligned_alloc(4096, len);
	bench->taken = calloc(setup->size, sizeof(*bench->taken));
	bench->seed_of = calloc(setup->size, sizeof(*bench->seed_of));
	bench->scratch.cap = setup->size * RING_PARTS_MAX;
	bench->scratch.iov = calloc(bench->scratch.cap, sizeof(*bench->scratch.iov));
	assert_true(bench->page && bench->taken && bench->seed_of && bench->scratch.iov);

	assert_true(driver_mem_add(&bench->mem, bench->page, GPA, len));
	assert_int_equal(driver_init(&bench->driver, &config, &bench->mem), 0);
	bench->buffers = driver_mem_alloc(&bench->mem, BUFFERS_LEN, 1);
	assert_non_null(bench->buffers);
	bench->published = setup->start;
	bench->decided = setup->start;
	bench->asked = true; /* a ring begins with kicks wanted */
	open_device(bench);
}

void ring_bench_close(struct ring_bench *bench)
{
	driver_free(&bench->driver);
	free(bench->scratch.iov);
	free(bench->seed_of);
	free(bench->taken);
	free(bench->page);
}

/* ---- invariants ---- */

static uint16_t distance(const struct ring_bench *bench, uint16_t ahead, uint16_t behind)
{
	return position_distance(bench->driver.shape, ahead, behind);
}

/* How far a position moves by so many chains. */
static unsigned entries(const struct ring_bench *bench, const struct chain *chains, unsigned cnt)
{
	unsigned slots = 0;
	unsigned i;

	if (!bench->setup.packed)
		return cnt;
	for (i = 0; i < cnt; i++)
		slots += chains[i].slots;
	return slots;
}

static void check_device(const struct ring_bench *bench)
{
	const struct vring *vring = &bench->vring;
	uint16_t there = distance(bench, bench->driver.published, vring->next_avail);

	assert_int_equal(vring->fault, VRING_FAULT_none);
	assert_int_equal(bench->taken_total - bench->used_total, bench->taken_cnt);
	assert_int_equal(distance(bench, vring->next_avail, vring->next_used),
			 entries(bench, bench->taken, bench->taken_cnt));
	assert_true(bench->taken_cnt <= bench->setup.size);
	assert_true(there <= bench->setup.size);
	assert_true(distance(bench, vring->avail_seen, vring->next_avail) <= there);
	assert_int_equal(vring->decided_used, bench->decided);
	if (!bench->setup.packed || bench->setup.size <= WALKED_SIZE)
		assert_int_equal(vring_ahead(vring, vring->next_avail, vring->next_used),
				 bench->available);
}

/* All used entries that were published can be seen, and no more. */
static void check_shown(struct ring_bench *bench)
{
	if (bench->setup.size <= WALKED_SIZE)
		assert_int_equal(driver_used_position(&bench->driver), bench->published);
}

static void check_step(struct ring_bench *bench)
{
	check_device(bench);
	check_shown(bench);
	driver_check_step(&bench->driver);
	assert_string_equal(bench->driver.violation, "");
}

void ring_bench_check(struct ring_bench *bench)
{
	check_device(bench);
	driver_check(&bench->driver);
	assert_string_equal(bench->driver.violation, "");
}

/* Is `event` one of the entries old … new − 1? Looked up one by one. */
static bool among(const struct ring_bench *bench, uint16_t event, uint16_t old, uint16_t new)
{
	for (; old != new; old = position_after(bench->driver.shape, old, 1))
		if (old == event)
			return true;
	return false;
}

/* ---- the driver's verbs ---- */

static bool kick_expected(const struct ring_bench *bench, uint16_t before)
{
	const struct driver *driver = &bench->driver;

	if (!bench->setup.event_idx || (bench->setup.packed && bench->spared))
		return !bench->spared;
	if (bench->setup.packed && driver->device_event->flags == RING_EVENT_FLAGS_ENABLE)
		return true; /* as a ring begins */
	return among(bench, *driver_avail_event(driver), before, driver->published);
}

bool ring_bench_offer(struct ring_bench *bench)
{
	struct driver_part parts[RING_PARTS_MAX];
	struct driver_chain chain = ring_bench_chain(bench, dice_next(&bench->dice), parts);
	uint16_t before = bench->driver.published;
	bool kick;

	if (driver_offer(&bench->driver, &chain) < 0)
		return false;
	kick = driver_wants_kick(&bench->driver);
	assert_int_equal(kick, kick_expected(bench, before));
	if (bench->asked)
		assert_true(kick);
	bench->kicks += kick;
	bench->available++;
	bench->asked = false;
	check_step(bench);
	return true;
}

bool ring_bench_reap(struct ring_bench *bench)
{
	struct driver_reaped reaped;
	uint32_t seed;

	if (!driver_reap(&bench->driver, &reaped))
		return false;
	seed = (uint32_t)(uintptr_t)reaped.token;
	assert_int_equal(reaped.len, ring_bench_written(seed, reaped.writable_len));
	check_step(bench);
	return true;
}

void ring_bench_arm(struct ring_bench *bench, int ahead)
{
	struct driver *driver = &bench->driver;
	bool used = driver->reaped != bench->published;

	if (bench->setup.event_idx)
		assert_int_equal(driver_arm_at(driver, driver_step(driver, driver->reaped, ahead)),
				 used);
	else if (ahead == 0)
		assert_int_equal(driver_arm(driver), used);
	else
		driver_disarm(driver);
	check_step(bench);
}

/* ---- the device's verbs ---- */

unsigned ring_bench_take(struct ring_bench *bench, unsigned max)
{
	struct chain *chains = &bench->taken[bench->taken_cnt];
	unsigned there = bench->available;
	unsigned cnt, i;

	bench->scratch.used = 0;
	cnt = vring_take(&bench->vring, &bench->scratch, chains, max);
	assert_int_equal(cnt, max < there ? max : there);
	for (i = 0; i < cnt; i++) {
		uint16_t id = chains[i].id;

		assert_int_equal(bench->seed_of[id], 0); /* not taken already */
		bench->seed_of[id] = (uint32_t)(uintptr_t)bench->driver.head[id].token;
		ring_bench_check_chain(bench, &chains[i]);
	}
	bench->taken_cnt += cnt;
	bench->taken_total += cnt;
	bench->available -= cnt;
	bench->fresh = cnt;
	check_step(bench);
	return cnt;
}

void ring_bench_put_back(struct ring_bench *bench, unsigned cnt)
{
	unsigned i;

	if (cnt > bench->fresh)
		cnt = bench->fresh;
	vring_put_back(&bench->vring, &bench->taken[bench->taken_cnt - cnt], cnt);
	for (i = 0; i < cnt; i++)
		bench->seed_of[bench->taken[--bench->taken_cnt].id] = 0;
	bench->fresh -= cnt;
	bench->taken_total -= cnt;
	bench->available += cnt;
	check_step(bench);
}

/* Any of the older ones, in whatever order; fresh ones in turn. */
void ring_bench_use(struct ring_bench *bench)
{
	unsigned old = bench->taken_cnt - bench->fresh;
	unsigned which = old ? dice_next(&bench->dice) % old : 0;
	const struct chain chain = bench->taken[which];
	const uint32_t written = ring_bench_written(bench->seed_of[chain.id], chain.writable_len);
	unsigned i;

	vring_use(&bench->vring, &chain, &written, 1);
	bench->seed_of[chain.id] = 0;
	bench->taken_cnt--;
	for (i = which; i < bench->taken_cnt; i++)
		bench->taken[i] = bench->taken[i + 1];
	if (!old)
		bench->fresh--;
	bench->used_total++;
	check_step(bench);
}

static bool call_expected(const struct ring_bench *bench, uint16_t old, uint16_t new)
{
	const struct driver *driver = &bench->driver;

	if (bench->setup.packed && driver->driver_event->flags != RING_EVENT_FLAGS_DESC)
		return driver->driver_event->flags == RING_EVENT_FLAGS_ENABLE;
	if (!bench->setup.event_idx)
		return !(driver->avail->flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
	return among(bench, *driver_used_event(driver), old, new);
}

void ring_bench_publish(struct ring_bench *bench)
{
	uint16_t old = bench->decided;
	struct notify_decision decision;

	vring_publish(&bench->vring);
	bench->published = bench->vring.next_used;
	check_step(bench);

	decision = notify_decide(&bench->vring, NULL);
	bench->decided = bench->published;
	assert_int_equal(decision.old, old);
	assert_int_equal(decision.new, bench->published);
	assert_int_equal(decision.wanted, call_expected(bench, old, bench->published));
	bench->calls += decision.wanted;
	check_step(bench);
}

void ring_bench_ask(struct ring_bench *bench)
{
	uint16_t seen = bench->vring.avail_seen;
	bool more = notify_ask_for_kicks(&bench->vring, seen);

	assert_int_equal(more, bench->driver.published != seen);
	assert_int_equal(bench->vring.avail_seen, bench->driver.published);
	bench->asked = !more;
	bench->spared = false;
	check_step(bench);
}

void ring_bench_spare(struct ring_bench *bench)
{
	notify_spare_kicks(&bench->vring);
	if (bench->setup.packed || !bench->setup.event_idx) {
		bench->spared = true;
		bench->asked = false;
	}
	check_step(bench);
}
