/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_guest.c - see fuzz_guest.h. */
#include "fuzz_guest.h"

#include <string.h>

/* ---- memory ---- */

static const struct {
	unsigned cnt;
	bool neighbours; /* one block here, whatever they are in the guest */
	struct {
		uint64_t gpa, size;
	} regions[FUZZ_REGIONS_MAX];
} layouts[] = {
	/* They adjoin in the guest and lie apart here. */
	{ 3, false, { { 0x1000, 0x1000 }, { 0x2000, 0x1000 }, { 0x3000, 0x4000 } } },
	/* The same, in an order that translation likes less. */
	{ 3, false, { { 0x6000, 0x1000 }, { 0x5000, 0x1000 }, { 0x1000, 0x4000 } } },
	/* A gap in the guest, none here. */
	{ 3, true, { { 0x1000, 0x1000 }, { 0x2001, 0x1000 }, { 0x3001, 0x4000 } } },
	/* Up to the highest address that a region may end at. */
	{ 2, false, { { 0x1000, 0x1000 }, { UINT64_MAX - 0x1000, 0x1000 } } },
};

/* Made once and kept: memory that is freed under AddressSanitizer is slow to come
 * by again. */
static struct {
	uint8_t *blocks[FUZZ_REGIONS_MAX];
	uint8_t *copies[FUZZ_REGIONS_MAX];
} kept[sizeof(layouts) / sizeof(layouts[0])];

static uint8_t *zeros(uint8_t **block, size_t len)
{
	if (!*block)
		*block = malloc(len);
	if (!*block)
		abort();
	memset(*block, 0, len);
	return *block;
}

void fuzz_guest_open(struct fuzz_guest *guest, unsigned layout)
{
	uint8_t *base = NULL;
	unsigned i;

	layout %= sizeof(layouts) / sizeof(layouts[0]);
	memset(guest, 0, sizeof(*guest));
	if (layouts[layout].neighbours)
		base = zeros(&kept[layout].blocks[0], 0x6000);
	for (i = 0; i < layouts[layout].cnt; i++) {
		uint64_t size = layouts[layout].regions[i].size;

		if (!layouts[layout].neighbours)
			base = zeros(&kept[layout].blocks[i], size);
		guest->copies[i] = zeros(&kept[layout].copies[i], size);
		FUZZ_REQUIRE(
			guest_mem_add(&guest->mem, layouts[layout].regions[i].gpa, size, base));
		base += size;
	}
}

uint64_t fuzz_guest_gpa(struct fuzz_input *in)
{
	uint64_t low = fuzz_u16(in);

	return low < 0xf000 ? low & 0x7fff : UINT64_C(0xffffffffffff0000) | low;
}

uint8_t *fuzz_guest_at(const struct fuzz_guest *guest, uint64_t gpa, uint64_t *len)
{
	unsigned i;

	for (i = 0; i < guest->mem.region_cnt; i++) {
		const struct guest_region *region = &guest->mem.regions[i];

		if (gpa >= region->gpa && gpa < region->gpa + region->size) {
			*len = region->gpa + region->size - gpa;
			return region->base + (gpa - region->gpa);
		}
	}
	return NULL;
}

/* The region in which all of these bytes are; they must be in one. */
static unsigned region_of(const struct fuzz_guest *guest, const void *start, uint64_t len)
{
	const uint8_t *at = start;
	unsigned i;

	for (i = 0; i < guest->mem.region_cnt; i++) {
		const struct guest_region *region = &guest->mem.regions[i];

		if (at >= region->base && at + len <= region->base + region->size)
			return i;
	}
	FUZZ_REQUIRE(!"bytes are inside one region");
	return 0;
}

static uint8_t *copy_of(const struct fuzz_guest *guest, const void *start, uint64_t len)
{
	unsigned i = region_of(guest, start, len);

	return guest->copies[i] + ((const uint8_t *)start - guest->mem.regions[i].base);
}

void fuzz_guest_write(struct fuzz_guest *guest, void *to, const void *from, size_t len)
{
	memcpy(copy_of(guest, to, len), from, len);
	memcpy(to, from, len);
}

void fuzz_guest_write_gpa(struct fuzz_guest *guest, uint64_t gpa, const void *from, size_t len)
{
	const uint8_t *byte = from;

	for (; len > 0; len--, gpa++, byte++) {
		uint64_t mapped;
		uint8_t *to = fuzz_guest_at(guest, gpa, &mapped);

		if (to)
			fuzz_guest_write(guest, to, byte, 1);
	}
}

/* ---- the ring ---- */

struct area {
	uint8_t *start;
	uint64_t len, align;
};

enum area_name { AREA_DESC, AREA_DRIVER, AREA_DEVICE, AREA_CNT };

