/* SPDX-License-Identifier: BSD-3-Clause */
/* shell.h - a command of the shell, run to its end: what it wrote, and its status.
 *
 * A command that may hang is to be given its bound with timeout(1).
 */
#ifndef TESTS_LIB_SHELL_H
#define TESTS_LIB_SHELL_H

#define SHELL_OUTPUT_MAX (1 << 20)

/* What the last one wrote to stdout, ended with a NUL; too much is cut. */
extern char shell_output[SHELL_OUTPUT_MAX];

/* Its exit status; -1: it could not be started, or a signal ended it. */
int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
