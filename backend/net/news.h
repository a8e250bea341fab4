/* SPDX-License-Identifier: BSD-3-Clause */
/* news.h - what a worker wants people to know, without writing it itself.
 *
 * A worker puts a small record into a ring of its own and rings a bell; the
 * main thread takes it out and logs it. One writer, one reader, no lock; when
 * the reader is late, news are counted as lost rather than waited for.
 *
 * Thread: put by the owning worker, take by the main thread.
 */
#ifndef VRINGD_NET_NEWS_H
#define VRINGD_NET_NEWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "vring_report.h"

enum news_kind {
	NEWS_STALLED,
	NEWS_REVIVED,
	NEWS_MOVED_LATER,
	NEWS_GAVE_UP,
	NEWS_POLLS,
	NEWS_FAULTED,
	NEWS_KICK_MISSED,
	NEWS_BLOCKED,
	NEWS_UNBLOCKED,
	NEWS_LATE,
};

struct news {
	enum news_kind kind;
	enum vring_fault fault;
	bool guest_tx, force;
	unsigned index;
	char port[PORT_NAME_MAX];
	char vring[VRING_NAME_MAX];
	uint64_t unanswered, unanswered_ns, answer_ns;
	uint64_t unsignalled;  /* of the unanswered, before anything was forced */
	uint64_t calls_forced; /* until then, of that vring */
};

#define NEWS_RING 64

struct news_ring {
	_Atomic unsigned put CACHE_ALIGNED;
	_Atomic unsigned lost;
	_Atomic unsigned taken CACHE_ALIGNED;
	int bell_fd; /* an eventfd; not ours to close */
	struct news ring[NEWS_RING];
};

void news_put(struct news_ring *news, const struct news *item);
bool news_take(struct news_ring *news, struct news *item);

#endif
