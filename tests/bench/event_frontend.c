/* SPDX-License-Identifier: BSD-3-Clause */
/* event_frontend.c - guests that sleep, on command.
 *
 *	event_frontend [OPTION]... SOCKET...
 *	--packed        rings of that layout
 *	--large         negotiate offloads: frames of 64 KiB are lawful then
 *	--check         look at all invariants of the rings after each operation
 *	--ring N        entries of a ring (256)
 *	--frame BYTES   the largest frame to be sent (2036)
 *	--tx N, --rx N  how many buffers to send from and to receive into (256)
 *	--rx-len BYTES  of a buffer to receive into, header included (2048)
 *
 * One guest a socket. When all are connected a line says so; then each line that is
 * read is a command, and is answered by one line of JSON:
 *
 *	run [from=N] [to=N] [size=BYTES] [rate=PPS] [flight=N] [sink=1] [spin=1]
 *	    [ms=MS] [warm=MS]
 *	copy [from=N] [to=N] [size=BYTES] [cpu=N] [ms=MS]
 *
 * Between commands all guests are idle. What a run does is told in event_run.h, and
 * what copy in event_copy.h.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "event_copy.h"
#include "event_run.h"

#define LINE_MAX_LEN 256
#define HEADER_LEN 12
#define ALIGNED(len) (((len) + 63u) & ~63u)

struct bench {
	struct event_config config;
	struct event_guest *guests;
	unsigned guest_cnt;
};

/* What a command is told; a word KEY=VALUE each. */
struct command {
	uint64_t from, to, size, rate, flight, sink, spin, ms, warm, cpu;
};

static void usage(void)
{
	fprintf(stderr, "usage: event_frontend [--packed] [--large] [--check] [--ring N] "
			"[--frame BYTES] [--tx N] [--rx N] [--rx-len BYTES] SOCKET...\n");
	exit(2);
}

static void fail(const char *what, int err)
{
	fprintf(stderr, "event_frontend: %s: %s\n", what, strerror(-err));
	exit(1);
}

static uint32_t number(const char *text, uint32_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || !value || value > most)
		usage();
	return (uint32_t)value;
}

static void take_option(struct event_config *config, int option)
{
	if (option == 'p')
		config->packed = true;
	else if (option == 'l')
		config->large = true;
	else if (option == 'c')
		config->checked = true;
	else if (option == 'r')
		config->ring = (uint16_t)number(optarg, 32768);
	else if (option == 'f')
		config->tx_len = ALIGNED(number(optarg, 1 << 20) + HEADER_LEN);
	else if (option == 't')
		config->tx_cnt = number(optarg, 32768);
	else if (option == 'x')
		config->rx_cnt = number(optarg, 32768);
	else if (option == 'b')
		config->rx_len = number(optarg, 1 << 20);
	else
		usage();
}

static void parse(struct bench *bench, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "packed", no_argument, NULL, 'p' },
		{ "large", no_argument, NULL, 'l' },
		{ "check", no_argument, NULL, 'c' },
		{ "ring", required_argument, NULL, 'r' },
		{ "frame", required_argument, NULL, 'f' },
		{ "tx", required_argument, NULL, 't' },
		{ "rx", required_argument, NULL, 'x' },
		{ "rx-len", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	bench->config = event_config("");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&bench->config, option);
	if (optind == argc)
		usage();
	bench->guest_cnt = (unsigned)(argc - optind);
}

static void connect_all(struct bench *bench, char *sockets[])
{
	unsigned i;
	int err;

	bench->guests = calloc(bench->guest_cnt, sizeof(*bench->guests));
	if (!bench->guests)
		fail("guests", -ENOMEM);
	for (i = 0; i < bench->guest_cnt; i++) {
		bench->config.path = sockets[i];
		err = event_open(&bench->guests[i], &bench->config);
		if (err)
			fail(sockets[i], err);
	}
	printf("{\"guests\": %u}\n", bench->guest_cnt);
	fflush(stdout);
}

/* ---- commands ---- */

