/* SPDX-License-Identifier: BSD-3-Clause */
/* test_migration.c - the dirty log, as the front end of a migrating guest sees it.
 *
 * What only the device writes (receive buffers, the used ring or the device's
 * event structure) is compared before and after; a page that changed must have
 * its bit set. Bytes are compared one by one in tests/unit/test_dirty_log.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bed.h"

#define PAGE 4096
#define LOG_ALL FEATURE_BIT(VHOST_F_LOG_ALL)

static struct {
	int fd;
	uint8_t *bits;
	size_t len;
} dirty;

struct area {
	const unsigned char *start;
	size_t len;
	unsigned char *before;
};

/* ---- the log ---- */

static void make_log(const struct frontend *fe)
{
	const struct driver_region *last =
		&fe->mem.region[fe->mem.region_cnt - 1];

	dirty.len = (last->gpa + last->len) / PAGE / 8 + 1;
	dirty.len = (dirty.len + PAGE - 1) & ~(size_t)(PAGE - 1);
	dirty.fd = memfd_create("log", MFD_CLOEXEC);
	assert_true(dirty.fd >= 0 &&
		    ftruncate(dirty.fd, (off_t)dirty.len) == 0);
	dirty.bits = mmap(NULL, dirty.len, PROT_READ | PROT_WRITE, MAP_SHARED,
			  dirty.fd, 0);
	assert_ptr_not_equal(dirty.bits, MAP_FAILED);
}

static void drop_log(void)
{
	munmap(dirty.bits, dirty.len);
	close(dirty.fd);
}

static bool is_dirty(const struct frontend *fe, const void *host)
{
	uint64_t page = driver_mem_gpa(&fe->mem, host) / PAGE;

	return __atomic_load_n(&dirty.bits[page / 8], __ATOMIC_ACQUIRE) &
	       (1 << page % 8);
}

static bool is_clean(void)
{
	size_t i;

	for (i = 0; i < dirty.len; i++)
		if (dirty.bits[i])
			return false;
	return true;
}

/* "The slave must reply", with nothing in it. */
static int set_log_base(struct frontend *fe, uint64_t size, uint64_t offset,
			unsigned int fd_cnt)
{
	struct vhost_user_msg msg = {
		.request = VHOST_USER_SET_LOG_BASE,
		.flags = VHOST_USER_VERSION,
		.size = 2 * sizeof(uint64_t),
		.fd = { dirty.fd },
		.fd_cnt = fd_cnt,
	};

	memcpy(msg.payload.bytes, &size, sizeof(size));
	memcpy(msg.payload.bytes + sizeof(size), &offset, sizeof(offset));
	return frontend_ask(fe, &msg);
}

static void switch_log(struct frontend *fe, bool on)
{
	fe->features = on ? fe->features | LOG_ALL : fe->features & ~LOG_ALL;
	assert_int_equal(
		frontend_set_u64(fe, VHOST_USER_SET_FEATURES, fe->features), 0);
	assert_int_equal(frontend_sync(fe), 0);
}

/* ---- what is compared ---- */

static struct area area_of(const void *start, size_t len)
{
	struct area area = { start, len, malloc(len) };

	assert_non_null(area.before);
	memcpy(area.before, start, len);
	return area;
}

static size_t changes_marked(const struct frontend *fe, struct area *area)
{
	size_t changed = 0, i;

	for (i = 0; i < area->len; i++) {
		if (area->start[i] == area->before[i])
			continue;
		changed++;
		if (!is_dirty(fe, area->start + i))
			fail_msg("byte %zu changed, and its page is not marked",
				 i);
	}
	free(area->before);
	return changed;
}

static struct area device_words(const struct driver *driver)
{
	size_t len = driver->cfg.packed
			     ? sizeof(*driver->device_event)
			     : sizeof(*driver->used) +
				       driver->cfg.size *
					       sizeof(driver->used->ring[0]);

	return area_of(driver_device_area(driver), len);
}

static struct net_guest *migrating_guest(void)
{
	struct net_guest *guest = bed_with("echo", 0);

	net_offer(guest, RX0, 64);
	bed_round_trip(guest, 600, 1);
	make_log(&guest->fe);
	assert_int_equal(set_log_base(&guest->fe, dirty.len, 0, 1), 0);
	return guest;
}

static void all_that_the_device_writes_is_marked(void **state)
{
	struct net_guest *guest = migrating_guest();
	const struct net_buffers *buffers = &guest->buffers[RX0];
	struct area received, words[2];
	uint32_t i;

	(void)state;
	switch_log(&guest->fe, true);
	received = area_of(buffers->base, (size_t)buffers->len * buffers->cnt);
	words[0] = device_words(&guest->fe.vring[RX0].driver);
	words[1] = device_words(&guest->fe.vring[TX0].driver);
	for (i = 0; i < 40; i++)
		bed_round_trip(guest, 60 + i * 30, i);
	assert_true(changes_marked(&guest->fe, &received) > 40);
	assert_true(changes_marked(&guest->fe, &words[0]) +
			    changes_marked(&guest->fe, &words[1]) >
		    0);
	drop_log();
}

static void nothing_is_marked_before_and_after(void **state)
{
	struct net_guest *guest = migrating_guest();

	(void)state;
	bed_round_trip(guest, 600, 2);
	assert_true(is_clean());
	switch_log(&guest->fe, true);
	bed_round_trip(guest, 600, 3);
	assert_false(is_clean());
	switch_log(&guest->fe, false);
	memset(dirty.bits, 0, dirty.len);
	bed_round_trip(guest, 600, 4);
	assert_true(is_clean());
	drop_log();
}

/* The library adds the offset twice, and maps what is not there. */
static void a_log_that_can_not_be_is_refused(void **state)
{
	struct net_guest *guest = bed_with("echo", 0);
	const struct {
		uint64_t more, offset;
		unsigned int fd_cnt;
	} rows[] = { { 0, PAGE, 1 }, { PAGE, 0, 1 }, { 0, 0, 0 } };
	unsigned int i;

	(void)state;
	net_offer(guest, RX0, 64);
	make_log(&guest->fe);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_not_equal(
			set_log_base(&guest->fe, dirty.len + rows[i].more,
				     rows[i].offset, rows[i].fd_cnt),
			0);
		bed_reconnect(guest);
		bed_round_trip(guest, 600, i);
	}
	drop_log();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(all_that_the_device_writes_is_marked),
		BED_PACKED(all_that_the_device_writes_is_marked),
		BED_TEST(nothing_is_marked_before_and_after),
		BED_PACKED(nothing_is_marked_before_and_after),
		BED_TEST(a_log_that_can_not_be_is_refused),
	};

	return BED_RUN(tests);
}
