/* SPDX-License-Identifier: BSD-3-Clause */
/* top_screen.h - the terminal of `top`, by ncurses.
 *
 * What must stay true: once it is open, the program does not end without
 * top_screen_close(), which gives the terminal back as it was; exit() does it by
 * itself. Nothing is wider than the screen, and all that is written is ASCII.
 *
 * Thread: one; one screen a program.
 */
#ifndef VRINGCTL_TOP_SCREEN_H
#define VRINGCTL_TOP_SCREEN_H

#include "top_scene.h"

/* Why not is told on stderr. */
bool top_screen_open(void);
void top_screen_close(void);

/* The terminal may have another size now. */
void top_screen_resize(void);

/* The next key that was pressed, a character or an enum top_key; TOP_KEY_NONE:
 * no more. */
int top_screen_key(void);

/* Tells the view its room and its lines. */
void top_screen_draw(const struct top_scene *scene);

#endif
