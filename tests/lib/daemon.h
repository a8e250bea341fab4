/* SPDX-License-Identifier: BSD-3-Clause */
/* daemon.h - vringd as a child of the test, in a directory of its own.
 *
 * Collects arguments, starts the program named by the environment variable
 * VRINGD with its control socket and log in a fresh directory, waits
 * until the control socket accepts, and ends it the gentle or the hard way.
 * What must stay true: the child dies with the test, and the directory is
 * gone after daemon_stop() or daemon_kill(); what the daemon left in it is
 * told.
 */
#ifndef TESTS_LIB_DAEMON_H
#define TESTS_LIB_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#define DAEMON_ARGS 48
#define DAEMON_START_MS 20000
#define DAEMON_STOP_MS 10000

struct daemon {
	char dir[64];
	char control[80]; /* path of the control socket */
	char log[80];	  /* what it wrote to stderr */
	char *arg[DAEMON_ARGS];
	unsigned int arg_cnt;
	pid_t pid; /* 0: not running */
};

/* Makes the directory. 0 or -errno. */
int daemon_init(struct daemon *d);

/* Adds an argument. "%s" may name d->dir. */
void daemon_arg(struct daemon *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Starts it and waits for the control socket. 0 or -errno; on failure what it
 * said goes to our stderr. May be called again after
 * daemon_kill(). */
int daemon_start(struct daemon *d);

/* Runs it to its end with the arguments given, as for a usage error: its exit
 * status, -errno if it does not end. */
int daemon_run(struct daemon *d);

/* SIGTERM. Its exit status, or -errno; -ENOTEMPTY if it left a socket.
 * Removes the directory. Nothing if it does not run. */
int daemon_stop(struct daemon *d);

/* SIGKILL; the directory stays. */
void daemon_kill(struct daemon *d);

/* Is it alive? */
bool daemon_alive(struct daemon *d);

/* Lines of its log that contain @text (every line for ""). */
unsigned int daemon_log_lines(const struct daemon *d, const char *text);

/* Where it serves metrics, by its log; 0 if it does not say. It has said so
 * before it answers on the control socket. */
unsigned int daemon_metrics_port(const struct daemon *d);

/* From /proc; 0 if it cannot be told. */
unsigned long daemon_rss_kib(const struct daemon *d);
unsigned int daemon_fd_cnt(const struct daemon *d);

/* CPU time in milliseconds. */
unsigned long daemon_cpu_ms(const struct daemon *d);

#endif
