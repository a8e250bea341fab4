/* SPDX-License-Identifier: BSD-3-Clause */
/* top_screen.c - lines, colours and keys.
 *
 * See top_screen.h. From top to bottom: time and health, workers, order or
 * notice, headings, total, vrings, keys; or a page of text in the place of
 * the list.
 */
#include "top_screen.h"

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "verbs.h"

#define LEAST_WIDTH 40
#define LEAST_HEIGHT 8
/* Lines above the list, and above a page of text; one is below either. */
#define HEAD_LIST 5
#define HEAD_PAGE 3
/* How long the rest of an arrow key may take after its Esc, over a slow line. */
#define ESCAPE_MS 100

enum { COLOUR_ILL = 1, COLOUR_WELL, COLOUR_ODD };

static SCREEN *screen;
static bool has_colours;

static bool can_place_cursor(void);
static void choose_colours(void);
static void put(int y, int x, attr_t look, const char *text);
static void put_head(const struct top_scene *scene);
static void put_list(const struct top_scene *scene);
static void put_headings(const struct top_scene *scene, const enum top_column *columns, int cnt);
static void put_row(int y, const struct top_scene *scene, const struct top_row *row,
		    const enum top_column *columns, int cnt);
static attr_t look_of(const char *word, bool ill);
static void put_page(const struct top_scene *scene);
static void put_keys(const struct top_scene *scene);

bool top_screen_open(void)
{
	const char *terminal = getenv("TERM");

	screen = newterm(NULL, stdout, stdin);
	if (screen && !can_place_cursor())
		top_screen_close();
	if (!screen) {
		fprintf(stderr,
			"vringctl: top: a terminal of the type '%s' (TERM) is unknown here, or "
			"can not be drawn on; use 'vringctl watch'\n",
			terminal ? terminal : "");
		return false;
	}
	atexit(top_screen_close);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	choose_colours();
	top_screen_resize();
	return true;
}

void top_screen_close(void)
{
	if (!screen)
		return;
	curs_set(1);
	endwin();
	delscreen(screen);
	screen = NULL;
}

void top_screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
}

int top_screen_key(void)
{
	static const int known[][2] = {
		{ ERR, TOP_KEY_NONE },
		{ KEY_ENTER, TOP_KEY_ENTER },
		{ '\r', TOP_KEY_ENTER },
		{ KEY_BACKSPACE, TOP_KEY_BACKSPACE },
		{ '\b', TOP_KEY_BACKSPACE },
		{ KEY_UP, TOP_KEY_UP },
		{ KEY_DOWN, TOP_KEY_DOWN },
		{ KEY_PPAGE, TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, TOP_KEY_HOME },
		{ KEY_END, TOP_KEY_END },
	};
	const int key = getch();
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i][0] == key)
			return known[i][1];
	if (key == ('L' & 0x1f))
		clearok(stdscr, TRUE);
	return key > 127 ? TOP_KEY_OTHER : key;
}

void top_screen_draw(const struct top_scene *scene)
{
	erase();
	if (COLS < LEAST_WIDTH || LINES < LEAST_HEIGHT) {
		char text[64];

		snprintf(text, sizeof(text), "too small: %dx%d is needed", LEAST_WIDTH,
			 LEAST_HEIGHT);
		put(0, 0, A_NORMAL, text);
		put(1, 0, A_NORMAL, "q quits");
	} else {
		put_head(scene);
		if (scene->view->page == TOP_PAGE_LIST)
			put_list(scene);
		else
			put_page(scene);
		put_keys(scene);
	}
	refresh();
}

/* ncurses opens a printer too. */
static bool can_place_cursor(void)
{
	return tigetstr("cup") != NULL;
}

static void choose_colours(void)
{
	const char *none = getenv("NO_COLOR");

	has_colours = has_colors() && !(none && *none);
	if (!has_colours)
		return;
	start_color();
	use_default_colors();
	init_pair(COLOUR_ILL, COLOR_RED, -1);
	init_pair(COLOUR_WELL, COLOR_GREEN, -1);
	init_pair(COLOUR_ODD, COLOR_YELLOW, -1);
}

/* As much of it as there is room for. The daemon's words are ASCII; whatever else
 * came could move the cursor. */
static void put(int y, int x, attr_t look, const char *text)
{
	attrset((int)look);
	for (; *text && x < COLS; text++, x++)
		mvaddch(y, x, *text >= ' ' && *text <= '~' ? (chtype)*text : '?');
	attrset(A_NORMAL);
}

