/* SPDX-License-Identifier: BSD-3-Clause */
/* news.c - see news.h. */
#include "net/news.h"

#include <unistd.h>

static void ring_bell(const struct news_ring *news)
{
	const uint64_t one = 1;
	ssize_t written = write(news->bell_fd, &one, sizeof(one));

	(void)written; /* a full eventfd is a bell that rings already */
}

void news_put(struct news_ring *news, const struct news *item)
{
	unsigned put = atomic_load_explicit(&news->put, memory_order_relaxed);
	unsigned taken = atomic_load_explicit(&news->taken, memory_order_acquire);

	if (put - taken == NEWS_RING) {
		atomic_fetch_add_explicit(&news->lost, 1, memory_order_relaxed);
		return;
	}
	news->ring[put % NEWS_RING] = *item;
	atomic_store_explicit(&news->put, put + 1, memory_order_release);
	ring_bell(news);
}

bool news_take(struct news_ring *news, struct news *item)
{
	unsigned taken = atomic_load_explicit(&news->taken, memory_order_relaxed);
	unsigned put = atomic_load_explicit(&news->put, memory_order_acquire);

	if (put == taken)
		return false;
	*item = news->ring[taken % NEWS_RING];
	atomic_store_explicit(&news->taken, taken + 1, memory_order_release);
	return true;
}
