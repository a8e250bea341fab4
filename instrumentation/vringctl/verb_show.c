/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_show.c - `show`: the whole house on one screen.
 *
 * Ports and wires, what each guest negotiated, one line a vring, switches, the
 * workers.
 * Judges: exit status 3 when a vring is stalled or faulted.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "verbs.h"

static json_t *ask_all(const struct invocation *said);
static json_t *only_port(json_t *ports, const char *name);
static json_t *only_wires(json_t *wires, const char *name);
static const json_t *first_ill(const json_t *vrings);
static void print_summary(const json_t *all);
static void print_amount(const json_t *list, const char *of_what, const char *behind);
static void print_ports(const json_t *ports);
static const char *port_detail(const json_t *port, char *detail, size_t len);
static void print_features(const json_t *port);
static const char *short_name(const char *feature, char *name, size_t len);
static void print_vrings(const json_t *vrings);
static void print_workers(const json_t *workers);

enum exit_status verb_show(const struct invocation *said)
{
	json_t *all = ask_all(said);
	const json_t *port, *ports = json_object_get(all, "ports");
	enum exit_status judged;
	size_t i;

	if (!all)
		return EXIT_FAILED;
	judged = first_ill(json_object_get(all, "vrings")) ? EXIT_ILL : EXIT_DONE;
	if (said->json)
		return print_json(all) ? EXIT_FAILED : judged;

	print_summary(all);
	print_ports(ports);
	json_array_foreach(ports, i, port)
		print_features(port);
	print_vrings(json_object_get(all, "vrings"));
	print_switches(json_object_get(all, "switches"));
	print_workers(json_object_get(all, "workers"));
	json_decref(all);
	return judged;
}

/* {"version", "ports", "wires", "switches", "vrings", "workers"}, of one port if it was named. */
static json_t *ask_all(const struct invocation *said)
{
	const char *name = said_arg(said, 0);
	json_t *version, *house, *vrings = NULL, *workers = NULL, *ports;
	bool has_vrings = true;

	version = client_ask(said->client, "version", NULL);
	house = version ? client_ask(said->client, "port.list", NULL) : NULL;
	ports = json_object_get(house, "ports");
	if (house && name) {
		ports = only_port(ports, name);
		json_object_set_new(house, "ports", ports);
		json_object_set_new(house, "wires",
				    only_wires(json_object_get(house, "wires"), name));
		json_object_set_new(house, "switches",
				    only_switches(json_object_get(house, "switches"), name));
		has_vrings = json_array_size(ports) == 0 ||
			     json_object_get(json_array_get(ports, 0), "connected");
	}
	/* A port that is not there: the daemon words the error. */
	if (house && has_vrings)
		vrings = client_ask(said->client, "vring.list", said_port(said, 0));
	else if (house)
		vrings = json_pack("{s:[]}", "vrings");
	if (vrings)
		workers = client_ask(said->client, "worker.list", NULL);
	if (workers) {
		json_object_set(house, "version", json_object_get(version, "version"));
		json_object_set(house, "pid", json_object_get(version, "pid"));
		json_object_update(house, vrings);
		json_object_update(house, workers);
	} else {
		json_decref(house);
		house = NULL;
	}
	json_decref(version);
	json_decref(vrings);
	json_decref(workers);
	return house;
}

static json_t *only_port(json_t *ports, const char *name)
{
	json_t *port, *found = json_array();
	size_t i;

	json_array_foreach(ports, i, port)
		if (strcmp(text_of(port, "name"), name) == 0)
			json_array_append(found, port);
	return found;
}

static json_t *only_wires(json_t *wires, const char *name)
{
	json_t *wire, *found = json_array();
	size_t i;

	json_array_foreach(wires, i, wire)
		if (strcmp(json_string_value(json_array_get(wire, 0)), name) == 0 ||
		    strcmp(json_string_value(json_array_get(wire, 1)), name) == 0)
			json_array_append(found, wire);
	return found;
}

static const json_t *first_ill(const json_t *vrings)
{
	const json_t *vring;
	size_t i;

	json_array_foreach(vrings, i, vring)
		if (vring_is_ill(vring))
			return vring;
	return NULL;
}

static void print_summary(const json_t *all)
{
	const json_t *vrings = json_object_get(all, "vrings");
	const json_t *ill = first_ill(vrings);
	const size_t switches = json_array_size(json_object_get(all, "switches"));
	char label[64];

	printf("vringd %s, pid %lld: ", text_of(all, "version"), (long long)number_of(all, "pid"));
	print_amount(json_object_get(all, "ports"), "port", ", ");
	print_amount(json_object_get(all, "wires"), "wire", ", ");
	if (switches > 0)
		printf("%zu switch%s, ", switches, switches == 1 ? "" : "es");
	print_amount(vrings, "vring", ": ");
	if (!ill)
		printf("no stall, no fault\n");
	else
		printf("%s is %s%s%s, see 'vringctl explain %s'\n",
		       vring_label(ill, label, sizeof(label)), table_colour(vring_word(ill)),
		       vring_word(ill), table_colour_end(vring_word(ill)), label);
}

static void print_amount(const json_t *list, const char *of_what, const char *behind)
{
	const size_t amount = json_array_size(list);

	printf("%zu %s%s%s", amount, of_what, amount == 1 ? "" : "s", behind);
}