static void put_head(const struct top_scene *scene)
{
	char time[64], text[TOP_NOTICE_MAX];
	const attr_t ill = scene->table->ill_cnt ? look_of("", true) : A_NORMAL;
	int left;

	top_scene_time(scene, time, sizeof(time));
	put(0, 0, A_BOLD, "vringctl top");
	put(0, 14, scene->view->held ? A_REVERSE : A_NORMAL, time);
	left = 14 + (int)strlen(time) + 2;
	top_scene_health(scene, text, sizeof(text));
	if (left + (int)strlen(text) < COLS)
		left = COLS - (int)strlen(text);
	put(0, left, ill, text);
	top_scene_workers(scene, COLS, text, sizeof(text));
	put(1, 0, A_NORMAL, text);
	top_scene_order(scene, text, sizeof(text));
	put(2, 0, *scene->notice ? A_REVERSE : A_NORMAL, text);
}

static void put_list(const struct top_scene *scene)
{
	struct top_view *view = scene->view;
	enum top_column columns[TOP_COLUMN_CNT];
	const int cnt = top_table_fit(scene->table, &view->order, COLS, columns);
	size_t first, i;

	view->room = (size_t)(LINES - HEAD_LIST - 1);
	/* The selected row is the last one, or the list begins at its begin. */
	first = view->cursor < view->room ? 0 : view->cursor - view->room + 1;
	put_headings(scene, columns, cnt);
	put_row(HEAD_LIST - 1, scene, &scene->table->total, columns, cnt);
	for (i = 0; i < view->room && first + i < scene->table->cnt; i++) {
		const int y = HEAD_LIST + (int)i;

		put_row(y, scene, &scene->table->row[first + i], columns, cnt);
		if (first + i == view->cursor)
			mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	}
	if (!scene->table->cnt && top_model_answers(scene->model))
		put(HEAD_LIST, 0, A_NORMAL,
		    scene->table->vring_cnt ? "no vring matches the filter (Esc: all)"
					    : "there is no vring");
}

/* The one that it is sorted by stands out, also where nothing can be bold. */
static void put_headings(const struct top_scene *scene, const enum top_column *columns, int cnt)
{
	char text[48];
	int i, x = 0;

	for (i = 0; i < cnt; i++) {
		const int width = top_column_width(scene->table, columns[i], COLS);
		const bool left = columns[i] == TOP_VRING || columns[i] == TOP_STATE;

		snprintf(text, sizeof(text), "%*s", left ? -width : width,
			 top_columns[columns[i]].heading);
		put(HEAD_LIST - 2, x,
		    columns[i] == scene->view->order.column ? A_REVERSE : A_UNDERLINE, text);
		x += width + 1;
	}
}

static void put_row(int y, const struct top_scene *scene, const struct top_row *row,
		    const enum top_column *columns, int cnt)
{
	char cell[TOP_LABEL_MAX], text[TOP_LABEL_MAX];
	int i, x = 0;

	for (i = 0; i < cnt; i++) {
		const int width = top_column_width(scene->table, columns[i], COLS);
		const bool left = columns[i] == TOP_VRING || columns[i] == TOP_STATE;
		const attr_t look =
			columns[i] == TOP_STATE ? look_of(row->word, row->ill) : A_NORMAL;

		top_cell(row, columns[i], width, cell, sizeof(cell));
		snprintf(text, sizeof(text), "%*.*s", left ? -width : width, width, cell);
		put(y, x, look, text);
		x += width + 1;
	}
}

/* A state's colour; where there are none, what is ill is bold. */
static attr_t look_of(const char *word, bool ill)
{
	if (!has_colours)
		return ill ? A_BOLD : A_NORMAL;
	if (ill)
		return COLOR_PAIR(COLOUR_ILL) | A_BOLD;
	if (strcmp(word, "ok") == 0)
		return COLOR_PAIR(COLOUR_WELL);
	if (strcmp(word, "quiet") == 0)
		return COLOR_PAIR(COLOUR_ODD);
	return A_DIM;
}

static void put_page(const struct top_scene *scene)
{
	struct top_lines lines = top_lines_of(COLS);
	struct top_view *view = scene->view;
	size_t i;

	top_scene_page(scene, &lines);
	view->room = (size_t)(LINES - HEAD_PAGE - 1);
	view->lines = lines.cnt;
	if (view->scroll + view->room > lines.cnt)
		view->scroll = lines.cnt > view->room ? lines.cnt - view->room : 0;
	for (i = 0; i < view->room && view->scroll + i < lines.cnt; i++) {
		const struct top_line *line = &lines.line[view->scroll + i];

		put(HEAD_PAGE + (int)i, 0, line->ill ? look_of("", true) : A_NORMAL, line->text);
	}
	top_lines_free(&lines);
}

static void put_keys(const struct top_scene *scene)
{
	char text[128];

	top_scene_keys(scene, text, sizeof(text));
	put(LINES - 1, 0, scene->view->typing ? A_NORMAL : A_DIM, text);
	curs_set(scene->view->typing ? 1 : 0);
	if (scene->view->typing)
		move(LINES - 1, (int)strlen(text) < COLS ? (int)strlen(text) : COLS - 1);
}
