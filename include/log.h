/* SPDX-License-Identifier: BSD-3-Clause */
/* log.h - lines for people, on stderr: one event a line, five levels.
 *
 * Never called from ring/ and never while packets move: a worker hands its
 * news to the main thread, which writes them.
 *
 * Thread: any but a worker's.
 */
#ifndef VRINGD_LOG_H
#define VRINGD_LOG_H

#include <stdbool.h>

#include "compiler.h"

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* "err", "warn", "info", "debug"; -1 if it is none of them. */
int log_level_parse(const char *word);
const char *log_level_name(enum log_level level);

void log_err(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
