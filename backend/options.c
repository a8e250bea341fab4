/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c - see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control/ctl_http_listen.h"
#include "log.h"
#include "parse.h"
#include "port_spec.h"
#include "state_dir.h"
#include "switch_spec.h"

#define CONTROL_DEFAULT "/run/vringd/control.sock"
#define STALL_AFTER_MS_DEFAULT 50
#define POLL_IDLE_US_DEFAULT 30

static const char help[] =
	"Usage: vringd [OPTION]... [-- EAL-OPTION...]\n"
	"A vhost-user net backend that shows its rings and never lets them stall.\n"
	"\n"
	"  --port NAME,type=TYPE[,KEY=VALUE]...  a port; repeatable\n"
	"      vhost-user  socket=PATH mode=server|client perm= owner= group= queues=N mtu=N mac=\n"
	"                  force=on|off stall-after=MS\n"
	"                  packed= event-idx= mrg-rxbuf= indirect= in-order= offload= (each on|off)\n"
	"      tap         ifname=NAME queues=N bridge=NAME mtu=N up=on|off persist=on|off\n"
	"      ethdev      dev=NAME queues=N   NAME is what DPDK is told behind --\n"
	"      echo        sends every frame back with its MAC addresses swapped\n"
	"      null        swallows every frame\n"
	"      source      size=BYTES (64) rate=PPS (as fast as can be) flows=N (1)\n"
	"  --switch NAME[,age=SECONDS]  a learning switch, and how long it remembers an\n"
	"                          address (300); repeatable\n"
	"  --wire A,B              joins two ports, or a port and a switch; repeatable\n"
	"  --control PATH          control socket (" CONTROL_DEFAULT ")\n"
	"  --control-group GROUP   group of the control socket\n"
	"  --metrics ADDRESS:PORT  OpenMetrics over HTTP, off unless given: 127.0.0.1:9100, [::1]:9100\n"
	"  --workers CPU[,CPU]...  one data-path worker on each CPU (one worker, not pinned)\n"
	"  --poll adaptive|always|never   spin while busy and sleep when idle; spin for ever;\n"
	"                          sleep at once (adaptive)\n"
	"  --poll-idle US          how long a worker spins without work before it sleeps (30)\n"
	"  --stall-after MS        how long used buffers may lie with no move of the driver (50)\n"
	"  --no-force              find stalls and report them, force nothing\n"
	"  --allow-faults          accept `vringctl fault`\n"
	"  --state-dir DIR         what must survive the daemon: flight recorders, incidents\n"
	"                          (" STATE_DIR_DEFAULT ")\n"
	"  --hugepages auto|on|off (auto: used where the host has them)\n"
	"  --user NAME             drop to this user after the sockets and taps are open\n"
	"  --log-level LEVEL       err, warn, info or debug (info)\n"
	"  --version, --help\n"
	"\n"
	"What a running daemon does is asked with vringctl(1).\n";

enum option_id {
	OPT_PORT = 256,
	OPT_WIRE,
	OPT_SWITCH,
	OPT_CONFIG,
	OPT_CONTROL,
	OPT_CONTROL_GROUP,
	OPT_METRICS,
	OPT_WORKERS,
	OPT_POLL,
	OPT_POLL_IDLE,
	OPT_STALL_AFTER,
	OPT_NO_FORCE,
	OPT_ALLOW_FAULTS,
	OPT_STATE_DIR,
	OPT_HUGEPAGES,
	OPT_USER,
	OPT_LOG_LEVEL,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "port", required_argument, NULL, OPT_PORT },
	{ "wire", required_argument, NULL, OPT_WIRE },
	{ "switch", required_argument, NULL, OPT_SWITCH },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "control-group", required_argument, NULL, OPT_CONTROL_GROUP },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ "workers", required_argument, NULL, OPT_WORKERS },
	{ "poll", required_argument, NULL, OPT_POLL },
	{ "poll-idle", required_argument, NULL, OPT_POLL_IDLE },
	{ "stall-after", required_argument, NULL, OPT_STALL_AFTER },
	{ "no-force", no_argument, NULL, OPT_NO_FORCE },
	{ "allow-faults", no_argument, NULL, OPT_ALLOW_FAULTS },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "hugepages", required_argument, NULL, OPT_HUGEPAGES },
	{ "user", required_argument, NULL, OPT_USER },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

/* ---- one option each ---- */

