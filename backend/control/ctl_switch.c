/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_switch.c - switches as JSON: their ports, what is counted for them, their table.
 *
 * See ctl_report.h.
 */
#include <stdio.h>

#include "control/ctl_report.h"

static json_t *ports_of(const struct ctl_house_ops *ops, void *house, unsigned nth);
static json_t *counters_of(const struct switch_counters_read *counters);
static void add_entry(void *table, const struct switch_entry_report *entry);

json_t *ctl_report_switches(const struct ctl_house_ops *ops, void *house)
{
	json_t *switches = json_array();
	struct switch_report report;
	unsigned nth;

	for (nth = 0; ops->switch_report(house, nth, &report); nth++) {
		json_t *table = json_array();

		ops->switch_table(house, nth, add_entry, table);
		json_array_append_new(switches,
				      json_pack("{s:s, s:i, s:o, s:o}", "name", report.name, "age",
						(int)report.age_s, "ports",
						ports_of(ops, house, nth), "table", table));
	}
	return switches;
}

static json_t *ports_of(const struct ctl_house_ops *ops, void *house, unsigned nth)
{
	json_t *ports = json_array();
	struct switch_port_report port;
	unsigned i;

	for (i = 0; ops->switch_port_report(house, nth, i, &port); i++)
		json_array_append_new(ports, json_pack("{s:s, s:i, s:o}", "port", port.port,
						       "entries", (int)port.entries, "counters",
						       counters_of(&port.counters)));
	return ports;
}

static json_t *counters_of(const struct switch_counters_read *counters)
{
	json_t *object = json_object();

#define X(name, english) \
	json_object_set_new(object, #name, json_integer((json_int_t)counters->name));
	SWITCH_COUNTERS(X)
#undef X
	return object;
}

static void add_entry(void *table, const struct switch_entry_report *entry)
{
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
		 (unsigned)(entry->mac >> 40 & 0xff), (unsigned)(entry->mac >> 32 & 0xff),
		 (unsigned)(entry->mac >> 24 & 0xff), (unsigned)(entry->mac >> 16 & 0xff),
		 (unsigned)(entry->mac >> 8 & 0xff), (unsigned)(entry->mac & 0xff));
	json_array_append_new(table, json_pack("{s:s, s:s, s:i}", "mac", mac, "port", entry->port,
					       "age", (int)entry->age_s));
}