/* "Split Virtqueues", "Packed Virtqueues": how long each is. */
static struct area area_of(const struct vring_config *config, unsigned name)
{
	uint64_t size = config->shape.size, word = config->event_idx ? 2 : 0;
	const struct area split[AREA_CNT] = {
		{ (uint8_t *)config->parts.desc, 16 * size, 16 },
		{ (uint8_t *)config->parts.avail, 4 + 2 * size + word, 2 },
		{ (uint8_t *)config->parts.used, 4 + 8 * size + word, 4 },
	};
	const struct area packed[AREA_CNT] = {
		{ (uint8_t *)config->parts.pdesc, 16 * size, 16 },
		{ (uint8_t *)config->parts.driver_event, 4, 4 },
		{ (uint8_t *)config->parts.device_event, 4, 4 },
	};

	return config->shape.packed ? packed[name] : split[name];
}

static void set_area(struct vring_config *config, unsigned name, void *start)
{
	if (name == AREA_DESC)
		config->parts.desc = start;
	else if (name == AREA_DRIVER)
		config->parts.avail = start;
	else
		config->parts.used = start;
}

static bool in_area(const struct vring_config *config, unsigned name, const uint8_t *start,
		    uint64_t len)
{
	struct area area = area_of(config, name);

	return start >= area.start && start + len <= area.start + area.len;
}

/* Called by the device for what it wrote: that is what the memory may hold now. */
static void mark(void *context, uint64_t gpa, uint64_t len)
{
	struct fuzz_guest *guest = context;
	uint64_t mapped;
	uint8_t *start = fuzz_guest_at(guest, gpa, &mapped);

	FUZZ_REQUIRE(start && len <= mapped);
	FUZZ_REQUIRE(
		in_area(&guest->config, AREA_DEVICE, start, len) ||
		(guest->config.shape.packed && in_area(&guest->config, AREA_DESC, start, len)));
	memcpy(copy_of(guest, start, len), start, len);
}

void fuzz_guest_place(struct fuzz_guest *guest, uint8_t how)
{
	const struct guest_region *region = &guest->mem.regions[0];
	uint64_t at = region->size;
	unsigned i;

	for (i = 0; i < AREA_CNT; i++) {
		unsigned name = (how + i) % AREA_CNT;
		struct area area = area_of(&guest->config, name);

		at = (at - area.len) & ~(area.align - 1);
		set_area(&guest->config, name, region->base + at);
	}
	guest->log = (struct dirty_log){ .mark = mark, .context = guest };
	guest->config.mem = &guest->mem;
	guest->config.log = how & 8 ? &guest->log : NULL;
}

void fuzz_guest_misplace(struct fuzz_guest *guest, unsigned name, int step)
{
	name %= AREA_CNT;
	set_area(&guest->config, name, area_of(&guest->config, name).start + step);
}

/* ---- the oracles ---- */

/* Without a log nobody says what was written; the areas are the device's then. */
static void forgive_areas(struct fuzz_guest *guest)
{
	struct area device = area_of(&guest->config, AREA_DEVICE);
	struct area desc = area_of(&guest->config, AREA_DESC);

	memcpy(copy_of(guest, device.start, device.len), device.start, device.len);
	if (guest->config.shape.packed)
		memcpy(copy_of(guest, desc.start, desc.len), desc.start, desc.len);
}

void fuzz_guest_check(struct fuzz_guest *guest)
{
	unsigned i;

	if (!guest->config.log)
		forgive_areas(guest);
	for (i = 0; i < guest->mem.region_cnt; i++) {
		const struct guest_region *region = &guest->mem.regions[i];

		FUZZ_REQUIRE(memcmp(region->base, guest->copies[i], region->size) == 0);
	}
}

/* A descriptor is cut where regions meet, and nowhere else. */
void fuzz_guest_check_chain(const struct fuzz_guest *guest, const struct chain *chain)
{
	unsigned size = guest->config.shape.size;
	unsigned desc_max = size > CHAIN_INDIRECT_MAX ? size : CHAIN_INDIRECT_MAX;
	unsigned cnt = chain->readable_cnt + chain->writable_cnt;
	uint64_t readable = 0, writable = 0;
	unsigned i;

	FUZZ_REQUIRE(cnt <= desc_max * guest->mem.region_cnt);
	FUZZ_REQUIRE(chain->slots > 0 && chain->slots <= size);
	for (i = 0; i < cnt; i++) {
		const struct iovec *iov = &chain->iov[i];

		FUZZ_REQUIRE(iov->iov_len > 0);
		region_of(guest, iov->iov_base, iov->iov_len);
		*(i < chain->readable_cnt ? &readable : &writable) += iov->iov_len;
	}
	FUZZ_REQUIRE(readable == chain->readable_len && writable == chain->writable_len);
}
