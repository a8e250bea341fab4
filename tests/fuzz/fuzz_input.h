/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_input.h - the bytes that a fuzzer makes up, read as numbers, and its oracle.
 *
 * An input that ran dry goes on in zeros, so that every input is a valid one.
 *
 * Thread: the fuzzer's.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct fuzz_input {
	const uint8_t *at;
	size_t len;
};

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->at++;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint16_t low = fuzz_u8(in);

	return (uint16_t)(low | fuzz_u8(in) << 8);
}

static inline uint32_t fuzz_u32(struct fuzz_input *in)
{
	uint32_t low = fuzz_u16(in);

	return low | (uint32_t)fuzz_u16(in) << 16;
}

/* A claim that no input may break: libFuzzer keeps the one that does. */
#define FUZZ_REQUIRE(claim)                                                                 \
	do {                                                                                \
		if (!(claim)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                            \
		}                                                                           \
	} while (0)

/* What libFuzzer calls with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
