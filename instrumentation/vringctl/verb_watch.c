/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_watch.c - `watch`: the vrings live, with rates.
 *
 * On a terminal the table is drawn over; elsewhere samples follow each other.
 * With --lines each vring and sample is the line that the systemtap script of
 * old printed, so that logs compare; with --json it is vring.list's result,
 * one sample a line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "table.h"
#include "verbs.h"

struct sample {
	json_t *result; /* of vring.list; NULL: there is none yet */
	double at_s;
};

static double now_s(void);
static void sleep_until(double at_s);
static enum exit_status print_sample(const struct invocation *said, const struct sample *sample,
				     const struct sample *before);
static void print_line(const json_t *vring);
static void print_rates(const struct sample *sample, const struct sample *before);
static void add_rates(struct table *table, const json_t *vring, const json_t *before,
		      double seconds);
static const json_t *same_vring(const json_t *vrings, const json_t *vring);
static double rate_of(const json_t *now, const json_t *before, const char *key, double seconds);

enum exit_status verb_watch(const struct invocation *said)
{
	struct sample sample = { NULL, 0 }, before = { NULL, 0 };
	enum exit_status status = EXIT_DONE;
	double next_s = now_s();
	long taken;

	for (taken = 0; said->count == 0 || taken < said->count; taken++) {
		if (taken > 0)
			sleep_until(next_s += said->interval_s);
		sample.result = client_ask(said->client, "vring.list", said_port(said, 0));
		sample.at_s = now_s();
		if (!sample.result)
			status = EXIT_FAILED;
		else
			status = print_sample(said, &sample, &before);
		json_decref(before.result);
		before = sample;
		if (status)
			break;
	}
	json_decref(before.result);
	return status;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sleep_until(double at_s)
{
	double left = at_s - now_s();
	struct timespec pause;

	if (left <= 0)
		return;
	pause.tv_sec = (time_t)left;
	pause.tv_nsec = (long)((left - (double)pause.tv_sec) * 1e9);
	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
}

static enum exit_status print_sample(const struct invocation *said, const struct sample *sample,
				     const struct sample *before)
{
	const json_t *vring;
	size_t i;

	if (said->json) {
		json_dumpf(sample->result, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (said->lines) {
		json_array_foreach(json_object_get(sample->result, "vrings"), i, vring)
			print_line(vring);
	} else {
		print_rates(sample, before);
	}
	if (fflush(stdout) == 0)
		return EXIT_DONE;
	fprintf(stderr, "vringctl: watch: cannot write: %s\n", strerror(errno));
	return EXIT_FAILED;
}

/* Before the first decision its operands are the positions it will start from.
 * A packed ring has no indices; its positions take their place. */
static void print_line(const json_t *vring)
{
	const json_t *last = json_object_get(vring, "last_decision");
	const bool any = json_is_object(last);
	const bool packed = json_is_null(json_object_get(vring, "used_idx"));
	char label[64];

	if (json_is_null(json_object_get(vring, "next_used")))
		return; /* no ring */
	printf("%s %s values: old=%lld new=%lld last_used_event=%lld vring_used=%lld "
	       "vring_avail=%lld\n",
	       strcmp(text_of(vring, "direction"), "tx") == 0 ? "TX" : "RX",
	       vring_label(vring, label, sizeof(label)),
	       (long long)(any ? number_of(last, "old") : number_of(vring, "decided_used")),
	       (long long)(any ? number_of(last, "new") : number_of(vring, "decided_used")),
	       (long long)number_of(any ? last : vring, "used_event"),
	       (long long)number_of(vring, packed ? "next_used" : "used_idx"),
	       (long long)number_of(vring, packed ? "next_avail" : "avail_idx"));
}

static void print_rates(const struct sample *sample, const struct sample *before)
{
	static const char *const headings[] = { "VRING",   ">IDX",     "STATE",	  ">PKT/s",
						">Mbit/s", ">KICK/s",  ">CALL/s", ">SUPP/s",
						">FORCED", ">UNANSW.", ">DROP/s", NULL };
	const json_t *vring, *vrings = json_object_get(sample->result, "vrings");
	const json_t *old = json_object_get(before->result, "vrings");
	struct table *table = table_new(headings);
	size_t i;

	json_array_foreach(vrings, i, vring)
		add_rates(table, vring, same_vring(old, vring), sample->at_s - before->at_s);
	if (isatty(STDOUT_FILENO))
		printf("\033[H\033[Jvringctl watch: ^C ends\n\n");
	table_print(table);
	if (!isatty(STDOUT_FILENO))
		putchar('\n');
}

static void add_rates(struct table *table, const json_t *vring, const json_t *before,
		      double seconds)
{
	const json_t *now = json_object_get(vring, "counters");
	const json_t *then = json_object_get(before, "counters");
	const char *reason;
	const json_t *drops, *drops_then = json_object_get(then, "drops");
	double drop_rate = 0;
	char label[64];

	json_object_foreach(json_object_get(now, "drops"), reason, drops)
		drop_rate += rate_of(json_object_get(now, "drops"), drops_then, reason, seconds);
	table_text(table, vring_label(vring, label, sizeof(label)));
	table_number(table, number_of(vring, "index"));
	table_state(table, vring_word(vring));
	table_number(table, (json_int_t)(rate_of(now, then, "packets", seconds) + 0.5));
	table_real(table, rate_of(now, then, "bytes", seconds) * 8 / 1e6, 1);
	table_number(table, (json_int_t)(rate_of(now, then, "kicks", seconds) + 0.5));
	table_number(table, (json_int_t)(rate_of(now, then, "calls", seconds) + 0.5));
	table_number(table, (json_int_t)(rate_of(now, then, "calls_suppressed", seconds) + 0.5));
	table_number(table, number_of(now, "calls_forced"));
	table_number(table, number_of(vring, "unanswered"));
	table_number(table, (json_int_t)(drop_rate + 0.5));
}

static const json_t *same_vring(const json_t *vrings, const json_t *vring)
{
	const json_t *other;
	size_t i;

	json_array_foreach(vrings, i, other)
		if (strcmp(text_of(other, "port"), text_of(vring, "port")) == 0 &&
		    number_of(other, "index") == number_of(vring, "index"))
			return other;
	return NULL;
}

/* A port that was removed and added again counts from 0: that is no rate. */
static double rate_of(const json_t *now, const json_t *before, const char *key, double seconds)
{
	const json_int_t change = number_of(now, key) - number_of(before, key);

	return before && change > 0 && seconds > 0 ? (double)change / seconds : 0;
}
