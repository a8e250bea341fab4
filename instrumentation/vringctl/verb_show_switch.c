/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_show_switch.c - switches as `show` prints them: ports, counters, the table.
 *
 * Of a long table the beginning; --json has what the daemon tells of it.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "verbs.h"

#define ROWS_MAX 64

static json_t *of_port(json_t *list, const char *name);
static void print_switch_ports(const json_t *ports);
static void print_entries(const json_t *one);

/* Switches that a port is on, with what is there of that port. */
json_t *only_switches(json_t *switches, const char *name)
{
	json_t *one, *found = json_array();
	size_t i;

	json_array_foreach(switches, i, one) {
		json_t *ports = of_port(json_object_get(one, "ports"), name);

		if (json_array_size(ports) == 0) {
			json_decref(ports);
			continue;
		}
		json_object_set_new(one, "ports", ports);
		json_object_set_new(one, "table", of_port(json_object_get(one, "table"), name));
		json_array_append(found, one);
	}
	return found;
}

void print_switches(const json_t *switches)
{
	const json_t *one;
	size_t i;

	json_array_foreach(switches, i, one) {
		printf("\nswitch %s, forgets an address after %lld s:\n", text_of(one, "name"),
		       (long long)number_of(one, "age"));
		print_switch_ports(json_object_get(one, "ports"));
		print_entries(one);
	}
}

static json_t *of_port(json_t *list, const char *name)
{
	json_t *item, *found = json_array();
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(text_of(item, "port"), name) == 0)
			json_array_append(found, item);
	return found;
}

static void print_switch_ports(const json_t *ports)
{
	static const char *const headings[] = { "PORT",	       ">ADDRESSES", ">FRAMES IN",
						">FRAMES OUT", ">FLOODED",   ">MULTICAST",
						">MOVED",      ">UNLEARNED", ">DROPS",
						NULL };
	static const char *const keys[] = { "frames_in", "frames_out", "flooded", "multicast",
					    "moved",	 "unlearned",  "drops",	  NULL };
	struct table *table;
	const json_t *port;
	size_t i;
	int key;

	if (json_array_size(ports) == 0)
		return;
	table = table_new(headings);
	json_array_foreach(ports, i, port) {
		table_text(table, text_of(port, "port"));
		table_number(table, number_of(port, "entries"));
		for (key = 0; keys[key]; key++)
			table_number(table,
				     number_of(json_object_get(port, "counters"), keys[key]));
	}
	table_print(table);
}

static json_int_t entries_of(const json_t *one)
{
	const json_t *port, *ports = json_object_get(one, "ports");
	json_int_t sum = 0;
	size_t i;

	json_array_foreach(ports, i, port)
		sum += number_of(port, "entries");
	return sum;
}

static void print_entries(const json_t *one)
{
	static const char *const headings[] = { "ADDRESS", "PORT", ">SEEN s AGO", NULL };
	const json_t *entry, *entries = json_object_get(one, "table");
	json_int_t all = entries_of(one);
	struct table *table;
	size_t i;

	if (json_array_size(entries) == 0)
		return;
	putchar('\n');
	table = table_new(headings);
	json_array_foreach(entries, i, entry) {
		if (i == ROWS_MAX)
			break;
		table_text(table, text_of(entry, "mac"));
		table_text(table, text_of(entry, "port"));
		table_number(table, number_of(entry, "age"));
	}
	table_print(table);
	if (all > (json_int_t)i)
		printf("and %lld more\n", (long long)all - (long long)i);
}
