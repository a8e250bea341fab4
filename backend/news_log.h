/* SPDX-License-Identifier: BSD-3-Clause */
/* news_log.h - news of the workers as lines in the log, few enough to be read.
 *
 * A guest can cause news without end. Each vring may have two lines at once
 * and one more each hour; what was held back is counted in the next line.
 *
 * Thread: the main thread.
 */
#ifndef VRINGD_NEWS_LOG_H
#define VRINGD_NEWS_LOG_H

#include <stdint.h>

#include "net/news.h"

#define NEWS_LOG_VRINGS 256
#define NEWS_LOG_LINES 2

struct news_log_vring {
	char port[PORT_NAME_MAX];
	unsigned index;
	unsigned lines; /* that may still be written */
	uint64_t refilled_ns;
	uint64_t held_back;
};

struct news_log {
	struct news_log_vring vrings[NEWS_LOG_VRINGS];
};

void news_log_tell(struct news_log *log, const struct news *news, uint64_t now_ns);

#endif
