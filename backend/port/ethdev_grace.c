/* SPDX-License-Identifier: BSD-3-Clause */
/* ethdev_grace.c - see ethdev_grace.h.
 *
 * Drivers are libraries that are loaded while the program runs, so the program's
 * definition of a function stands before the one of DPDK's.
 */
#include "port/ethdev_grace.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <rte_alarm.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <semaphore.h>
#include <stddef.h>

typedef int (*unregister_function)(const struct rte_intr_handle *, rte_intr_callback_fn, void *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct grace *workers; /* NULL: no port is open */
static unsigned ports;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unregister_function next; /* DPDK's own */

void ethdev_grace_begin(struct grace *grace)
{
	pthread_mutex_lock(&lock);
	workers = grace;
	ports++;
	pthread_mutex_unlock(&lock);
}

void ethdev_grace_end(void)
{
	pthread_mutex_lock(&lock);
	if (--ports == 0)
		workers = NULL;
	pthread_mutex_unlock(&lock);
}

static void wait_for_workers(void)
{
	pthread_mutex_lock(&lock);
	if (workers)
		grace_wait(workers);
	pthread_mutex_unlock(&lock);
}

static void find_next(void)
{
	*(void **)&next = dlsym(RTLD_NEXT, "rte_intr_callback_unregister");
}

int rte_intr_callback_unregister(const struct rte_intr_handle *handle,
				 rte_intr_callback_fn callback, void *argument)
{
	if (pthread_once(&once, find_next) != 0 || !next)
		return -ENOSYS;
	wait_for_workers();
	return next(handle, callback, argument);
}

struct stop {
	uint16_t port;
	sem_t done;
};

static void stop_here(void *argument)
{
	struct stop *stop = argument;

	rte_eth_dev_stop(stop->port);
	sem_post(&stop->done);
}

void ethdev_stop(uint16_t port, bool has_peer)
{
	struct stop stop = { .port = port };

	sem_init(&stop.done, 0, 0);
	if (!has_peer || rte_eal_alarm_set(1, stop_here, &stop) != 0)
		stop_here(&stop);
	while (sem_wait(&stop.done) != 0)
		;
	sem_destroy(&stop.done);
}
