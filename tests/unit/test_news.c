/* SPDX-License-Identifier: BSD-3-Clause */
/* test_news.c - records from a worker to the main thread: in order, or counted as lost. */
#include "check.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "net/news.h"

static struct news_ring ring;

/* Begins where the counts of the ring wrap. */
static int open_ring(void **state)
{
	(void)state;
	ring = (struct news_ring){ .put = UINT32_MAX - 20, .taken = UINT32_MAX - 20 };
	ring.bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return ring.bell_fd >= 0 ? 0 : -1;
}

static int close_ring(void **state)
{
	(void)state;
	return close(ring.bell_fd);
}

static void put(unsigned index)
{
	news_put(&ring, &(struct news){ .kind = NEWS_STALLED, .index = index });
}

static void news_come_in_order(void **state)
{
	struct news item;
	unsigned round, i;

	(void)state;
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 7; i++)
			put(round * 7 + i);
		for (i = 0; i < 7; i++) {
			assert_true(news_take(&ring, &item));
			assert_int_equal(item.index, round * 7 + i);
		}
		assert_false(news_take(&ring, &item));
	}
	assert_int_equal(ring.lost, 0);
}

static void what_finds_no_place_is_counted_and_the_rest_kept(void **state)
{
	struct news item;
	unsigned i;

	(void)state;
	for (i = 0; i < NEWS_RING + 3; i++)
		put(i);
	assert_int_equal(ring.lost, 3);
	for (i = 0; i < NEWS_RING; i++) {
		assert_true(news_take(&ring, &item));
		assert_int_equal(item.index, i);
	}
	assert_false(news_take(&ring, &item));
	put(99);
	assert_true(news_take(&ring, &item));
	assert_int_equal(item.index, 99);
}

static void the_bell_rings(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(read(ring.bell_fd, &value, sizeof(value)), -1);
	put(1);
	assert_int_equal(read(ring.bell_fd, &value, sizeof(value)), sizeof(value));
	assert_int_equal(value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(news_come_in_order, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(what_finds_no_place_is_counted_and_the_rest_kept,
						open_ring, close_ring),
		cmocka_unit_test_setup_teardown(the_bell_rings, open_ring, close_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