static int add(const char **list, unsigned *cnt, const char *what, const char *value,
	       struct error_text *error)
{
	if (*cnt == OPTIONS_REPEAT_MAX)
		return error_set(error, E2BIG, "--%s %s: there are %d already", what, value,
				 OPTIONS_REPEAT_MAX);
	list[(*cnt)++] = value;
	return 0;
}

static int take_workers(struct house_config *house, const char *value, struct error_text *error)
{
	char copy[256];
	char *word, *rest = copy;
	uint64_t cpu;

	snprintf(copy, sizeof(copy), "%s", value);
	house->worker_cnt = 0;
	while ((word = strsep(&rest, ",")) != NULL) {
		if (house->worker_cnt == WORKERS_MAX)
			return error_set(error, E2BIG, "--workers: at most %d", WORKERS_MAX);
		if (!parse_number(word, 0, 4095, &cpu))
			return error_set(error, EINVAL,
					 "--workers %s: \"%s\" is no number of a CPU; give numbers "
					 "separated by commas",
					 value, word);
		house->cpus[house->worker_cnt++] = (int)cpu;
	}
	return 0;
}

static int take_poll(struct house_config *house, const char *value, struct error_text *error)
{
	int poll = parse_poll(value);

	if (poll < 0)
		return error_set(error, EINVAL, "--poll %s: it must be adaptive, always or never",
				 value);
	house->poll = (enum worker_poll)poll;
	return 0;
}

static int take_time(uint64_t *ns, uint64_t unit_ns, const char *what, uint64_t least,
		     uint64_t most, const char *value, struct error_text *error)
{
	uint64_t amount;

	if (!parse_number(value, least, most, &amount))
		return error_set(error, EINVAL, "--%s %s: it must be a number from %lu to %lu",
				 what, value, (unsigned long)least, (unsigned long)most);
	*ns = amount * unit_ns;
	return 0;
}

static int take_hugepages(struct options *options, const char *value, struct error_text *error)
{
	if (strcmp(value, "auto") == 0)
		options->hugepages = EAL_HUGEPAGES_AUTO;
	else if (strcmp(value, "on") == 0)
		options->hugepages = EAL_HUGEPAGES_ON;
	else if (strcmp(value, "off") == 0)
		options->hugepages = EAL_HUGEPAGES_OFF;
	else
		return error_set(error, EINVAL, "--hugepages %s: it must be auto, on or off",
				 value);
	return 0;
}

static int take_user(struct options *options, const char *value, struct error_text *error)
{
	options->change_user = true;
	if (!parse_user(value, &options->uid, &options->gid))
		return error_set(error, EINVAL, "--user %s: there is no such user on this host",
				 value);
	return 0;
}

static int take_control_group(struct options *options, const char *value, struct error_text *error)
{
	gid_t gid;

	if (!parse_group(value, &gid))
		return error_set(error, EINVAL,
				 "--control-group %s: there is no such group on this host", value);
	options->control_gid = (int)gid;
	return 0;
}

static int take_metrics(struct options *options, const char *value, struct error_text *error)
{
	struct ctl_http_address address;

	options->metrics = value;
	return ctl_http_address_parse(value, &address, error);
}

static int take_log_level(const char *value, struct error_text *error)
{
	int level = log_level_parse(value);

	if (level < 0)
		return error_set(error, EINVAL,
				 "--log-level %s: it must be err, warn, info or debug", value);
	log_set_level((enum log_level)level);
	return 0;
}

static int take_port(struct options *options, const char *value, struct error_text *error)
{
	struct port_spec spec;
	int err = port_spec_parse(value, &spec, error);

	return err ? err : add(options->ports, &options->port_cnt, "port", value, error);
}

static int take_switch(struct options *options, const char *value, struct error_text *error)
{
	struct switch_spec spec;
	int err = switch_spec_parse(value, &spec, error);

	return err ? err : add(options->switches, &options->switch_cnt, "switch", value, error);
}

/* Does one of the list begin with the name? */
static bool named(const char *const *list, unsigned cnt, const char *name, size_t len)
{
	unsigned i;

	for (i = 0; i < cnt; i++)
		if (strncmp(list[i], name, len) == 0 && (list[i][len] == ',' || !list[i][len]))
			return true;
	return false;
}

static bool names_an_end(const struct options *options, const char *name, size_t len)
{
	return named(options->ports, options->port_cnt, name, len) ||
	       named(options->switches, options->switch_cnt, name, len);
}

