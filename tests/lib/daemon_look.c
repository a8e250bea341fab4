/* SPDX-License-Identifier: BSD-3-Clause */
/* daemon_look.c - what can be read of the daemon from outside.
 *
 * See daemon.h. What must stay true: nothing here disturbs the daemon; it
 * reads the log file and /proc.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

bool daemon_alive(struct daemon *d)
{
	int status;

	if (!d->pid)
		return false;
	if (waitpid(d->pid, &status, WNOHANG) == 0)
		return true;
	d->pid = 0;
	return false;
}

unsigned int daemon_log_lines(const struct daemon *d, const char *text)
{
	unsigned int n = 0;
	char line[1024];
	FILE *log = fopen(d->log, "r");

	if (!log)
		return 0;
	while (fgets(line, sizeof(line), log))
		n += strstr(line, text) != NULL;
	fclose(log);
	return n;
}

unsigned int daemon_metrics_port(const struct daemon *d)
{
	unsigned int port = 0;
	char line[1024];
	FILE *log = fopen(d->log, "r");

	if (!log)
		return 0;
	while (!port && fgets(line, sizeof(line), log))
		sscanf(line, "info: metrics at http://127.0.0.1:%u/", &port);
	fclose(log);
	return port;
}

unsigned long daemon_rss_kib(const struct daemon *d)
{
	unsigned long total, resident = 0;
	char path[64];
	FILE *statm;

	snprintf(path, sizeof(path), "/proc/%d/statm", d->pid);
	statm = fopen(path, "r");
	if (!statm)
		return 0;
	if (fscanf(statm, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(statm);
	return resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

unsigned int daemon_fd_cnt(const struct daemon *d)
{
	unsigned int n = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", d->pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

unsigned long daemon_cpu_ms(const struct daemon *d)
{
	unsigned long user = 0, system = 0;
	char path[64], text[512];
	const char *rest;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", d->pid);
	stat = fopen(path, "r");
	if (!stat)
		return 0;
	rest = fgets(text, sizeof(text), stat) ? strrchr(text, ')') : NULL;
	fclose(stat);
	if (rest && sscanf(rest,
			   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			   "%lu %lu",
			   &user, &system) != 2)
		return 0;
	return (user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
}
