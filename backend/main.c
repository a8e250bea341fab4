/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - the daemon's life: options, house, edges, loop, end.
 *
 * Reads as the table of contents; what each step means is told where it is
 * made. The main thread opens and closes, answers whoever asks and writes the
 * log; packets move on workers (net/worker.h), and librte_vhost
 * runs a thread of its own (glue/vhost_port.h).
 */
#include <cap-ng.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "compiler.h"
#include "control/ctl_http.h"
#include "control/ctl_server.h"
#include "glue/eal.h"
#include "glue/mem_guard.h"
#include "glue/telemetry.h"
#include "house.h"
#include "log.h"
#include "options.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Blocked before the first thread starts, so that all of them inherit it. */
static int block_signals(void)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its writer's */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each guest needs a dozen descriptors; running out makes the library spin. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int furnish(struct house *house, const struct options *options, struct error_text *error)
{
	unsigned i;
	int err = 0;

	for (i = 0; !err && i < options->switch_cnt; i++)
		err = house_switch_add(house, options->switches[i], error);
	for (i = 0; !err && i < options->port_cnt; i++)
		err = house_port_add(house, options->ports[i], error);
	for (i = 0; !err && i < options->wire_cnt; i++) {
		char a[64];
		const char *comma = strchr(options->wires[i], ',');

		snprintf(a, sizeof(a), "%.*s", (int)(comma - options->wires[i]), options->wires[i]);
		err = house_wire_add(house, a, comma + 1, error);
	}
	return err;
}

static int drop_user(const struct options *options, struct error_text *error)
{
	if (!options->change_user)
		return 0;
	eal_give_folder(options->uid, options->gid);
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_change_id((int)options->uid, (int)options->gid,
			    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0)
		return error_set(error, EPERM, "--user: changing to user %u failed; run as root",
				 options->uid);
	return 0;
}

/* Where people and programs ask. */
struct edges {
	struct ctl_server *control;
	struct ctl_http *http; /* NULL: no --metrics */
};

/* The control server drops clients that wait for too long, and the house looks at
 * what it does each second. */
#define TURN_MS_MAX 1000

/* Until SIGTERM or SIGINT. */
static void run(struct house *house, const struct edges *edges, int signal_fd)
{
	struct pollfd watched[] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = house_news_fd(house), .events = POLLIN },
		{ .fd = ctl_server_fd(edges->control), .events = POLLIN },
		{ .fd = telemetry_fd(), .events = POLLIN },
		{ .fd = edges->http ? ctl_http_fd(edges->http) : -1, .events = POLLIN },
	};
	int wait_ms;

	for (;;) {
		house_tick(house);
		wait_ms = edges->http ? ctl_http_timeout_ms(edges->http, TURN_MS_MAX) : TURN_MS_MAX;
		if (poll(watched, ARRAY_SIZE(watched), wait_ms) < 0 && errno != EINTR)
			return;
		if (watched[0].revents)
			return;
		if (watched[1].revents)
			house_tell_news(house);
		ctl_server_turn(edges->control);
		if (watched[3].revents)
			telemetry_turn();
		if (edges->http)
			ctl_http_turn(edges->http);
	}
}

static struct ctl_server *open_control(struct house *house, const struct options *options,
				       struct error_text *error)
{
	const struct ctl_server_config config = {
		.path = options->control,
		.gid = options->control_gid,
		.allow_faults = options->allow_faults,
		.ops = &house_ctl_ops,
		.house = house,
	};

	return ctl_server_open(&config, error);
}

static struct ctl_http *open_http(struct house *house, const struct options *options,
				  struct error_text *error)
{
	const struct ctl_http_config config = {
		.address = options->metrics,
		.ops = &house_ctl_ops,
		.house = house,
	};

	return ctl_http_open(&config, error);
}

static int open_edges(struct edges *edges, struct house *house, const struct options *options,
		      struct error_text *error)
{
	const struct telemetry_house asked = {
		.house = house,
		.port_report = house_ctl_ops.port_report,
		.vring_report = house_ctl_ops.vring_report,
	};

	edges->control = open_control(house, options, error);
	if (!edges->control)
		return -EIO;
	if (options->metrics) {
		edges->http = open_http(house, options, error);
		if (!edges->http)
			return -EIO;
	}
	return telemetry_open(&asked, error);
}

static void close_edges(struct edges *edges)
{
	telemetry_close();
	ctl_http_close(edges->http);
	ctl_server_close(edges->control);
}

/* The default folder is only used if it can be: a daemon must not fail to start
 * because nobody told it where to keep what it could as well keep in memory. */
static int open_state(struct options *options, struct error_text *error)
{
	const char *path = options->state_dir ? options->state_dir : STATE_DIR_DEFAULT;
	uid_t owner = options->change_user ? options->uid : (uid_t)-1;
	gid_t group = options->change_user ? options->gid : (gid_t)-1;
	int err = state_dir_open(&options->house.state, path, owner, group, error);

	if (!err || options->state_dir)
		return err;
	log_info("flight recorders and incidents will not survive this daemon: %s", error->text);
	return 0;
}

/* Everything between a started EAL and its end. */
static int live(struct options *options, int signal_fd, struct error_text *error)
{
	struct edges edges = { NULL, NULL };
	int status = EXIT_FAILED;
	struct house *house;

	if (open_state(options, error) != 0)
		return EXIT_FAILED;
	house = house_new(&options->house, error);
	if (!house) {
		state_dir_close(&options->house.state);
		return EXIT_FAILED;
	}
	if (furnish(house, options, error) == 0 && open_edges(&edges, house, options, error) == 0 &&
	    drop_user(options, error) == 0) {
		log_info("vringd " VRINGD_VERSION " ready, control socket %s", options->control);
		sd_notify(0, "READY=1");
		run(house, &edges, signal_fd);
		sd_notify(0, "STOPPING=1");
		status = EXIT_OK;
	}
	close_edges(&edges);
	house_free(house);
	state_dir_close(&options->house.state);
	return status;
}

int main(int argc, char *argv[])
{
	struct error_text error = { "" };
	struct options options;
	int signal_fd, status;

	switch (options_parse(argc, argv, &options, &error)) {
	case OPTIONS_DONE:
		return EXIT_OK;
	case OPTIONS_USAGE:
		log_err("%s", error.text);
		return EXIT_USAGE;
	case OPTIONS_RUN:
		break;
	}
	signal_fd = block_signals();
	raise_descriptor_limit();
	if (mem_guard_install(&error) != 0) {
		log_err("%s", error.text);
		return EXIT_FAILED;
	}
	if (eal_start(options.hugepages, options.eal, &error) != 0) {
		log_err("%s", error.text);
		return EXIT_FAILED;
	}
	status = live(&options, signal_fd, &error);
	if (status != EXIT_OK)
		log_err("%s", error.text);
	eal_stop();
	close(signal_fd);
	return status;
}
