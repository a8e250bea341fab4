/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - vringctl: the command line, and the table of verbs.
 *
 * The client of vringd's control socket. It knows JSON and that socket: what it
 * prints is what any program could ask for. Of the house it knows the record of
 * the flight recorder alone, since that outlives the daemon.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

#ifndef VRINGD_VERSION
#define VRINGD_VERSION "unknown"
#endif

#define CONTROL_PATH "/run/vringd/control.sock"

/* Options that belong to some verbs only. */
enum {
	PACES = 1,
	COUNTS = 2,
	LINES = 4,
	FOLLOWS = 8,
	READS_FILE = 16,
	READS_STATE = 32,
	CAPTURES = 64,
	BUNDLES = 128
};

struct verb {
	const char *name;
	const char *args;
	const char *help;
	verb_run *run; /* NULL: not built yet */
	int min_args, max_args;
	unsigned options;
};

#define MANY 1000

/* clang-format off */
static const struct verb verbs[] = {
	{ "show", "[PORT]", "health, ports, wires, features, one line a vring, switches",
	  verb_show, 0, 1, 0 },
	{ "vrings", "[PORT]", "every position, event word and counter", verb_vrings, 0, 1, 0 },
	{ "watch", "[PORT] [-i SECONDS] [-n COUNT] [--lines]", "the vrings live, with rates",
	  verb_watch, 0, 1, PACES | COUNTS | LINES },
	{ "top", "[PORT] [-i SECONDS]", "the same on a full screen: sort, freeze, drill down",
	  verb_top, 0, 1, PACES },
	{ "trace", "PORT/VRING [-n COUNT] [-f] [--state-dir DIR | --file FILE]",
	  "the notification events of a vring, with their arithmetic", verb_trace, 1, 1,
	  COUNTS | FOLLOWS | READS_FILE | READS_STATE },
	{ "explain", "[PORT[/VRING]]", "the state of a vring in sentences, with reasons",
	  verb_explain, 0, 1, 0 },
	{ "incidents", "[ID] [--state-dir DIR]", "the stalls there were, or one with its events",
	  verb_incidents, 0, 1, READS_STATE },
	{ "doctor", "[--bundle FILE]", "checks daemon, guests, host and uplinks, and says what to do",
	  verb_doctor, 0, 0, BUNDLES },
	{ "call", "PORT/VRING", "notify the driver, now", verb_call_or_kick, 1, 1, 0 },
	{ "kick", "PORT/VRING", "look at the ring, now", verb_call_or_kick, 1, 1, 0 },
	{ "set", "[PORT] [KEY=VALUE]...", "stall-after, force, poll, poll-idle, log-level",
	  verb_set, 0, MANY, 0 },
	{ "fault", "PORT[/VRING] KIND[=N|always] [count=N]", "rehearse an outage, see below",
	  verb_fault, 2, 3, 0 },
	{ "unfault", "[PORT[/VRING]]", "end injected faults", verb_unfault, 0, 1, 0 },
	{ "capture", "PORT FILE [--filter EXPR] [-n N] | PORT --stop",
	  "frames of a guest into a pcapng file, until ^C", verb_capture, 1, 2,
	  COUNTS | CAPTURES },
	{ "port", "add SPEC | del NAME", "open or close a port", verb_port, 2, 2, 0 },
	{ "wire", "A,B", "join two ports, or a port and a switch", verb_wire, 1, 1, 0 },
	{ "unwire", "NAME", "take the wire off a port", verb_unwire, 1, 1, 0 },
	{ "record", "FILE", "the flight recorder of every vring to a file", verb_record, 1, 1, 0 },
	{ "replay", "FILE", "whether each recorded decision was right; needs no daemon",
	  verb_replay, 1, 1, 0 },
	{ "qemu-args", "PORT [MEMORY]", "what to give QEMU for this port",
	  verb_qemu_args, 1, 2, 0 },
	{ "libvirt-xml", "PORT", "what to give libvirt for this port", verb_libvirt_xml, 1, 1, 0 },
	{ "metrics", "", "everything that is counted, as OpenMetrics text", verb_metrics, 0, 0, 0 },
	{ "version", "", "of this program and of the daemon", verb_version, 0, 0, 0 },
	{ "reload", "", "", NULL, 0, MANY, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 },
};
/* clang-format on */

enum {
	OPT_CONTROL = 256,
	OPT_JSON,
	OPT_LINES,
	OPT_FILE,
	OPT_STATE_DIR,
	OPT_FILTER,
	OPT_STOP,
	OPT_BUNDLE,
	OPT_VERSION
};

static const struct option options[] = {
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "lines", no_argument, NULL, OPT_LINES },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "follow", no_argument, NULL, 'f' },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "bundle", required_argument, NULL, OPT_BUNDLE },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "stop", no_argument, NULL, OPT_STOP },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int parse_options(int argc, char **argv, struct invocation *said, const char **path,
			 unsigned *used);
static bool parse_interval(const char *text, double *interval_s);
static bool parse_count(const char *text, long *count);
static enum exit_status run(const struct invocation *said, unsigned used);
static int print_help(void);

