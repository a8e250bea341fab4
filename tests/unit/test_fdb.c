/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fdb.c - the forwarding table: learn, move, age, and what one member may do to others. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "port/fdb.h"

#define AGE_S 300
#define STATION UINT64_C(0x525400000000)

static const struct fdb_key key = { { UINT64_C(0x9e3779b97f4a7c15),
				      UINT64_C(0xd1b54a32d192ed03) } };
static struct fdb *fdb;

static int make(void **state)
{
	(void)state;
	fdb = fdb_new(AGE_S, &key);
	return fdb ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	fdb_free(fdb);
	return 0;
}

/* Entries of a member by going over the table, each address once. */
static unsigned entries_of(unsigned member, uint32_t now_s)
{
	struct fdb_entry entry;
	uint32_t place = 0;
	unsigned cnt = 0;

	while (fdb_next(fdb, &place, now_s, &entry)) {
		assert_int_equal(fdb_find(fdb, entry.mac, now_s), entry.member);
		cnt += entry.member == member;
	}
	return cnt;
}

static void learn_many(unsigned member, uint64_t from, unsigned cnt, uint32_t now_s)
{
	unsigned i;

	for (i = 0; i < cnt; i++)
		fdb_learn(fdb, from + i, member, now_s);
}

static void what_is_learned_is_found(void **state)
{
	(void)state;
	assert_int_equal(fdb_find(fdb, STATION, 1), FDB_NOWHERE);
	assert_int_equal(fdb_learn(fdb, STATION, 0, 1), FDB_LEARNED);
	assert_int_equal(fdb_learn(fdb, STATION + 1, 255, 1), FDB_LEARNED);
	assert_int_equal(fdb_learn(fdb, STATION, 0, 1), FDB_KNOWN);
	assert_int_equal(fdb_find(fdb, STATION, 1), 0);
	assert_int_equal(fdb_find(fdb, STATION + 1, 1), 255);
	assert_int_equal(fdb_find(fdb, STATION + 2, 1), FDB_NOWHERE);
	assert_int_equal(fdb_held(fdb, 0) + fdb_held(fdb, 255), 2);
}

static void a_moved_address_is_learned_again_at_once(void **state)
{
	(void)state;
	fdb_learn(fdb, STATION, 3, 1);
	assert_int_equal(fdb_learn(fdb, STATION, 4, 1), FDB_MOVED);
	assert_int_equal(fdb_find(fdb, STATION, 1), 4);
	assert_int_equal(fdb_held(fdb, 3), 0);
	assert_int_equal(fdb_held(fdb, 4), 1);
}

static void what_is_not_seen_for_long_is_forgotten(void **state)
{
	(void)state;
	fdb_learn(fdb, STATION, 3, 100);
	assert_int_equal(fdb_find(fdb, STATION, 100 + AGE_S), 3);
	assert_int_equal(fdb_find(fdb, STATION, 101 + AGE_S), FDB_NOWHERE);
	fdb_sweep(fdb, 100 + AGE_S);
	assert_int_equal(fdb_held(fdb, 3), 1);
	fdb_sweep(fdb, 101 + AGE_S);
	assert_int_equal(fdb_held(fdb, 3), 0);
	assert_int_equal(fdb_learn(fdb, STATION, 3, 102 + AGE_S), FDB_LEARNED);
}

static void what_is_seen_again_stays(void **state)
{
	uint32_t now_s;

	(void)state;
	for (now_s = 1; now_s < 10 * AGE_S; now_s += AGE_S)
		fdb_learn(fdb, STATION, 3, now_s);
	assert_int_equal(fdb_find(fdb, STATION, now_s), 3);
}

/* The clock wraps, and that of another worker is a little behind. */
static void time_may_wrap_and_differ(void **state)
{
	struct fdb_entry entry;
	uint32_t place = 0;

	(void)state;
	fdb_learn(fdb, STATION, 3, UINT32_MAX);
	assert_int_equal(fdb_find(fdb, STATION, UINT32_MAX - 1), 3);
	assert_int_equal(fdb_find(fdb, STATION, 10), 3);
	fdb_learn(fdb, STATION, 3, 5);
	fdb_learn(fdb, STATION, 3, 4);
	assert_true(fdb_next(fdb, &place, 5, &entry));
	assert_int_equal(entry.age_s, 0);
	assert_int_equal(fdb_find(fdb, STATION, 6 + AGE_S), FDB_NOWHERE);
}

static void a_member_is_forgotten_and_no_other(void **state)
{
	(void)state;
	learn_many(1, STATION, 1000, 1);
	learn_many(2, STATION + 1000, 1000, 1);
	fdb_forget(fdb, 1);
	assert_int_equal(fdb_held(fdb, 1), 0);
	assert_int_equal(entries_of(1, 1), 0);
	assert_int_equal(entries_of(2, 1), 1000);
}

static void a_flood_takes_its_share_and_evicts_only_its_own(void **state)
{
	const uint64_t flood = UINT64_C(0x020000000000);
	unsigned i;

	(void)state;
	learn_many(1, STATION, 500, 1);
	learn_many(9, flood, 100000, 2);
	assert_int_equal(fdb_held(fdb, 9), FDB_SHARE);
	assert_int_equal(entries_of(9, 2), FDB_SHARE);
	for (i = 0; i < 500; i++)
		assert_int_equal(fdb_find(fdb, STATION + i, 2), 1);
	/* Who comes later finds room. */
	for (i = 0; i < 200; i++)
		assert_int_equal(fdb_learn(fdb, STATION + 1000 + i, 2, 3), FDB_LEARNED);
	assert_int_equal(entries_of(2, 3), 200);
}

