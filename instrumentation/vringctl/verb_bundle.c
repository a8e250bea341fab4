/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_bundle.c - `doctor --bundle FILE`: what a colleague needs, in one file.
 *
 * One JSON document, so that jq or a browser reads it; docs/runbook.md says what is
 * in it. It has no frame contents and no environment. The daemon gives the facts of
 * its host to its owner only; what else is asked for, anybody at the socket may read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "verbs.h"

#define BUNDLE_FORMAT 1
#define ABOUT                                                                             \
	"The state of a vringd: ports, vrings with all positions and counters, workers, " \
	"incidents with the events around them, the flight recorder, settings and facts " \
	"of the host. It holds no frame contents and no environment."

/* Methods without parameters: their whole answers. */
static const char *const parts[] = { "version", "port.list", "vring.list", "worker.list",
				     "explain", "record",    NULL };

/* ---- facts of this host, without the daemon ---- */

/* A file of /proc, NULs as spaces; null if it can not be read. */
static json_t *read_proc(const char *path)
{
	char text[8192];
	FILE *file = fopen(path, "re");
	size_t len, i;

	if (!file)
		return json_null();
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\n'))
		len--;
	return json_stringn(text, len);
}

/* Its lines that begin so. */
static json_t *read_lines(const char *path, const char *beginning, size_t max)
{
	json_t *lines = json_array();
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && json_array_size(lines) < max && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncasecmp(line, beginning, strlen(beginning)) == 0)
			json_array_append_new(lines, json_string(line));
	}
	if (file)
		fclose(file);
	return lines;
}

static json_t *host_facts(json_int_t daemon_pid)
{
	struct utsname name = { 0 };
	char path[64];

	uname(&name);
	snprintf(path, sizeof(path), "/proc/%lld/cmdline", (long long)daemon_pid);
	return json_pack("{s:{s:s, s:s, s:s, s:s}, s:o, s:o, s:o, s:o}", "uname", "system",
			 name.sysname, "release", name.release, "version", name.version, "machine",
			 name.machine, "cpu", read_lines("/proc/cpuinfo", "model name", 1),
			 "hugepages", read_lines("/proc/meminfo", "huge", 16), "loadavg",
			 read_proc("/proc/loadavg"), "daemon_command", read_proc(path));
}

/* ---- what the daemon says ---- */

static bool add(json_t *bundle, const char *key, json_t *answer)
{
	return answer && json_object_set_new(bundle, key, answer) == 0;
}

/* One that made room for a newer one since it was listed is left out. */
static bool add_incidents(const struct invocation *said, json_t *bundle)
{
	json_t *list = client_ask(said->client, "incident.list", NULL), *whole = json_array();
	const json_t *incident;
	size_t i;

	json_array_foreach(json_object_get(list, "incidents"), i, incident) {
		json_t *one = client_ask(said->client, "incident.get",
					 json_pack("{s:I}", "id", number_of(incident, "id")));

		if (one)
			json_array_append_new(whole, one);
	}
	add(bundle, "incidents", whole);
	json_decref(list);
	return list != NULL;
}

/* The daemon's, and each guest's by its name. */
static bool add_settings(const struct invocation *said, json_t *bundle)
{
	json_t *ports = json_object_get(json_object_get(bundle, "port.list"), "ports"), *port;
	json_t *all = json_object(), *of_ports = json_object();
	size_t i;
	bool well = add(all, "daemon", client_ask(said->client, "get", NULL));

	json_array_foreach(ports, i, port) {
		const char *name = text_of(port, "name");

		if (strcmp(text_of(port, "type"), "vhost-user") == 0)
			well &= add(
				of_ports, name,
				client_ask(said->client, "get", json_pack("{s:s}", "port", name)));
	}
	json_object_set_new(all, "ports", of_ports);
	return add(bundle, "settings", all) && well;
}

/* First what may be refused. */
static json_t *collect(const struct invocation *said)
{
	json_t *doctor = client_ask(said->client, "doctor", json_pack("{s:b}", "bundle", 1));
	json_t *bundle = json_pack("{s:s, s:i, s:s, s:I}", "bundle", "vringd", "format",
				   BUNDLE_FORMAT, "about", ABOUT, "made", (json_int_t)time(NULL));
	bool well = add(bundle, "doctor", doctor);
	int i;

	for (i = 0; well && parts[i]; i++)
		well = add(bundle, parts[i], client_ask(said->client, parts[i], NULL));
	if (well && add_incidents(said, bundle) && add_settings(said, bundle) &&
	    add(bundle, "host", host_facts(number_of(json_object_get(bundle, "version"), "pid"))))
		return bundle;
	json_decref(bundle);
	return NULL;
}

/* ---- the file ---- */

/* Never one that is there. */
static FILE *make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!file)
		fprintf(stderr, "vringctl: doctor: --bundle %s: it can not be made: %s%s\n", path,
			strerror(errno), errno == EEXIST ? "; name another, or remove it" : "");
	return file;
}

static bool write_out(const json_t *bundle, const char *path, FILE *file)
{
	int err = json_dumpf(bundle, file, JSON_INDENT(1));

	fputc('\n', file);
	if (fflush(file) == 0 && !err)
		return true;
	fprintf(stderr, "vringctl: doctor: --bundle %s: it can not be written\n", path);
	return false;
}

/* The file is made before the daemon is asked for much, and goes if that fails. */
json_t *bundle_write(const struct invocation *said)
{
	FILE *file = make_file(said->bundle);
	json_t *bundle = file ? collect(said) : NULL, *doctor = NULL;

	if (!file)
		return NULL;
	if (bundle && write_out(bundle, said->bundle, file))
		doctor = json_incref(json_object_get(bundle, "doctor"));
	json_decref(bundle);
	fclose(file);
	if (!doctor)
		unlink(said->bundle);
	return doctor;
}
