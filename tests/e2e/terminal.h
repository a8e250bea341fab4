/* SPDX-License-Identifier: BSD-3-Clause */
/* terminal.h - a terminal that a test types on and looks at, by tmux.
 *
 * A tmux server of our own, on a socket of its own, with one window in which a
 * shell runs. What must stay true: every wait has a bound, and the server and
 * all that runs in it end with the test, whatever that failed at.
 *
 * There is one terminal a program.
 */
#ifndef TESTS_E2E_TERMINAL_H
#define TESTS_E2E_TERMINAL_H

#include <stdbool.h>

#define TERMINAL_WAIT_MS 10000

/* What the shell prints when it waits for a command. */
#define TERMINAL_PROMPT "ready>"

void terminal_open(int width, int height);
/* Nothing if it is not open. */
void terminal_close(void);
void terminal_resize(int width, int height);

/* Types text, or presses a key by tmux's name of it ("Enter", "Escape"). */
void terminal_type(const char *text);
void terminal_press(const char *key);

/* Types a command line and runs it; what it says of the screen before is gone. */
void terminal_run(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* What stands on the screen, a line each; with colours as escape sequences.
 * Good until the next call. */
const char *terminal_screen(void);
const char *terminal_screen_coloured(void);

/* Waits until the screen has the text, or has it no more; fails the test, and
 * prints the screen, if that does not come. */
void terminal_wait(const char *text);
void terminal_wait_gone(const char *text);

/* A variable of tmux now, such as "alternate_on". */
int terminal_number(const char *variable);

#endif
