/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.c - see eal.h. */
#include "glue/eal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <rte_alarm.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define EAL_ARGS_MAX 64
#define EAL_MEMORY_MB "32"
/* Lines a second that the library may cause at most: guests can provoke them. */
#define EAL_LINES_A_SECOND 5

/* The runtime folder, once it is another user's, who may not walk there; or -1. */
static int given_fd = -1;

struct eal_args {
	int cnt;
	char *args[EAL_ARGS_MAX + 1];
	char lcores[64], prefix[32];
};

static void add(struct eal_args *eal, const char *arg)
{
	if (eal->cnt < EAL_ARGS_MAX)
		eal->args[eal->cnt++] = (char *)(uintptr_t)arg;
}

static bool host_has_free_hugepages(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "r");
	unsigned long pages = 0;
	char line[128];

	if (!meminfo)
		return false;
	while (fgets(line, sizeof(line), meminfo))
		if (sscanf(line, "HugePages_Free: %lu", &pages) == 1)
			break;
	fclose(meminfo);
	return pages * 2 >= (unsigned long)atoi(EAL_MEMORY_MB);
}

/* The one lcore may run anywhere: EAL would pin the calling thread otherwise. */
static void describe_lcores(struct eal_args *eal)
{
	cpu_set_t cpus;
	int first = -1, last = 0, cpu;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		if (first < 0)
			first = cpu;
		last = cpu;
	}
	snprintf(eal->lcores, sizeof(eal->lcores), "--lcores=0@(%d-%d)", first < 0 ? 0 : first,
		 last);
	add(eal, eal->lcores);
}

/* Has the user named a PCI device? */
static bool allows_a_device(char *const extra[])
{
	for (; extra && *extra; extra++)
		if (strncmp(*extra, "-a", 2) == 0 || strncmp(*extra, "--allow", 7) == 0)
			return true;
	return false;
}

/* DPDK's telemetry has its sockets in a folder of its own below this one, and where
 * it can not be made the environment does not start; without telemetry it does. */
static bool can_make_folder(void)
{
	const char *base = getenv("RUNTIME_DIRECTORY");
	char folder[PATH_MAX];
	bool can;

	if (!base)
		base = getuid() == 0 ? "/var/run" : getenv("XDG_RUNTIME_DIR");
	if (!base)
		base = "/tmp";
	snprintf(folder, sizeof(folder), "%s/dpdk", base);
	can = access(folder, F_OK) == 0 ? access(folder, W_OK | X_OK) == 0
					: access(base, W_OK | X_OK) == 0;
	if (!can)
		log_info("no DPDK telemetry: %s can not be written to", folder);
	return can;
}

static void collect(struct eal_args *eal, bool hugepages, char *const extra[])
{
	add(eal, "vringd");
	if (!allows_a_device(extra))
		add(eal, "--no-pci");
	if (!can_make_folder())
		add(eal, "--no-telemetry");
	describe_lcores(eal);
	snprintf(eal->prefix, sizeof(eal->prefix), "--file-prefix=vringd-%d", (int)getpid());
	add(eal, eal->prefix);
	if (hugepages) {
		add(eal, "--in-memory");
	} else {
		add(eal, "--no-huge");
		add(eal, "--no-shconf");
	}
	add(eal, "-m");
	add(eal, EAL_MEMORY_MB);
	while (extra && *extra)
		add(eal, *extra++);
}

/* A line of the library, as one of ours. */
static ssize_t relay(void *cookie, const char *text, size_t len)
{
	static uint64_t second_ns;
	static unsigned lines;
	int level = rte_log_cur_msg_loglevel();
	int shown = (int)len;

	(void)cookie;
	while (shown > 0 && text[shown - 1] == '\n')
		shown--;
	if (level > (int)RTE_LOG_ERR) {
		log_debug("dpdk: %.*s", shown, text);
		return (ssize_t)len;
	}
	if (clock_now_ns() - second_ns > NS_PER_SECOND) {
		second_ns = clock_now_ns();
		lines = 0;
	}
	if (lines++ < EAL_LINES_A_SECOND)
		log_info("dpdk: %.*s", shown, text);
	return (ssize_t)len;
}

static void relay_log(void)
{
	const cookie_io_functions_t functions = { .write = relay };
	FILE *stream = fopencookie(NULL, "w", functions);

	if (!stream)
		return;
	setvbuf(stream, NULL, _IOLBF, 0);
	rte_openlog_stream(stream);
}

int eal_start(enum eal_hugepages hugepages, char *const extra[], struct error_text *error)
{
	struct eal_args eal = { 0 };
	bool use = hugepages == EAL_HUGEPAGES_ON ||
		   (hugepages == EAL_HUGEPAGES_AUTO && host_has_free_hugepages());

	collect(&eal, use, extra);
	relay_log();
	rte_log_set_global_level(log_get_level() == LOG_LEVEL_DEBUG ? RTE_LOG_DEBUG : RTE_LOG_ERR);
	if (rte_eal_init(eal.cnt, eal.args) >= 0)
		return 0;
	return error_set(error, rte_errno ? rte_errno : EIO,
			 "DPDK's environment did not start: %s; options after -- are given to it, "
			 "--log-level debug shows what it says%s",
			 rte_strerror(rte_errno),
			 use ? ", --hugepages off does without hugepages" : "");
}

/* DPDK keeps files of its memory and sockets in a folder of its own, and leaves all of
 * it behind. Takes `fd`, which is the folder. */
static void empty_folder(int fd)
{
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Is the runtime folder one of this process, and not one that the user named? Others
 * may use that. */
static bool has_own_folder(void)
{
	const char *name = strrchr(rte_eal_get_runtime_dir(), '/');
	char ours[32];

	snprintf(ours, sizeof(ours), "/vringd-%d", (int)getpid());
	return name && strcmp(name, ours) == 0;
}

void eal_give_folder(uid_t uid, gid_t gid)
{
	if (!has_own_folder())
		return;
	given_fd = open_folder(rte_eal_get_runtime_dir());
	if (given_fd < 0 || fchown(given_fd, uid, gid) != 0)
		log_warn("%s stays behind when this daemon ends: %s", rte_eal_get_runtime_dir(),
			 strerror(errno));
}

struct found {
	pthread_t thread;
	sem_t done;
};

static void find_thread(void *argument)
{
	struct found *found = argument;

	found->thread = pthread_self();
	sem_post(&found->done);
}

/* The cleanup takes away the memory that the interrupt thread goes over when it is woken,
 * and wakes it. Nothing that it does is needed any more. */
static void end_interrupts(void)
{
	struct found found;

	sem_init(&found.done, 0, 0);
	if (rte_eal_alarm_set(1, find_thread, &found) == 0) {
		while (sem_wait(&found.done) != 0)
			;
		pthread_cancel(found.thread);
		pthread_join(found.thread, NULL);
	}
	sem_destroy(&found.done);
}

void eal_stop(void)
{
	const bool is_ours = has_own_folder();
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	end_interrupts();
	rte_eal_cleanup();
	if (!is_ours)
		return;
	empty_folder(given_fd >= 0 ? given_fd : open_folder(path));
	rmdir(path);
}
