/* SPDX-License-Identifier: BSD-3-Clause */
/* log.c - one line an event on stderr; see log.h. */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static _Atomic int level_now = LOG_LEVEL_INFO;
static const char *const names[] = { "err", "warn", "info", "debug" };

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_now, level, memory_order_relaxed);
}

enum log_level log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(&level_now, memory_order_relaxed);
}

int log_level_parse(const char *word)
{
	unsigned level;

	for (level = 0; level < ARRAY_SIZE(names); level++)
		if (strcmp(word, names[level]) == 0)
			return (int)level;
	return -1;
}

const char *log_level_name(enum log_level level)
{
	return names[level];
}

/* One write a line, so that lines of two threads never mix. */
static void put(enum log_level level, const char *format, va_list args)
{
	char line[1024];
	int len;

	if (level > log_get_level())
		return;
	len = snprintf(line, sizeof(line), "%s: ", names[level]);
	len += vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len] = '\n';
	line[len + 1] = '\0';
	fputs(line, stderr);
}

#define LOG_FUNCTION(name, level)          \
	void name(const char *format, ...) \
	{                                  \
		va_list args;              \
                                           \
		va_start(args, format);    \
		put(level, format, args);  \
		va_end(args);              \
	}

LOG_FUNCTION(log_err, LOG_LEVEL_ERR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
