/* SPDX-License-Identifier: BSD-3-Clause */
/* test_csum.c - sums over bytes in any pieces, against a sum taken byte by byte.
 *
 * Each piece has memory of its own, with nothing behind it: under a sanitizer
 * a byte too much is found.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "net/csum.h"

#define LEN_MAX 700
#define PIECES_MAX 40

struct pieces {
	uint8_t flat[LEN_MAX];
	size_t len;
	uint8_t *memory[PIECES_MAX];
	struct iovec iov[PIECES_MAX];
	unsigned cnt;
};

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 1071, byte by byte. */
static uint16_t naive(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return folded(sum);
}

static void fill(struct pieces *pieces, uint32_t *dice)
{
	bool full = dice_next(dice) % 4 == 0; /* of ones: carries everywhere */
	size_t i;

	for (i = 0; i < pieces->len; i++)
		pieces->flat[i] = full ? 0xff : (uint8_t)dice_next(dice);
}

/* A piece that begins `shift` bytes behind an aligned place and ends with its memory. */
static void add_piece(struct pieces *pieces, size_t start, size_t len, size_t shift)
{
	uint8_t *memory = malloc(shift + len + (shift + len == 0));

	assert_non_null(memory);
	memcpy(memory + shift, pieces->flat + start, len);
	pieces->memory[pieces->cnt] = memory;
	pieces->iov[pieces->cnt++] = (struct iovec){ memory + shift, len };
}

static void cut(struct pieces *pieces, uint32_t *dice)
{
	const size_t most = 1 + dice_next(dice) % 200;
	size_t start = 0;

	while (start < pieces->len && pieces->cnt < PIECES_MAX - 1) {
		size_t len = dice_next(dice) % (most + 1); /* some are empty */

		if (len > pieces->len - start)
			len = pieces->len - start;
		add_piece(pieces, start, len, dice_next(dice) % 16);
		start += len;
	}
	add_piece(pieces, start, pieces->len - start, dice_next(dice) % 16);
}

static void pieces_free(struct pieces *pieces)
{
	unsigned i;

	for (i = 0; i < pieces->cnt; i++)
		free(pieces->memory[i]);
}

static uint16_t sum_of(const uint8_t *bytes, size_t len)
{
	struct csum csum = { 0 };

	csum_add(&csum, bytes, len);
	return csum_fold(&csum);
}

static void a_sum_is_the_naive_one_however_bytes_are_cut(void **state)
{
	uint32_t dice = 7;
	unsigned round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		struct pieces pieces = { .len = dice_next(&dice) % (LEN_MAX + 1) };
		struct csum csum = { 0 };
		size_t skip;
		struct iov_at at;

		fill(&pieces, &dice);
		cut(&pieces, &dice);
		skip = pieces.len ? dice_next(&dice) % pieces.len : 0;
		at = iov_begin(pieces.iov, pieces.cnt);
		iov_skip(&at, skip);
		csum_add_iov(&csum, at, pieces.len - skip);
		assert_int_equal(csum_fold(&csum), naive(pieces.flat + skip, pieces.len - skip));
		pieces_free(&pieces);
	}
}

static void every_length_at_every_alignment_is_summed(void **state)
{
	struct pieces pieces = { .len = LEN_MAX };
	uint32_t dice = 11;
	size_t len, shift;

	(void)state;
	fill(&pieces, &dice);
	for (len = 0; len <= 100; len++) {
		for (shift = 0; shift < 16; shift++) {
			pieces.cnt = 0;
			add_piece(&pieces, 0, len, shift);
			assert_int_equal(sum_of(pieces.iov[0].iov_base, len),
					 naive(pieces.flat, len));
			pieces_free(&pieces);
		}
	}
}

static void a_sum_goes_on_from_an_odd_place(void **state)
{
	static const uint8_t bytes[] = { 0x12, 0x34, 0x56, 0x78, 0x9a };
	struct csum csum = { 0 };

	(void)state;
	csum_add(&csum, bytes, 1);
	assert_int_equal(csum_fold(&csum), 0x1200);
	csum_add(&csum, bytes + 1, 2);
	csum_add(&csum, bytes + 3, 1);
	assert_int_equal(csum_fold(&csum), 0x1234 + 0x5678);
	csum_add(&csum, bytes + 4, 1);
	assert_int_equal(csum_fold(&csum), folded(0x1234 + 0x5678 + 0x9a00));
}

static void a_word_is_summed_as_its_two_bytes(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0xcd, 0xff, 0xff, 0x12, 0x34 };
	struct csum csum = { 0 };

	(void)state;
	csum_add_word(&csum, 0xabcd);
	csum_add(&csum, bytes + 2, 2);
	csum_add_word(&csum, 0x1234);
	assert_int_equal(csum_fold(&csum), naive(bytes, sizeof(bytes)));
}

static void the_sum_of_nothing_is_0(void **state)
{
	struct csum csum = { 0 };

	(void)state;
	csum_add(&csum, NULL, 0);
	csum_add_iov(&csum, iov_begin(NULL, 0), 0);
	csum_add_iov(&csum, iov_begin(NULL, 0), 10);
	assert_int_equal(csum_fold(&csum), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_is_the_naive_one_however_bytes_are_cut),
		cmocka_unit_test(every_length_at_every_alignment_is_summed),
		cmocka_unit_test(a_sum_goes_on_from_an_odd_place),
		cmocka_unit_test(a_word_is_summed_as_its_two_bytes),
		cmocka_unit_test(the_sum_of_nothing_is_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
