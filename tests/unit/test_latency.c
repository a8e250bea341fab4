/* SPDX-License-Identifier: BSD-3-Clause */
/* test_latency.c - histograms against the exact quantiles of what was put in. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "latency.h"

#define CNT 20000

static struct latency latency;
static uint64_t values[CNT];

static int empty(void **state)
{
	(void)state;
	memset(&latency, 0, sizeof(latency));
	return 0;
}

static int shorter(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static uint64_t exact(unsigned percent)
{
	return values[(CNT * percent + 99) / 100 - 1];
}

/* Never too short, and too long by one part in LATENCY_SUB at most. */
static void expect_near(uint64_t got, uint64_t wanted)
{
	if (got < wanted || got > wanted + wanted / LATENCY_SUB)
		fail_msg("got %llu for %llu", (unsigned long long)got, (unsigned long long)wanted);
}

static void every_time_has_its_bucket(void **state)
{
	unsigned bucket;

	(void)state;
	for (bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
		uint64_t top = latency_bucket_top_ns(bucket);

		assert_int_equal(latency_bucket(top), bucket);
		if (bucket + 1 < LATENCY_BUCKETS)
			assert_int_equal(latency_bucket(top + 1), bucket + 1);
	}
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void quantiles_are_near_the_exact_ones(void **state)
{
	unsigned octave, i;

	for (octave = 0; octave < 34; octave++) {
		struct latency_summary summary;
		uint64_t sum = 0;

		empty(state);
		for (i = 0; i < CNT; i++) {
			values[i] = (uint64_t)(random() % 1000) << octave >> (random() % 8);
			sum += values[i];
			latency_add(&latency, values[i]);
		}
		qsort(values, CNT, sizeof(values[0]), shorter);
		latency_read(&latency, &summary);
		assert_int_equal(summary.cnt, CNT);
		assert_int_equal(summary.sum_ns, sum);
		assert_int_equal(summary.max_ns, values[CNT - 1]);
		expect_near(summary.p50_ns, exact(50));
		expect_near(summary.p99_ns, exact(99));
	}
}

static void of_none_all_is_zero_and_of_one_all_is_it(void **state)
{
	struct latency_summary summary;

	(void)state;
	latency_read(&latency, &summary);
	assert_int_equal(summary.cnt + summary.p50_ns + summary.p99_ns + summary.max_ns, 0);
	latency_add(&latency, 12345);
	latency_read(&latency, &summary);
	assert_int_equal(summary.p50_ns, 12345);
	assert_int_equal(summary.p99_ns, 12345);
	latency_add(&latency, UINT64_MAX);
	latency_read(&latency, &summary);
	assert_int_equal(summary.p99_ns, UINT64_MAX);
}

static void steps_count_up_to_all(void **state)
{
	struct latency_summary summary;

	(void)state;
	latency_add(&latency, 800);	 /* under 1 us */
	latency_add(&latency, 3000);	 /* under 4 us */
	latency_add(&latency, 60000000); /* under 4^8 us, 65 ms */
	latency_add(&latency, UINT64_C(1) << 60);
	latency_read(&latency, &summary);
	assert_int_equal(summary.at_most[0], 1);
	assert_int_equal(summary.at_most[1], 2);
	assert_int_equal(summary.at_most[7], 2);
	assert_int_equal(summary.at_most[8], 3);
	assert_int_equal(summary.at_most[LATENCY_STEPS - 1], 3);
	assert_int_equal(summary.cnt, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_time_has_its_bucket),
		cmocka_unit_test(quantiles_are_near_the_exact_ones),
		cmocka_unit_test_setup(of_none_all_is_zero_and_of_one_all_is_it, empty),
		cmocka_unit_test_setup(steps_count_up_to_all, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
