/* SPDX-License-Identifier: BSD-3-Clause */
/* test_trace.c - the flight recorder: what is put comes out, what is gone is known,
 * and a recorded decision is judged by its operands. */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "virtio_spec.h"

static struct trace_ring ring;
static struct trace_event got[TRACE_EVENTS];

static int empty(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	return 0;
}

/* An event whose every field follows from its number. */
static struct trace_event numbered(uint64_t number)
{
	return (struct trace_event){
		.at_ns = number * 3,
		.kind = (uint8_t)(1 + number % (TRACE_KIND_CNT - 1)),
		.size = 256,
		.old = (uint16_t)number,
		.new = (uint16_t)(number + 1),
		.event = (uint16_t)(number * 7),
		.count = (uint32_t)number,
		.us = (uint32_t)(number * 11),
	};
}

static bool is_numbered(const struct trace_event *event, uint64_t number)
{
	struct trace_event wanted = numbered(number);

	return memcmp(event, &wanted, sizeof(wanted)) == 0;
}

static void put(uint64_t from, uint64_t to)
{
	for (; from < to; from++) {
		struct trace_event event = numbered(from);

		trace_put(&ring, &event);
	}
}

static void expect(uint64_t from, unsigned max, uint64_t first, unsigned cnt)
{
	uint64_t number;
	unsigned i;

	assert_int_equal(trace_read(&ring, from, got, max, &number), cnt);
	assert_int_equal(number, first);
	for (i = 0; i < cnt; i++)
		assert_true(is_numbered(&got[i], first + i));
}

static void events_come_out_in_order(void **state)
{
	(void)state;
	expect(0, 10, 0, 0);
	put(0, 20);
	expect(0, 10, 0, 10);
	expect(10, 100, 10, 10);
	expect(20, 100, 20, 0);
	expect(25, 100, 20, 0); /* from the future: nothing yet */
}

static void what_was_overwritten_is_known(void **state)
{
	(void)state;
	put(0, TRACE_EVENTS);
	/* The place of the oldest is the one that would be written now. */
	expect(0, TRACE_EVENTS, 1, TRACE_EVENTS - 1);
	put(TRACE_EVENTS, 3 * TRACE_EVENTS + 5);
	expect(7, TRACE_EVENTS, 2 * TRACE_EVENTS + 6, TRACE_EVENTS - 1);
	expect(3 * TRACE_EVENTS, 100, 3 * TRACE_EVENTS, 5);
}

/* ---- a reader beside the writer ---- */

#define LAPS 2000

static void *write_laps(void *unused)
{
	(void)unused;
	put(0, (uint64_t)LAPS * TRACE_EVENTS);
	return NULL;
}

static void a_reader_never_sees_half_an_event(void **state)
{
	uint64_t next = 0, first, missed = 0;
	pthread_t writer;
	unsigned cnt, i;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_laps, NULL), 0);
	while (next < (uint64_t)LAPS * TRACE_EVENTS) {
		cnt = trace_read(&ring, next, got, TRACE_EVENTS, &first);
		assert_true(first >= next);
		missed += first - next;
		for (i = 0; i < cnt; i++)
			if (!is_numbered(&got[i], first + i))
				fail_msg("event %llu is torn", (unsigned long long)(first + i));
		next = first + cnt;
	}
	pthread_join(writer, NULL);
	assert_true(missed < (uint64_t)LAPS * TRACE_EVENTS);
}

/* ---- decisions ---- */

static struct trace_event split(enum trace_kind kind, uint16_t old, uint16_t new, uint16_t event)
{
	return (struct trace_event){
		.kind = (uint8_t)kind,
		.flags = TRACE_EVENT_IDX,
		.size = 256,
		.old = old,
		.new = new,
		.event = event,
	};
}

static void decisions_are_judged_by_the_event_index(void **state)
{
	struct trace_event call = split(TRACE_call, 10, 12, 11);
	struct trace_event wrong = split(TRACE_call, 10, 12, 12);
	struct trace_event past = split(TRACE_call, 10, 12, 9);
	struct trace_event no = split(TRACE_suppress, 65535, 1, 1);
	struct trace_event lost = split(TRACE_suppress, 65535, 1, 65535);

	(void)state;
	assert_int_equal(trace_judge(&call, NULL), TRACE_JUDGED_right);
	assert_int_equal(trace_judge(&wrong, NULL), TRACE_JUDGED_wrong);
	assert_int_equal(trace_judge(&past, NULL), TRACE_JUDGED_wrong);
	assert_int_equal(trace_judge(&no, NULL), TRACE_JUDGED_right);
	assert_int_equal(trace_judge(&lost, NULL), TRACE_JUDGED_wrong);
}

/* The driver moves its word right behind the decision: its own look must find the
 * buffers, and a stall that follows is its. */
static void a_word_that_moves_behind_a_decision_is_a_race(void **state)
{
	struct trace_event no = split(TRACE_suppress, 10, 12, 5);
	struct trace_event moved = split(TRACE_call, 12, 13, 11);
	struct trace_event still = split(TRACE_suppress, 12, 13, 5);

	(void)state;
	assert_int_equal(trace_judge(&no, &moved), TRACE_JUDGED_raced);
	assert_int_equal(trace_judge(&no, &still), TRACE_JUDGED_right);
}

static void decisions_are_judged_by_flags(void **state)
{
	struct trace_event event = { .kind = TRACE_suppress,
				     .size = 256,
				     .driver_flags = VIRTQ_AVAIL_F_NO_INTERRUPT };

	(void)state;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_right);
	event.driver_flags = 0;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_wrong);
	event.flags = TRACE_PACKED;
	event.driver_flags = RING_EVENT_FLAGS_DISABLE;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_right);
	event.kind = TRACE_call;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_wrong);
}

/* Slot 3 of the next lap is behind slot 250 of this one. */
static void packed_positions_wrap_with_their_counter(void **state)
{
	struct trace_event event = split(TRACE_call, 250 | POSITION_WRAP, 3, 254 | POSITION_WRAP);

	(void)state;
	event.flags |= TRACE_PACKED;
	event.driver_flags = RING_EVENT_FLAGS_DESC;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_right);
	event.event = 3;
	assert_int_equal(trace_judge(&event, NULL), TRACE_JUDGED_wrong);
}

static void the_arithmetic_is_shown(void **state)
{
	struct trace_event event = split(TRACE_suppress, 30401, 30402, 0);
	char text[256];

	(void)state;
	event.flags |= TRACE_INJECTED;
	trace_text(&event, text, sizeof(text));
	assert_string_equal(text, "suppress    old=30401 new=30402 used_event=0: "
				  "(uint16)(new-event-1)=30401 < (uint16)(new-old)=1 is false "
				  "[injected]");
	/* A short buffer is cut and ended, not overrun. */
	memset(text, 'x', sizeof(text));
	assert_true(trace_text(&event, text, 10) > 10);
	assert_int_equal(strlen(text), 9);
	assert_int_equal(text[10], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(events_come_out_in_order, empty),
		cmocka_unit_test_setup(what_was_overwritten_is_known, empty),
		cmocka_unit_test_setup(a_reader_never_sees_half_an_event, empty),
		cmocka_unit_test(decisions_are_judged_by_the_event_index),
		cmocka_unit_test(a_word_that_moves_behind_a_decision_is_a_race),
		cmocka_unit_test(decisions_are_judged_by_flags),
		cmocka_unit_test(packed_positions_wrap_with_their_counter),
		cmocka_unit_test(the_arithmetic_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
