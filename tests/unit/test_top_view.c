/* SPDX-License-Identifier: BSD-3-Clause */
/* test_top_view.c - the list of `top`, its columns, and what the keys do. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top_story.h"
#include "top_view.h"

static struct top_model *model;
static struct top_table table;
static struct top_view view;

static void rebuild(void)
{
	top_view_follow(&view, model);
	top_model_look(model, view.nth);
	top_table_build(&table, model, &view.order);
	top_view_settle(&view, &table);
}

static void press(int key)
{
	top_view_key(&view, model, &table, key);
	rebuild();
}

static void type(const char *keys)
{
	for (; *keys; keys++)
		press(*keys);
}

static json_t *vring_of(const char *port, const char *vring, int index, json_int_t packets)
{
	json_t *object = story_vring(port, vring, index);

	story_count(object, "counters.packets", packets);
	story_count(object, "counters.bytes", 100 * packets);
	story_count(object, "counters.calls", packets / 4);
	story_count(object, "counters.publishes", packets / 2);
	return story_count(object, "counters.calls_suppressed", packets / 4);
}

/* vm1 sends more than vm0, vm1/tx1 is new and stalled. */
static json_t *four_vrings(json_int_t seconds)
{
	json_t *answers = story_answers(vring_of("vm0", "rx0", 0, 0)), *stalled;

	story_more(answers, vring_of("vm0", "tx0", 1, 20 * seconds));
	story_more(answers, vring_of("vm1", "tx0", 1, 4000 * seconds));
	if (seconds == 1)
		return answers;
	stalled = vring_of("vm1", "tx1", 3, 0);
	story_set(stalled, "health", json_string("stalled"));
	return story_more(answers, story_count(stalled, "backlog", 7));
}

static int begin(void **state)
{
	(void)state;
	model = top_model_new(TOP_BYTES_MAX);
	view = top_view_new();
	view.room = 10;
	table = (struct top_table){ 0 };
	story_seen(model, 1, four_vrings(1));
	story_seen(model, 2, four_vrings(2));
	rebuild();
	return 0;
}

static int end(void **state)
{
	(void)state;
	top_table_free(&table);
	top_model_free(model);
	return 0;
}

static void assert_rows(const char *wanted)
{
	char rows[256] = "";
	size_t i, at = 0;

	for (i = 0; i < table.cnt; i++)
		at += (size_t)snprintf(rows + at, sizeof(rows) - at, "%s%s", i ? " " : "",
				       table.row[i].label);
	assert_string_equal(rows, wanted);
}

static const char *cell(long row, enum top_column column)
{
	static char text[64];

	top_cell(row < 0 ? &table.total : &table.row[row], column, 20, text, sizeof(text));
	return text;
}

static void names_are_sorted_by_port_and_index(void **state)
{
	json_t *answers = story_answers(story_vring("vm1", "tx10", 21));

	(void)state;
	assert_rows("vm0/rx0 vm0/tx0 vm1/tx0 vm1/tx1");
	story_more(answers, story_vring("vm1", "tx9", 19));
	story_seen(model, 3, story_more(answers, story_vring("vm", "rx0", 0)));
	rebuild();
	assert_rows("vm/rx0 vm1/tx9 vm1/tx10");
}

static void a_letter_sorts_and_once_more_reverses(void **state)
{
	(void)state;
	press('p');
	assert_rows("vm1/tx0 vm0/tx0 vm0/rx0 vm1/tx1"); /* what is not known is last */
	press('p');
	assert_rows("vm0/rx0 vm0/tx0 vm1/tx0 vm1/tx1");
	press('r');
	assert_rows("vm1/tx0 vm0/tx0 vm0/rx0 vm1/tx1");
	press('e');
	assert_rows("vm1/tx1 vm0/rx0 vm0/tx0 vm1/tx0");
	press('v');
	press('r');
	assert_rows("vm1/tx1 vm1/tx0 vm0/tx0 vm0/rx0");
}

static void arrows_of_columns_go_round(void **state)
{
	int i;

	(void)state;
	press('>');
	assert_int_equal(view.order.column, TOP_INDEX);
	press('<');
	press('<');
	assert_int_equal(view.order.column, TOP_COLUMN_CNT - 1);
	for (i = 0; i < TOP_COLUMN_CNT; i++)
		press('>');
	assert_int_equal(view.order.column, TOP_COLUMN_CNT - 1);
}

