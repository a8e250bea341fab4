/* SPDX-License-Identifier: BSD-3-Clause */
/* stress_bell.c - how the two ends sleep, wake each other, and fail.
 *
 * See stress.h. Nothing here is on trial: the bells are as strongly ordered as
 * can be, and a notification that was written is never lost.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "stress.h"

#define LIGHT_SLEEP_TURNS 100000

/* Both ends may come here; the first one speaks. */
static void fail_begin(void)
{
	static atomic_flag fails = ATOMIC_FLAG_INIT;

	while (atomic_flag_test_and_set(&fails))
		pause();
}

static void __attribute__((noreturn)) fail_end(const char *why)
{
	printf("not ok - %s\n", why);
	fflush(stdout);
	_exit(1);
}

void stress_fail(const char *why)
{
	fail_begin();
	fail_end(why);
}

/* Both ends are asleep, or one is and the other waits for it: words are at rest. */
static void fail_asleep(struct stress *stress, const char *who)
{
	struct driver *driver = &stress->driver;
	uint16_t used = driver_used_position(driver);
	uint16_t avail = driver->published;

	fail_begin();
	printf("# the %s slept for %d ms, %s, event index %s, size %u\n", who, stress->bound_ms,
	       driver->cfg.packed ? "packed" : "split", driver->cfg.event_idx ? "on" : "off",
	       driver->cfg.size);
	printf("# used to %u, reaped to %u: %u used entries that the driver was not called for\n",
	       used, driver->reaped, position_distance(driver->shape, used, driver->reaped));
	printf("# available to %u, next_avail %u: %u entries that the device was not kicked for\n",
	       avail, stress->vring.next_avail,
	       position_distance(driver->shape, avail, stress->vring.next_avail));
	fail_end(used != driver->reaped ? "a call was lost" : "a kick was lost");
}

/* ---- the two descriptors ---- */

void stress_notify(struct bell *bell)
{
	const uint64_t one = 1;

	atomic_store_explicit(&bell->rung, true, memory_order_seq_cst);
	if (atomic_load_explicit(&bell->asleep, memory_order_seq_cst) &&
	    write(bell->fd, &one, sizeof(one)) != sizeof(one))
		stress_fail("an eventfd can not be written");
}

static bool rung(const struct bell *bell)
{
	return atomic_load_explicit(&bell->rung, memory_order_seq_cst);
}

static void sleep_deeply(struct stress *stress, struct bell *bell, const char *who)
{
	struct pollfd wait = { .fd = bell->fd, .events = POLLIN };
	uint64_t value;

	atomic_store_explicit(&bell->asleep, true, memory_order_seq_cst);
	while (!rung(bell)) {
		if (poll(&wait, 1, stress->bound_ms) != 1)
			fail_asleep(stress, who);
		if (read(bell->fd, &value, sizeof(value)) != sizeof(value))
			stress_fail("an eventfd can not be read");
	}
	atomic_store_explicit(&bell->asleep, false, memory_order_seq_cst);
}

/* A light sleep first, most of the time: a thread that the kernel puts to sleep
 * and wakes is late for the next meeting. */
void stress_sleep(struct stress *stress, struct bell *bell, uint32_t *dice, const char *who)
{
	uint32_t light = roll(dice, 64) ? LIGHT_SLEEP_TURNS : 0;

	while (light > 0 && !rung(bell))
		light--;
	if (!rung(bell)) {
		sleep_deeply(stress, bell, who);
		stress->deep_sleeps++;
	}
	atomic_store_explicit(&bell->rung, false, memory_order_seq_cst);
}

void stress_go_apart(const struct stress *stress, bool device)
{
	cpu_set_t mine;
	int cpu, nth = 0;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &stress->cpus) || nth++ != device)
			continue;
		CPU_ZERO(&mine);
		CPU_SET(cpu, &mine);
		pthread_setaffinity_np(pthread_self(), sizeof(mine), &mine);
		return;
	}
}
