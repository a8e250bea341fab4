/* SPDX-License-Identifier: BSD-3-Clause */
/* test_iov.c - lists of iovecs, cut in every way, against one flat buffer. */
#include "check.h"

#include <string.h>

#include "compiler.h"
#include "net/iov.h"

#define LEN 40

/* Cuts `bytes` into pieces as the bits of `cuts` say; some pieces are empty. */
static unsigned cut(struct iovec iov[2 * LEN], uint8_t *bytes, uint64_t cuts)
{
	unsigned cnt = 0, start = 0, i;

	for (i = 0; i < LEN; i++) {
		if (i + 1 < LEN && !(cuts >> i & 1))
			continue;
		iov[cnt++] = (struct iovec){ bytes + start, i + 1 - start };
		start = i + 1;
		if (cuts >> (LEN + i % 8) & 1)
			iov[cnt++] = (struct iovec){ NULL, 0 };
	}
	return cnt;
}

#define GAP 0xee

/* Moves some of the pieces apart, so that they do not adjoin, into a room of GAPs. */
static void spread(struct iovec *iov, unsigned cnt, uint8_t room[3 * LEN], uint64_t gaps)
{
	uint8_t *to = room;
	unsigned i;

	memset(room, GAP, 3 * LEN);
	for (i = 0; i < cnt; i++) {
		if (iov[i].iov_len == 0)
			continue;
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		iov[i].iov_base = to;
		to += iov[i].iov_len + (gaps >> i % 64 & 1);
	}
}

/* Takes the pieces out of their room, where nothing but GAPs may be left. */
static void gather(const struct iovec *iov, unsigned cnt, uint8_t room[3 * LEN], uint8_t *bytes)
{
	unsigned i;

	for (i = 0; i < cnt; i++) {
		if (iov[i].iov_len == 0)
			continue;
		memcpy(bytes, iov[i].iov_base, iov[i].iov_len);
		memset(iov[i].iov_base, GAP, iov[i].iov_len);
		bytes += iov[i].iov_len;
	}
	for (i = 0; i < 3 * LEN; i++)
		assert_int_equal(room[i], GAP);
}

static void fill(uint8_t *bytes, uint8_t first)
{
	unsigned i;

	for (i = 0; i < LEN; i++)
		bytes[i] = (uint8_t)(first + i);
}

static uint64_t roll(uint32_t *dice)
{
	return (uint64_t)dice_next(dice) << 32 | dice_next(dice);
}

static void a_copy_from_list_to_list_is_the_flat_copy(void **state)
{
	uint8_t from[LEN], to[LEN], wanted[LEN], from_room[3 * LEN], to_room[3 * LEN];
	struct iovec from_iov[2 * LEN], to_iov[2 * LEN];
	uint32_t dice = 1;
	unsigned round;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct iov_at from_at, to_at;
		unsigned to_cnt;
		unsigned skip_from = dice_next(&dice) % LEN, skip_to = dice_next(&dice) % LEN;
		unsigned len = dice_next(&dice) % (2 * LEN), fits = len;

		fill(from, 1);
		fill(to, 100);
		fill(wanted, 100);
		from_at = iov_begin(from_iov, cut(from_iov, from, roll(&dice)));
		to_at = iov_begin(to_iov, cut(to_iov, to, roll(&dice)));
		to_cnt = to_at.cnt;
		spread(from_iov, from_at.cnt, from_room, roll(&dice));
		spread(to_iov, to_at.cnt, to_room, roll(&dice));
		iov_skip(&from_at, skip_from);
		iov_skip(&to_at, skip_to);
		fits = fits < LEN - skip_from ? fits : LEN - skip_from;
		fits = fits < LEN - skip_to ? fits : LEN - skip_to;
		memcpy(wanted + skip_to, from + skip_from, fits);

		assert_int_equal(iov_copy(&to_at, &from_at, len), fits);
		gather(to_iov, to_cnt, to_room, to);
		assert_memory_equal(to, wanted, LEN);
	}
}