/* After all options, since a wire may stand in front of its ports. */
static int check_wires(const struct options *options, struct error_text *error)
{
	unsigned i;

	for (i = 0; i < options->wire_cnt; i++) {
		const char *a = options->wires[i];
		const char *b = strchr(a, ',') + 1;

		if (!names_an_end(options, a, (size_t)(b - a) - 1) ||
		    !names_an_end(options, b, strlen(b)))
			return error_set(
				error, ENOENT,
				"--wire %s: both names must be those of a --port or a --switch", a);
	}
	return 0;
}

static int take_wire(struct options *options, const char *value, struct error_text *error)
{
	const char *comma = strchr(value, ',');

	if (!comma || comma == value || comma[1] == '\0' || strchr(comma + 1, ','))
		return error_set(error, EINVAL,
				 "--wire %s: it must be A,B: two ports, or a port and a switch",
				 value);
	return add(options->wires, &options->wire_cnt, "wire", value, error);
}

static const char *name_of(int id)
{
	const struct option *option = long_options;

	while (option->val != id)
		option++;
	return option->name;
}

static int take(struct options *options, int id, const char *value, struct error_text *error)
{
	struct house_config *house = &options->house;

	switch (id) {
	case OPT_PORT:
		return take_port(options, value, error);
	case OPT_SWITCH:
		return take_switch(options, value, error);
	case OPT_WIRE:
		return take_wire(options, value, error);
	case OPT_CONTROL:
		options->control = value;
		return 0;
	case OPT_CONTROL_GROUP:
		return take_control_group(options, value, error);
	case OPT_METRICS:
		return take_metrics(options, value, error);
	case OPT_WORKERS:
		return take_workers(house, value, error);
	case OPT_POLL:
		return take_poll(house, value, error);
	case OPT_POLL_IDLE:
		return take_time(&house->poll_idle_ns, NS_PER_US, "poll-idle", 0, POLL_IDLE_US_MAX,
				 value, error);
	case OPT_STALL_AFTER:
		return take_time(&house->stall_after_ns, NS_PER_MS, "stall-after",
				 STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX, value, error);
	case OPT_NO_FORCE:
		house->force = false;
		return 0;
	case OPT_ALLOW_FAULTS:
		options->allow_faults = true;
		return 0;
	case OPT_STATE_DIR:
		options->state_dir = value;
		return 0;
	case OPT_HUGEPAGES:
		return take_hugepages(options, value, error);
	case OPT_USER:
		return take_user(options, value, error);
	case OPT_LOG_LEVEL:
		return take_log_level(value, error);
	default:
		return error_set(error, EOPNOTSUPP, "--%s is not available in this version",
				 name_of(id));
	}
}

static int bad_option(char *argv[], int id, struct error_text *error)
{
	const char *word = argv[optind - 1];

	if (id == ':')
		return error_set(error, EINVAL, "%s needs a value; see vringd --help", word);
	return error_set(error, EINVAL, "%s: no such option; see vringd --help", word);
}

enum options_result options_parse(int argc, char *argv[], struct options *options,
				  struct error_text *error)
{
	int id;

	*options = (struct options){
		.control = CONTROL_DEFAULT,
		.control_gid = -1,
		.house = { .cpus = { -1 },
			   .worker_cnt = 1,
			   .poll = WORKER_POLL_ADAPTIVE,
			   .poll_idle_ns = POLL_IDLE_US_DEFAULT * NS_PER_US,
			   .stall_after_ns = STALL_AFTER_MS_DEFAULT * NS_PER_MS,
			   .force = true },
	};
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+:", long_options, NULL)) != -1) {
		if (id == '?' || id == ':') {
			bad_option(argv, id, error);
			return OPTIONS_USAGE;
		}
		if (id == OPT_HELP || id == OPT_VERSION) {
			fputs(id == OPT_HELP ? help : "vringd " VRINGD_VERSION "\n", stdout);
			return OPTIONS_DONE;
		}
		if (take(options, id, optarg, error) != 0)
			return OPTIONS_USAGE;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		error_set(error, EINVAL, "%s: not an option; EAL options stand after --",
			  argv[optind]);
		return OPTIONS_USAGE;
	}
	if (check_wires(options, error) != 0)
		return OPTIONS_USAGE;
	options->eal = &argv[optind];
	return OPTIONS_RUN;
}