static void a_filter_is_part_of_a_name_or_a_state(void **state)
{
	(void)state;
	type("/VM1q"); /* q is a letter here */
	assert_rows("");
	press(TOP_KEY_BACKSPACE);
	assert_rows("vm1/tx0 vm1/tx1");
	press(TOP_KEY_ENTER);
	press('p');
	assert_rows("vm1/tx0 vm1/tx1");
	press(TOP_KEY_ESCAPE);
	assert_int_equal(table.cnt, 4);
	type("/stall");
	assert_rows("vm1/tx1");
	press(TOP_KEY_ESCAPE);
	assert_int_equal(table.cnt, 4);
	assert_false(view.quit);
	press('q');
	assert_true(view.quit);
}

static void totals_are_of_the_vrings_shown(void **state)
{
	(void)state;
	assert_string_equal(cell(-1, TOP_PACKETS), "4020");
	assert_string_equal(cell(-1, TOP_BITS), "3.22M");
	assert_string_equal(cell(-1, TOP_SUPPRESSED), "50.0");
	assert_string_equal(cell(-1, TOP_PER_CALL), "4");
	assert_string_equal(cell(-1, TOP_BACKLOG), "7");
	type("/vm0");
	assert_string_equal(cell(-1, TOP_PACKETS), "20");
	assert_int_equal(table.vring_cnt, 4);
	assert_int_equal(table.ill_cnt, 1);
	assert_string_equal(table.first_ill, "vm1/tx1 stalled");
}

static void what_can_not_be_known_is_a_dash(void **state)
{
	(void)state;
	assert_string_equal(cell(3, TOP_PACKETS), "-");
	assert_string_equal(cell(3, TOP_SUPPRESSED), "-");
	assert_string_equal(cell(0, TOP_PACKETS), "0");
	assert_string_equal(cell(0, TOP_PER_CALL), "-");
}

static void the_selection_stays_on_its_vring(void **state)
{
	(void)state;
	assert_string_equal(view.selected, "vm0/rx0");
	press(TOP_KEY_DOWN);
	assert_string_equal(view.selected, "vm0/tx0");
	press('p');
	assert_string_equal(view.selected, "vm0/tx0");
	assert_int_equal(view.cursor, 1);
	press(TOP_KEY_END);
	assert_string_equal(view.selected, "vm1/tx1");
	press(TOP_KEY_DOWN);
	assert_string_equal(view.selected, "vm1/tx1");
	story_seen(model, 3, story_answers(story_vring("vm0", "rx0", 0)));
	rebuild();
	assert_string_equal(view.selected, "vm0/rx0");
	press(TOP_KEY_HOME);
	story_seen(model, 4, story_answers(NULL));
	rebuild();
	press(TOP_KEY_UP);
	press(TOP_KEY_ENTER);
	assert_int_equal(view.page, TOP_PAGE_LIST);
}

static void a_page_stays_with_its_vring_though_it_vanished(void **state)
{
	(void)state;
	press(TOP_KEY_END);
	press(TOP_KEY_ENTER);
	assert_int_equal(view.page, TOP_PAGE_VRING);
	story_seen(model, 3, four_vrings(1));
	rebuild();
	assert_string_equal(view.selected, "vm1/tx1");
	press('?');
	assert_int_equal(view.page, TOP_PAGE_HELP);
	press('h');
	assert_int_equal(view.page, TOP_PAGE_VRING);
	press(TOP_KEY_ESCAPE);
	assert_int_equal(view.page, TOP_PAGE_LIST);
}

static void a_page_of_text_scrolls_to_its_last_line(void **state)
{
	(void)state;
	press(TOP_KEY_ENTER);
	view.lines = 25;
	press(TOP_KEY_PAGE_DOWN);
	assert_int_equal(view.scroll, 10);
	press(TOP_KEY_PAGE_DOWN);
	assert_int_equal(view.scroll, 15);
	press(TOP_KEY_UP);
	assert_int_equal(view.scroll, 14);
	press(TOP_KEY_HOME);
	press(TOP_KEY_UP);
	assert_int_equal(view.scroll, 0);
}

static void a_frozen_screen_stays_and_goes_on(void **state)
{
	(void)state;
	press(' ');
	assert_true(view.held);
	story_seen(model, 3, four_vrings(3));
	rebuild();
	assert_int_equal(view.nth, 2);
	press(']');
	assert_int_equal(view.nth, 3);
	press(']');
	assert_int_equal(view.nth, 3);
	assert_true(view.held);
	press('[');
	press('[');
	assert_int_equal(view.nth, 1);
	assert_int_equal(table.cnt, 3);
	press('[');
	assert_int_equal(view.nth, 1);
	press(' ');
	assert_false(view.held);
	assert_int_equal(view.nth, 3);
}