static bool take_word(struct command *command, const char *word)
{
	const struct {
		const char *key;
		uint64_t *value;
	} known[] = {
		{ "from", &command->from },	{ "to", &command->to },
		{ "size", &command->size },	{ "rate", &command->rate },
		{ "flight", &command->flight }, { "sink", &command->sink },
		{ "spin", &command->spin },	{ "ms", &command->ms },
		{ "warm", &command->warm },	{ "cpu", &command->cpu },
	};
	const char *equals = strchr(word, '=');
	unsigned i;
	char *end;

	for (i = 0; equals && i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].key);

		if (len != (size_t)(equals - word) || strncmp(word, known[i].key, len) != 0)
			continue;
		*known[i].value = strtoull(equals + 1, &end, 10);
		return equals[1] && !*end;
	}
	return false;
}

static void tell_times(const char *name, const struct event_times *times)
{
	printf(", \"%s\": {\"cnt\": %" PRIu64 ", \"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}",
	       name, times->cnt, (double)event_times_share(times, 0.5) / 1e3,
	       (double)event_times_share(times, 0.99) / 1e3, (double)times->max_ns / 1e3);
}

static int do_run(struct bench *bench, const struct command *command)
{
	static struct event_result result;
	const struct event_plan plan = {
		.frame_len = (uint32_t)command->size,
		.rate = command->rate,
		.flight = (uint32_t)command->flight,
		.sink = command->sink,
		.spin = command->spin,
		.warm_ms = (uint32_t)command->warm,
		.ms = (uint32_t)command->ms,
	};
	int err;

	if (command->size < EVENT_FRAME_MIN || command->size + HEADER_LEN > bench->config.tx_len)
		return -EMSGSIZE;
	err = event_run(&bench->guests[command->from], &bench->guests[command->to], &plan, &result);
	if (err)
		return err;
	printf("{\"seconds\": %.6f, \"cycles\": %" PRIu64 ", \"sent\": %" PRIu64
	       ", \"received\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"calls\": %" PRIu64
	       ", \"kicks\": %" PRIu64 ", \"sleeps\": %" PRIu64 ", \"wakes\": %" PRIu64
	       ", \"busy_percent\": %.2f",
	       (double)result.ns / 1e9, result.cycles, result.sent, result.received, result.lost,
	       result.calls, result.kicks, result.sleeps, result.wakes,
	       (double)result.cpu_ns / (double)result.ns * 100);
	tell_times("wake_us", &result.wake);
	tell_times("trip_us", &result.trip);
	printf("}\n");
	return 0;
}

static int do_copy(struct bench *bench, const struct command *command)
{
	struct event_copied copied;
	int err = event_copy(&bench->guests[command->from], &bench->guests[command->to],
			     (uint32_t)command->size, (unsigned)command->cpu, (uint32_t)command->ms,
			     &copied);

	if (!err)
		printf("{\"bytes\": %" PRIu64 ", \"cycles\": %" PRIu64
		       ", \"seconds\": %.6f, \"waited_percent\": %.2f}\n",
		       copied.bytes, copied.cycles, (double)copied.ns / 1e9,
		       100 - (double)copied.cpu_ns / (double)copied.ns * 100);
	return err;
}

static int do_command(struct bench *bench, char *line)
{
	struct command command = { .size = 64, .ms = 1000, .warm = 100 };
	char *rest = line, *verb = strsep(&rest, " \n"), *word;

	while ((word = strsep(&rest, " \n")) != NULL)
		if (*word && !take_word(&command, word))
			return -EINVAL;
	if (command.from >= bench->guest_cnt || command.to >= bench->guest_cnt)
		return -ENODEV;
	if (!strcmp(verb, "run"))
		return do_run(bench, &command);
	if (!strcmp(verb, "copy"))
		return do_copy(bench, &command);
	return -EINVAL;
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	char line[LINE_MAX_LEN];
	unsigned i;
	int err;

	parse(&bench, argc, argv);
	/* Sleeps that end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	connect_all(&bench, argv + optind);
	while (fgets(line, sizeof(line), stdin)) {
		err = do_command(&bench, line);
		if (err)
			fail("command", err);
		fflush(stdout);
	}
	for (i = 0; i < bench.guest_cnt; i++)
		event_close(&bench.guests[i]);
	free(bench.guests);
	return 0;
}
