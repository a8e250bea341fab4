/* SPDX-License-Identifier: BSD-3-Clause */
/* csum.c - see csum.h.
 *
 * By RFC 1071 a sum may be taken in words of any width and any byte order, as
 * long as carries come back in at the low end: it is folded and brought into
 * order at last. Bytes from an odd place on are summed as if their place were
 * even, and the two bytes of that sum change places.
 */
#include "net/csum.h"

#include <string.h>

#include "virtio_spec.h" /* says that this host is little-endian */

static uint64_t load(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Four sums side by side, so that no addition waits for the carry of the last. */
static uint64_t sum_of(const uint8_t *bytes, size_t len)
{
	uint64_t sums[4] = { 0 };
	uint64_t tail = 0;

	for (; len >= 32; len -= 32, bytes += 32) {
		sums[0] = add(sums[0], load(bytes));
		sums[1] = add(sums[1], load(bytes + 8));
		sums[2] = add(sums[2], load(bytes + 16));
		sums[3] = add(sums[3], load(bytes + 24));
	}
	for (; len >= 8; len -= 8, bytes += 8)
		sums[0] = add(sums[0], load(bytes));
	memcpy(&tail, bytes, len);
	sums[1] = add(sums[1], tail);
	return add(add(sums[0], sums[1]), add(sums[2], sums[3]));
}

void csum_add(struct csum *csum, const void *bytes, size_t len)
{
	uint64_t sum;

	if (len == 0)
		return;
	sum = sum_of(bytes, len);
	if (csum->odd)
		sum = __builtin_bswap16(fold(sum));
	csum->sum = add(csum->sum, sum);
	csum->odd ^= len & 1;
}

void csum_add_iov(struct csum *csum, struct iov_at at, size_t len)
{
	while (len > 0) {
		const struct iovec piece = iov_next(&at, len);

		if (piece.iov_len == 0)
			return;
		csum_add(csum, piece.iov_base, piece.iov_len);
		len -= piece.iov_len;
	}
}

void csum_add_word(struct csum *csum, uint16_t word)
{
	csum->sum = add(csum->sum, __builtin_bswap16(word));
}

uint16_t csum_fold(const struct csum *csum)
{
	return __builtin_bswap16(fold(csum->sum));
}