static void a_step_back_freezes(void **state)
{
	(void)state;
	press('[');
	assert_true(view.held);
	assert_int_equal(view.nth, 1);
	press('}');
	assert_int_equal(view.nth, 2);
	press('{');
	assert_int_equal(view.nth, 1);
}

static int width_of(const enum top_column *columns, int cnt, int width)
{
	int i, sum = cnt - 1;

	for (i = 0; i < cnt; i++)
		sum += top_column_width(&table, columns[i], width);
	return sum;
}

static void columns_fit_whatever_the_width_and_the_order(void **state)
{
	enum top_column columns[TOP_COLUMN_CNT];
	int width, cnt, column, i;
	bool there;

	(void)state;
	story_seen(model, 3,
		   story_answers(story_vring("a-port-with-31-characters-01234", "tx15", 31)));
	rebuild();
	for (width = 44; width < 200; width++)
		for (column = 0; column < TOP_COLUMN_CNT; column++) {
			view.order.column = (enum top_column)column;
			cnt = top_table_fit(&table, &view.order, width, columns);
			assert_true(width_of(columns, cnt, width) <= width);
			there = false;
			for (i = 0; i < cnt; i++)
				there |= columns[i] == view.order.column;
			assert_true(there);
		}
	assert_int_equal(cnt, TOP_COLUMN_CNT);
	assert_string_equal(cell(0, TOP_VRING), "a-port-with-31~/tx15");
}

static void the_columns_of_80_are_those_that_matter_most(void **state)
{
	static const enum top_column wanted[] = { TOP_VRING,   TOP_INDEX,      TOP_STATE,
						  TOP_PACKETS, TOP_BITS,       TOP_KICKS,
						  TOP_CALLS,   TOP_SUPPRESSED, TOP_BACKLOG,
						  TOP_STALLS,  TOP_FORCED };
	enum top_column columns[TOP_COLUMN_CNT];

	(void)state;
	assert_int_equal(top_table_fit(&table, &view.order, 80, columns), 11);
	assert_memory_equal(columns, wanted, sizeof(wanted));
	view.order.column = TOP_DROPS;
	assert_int_equal(top_table_fit(&table, &view.order, 80, columns), 11);
	assert_int_equal(columns[10], TOP_DROPS); /* in the place of FORCED */
}

static void an_amount_has_five_characters_at_most(void **state)
{
	static const struct {
		double amount;
		const char *text;
	} rows[] = {
		{ 0, "0" },	     { 0.25, "0.2" },		{ 1, "1" },
		{ 9.96, "10" },	     { 1234.5, "1234" },	{ 9999.4, "9999" },
		{ 9999.6, "10.0k" }, { 99960, "100k" },		{ 999400, "999k" },
		{ 999600, "1.00M" }, { 12345678, "12.3M" },	{ 9.87e9, "9.87G" },
		{ 1.5e13, "15.0T" }, { 1.8446744e19, "18.4E" },
	};
	double amount;
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		top_amount(rows[i].amount, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
	for (amount = 0.001; amount < 1e20; amount *= 1.013) {
		top_amount(amount, text, sizeof(text));
		assert_true(strlen(text) <= 5);
	}
	top_amount(NAN, text, sizeof(text));
	assert_string_equal(text, "-");
}

#define VIEW_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIEW_TEST(names_are_sorted_by_port_and_index),
		VIEW_TEST(a_letter_sorts_and_once_more_reverses),
		VIEW_TEST(arrows_of_columns_go_round),
		VIEW_TEST(a_filter_is_part_of_a_name_or_a_state),
		VIEW_TEST(totals_are_of_the_vrings_shown),
		VIEW_TEST(what_can_not_be_known_is_a_dash),
		VIEW_TEST(the_selection_stays_on_its_vring),
		VIEW_TEST(a_page_stays_with_its_vring_though_it_vanished),
		VIEW_TEST(a_page_of_text_scrolls_to_its_last_line),
		VIEW_TEST(a_frozen_screen_stays_and_goes_on),
		VIEW_TEST(a_step_back_freezes),
		VIEW_TEST(columns_fit_whatever_the_width_and_the_order),
		VIEW_TEST(the_columns_of_80_are_those_that_matter_most),
		VIEW_TEST(an_amount_has_five_characters_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