static void put_and_get_go_on_where_they_stopped(void **state)
{
	uint8_t bytes[LEN] = { 0 }, flat[LEN], back[LEN];
	struct iovec iov[2 * LEN];
	unsigned cnt = cut(iov, bytes, 0x5a5a5a5a5a5a5a5a);
	struct iov_at put = iov_begin(iov, cnt), get = put;
	unsigned i;

	(void)state;
	fill(flat, 3);
	for (i = 0; i < LEN; i += 5)
		assert_int_equal(iov_put(&put, flat + i, 5), 5);
	assert_int_equal(iov_put(&put, flat, 1), 0);
	assert_memory_equal(bytes, flat, LEN);
	for (i = 0; i < LEN; i += 8)
		assert_int_equal(iov_get(&get, back + i, 8), 8);
	assert_int_equal(iov_get(&get, back, 1), 0);
	assert_memory_equal(back, flat, LEN);
	assert_int_equal(iov_len(iov, cnt), LEN);
}

static void pieces_are_the_bytes_in_their_order_and_none_is_empty(void **state)
{
	uint8_t bytes[LEN];
	struct iovec iov[2 * LEN], piece;
	uint32_t dice = 5;
	unsigned round;

	(void)state;
	for (round = 0; round < 1000; round++) {
		struct iov_at at = iov_begin(iov, cut(iov, bytes, roll(&dice)));
		unsigned most = 1 + dice_next(&dice) % LEN, done = 0;

		for (piece = iov_next(&at, most); piece.iov_len; piece = iov_next(&at, most)) {
			assert_ptr_equal(piece.iov_base, bytes + done);
			assert_true(piece.iov_len <= most);
			done += piece.iov_len;
		}
		assert_int_equal(done, LEN);
	}
}

static void pieces_that_adjoin_are_one(void **state)
{
	uint8_t bytes[LEN] = { 0 };
	const struct iovec iov[] = {
		{ bytes, 4 }, { bytes + 4, 6 },	 { bytes + 10, 5 }, { NULL, 0 },
		{ bytes, 1 }, { bytes + 20, 9 }, { bytes + 29, 2 },
	};
	const size_t wanted[] = { 13, 1, 11, 0 };
	struct iov_at at = iov_begin(iov, ARRAY_SIZE(iov));
	unsigned i;

	(void)state;
	iov_skip(&at, 2);
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(iov_next(&at, LEN).iov_len, wanted[i]);
}

static void trimming_the_front_leaves_the_rest(void **state)
{
	uint8_t bytes[LEN], back[LEN];
	struct iovec iov[2 * LEN];
	unsigned len;

	(void)state;
	fill(bytes, 9);
	for (len = 0; len <= LEN; len++) {
		unsigned cnt = cut(iov, bytes, 0x123456789abcdef);
		struct iovec *rest = iov_trim_front(iov, &cnt, len);
		struct iov_at at = iov_begin(rest, cnt);

		assert_int_equal(iov_len(rest, cnt), LEN - len);
		assert_int_equal(iov_get(&at, back, LEN), LEN - len);
		assert_memory_equal(back, bytes + len, LEN - len);
	}
}

static void skipping_past_the_end_stays_there(void **state)
{
	uint8_t byte = 7;
	const struct iovec iov = { &byte, 1 };
	struct iov_at at = iov_begin(&iov, 1), none = iov_begin(NULL, 0);

	(void)state;
	iov_skip(&at, 100);
	assert_int_equal(iov_get(&at, &byte, 1), 0);
	iov_skip(&none, 1);
	assert_int_equal(iov_get(&none, &byte, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_from_list_to_list_is_the_flat_copy),
		cmocka_unit_test(put_and_get_go_on_where_they_stopped),
		cmocka_unit_test(pieces_are_the_bytes_in_their_order_and_none_is_empty),
		cmocka_unit_test(pieces_that_adjoin_are_one),
		cmocka_unit_test(trimming_the_front_leaves_the_rest),
		cmocka_unit_test(skipping_past_the_end_stays_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
