/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ethdev_grace.c - a driver that is about to unmap memory waits for a burst.
 *
 * The thread of the test is a worker in the middle of one.
 */
#include "check.h"

#include <poll.h>
#include <pthread.h>
#include <rte_interrupts.h>
#include <stdatomic.h>

#include "port/ethdev_grace.h"

#define LONG_ENOUGH_MS 50

static struct grace grace;
static struct grace_slot *const worker = &grace.slots[0];
static _Atomic bool unregistered;

/* DPDK's own refuses a handle that is none, after the wait. */
static void *unregister(void *argument)
{
	(void)argument;
	atomic_store(&unregistered, rte_intr_callback_unregister(NULL, NULL, NULL) < 0);
	return NULL;
}

static void begin_burst(void)
{
	grace_init(&grace, 1);
	grace_enter(&grace, worker);
	atomic_store(&unregistered, false);
}

static void a_burst_is_waited_for(void **state)
{
	pthread_t driver;

	(void)state;
	begin_burst();
	ethdev_grace_begin(&grace);
	assert_int_equal(pthread_create(&driver, NULL, unregister, NULL), 0);
	poll(NULL, 0, LONG_ENOUGH_MS);
	assert_false(atomic_load(&unregistered));
	grace_turn(&grace, worker);
	while (!atomic_load(&unregistered))
		grace_turn(&grace, worker);
	pthread_join(driver, NULL);
	ethdev_grace_end();
}

static void without_a_port_nobody_waits(void **state)
{
	(void)state;
	begin_burst();
	ethdev_grace_begin(&grace);
	ethdev_grace_end();
	unregister(NULL);
	assert_true(atomic_load(&unregistered));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_waited_for),
		cmocka_unit_test(without_a_port_nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