/* The share is full: a new address of the member takes the place of an old one
 * where there is one, and is refused elsewhere. */
static void at_its_share_a_member_learns_only_in_the_place_of_its_own(void **state)
{
	unsigned learned = 0, refused = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		enum fdb_learned what = fdb_learn(fdb, STATION + i, 7, 1);

		learned += what == FDB_LEARNED;
		refused += what == FDB_NO_ROOM;
	}
	assert_int_equal(learned + refused, 100000);
	assert_true(learned > FDB_SHARE);
	assert_true(refused > 0);
}

/* Members that fill the table leave to each other what is guaranteed. */
static void in_a_full_table_a_member_has_what_is_guaranteed(void **state)
{
	unsigned member, i;

	(void)state;
	for (member = 0; member < 40; member++)
		learn_many(member, STATION + member * UINT64_C(0x1000000), 20000, 1);
	assert_int_equal(entries_of(0, 1), fdb_held(fdb, 0));
	for (i = 0; i < FDB_GUARANTEED; i++)
		assert_int_equal(fdb_learn(fdb, 2 + i * UINT64_C(2), 200, 1), FDB_LEARNED);
	assert_int_equal(entries_of(200, 1), FDB_GUARANTEED);
	/* What it has is not taken from it. */
	for (member = 0; member < 40; member++)
		learn_many(member, STATION + member * UINT64_C(0x1000000) + 30000, 20000, 1);
	assert_int_equal(entries_of(200, 1), FDB_GUARANTEED);
}

static void addresses_in_a_row_spread(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < FDB_SHARE; i++)
		fdb_learn(fdb, STATION + i, 0, 1);
	assert_true(fdb_held(fdb, 0) > FDB_SHARE * 99 / 100);
}

/* ---- two threads ---- */

#define ROAMING 64
#define ROUNDS 20000

static _Atomic unsigned wrong;

/* Addresses that both claim, between many of its own. */
static void *roam(void *argument)
{
	unsigned member = *(unsigned *)argument;
	uint32_t dice = member + 1;
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		int found;

		fdb_learn(fdb, STATION + dice_next(&dice) % ROAMING, member, 1 + i / 1000);
		fdb_learn(fdb, (uint64_t)member << 40 | (dice_next(&dice) % 1000 + 1), member, 1);
		found = fdb_find(fdb, STATION + dice_next(&dice) % ROAMING, 1);
		if (found != FDB_NOWHERE && found != 2 && found != 4)
			atomic_fetch_add(&wrong, 1);
		if (fdb_find(fdb, STATION + 1000, 1) != 6)
			atomic_fetch_add(&wrong, 1);
		if (i % 512 == 0)
			sched_yield();
	}
	return NULL;
}

static void two_threads_learn_and_look_up(void **state)
{
	unsigned members[2] = { 2, 4 };
	pthread_t threads[2];
	unsigned i;

	(void)state;
	fdb_learn(fdb, STATION + 1000, 6, 1);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, roam, &members[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	/* Each address once, and the accounts are right. */
	for (i = 0; i < 2; i++)
		assert_int_equal(entries_of(members[i], 1), fdb_held(fdb, members[i]));
	for (i = 0; i < ROAMING; i++)
		assert_int_not_equal(fdb_find(fdb, STATION + i, 1), FDB_NOWHERE);
}

/* Both learn the same addresses for the first time, in step as far as they can. Those
 * are more than their shares, so places change hands too. */
#define NEW_ADDRESSES 30000

static _Atomic unsigned arrived;

static void *learn_in_step(void *argument)
{
	unsigned member = *(unsigned *)argument;
	unsigned i, spins;

	for (i = 0; i < NEW_ADDRESSES; i++) {
		atomic_fetch_add(&arrived, 1);
		for (spins = 0; spins < 100000 && atomic_load(&arrived) < 2 * (i + 1); spins++)
			;
		fdb_learn(fdb, STATION + i, member, 1);
	}
	return NULL;
}

static void an_address_that_two_learn_at_once_is_there_once(void **state)
{
	unsigned members[2] = { 2, 4 };
	pthread_t threads[2];
	unsigned i, cnt;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, learn_in_step, &members[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cnt = fdb_held(fdb, 2) + fdb_held(fdb, 4);
	assert_int_equal(entries_of(2, 1) + entries_of(4, 1), cnt);
	assert_true(cnt <= NEW_ADDRESSES);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make, drop)
	const struct CMUnitTest tests[] = {
		TEST(what_is_learned_is_found),
		TEST(a_moved_address_is_learned_again_at_once),
		TEST(what_is_not_seen_for_long_is_forgotten),
		TEST(what_is_seen_again_stays),
		TEST(time_may_wrap_and_differ),
		TEST(a_member_is_forgotten_and_no_other),
		TEST(a_flood_takes_its_share_and_evicts_only_its_own),
		TEST(at_its_share_a_member_learns_only_in_the_place_of_its_own),
		TEST(in_a_full_table_a_member_has_what_is_guaranteed),
		TEST(addresses_in_a_row_spread),
		TEST(two_threads_learn_and_look_up),
		TEST(an_address_that_two_learn_at_once_is_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
