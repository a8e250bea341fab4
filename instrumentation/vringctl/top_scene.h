/* SPDX-License-Identifier: BSD-3-Clause */
/* top_scene.h - all that `top` draws from, and the words around the list.
 *
 * The lines above and below the list as text; where they go and how they look is
 * top_screen.c's.
 *
 * Thread: one. Pure.
 */
#ifndef VRINGCTL_TOP_SCENE_H
#define VRINGCTL_TOP_SCENE_H

#include "top_lines.h"
#include "top_view.h"

#define TOP_NOTICE_MAX 256

struct top_scene {
	const struct top_model *model;
	struct top_view *view;
	const struct top_table *table;
	double now_s; /* by the clock of top_time.at_s */
	double interval_s;
	const char *notice; /* what is wrong between us and the daemon; "": nothing */
};

/* "18:13:35  held, -30 s", and "4 vrings, 1 ill: vm0/rx0 stalled". */
void top_scene_time(const struct top_scene *scene, char *text, size_t len);
void top_scene_health(const struct top_scene *scene, char *text, size_t len);

/* As many workers as `width` has room for, with their load. */
void top_scene_workers(const struct top_scene *scene, int width, char *text, size_t len);

/* The notice, or else order and filter. */
void top_scene_order(const struct top_scene *scene, char *text, size_t len);

/* The keys of the page, or the filter that is being typed. */
void top_scene_keys(const struct top_scene *scene, char *text, size_t len);

/* The page of text that the view has open: a vring, or help. */
void top_scene_page(const struct top_scene *scene, struct top_lines *lines);

#endif
