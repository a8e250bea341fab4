/* SPDX-License-Identifier: BSD-3-Clause */
/* test_question.c - what other threads ask of the main one, and do not wait for.
 *
 * The test is the main thread.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "glue/question.h"

#define LONG_MS 5000
#define SHORT_MS 20
#define CROWD 8

struct asker {
	pthread_t thread;
	unsigned patience_ms;
	int number, answer, err;
};

static struct question_box box;
static unsigned answered;

/* Twice the number is the answer. */
static void answer(void *context, void *question)
{
	struct asker *asker = question;

	assert_ptr_equal(context, &answered);
	asker->answer = 2 * asker->number;
	answered++;
}

static int open_box(void **state)
{
	(void)state;
	answered = 0;
	return question_box_init(&box, answer, &answered);
}

static int close_box(void **state)
{
	(void)state;
	question_box_close(&box);
	return close(box.fd);
}

static void *ask(void *argument)
{
	struct asker *asker = argument;

	asker->err = question_ask(&box, asker, asker->patience_ms);
	return NULL;
}

static void send_off(struct asker *asker, int number, unsigned patience_ms)
{
	*asker = (struct asker){ .number = number, .patience_ms = patience_ms, .err = 1 };
	assert_int_equal(pthread_create(&asker->thread, NULL, ask, asker), 0);
}

/* Readable within that time? */
static bool is_asked(int ms)
{
	return poll(&(struct pollfd){ .fd = box.fd, .events = POLLIN }, 1, ms) == 1;
}

static void is_answered_by_the_main_thread(void **state)
{
	struct asker asker;

	(void)state;
	send_off(&asker, 21, LONG_MS);
	assert_true(is_asked(LONG_MS));
	question_turn(&box);
	pthread_join(asker.thread, NULL);
	assert_int_equal(asker.err, 0);
	assert_int_equal(asker.answer, 42);
	assert_false(is_asked(0));
}

static void a_crowd_is_answered_one_by_one(void **state)
{
	const uint64_t end_ns = clock_now_ns() + LONG_MS * NS_PER_MS;
	struct asker askers[CROWD];
	int i;

	(void)state;
	for (i = 0; i < CROWD; i++)
		send_off(&askers[i], i, LONG_MS);
	while (answered < CROWD && clock_now_ns() < end_ns)
		if (is_asked(100))
			question_turn(&box);
	for (i = 0; i < CROWD; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].err, 0);
		assert_int_equal(askers[i].answer, 2 * i);
	}
}

/* Nobody's memory is written into after he has gone. */
static void who_gave_up_is_not_answered_any_more(void **state)
{
	struct asker asker;

	(void)state;
	send_off(&asker, 21, SHORT_MS);
	pthread_join(asker.thread, NULL);
	assert_int_equal(asker.err, -EBUSY);
	assert_true(is_asked(0));
	question_turn(&box);
	assert_int_equal(answered, 0);
	assert_int_equal(asker.answer, 0);
	is_answered_by_the_main_thread(state);
}

static void who_stands_in_line_gives_up_too(void **state)
{
	struct asker first, second;

	(void)state;
	send_off(&first, 1, LONG_MS);
	assert_true(is_asked(LONG_MS));
	send_off(&second, 2, SHORT_MS);
	pthread_join(second.thread, NULL);
	assert_int_equal(second.err, -EBUSY);
	question_turn(&box);
	pthread_join(first.thread, NULL);
	assert_int_equal(first.answer, 2);
	assert_int_equal(second.answer, 0);
}

static void nobody_waits_for_a_closed_box(void **state)
{
	struct asker waits, comes;

	(void)state;
	send_off(&waits, 1, LONG_MS);
	assert_true(is_asked(LONG_MS));
	question_box_close(&box);
	pthread_join(waits.thread, NULL);
	assert_int_equal(waits.err, -ESHUTDOWN);
	send_off(&comes, 2, LONG_MS);
	pthread_join(comes.thread, NULL);
	assert_int_equal(comes.err, -ESHUTDOWN);
	question_turn(&box);
	assert_int_equal(answered, 0);
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, open_box, close_box)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(is_answered_by_the_main_thread),
		BOX_TEST(a_crowd_is_answered_one_by_one),
		BOX_TEST(who_gave_up_is_not_answered_any_more),
		BOX_TEST(who_stands_in_line_gives_up_too),
		BOX_TEST(nobody_waits_for_a_closed_box),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
