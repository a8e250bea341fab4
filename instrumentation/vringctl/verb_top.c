/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_top.c - `top`: the vrings on a full screen.
 *
 * The loop: a look at the daemon each interval, keys, signals, and a drawing of
 * what they changed. A daemon that goes away is tried again, and the screen says
 * so; only the first look must succeed, so that a wrong socket or port is told as
 * every verb tells it.
 *
 * What must stay true: the terminal is given back on every way out. Signals come
 * through a descriptor, so that nothing is interrupted half drawn.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "top_ask.h"
#include "top_link.h"
#include "top_screen.h"
#include "verbs.h"

/* How long a daemon may think about a question before that is told, and how
 * often one that is away is tried. */
#define SILENT_S 1.0
#define RETRY_S 1.0
/* A page that is opened wants its look at once, but rates need some time. */
#define LEAST_SPAN_S 0.25

struct top {
	struct top_model *model;
	struct top_view view;
	struct top_table table;
	struct top_link link;
	struct top_ask ask;
	double interval_s;
	double next_s;		      /* when to look again */
	double asked_s;		      /* when it was asked */
	double lost_s;		      /* when the daemon went away; 0: it has not */
	int lost_why;		      /* errno */
	bool gap;		      /* the next sample is the first of a connection */
	char refused[TOP_NOTICE_MAX]; /* the daemon's words, or "" */
	int signal_fd, signal;
};

static enum exit_status no_terminal(void);
static bool daemon_answers(const struct invocation *said);
static int open_signals(sigset_t *signals);
static void loop(struct top *top);
static void wait_and_turn(struct top *top);
static int time_left_ms(const struct top *top);
static void take_signal(struct top *top);
static void take_keys(struct top *top);
static void look(struct top *top);
static void take_answer(struct top *top);
static void lose(struct top *top, int err);
static void bring_up_to_date(struct top *top);
static void draw(struct top *top);
static void word_notice(const struct top *top, char *notice, size_t len);
static struct top_time time_now(void);
static double now_s(void);

enum exit_status verb_top(const struct invocation *said)
{
	struct top top = { .view = top_view_new(),
			   .link = top_link_of(said->client->path),
			   .ask = { .port = said_arg(said, 0) },
			   .interval_s = said->interval_s };
	sigset_t signals;

	if (said->json)
		return said_wrong(said, "it draws and has no JSON; use 'vringctl --json watch'");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return no_terminal();
	if (!daemon_answers(said))
		return EXIT_FAILED;
	top.signal_fd = open_signals(&signals);
	if (top.signal_fd < 0 || !top_screen_open())
		return EXIT_FAILED;
	top.model = top_model_new(TOP_BYTES_MAX);
	loop(&top);
	top_screen_close();
	top_link_close(&top.link);
	top_table_free(&top.table);
	top_model_free(top.model);
	close(top.signal_fd);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	/* Whoever waits for us is told that it was a signal; ^C is as good as q. */
	if (top.signal && top.signal != SIGINT) {
		signal(top.signal, SIG_DFL); /* ncurses has its own way to end */
		raise(top.signal);
	}
	return EXIT_DONE;
}

static enum exit_status no_terminal(void)
{
	fprintf(stderr, "vringctl: top needs a terminal; use `vringctl watch`\n");
	return EXIT_USAGE;
}

/* Else it has said why not. */
static bool daemon_answers(const struct invocation *said)
{
	json_t *result = client_ask(said->client, "vring.list", said_port(said, 0));

	json_decref(result);
	client_close(said->client);
	return result;
}

static int open_signals(sigset_t *signals)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	size_t i;
	int fd;

	sigemptyset(signals);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(signals, wanted[i]);
	sigprocmask(SIG_BLOCK, signals, NULL);
	fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fprintf(stderr, "vringctl: top: cannot make a signalfd: %s\n", strerror(errno));
	return fd;
}

static void loop(struct top *top)
{
	while (!top->view.quit) {
		if (now_s() >= top->next_s)
			look(top);
		bring_up_to_date(top);
		draw(top);
		wait_and_turn(top);
	}
}

static void wait_and_turn(struct top *top)
{
	struct pollfd watched[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = top->signal_fd, .events = POLLIN },
		{ .fd = top->link.fd, .events = top_link_events(&top->link) },
	};

	if (poll(watched, 3, time_left_ms(top)) <= 0)
		return;
	if (watched[1].revents)
		take_signal(top);
	if (watched[2].revents)
		take_answer(top);
	if (watched[0].revents & POLLIN)
		take_keys(top);
	else if (watched[0].revents) /* the terminal is gone */
		top->view.quit = true;
}

