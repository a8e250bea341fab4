/* SPDX-License-Identifier: BSD-3-Clause */
/* daemon.c - vringd as a child of the test: started, watched, ended.
 *
 * See daemon.h; what is read of it from outside is in daemon_look.c. What
 * must stay true: no wait without an end, and no child without PDEATHSIG.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "vhost_user_msg.h"

static int spawn(struct daemon *d);
static void become_daemon(const struct daemon *d) __attribute__((noreturn));
static int wait_for_control(struct daemon *d);
static int wait_for_end(struct daemon *d, int timeout_ms);
static int remove_dir(const char *path, unsigned int *sockets);
static void show_log(const struct daemon *d);
static void pause_a_little(void);

int daemon_init(struct daemon *d)
{
	const char *program = getenv("VRINGD");

	memset(d, 0, sizeof(*d));
	snprintf(d->dir, sizeof(d->dir), "/tmp/vringd-test.XXXXXX");
	if (!program || !mkdtemp(d->dir))
		return program ? -errno : -ENOENT;

	snprintf(d->control, sizeof(d->control), "%s/c.sock", d->dir);
	snprintf(d->log, sizeof(d->log), "%s/log", d->dir);
	daemon_arg(d, "%s", program);
	daemon_arg(d, "--control");
	daemon_arg(d, "%s", d->control);
	daemon_arg(d, "--hugepages");
	daemon_arg(d, "off");
	daemon_arg(d, "--state-dir");
	daemon_arg(d, "%s/state", d->dir);
	return 0;
}

void daemon_arg(struct daemon *d, const char *fmt, ...)
{
	va_list args;

	if (d->arg_cnt == DAEMON_ARGS - 1)
		abort();
	va_start(args, fmt);
	if (vasprintf(&d->arg[d->arg_cnt++], fmt, args) < 0)
		abort();
	va_end(args);
}

int daemon_start(struct daemon *d)
{
	int err = spawn(d);

	if (!err)
		err = wait_for_control(d);
	if (err)
		show_log(d);
	return err;
}

int daemon_run(struct daemon *d)
{
	int err = spawn(d);

	return err ? err : wait_for_end(d, DAEMON_START_MS);
}

int daemon_stop(struct daemon *d)
{
	unsigned int sockets = 0;
	unsigned int i;
	int status = 0;
	char dpdk[64];

	/* Where DPDK keeps files for root. */
	snprintf(dpdk, sizeof(dpdk), "/var/run/dpdk/vringd-%d", (int)d->pid);
	if (d->pid) {
		kill(d->pid, SIGTERM);
		status = wait_for_end(d, DAEMON_STOP_MS);
		if (status)
			show_log(d);
		daemon_kill(d);
	}
	for (i = 0; i < d->arg_cnt; i++)
		free(d->arg[i]);
	d->arg_cnt = 0;
	if (d->dir[0])
		remove_dir(d->dir, &sockets);
	if (!status && (sockets || access(dpdk, F_OK) == 0))
		return -ENOTEMPTY;
	return status;
}

void daemon_kill(struct daemon *d)
{
	if (!d->pid)
		return;
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

static int spawn(struct daemon *d)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
		become_daemon(d);
	}
	d->pid = pid;
	return 0;
}

static void become_daemon(const struct daemon *d)
{
	int log = open(d->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	execv(d->arg[0], d->arg);
	_exit(127);
}

static int wait_for_control(struct daemon *d)
{
	uint64_t end = clock_now_ns() + DAEMON_START_MS * NS_PER_MS;
	int sock;

	while (clock_now_ns() < end) {
		sock = vhost_user_connect(d->control, 0);
		if (sock >= 0) {
			close(sock);
			return 0;
		}
		if (!daemon_alive(d))
			return -ECHILD;
		pause_a_little();
	}
	daemon_kill(d);
	return -ETIMEDOUT;
}

/* The exit status; 128 and the signal's number as shells have it. */
static int wait_for_end(struct daemon *d, int timeout_ms)
{
	uint64_t end = clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	int status;

	while (clock_now_ns() < end) {
		if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
			d->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
		}
		pause_a_little();
	}
	return -ETIMEDOUT;
}

/* Removes a tree and counts the sockets in it. */
static int remove_dir(const char *path, unsigned int *sockets)
{
	char name[512];
	struct dirent *entry;
	struct stat info;
	DIR *dir = opendir(path);

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (lstat(name, &info) == 0 && S_ISSOCK(info.st_mode)) {
			fprintf(stderr, "left behind: %s\n", name);
			(*sockets)++;
		}
		if (unlink(name) < 0)
			remove_dir(name, sockets);
	}
	closedir(dir);
	return rmdir(path) < 0 ? -errno : 0;
}

static void show_log(const struct daemon *d)
{
	char line[512];
	FILE *log = fopen(d->log, "r");

	if (!log)
		return;
	while (fgets(line, sizeof(line), log))
		fprintf(stderr, "vringd: %s", line);
	fclose(log);
}

static void pause_a_little(void)
{
	const struct timespec pause = { 0, 2000000 };

	nanosleep(&pause, NULL);
}