int main(int argc, char **argv)
{
	struct invocation said = { .interval_s = 1.0 };
	const char *path = CONTROL_PATH;
	struct client client;
	unsigned used = 0;
	int status = parse_options(argc, argv, &said, &path, &used);

	if (status >= 0)
		return status;
	if (optind == argc) {
		fprintf(stderr, "vringctl: no verb was given.\nTry 'vringctl --help'.\n");
		return EXIT_USAGE;
	}
	client = client_of(path);
	said.client = &client;
	said.verb = argv[optind];
	said.argc = argc - optind - 1;
	said.argv = argv + optind + 1;
	status = (int)run(&said, used);
	client_close(&client);
	return status;
}

/* What a verb must know of to be given this option. */
static unsigned use_of(int option)
{
	switch (option) {
	case 'i':
		return PACES;
	case 'n':
		return COUNTS;
	case 'f':
		return FOLLOWS;
	case OPT_LINES:
		return LINES;
	case OPT_FILE:
		return READS_FILE;
	case OPT_STATE_DIR:
		return READS_STATE;
	case OPT_FILTER:
	case OPT_STOP:
		return CAPTURES;
	case OPT_BUNDLE:
		return BUNDLES;
	default:
		return 0;
	}
}

/* Returns -1 to go on, or an exit status. */
static int parse_options(int argc, char **argv, struct invocation *said, const char **path,
			 unsigned *used)
{
	int option;

	while ((option = getopt_long(argc, argv, "i:n:fh", options, NULL)) != -1) {
		*used |= use_of(option);
		switch (option) {
		case OPT_CONTROL:
			*path = optarg;
			break;
		case OPT_JSON:
			said->json = true;
			break;
		case OPT_LINES:
			said->lines = true;
			break;
		case OPT_FILTER:
			said->filter = optarg;
			break;
		case OPT_STOP:
			said->stop = true;
			break;
		case 'i':
			if (!parse_interval(optarg, &said->interval_s))
				return EXIT_USAGE;
			break;
		case 'n':
			if (!parse_count(optarg, &said->count))
				return EXIT_USAGE;
			break;
		case 'f':
			said->follow = true;
			break;
		case OPT_FILE:
			said->file = optarg;
			break;
		case OPT_STATE_DIR:
			said->state_dir = optarg;
			break;
		case OPT_BUNDLE:
			said->bundle = optarg;
			break;
		case 'h':
			return print_help();
		case OPT_VERSION:
			printf("vringctl %s\n", VRINGD_VERSION);
			return EXIT_DONE;
		default:
			fprintf(stderr, "Try 'vringctl --help'.\n");
			return EXIT_USAGE;
		}
	}
	return -1;
}

static bool parse_interval(const char *text, double *interval_s)
{
	char *end;

	*interval_s = strtod(text, &end);
	if (end != text && !*end && isfinite(*interval_s) && *interval_s >= 0.01 &&
	    *interval_s <= 86400)
		return true;
	fprintf(stderr, "vringctl: -i %s: not a number of seconds from 0.01 to 86400\n", text);
	return false;
}

static bool parse_count(const char *text, long *count)
{
	char *end;

	*count = strtol(text, &end, 10);
	if (end != text && !*end && *count > 0)
		return true;
	fprintf(stderr, "vringctl: -n %s: not a whole number of 1 or more\n", text);
	return false;
}

static enum exit_status run(const struct invocation *said, unsigned used)
{
	const struct verb *verb;

	for (verb = verbs; verb->name && strcmp(verb->name, said->verb) != 0; verb++)
		;
	if (!verb->name)
		return said_wrong(said, "there is no such verb");
	if (!verb->run) {
		fprintf(stderr, "vringctl: %s is not available in this version\n", verb->name);
		return EXIT_FAILED;
	}
	if (said->argc < verb->min_args || said->argc > verb->max_args)
		return said_wrong(said, "%s: it is 'vringctl %s %s'",
				  said->argc < verb->min_args ? "something is missing"
							      : "too much was given",
				  verb->name, verb->args);
	if (used & ~verb->options)
		return said_wrong(said, "an option was given that belongs to another verb");
	return verb->run(said);
}

static int print_help(void)
{
	const struct verb *verb;

	printf("usage: vringctl [--control PATH] [--json] VERB ...\n"
	       "Looks at and directs a running vringd.\n\n");
	for (verb = verbs; verb->name; verb++)
		if (verb->run)
			printf("  %s %s\n      %s\n", verb->name, verb->args, verb->help);
	printf("\n"
	       "  --control PATH   control socket of the daemon (" CONTROL_PATH ")\n"
	       "  --json           print the daemon's answer as JSON\n"
	       "  -h, --help       this text\n"
	       "  --version        of this program\n\n"
	       "--state-dir DIR and --file FILE read what a daemon that is gone has left (/run/vringd/state).\n"
	       "PORT/VRING is vm0/rx0, vm0/tx0, vm0/rx1 ...: the guest's view (tx: it transmits).\n"
	       "Faults (vringd --allow-faults): drop-call, drop-kick and drop-forced strike once, "
	       "N\n"
	       "times or always; stale-used-event[=V] makes decisions read V, or the driver's "
	       "word\n"
	       "as it is now, count=N times or always.\n"
	       "Exit status: 0 done, 1 failed, 2 usage; show, explain and doctor: 3 when a\n"
	       "vring is stalled or faulted.\n");
	return EXIT_DONE;
}