/* A second at most: ages on the screen go on. */
static int time_left_ms(const struct top *top)
{
	const double left_s = top->next_s - now_s();

	if (left_s <= 0)
		return 0;
	return left_s < RETRY_S ? (int)(left_s * 1e3) + 1 : (int)(RETRY_S * 1e3);
}

static void take_signal(struct top *top)
{
	struct signalfd_siginfo info;

	while (read(top->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH) {
			top_screen_resize();
			continue;
		}
		top->signal = (int)info.ssi_signo;
		top->view.quit = true;
	}
}

static void take_keys(struct top *top)
{
	const enum top_page page = top->view.page;
	int key;

	while ((key = top_screen_key()) != TOP_KEY_NONE) {
		top_view_key(&top->view, top->model, &top->table, key);
		bring_up_to_date(top);
	}
	if (top->view.page == TOP_PAGE_VRING && page != TOP_PAGE_VRING && !top->link.waits &&
	    top->next_s > top->asked_s + LEAST_SPAN_S)
		top->next_s = top->asked_s + LEAST_SPAN_S;
}

/* Asks the daemon, or tries to reach it. */
static void look(struct top *top)
{
	const double now = now_s();
	const bool list = top->view.page == TOP_PAGE_LIST;
	int err = 0;

	top->next_s = now + top->interval_s;
	if ((top->link.waits || top->lost_s > 0) && top->interval_s > RETRY_S)
		top->next_s = now + RETRY_S;
	if (top->link.waits)
		return;
	if (top->link.fd < 0) {
		err = top_link_open(&top->link);
		top_ask_begin(&top->ask);
		top->gap = true;
	}
	snprintf(top->ask.label, sizeof(top->ask.label), "%s", list ? "" : top->view.selected);
	top->asked_s = now;
	if (!err)
		err = top_link_ask(&top->link, top_ask_question(&top->ask));
	if (err)
		lose(top, err);
}

static void take_answer(struct top *top)
{
	json_t *reply, *answers;
	int err = top_link_turn(&top->link, &reply);

	if (err)
		lose(top, err);
	if (!reply)
		return;
	top->lost_s = 0;
	top->refused[0] = '\0';
	answers = top_ask_answers(&top->ask, reply, top->refused, sizeof(top->refused));
	if (answers) {
		top_model_add(top->model, answers, time_now(), top->gap);
		top->gap = false;
	}
	json_decref(answers);
	json_decref(reply);
}

static void lose(struct top *top, int err)
{
	top->lost_why = -err;
	if (top->lost_s > 0)
		return;
	top->lost_s = now_s();
	if (top->next_s > top->lost_s + RETRY_S)
		top->next_s = top->lost_s + RETRY_S;
}

/* The sample to be shown, and its list. */
static void bring_up_to_date(struct top *top)
{
	top_view_follow(&top->view, top->model);
	top_model_look(top->model, top->view.nth);
	top_table_build(&top->table, top->model, &top->view.order);
	top_view_settle(&top->view, &top->table);
}

static void draw(struct top *top)
{
	char notice[TOP_NOTICE_MAX];
	const struct top_scene scene = { .model = top->model,
					 .view = &top->view,
					 .table = &top->table,
					 .now_s = now_s(),
					 .interval_s = top->interval_s,
					 .notice = notice };

	word_notice(top, notice, sizeof(notice));
	if (top_model_newest(top->model) || *notice) /* else there is nothing yet */
		top_screen_draw(&scene);
}

static void word_notice(const struct top *top, char *notice, size_t len)
{
	const double now = now_s();

	if (top->lost_s > 0)
		snprintf(notice, len, "no daemon for %.0f s (%s), trying again: %s",
			 now - top->lost_s, strerror(top->lost_why), top->link.path);
	else if (top->link.waits && now - top->asked_s > SILENT_S)
		snprintf(notice, len, "no answer for %.0f s; look at the daemon's log and CPU",
			 now - top->asked_s);
	else
		snprintf(notice, len, "%s", top->refused);
}

static struct top_time time_now(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct top_time){ .at_s = now_s(), .wall_s = wall.tv_sec };
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
