/* SPDX-License-Identifier: BSD-3-Clause */
/* test_grace.c - something is taken away from readers that are still running.
 *
 * A reader holds what it sees only until its next turn. What was taken away is
 * marked as gone; a reader that still sees it so was not waited for.
 */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>

#include "net/grace.h"

#define READERS 2
#define ROUNDS 3000

struct thing {
	_Atomic bool gone;
};

static struct grace grace;
static _Atomic(struct thing *) shared;
static _Atomic bool ends;
static _Atomic unsigned long seen_gone, seen;

/* One turn: looks at the thing again and again, as a burst would. */
static void look(void)
{
	struct thing *thing = atomic_load_explicit(&shared, memory_order_acquire);
	unsigned i;

	for (i = 0; thing && i < 20; i++)
		if (atomic_load_explicit(&thing->gone, memory_order_relaxed))
			atomic_fetch_add(&seen_gone, 1);
	if (thing)
		atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
}

static void *read_on(void *argument)
{
	struct grace_slot *slot = argument;
	uint32_t dice = (uint32_t)(uintptr_t)slot | 1;

	while (!atomic_load(&ends)) {
		grace_enter(&grace, slot);
		do {
			look();
			grace_turn(&grace, slot);
		} while (dice_next(&dice) % 8);
		look();
		grace_leave(slot);
	}
	return NULL;
}

static void take_away(struct thing *thing)
{
	atomic_store_explicit(&shared, NULL, memory_order_seq_cst);
	grace_wait(&grace);
	atomic_store_explicit(&thing->gone, true, memory_order_relaxed);
}

static void nothing_is_taken_from_under_a_reader(void **state)
{
	struct thing *things = calloc(ROUNDS, sizeof(*things));
	pthread_t readers[READERS];
	unsigned i;

	(void)state;
	assert_non_null(things);
	grace_init(&grace, READERS + 1);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &grace.slots[i]), 0);
	for (i = 0; i < ROUNDS; i++) {
		atomic_store_explicit(&shared, &things[i], memory_order_seq_cst);
		if (i % 64 == 0)
			sched_yield();
		take_away(&things[i]);
	}
	atomic_store(&ends, true);
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(seen_gone, 0);
	free(things);
}

/* Without a reader inside, and with one that has come after: no wait. */
static void who_is_outside_is_not_waited_for(void **state)
{
	(void)state;
	grace_init(&grace, 2);
	grace_wait(&grace);
	grace_enter(&grace, &grace.slots[0]);
	grace_leave(&grace.slots[0]);
	grace_wait(&grace);
	assert_int_equal(grace.count, 3);
}

static _Atomic bool waited;

static void *wait_once(void *argument)
{
	(void)argument;
	grace_wait(&grace);
	atomic_store(&waited, true);
	return NULL;
}

/* Runs grace_wait() beside a reader that is inside, and lets it end by `end`. */
static void waits_until(void (*end)(struct grace_slot *slot))
{
	pthread_t waiter;
	unsigned i;

	grace_init(&grace, 2);
	atomic_store(&waited, false);
	grace_enter(&grace, &grace.slots[1]);
	assert_int_equal(pthread_create(&waiter, NULL, wait_once, NULL), 0);
	while (atomic_load(&grace.count) == 1)
		sched_yield();
	for (i = 0; i < 100; i++) /* it has begun, and must not end */
		sched_yield();
	assert_false(atomic_load(&waited));
	end(&grace.slots[1]);
	pthread_join(waiter, NULL);
	assert_true(atomic_load(&waited));
}

static void turn(struct grace_slot *slot)
{
	grace_turn(&grace, slot);
}

static void a_reader_inside_is_waited_for_until_it_turns_or_leaves(void **state)
{
	(void)state;
	waits_until(turn);
	waits_until(grace_leave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_taken_from_under_a_reader),
		cmocka_unit_test(who_is_outside_is_not_waited_for),
		cmocka_unit_test(a_reader_inside_is_waited_for_until_it_turns_or_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
