/* SPDX-License-Identifier: BSD-3-Clause */
/* top_scene.c - the words around the list, and the page of help.
 *
 * See top_scene.h.
 */
#include "top_scene.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "top_detail.h"
#include "verbs.h"

static void help(struct top_lines *lines);

void top_scene_time(const struct top_scene *scene, char *text, size_t len)
{
	const struct top_time when = top_model_time(scene->model);
	const time_t wall = (time_t)when.wall_s;
	char clock[16] = "--:--:--";
	struct tm parts;

	if (top_model_answers(scene->model) && localtime_r(&wall, &parts))
		strftime(clock, sizeof(clock), "%H:%M:%S", &parts);
	if (scene->view->held)
		snprintf(text, len, "%s  FROZEN, -%.0f s", clock, scene->now_s - when.at_s);
	else
		snprintf(text, len, "%s  every %g s", clock, scene->interval_s);
}

void top_scene_health(const struct top_scene *scene, char *text, size_t len)
{
	const struct top_table *table = scene->table;
	const char *plural = table->vring_cnt == 1 ? "" : "s";

	if (table->ill_cnt)
		snprintf(text, len, "%zu vring%s, %zu ill: %s", table->vring_cnt, plural,
			 table->ill_cnt, table->first_ill);
	else
		snprintf(text, len, "%zu vring%s, none ill", table->vring_cnt, plural);
}

void top_scene_workers(const struct top_scene *scene, int width, char *text, size_t len)
{
	const json_t *workers = json_object_get(top_model_answers(scene->model), "workers");
	const json_t *worker;
	char one[64], cpu[24];
	int at = snprintf(text, len, "workers");
	size_t i;

	json_array_foreach(workers, i, worker) {
		const json_t *on = json_object_get(worker, "cpu");
		const size_t left = json_array_size(workers) - i;
		int one_len;

		snprintf(cpu, sizeof(cpu), " (cpu %lld)", (long long)json_integer_value(on));
		one_len = snprintf(one, sizeof(one), "  %lld%s %.1f%%",
				   (long long)number_of(worker, "worker"),
				   json_is_integer(on) ? cpu : "",
				   json_number_value(json_object_get(worker, "busy_percent")));
		/* Room for "  +12 more" behind it, unless it is the last. */
		if (at + one_len + (left > 1 ? 10 : 0) > width || at + one_len + 20 > (int)len) {
			snprintf(text + at, len - (size_t)at, "  +%zu more", left);
			return;
		}
		at += snprintf(text + at, len - (size_t)at, "%s", one);
	}
}

void top_scene_order(const struct top_scene *scene, char *text, size_t len)
{
	const struct top_order *order = &scene->view->order;
	int at;

	if (*scene->notice) {
		snprintf(text, len, "%s", scene->notice);
		return;
	}
	text[0] = '\0';
	if (scene->view->page != TOP_PAGE_LIST)
		return;
	at = snprintf(text, len, "sorted by %s%s", top_columns[order->column].heading,
		      order->reverse ? ", reversed" : "");
	if (*order->filter)
		snprintf(text + at, len - (size_t)at, "; %zu of %zu match '%s'", scene->table->cnt,
			 scene->table->vring_cnt, order->filter);
}

void top_scene_keys(const struct top_scene *scene, char *text, size_t len)
{
	const struct top_view *view = scene->view;

	if (view->typing)
		snprintf(text, len, "/%s", view->order.filter);
	else if (view->page == TOP_PAGE_LIST)
		snprintf(text, len,
			 "h help  q quit  < > sort  r reverse  / filter  space freeze  [ ] time  "
			 "Enter");
	else
		snprintf(text, len, "Esc back  arrows scroll  space freeze  [ ] time  %s  q quit",
			 view->page == TOP_PAGE_HELP ? "h back" : "h help");
}

void top_scene_page(const struct top_scene *scene, struct top_lines *lines)
{
	if (scene->view->page == TOP_PAGE_HELP)
		help(lines);
	else
		top_detail(lines, scene->model, scene->view->selected);
}

static void help(struct top_lines *lines)
{
	static const char *const keys[][2] = {
		{ "arrows", "select a vring; also PgUp, PgDn, Home, End" },
		{ "Enter", "all that is known of it; Esc leads back" },
		{ "< >", "sort by the column to the left or to the right" },
		{ "r", "reverse the order" },
		{ "/", "show those whose name or state contains a text; Esc: all" },
		{ "space", "freeze the screen, and let it go on; samples are taken meanwhile" },
		{ "[ ]", "one sample back or forth, of the last ten minutes" },
		{ "{ }", "a minute back or forth" },
		{ "h ?", "this page" },
		{ "q", "quit; ^C too" },
	};
	size_t i;
	int column;

	top_lines_add(lines, false,
		      "vringctl top: the vrings, live. tx and rx are the guest's view.");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		top_lines_add(lines, false, "  %-8s %s", keys[i][0], keys[i][1]);
	top_lines_add(lines, false, "%s", "");
	top_lines_add(lines, false, "Columns, and the key that sorts by each (twice: reverse):");
	for (column = 0; column < TOP_COLUMN_CNT; column++)
		top_lines_add(lines, false, "  %c  %-8s %s", top_columns[column].key,
			      top_columns[column].heading, top_columns[column].help);
	top_lines_add(lines, false, "%s", "");
	top_lines_add(lines, false,
		      "Narrow screens show fewer; the one sorted by is always there.");
}