static void print_ports(const json_t *ports)
{
	static const char *const headings[] = { "PORT",	    "TYPE",   "FRONT END",
						"WIRED TO", "DETAIL", NULL };
	struct table *table;
	const json_t *port;
	char detail[256];
	size_t i;

	if (json_array_size(ports) == 0)
		return;
	putchar('\n');
	table = table_new(headings);
	json_array_foreach(ports, i, port) {
		const json_t *connected = json_object_get(port, "connected");

		table_text(table, text_of(port, "name"));
		table_text(table, text_of(port, "type"));
		if (connected)
			table_state(table, json_is_true(connected) ? "connected" : "absent");
		else
			table_text(table, NULL);
		table_text(table, text_of(port, "wired_to"));
		table_text(table, port_detail(port, detail, sizeof(detail)));
	}
	table_print(table);
}

static const char *port_detail(const json_t *port, char *detail, size_t len)
{
	const json_int_t queues = number_of(port, "queues"), mtu = number_of(port, "mtu");
	const json_int_t pid = number_of(port, "pid");
	int at = 0;

	detail[0] = '\0';
	if (*text_of(port, "socket"))
		at = snprintf(detail, len, "%s %s", text_of(port, "mode"), text_of(port, "socket"));
	else if (*text_of(port, "ifname"))
		at = snprintf(detail, len, "%s", text_of(port, "ifname"));
	if (pid && (size_t)at < len)
		at += snprintf(detail + at, len - (size_t)at, "%spid %lld", at ? ", " : "",
			       (long long)pid);
	if (queues > 1 && (size_t)at < len)
		at += snprintf(detail + at, len - (size_t)at, "%s%lld pairs", at ? ", " : "",
			       (long long)queues);
	if (mtu && (size_t)at < len)
		at += snprintf(detail + at, len - (size_t)at, "%smtu %lld", at ? ", " : "",
			       (long long)mtu);
	if (json_is_false(json_object_get(port, "force")) && (size_t)at < len)
		snprintf(detail + at, len - (size_t)at, "%sforcing off", at ? ", " : "");
	return detail;
}

static void print_features(const json_t *port)
{
	const json_t *feature, *features = json_object_get(port, "features");
	const int width = table_terminal_width();
	char name[64];
	int column;
	size_t i;

	if (json_array_size(features) == 0)
		return;
	column = printf("\n%s negotiated:", text_of(port, "name")) - 1;
	json_array_foreach(features, i, feature) {
		short_name(json_string_value(feature), name, sizeof(name));
		if (column + (int)strlen(name) + 1 > width)
			column = printf("\n   ") - 1;
		column += printf(" %s", name);
	}
	putchar('\n');
}

/* "VIRTIO_NET_F_MRG_RXBUF" → "mrg_rxbuf" */
static const char *short_name(const char *feature, char *name, size_t len)
{
	const char *tail = strstr(feature, "_F_");
	size_t i;

	tail = tail ? tail + 3 : feature;
	for (i = 0; tail[i] && i + 1 < len; i++)
		name[i] = tail[i] >= 'A' && tail[i] <= 'Z' ? (char)(tail[i] + 32) : tail[i];
	name[i] = '\0';
	return name;
}

static void print_vrings(const json_t *vrings)
{
	static const char *const headings[] = { "VRING",    ">IDX",	   "STATE",   "HEALTH",
						">PACKETS", ">UNANSWERED", ">FOR ms", ">FORCED",
						">STALLS",  ">DROPS",	   NULL };
	struct table *table;
	const json_t *vring;
	char label[64];
	size_t i;

	if (json_array_size(vrings) == 0)
		return;
	putchar('\n');
	table = table_new(headings);
	json_array_foreach(vrings, i, vring) {
		const json_t *counters = json_object_get(vring, "counters");
		const bool runs = strcmp(text_of(vring, "state"), "running") == 0;

		table_text(table, vring_label(vring, label, sizeof(label)));
		table_number(table, number_of(vring, "index"));
		table_state(table, text_of(vring, "state"));
		if (runs)
			table_state(table, text_of(vring, "health"));
		else
			table_text(table, NULL);
		table_number(table, number_of(counters, "packets"));
		table_number(table, number_of(vring, "unanswered"));
		table_number(table, number_of(vring, "unanswered_ms"));
		table_number(table, number_of(counters, "calls_forced"));
		table_number(table, number_of(counters, "stalls"));
		table_number(table, sum_of(json_object_get(counters, "drops")));
	}
	table_print(table);
}

static void print_workers(const json_t *workers)
{
	static const char *const headings[] = { ">WORKER",	  ">CPU",
						">BUSY %",	  ">CYCLES/PACKET",
						">PACKETS/BURST", ">PACKETS",
						">SLEEPS",	  NULL };
	static const char *const keys[] = { "worker",
					    "cpu",
					    "busy_percent",
					    "cycles_per_packet",
					    "packets_per_burst",
					    "packets",
					    "sleeps",
					    NULL };
	struct table *table;
	const json_t *worker;
	size_t i;
	int key;

	if (json_array_size(workers) == 0)
		return;
	putchar('\n');
	table = table_new(headings);
	json_array_foreach(workers, i, worker)
		for (key = 0; keys[key]; key++)
			table_json(table, json_object_get(worker, keys[key]));
	table_print(table);
}
