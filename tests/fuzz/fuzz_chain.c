/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_chain.c - one chain of descriptors straight from the input, of either layout.
 *
 * The ring and the tables behind it are filled with the descriptors of the
 * input again and again. The chain is walked here a second time, in the plainest
 * way, and both must come to the same pieces or to the same fault.
 */
#include <string.h>

#include "fuzz_walk.h"

#define DESCS_MAX 64

static void compare(struct fuzz_guest *guest, struct vring *vring, unsigned head)
{
	static struct iovec iov[FUZZ_PIECES_MAX], plain[FUZZ_PIECES_MAX];
	struct fuzz_walk walk = { .guest = guest, .pieces = plain };
	struct chain_scratch scratch = { .iov = iov, .cap = FUZZ_PIECES_MAX };
	enum vring_fault fault;
	struct chain chain;
	unsigned taken = vring_take(vring, &scratch, &chain, 1);

	fault = fuzz_walk(&walk, head);
	FUZZ_REQUIRE(vring->fault == fault && taken == (fault == VRING_FAULT_none));
	FUZZ_REQUIRE(scratch.used == (taken ? walk.cnt : 0));
	if (!taken)
		return;
	fuzz_guest_check_chain(guest, &chain);
	FUZZ_REQUIRE(chain.slots == walk.slots);
	FUZZ_REQUIRE(chain.readable_cnt + chain.writable_cnt == walk.cnt);
	FUZZ_REQUIRE(memcmp(chain.iov, plain, walk.cnt * sizeof(struct iovec)) == 0);
	vring_use(vring, &chain, NULL, 1);
	vring_publish(vring);
}

/* Eight bytes each. Addresses are led to where memory is, lengths to what fits, those
 * of tables to a few entries, and links to the neighbourhood of that; mostly. */
static struct virtq_desc read_desc(struct fuzz_input *in, bool packed)
{
	struct virtq_desc desc = { .addr = fuzz_guest_gpa(in) };
	uint16_t len = fuzz_u16(in);
	uint16_t flags, next;

	desc.flags = flags = fuzz_u16(in);
	desc.next = next = fuzz_u16(in);
	if ((packed ? next : flags) & VIRTQ_DESC_F_INDIRECT && len < 0xc000)
		desc.len = len & 0x3f0;
	else
		desc.len = len < 0xf000 ? len & 0x1fff : (uint32_t)len << 16 | len;
	if (!packed)
		desc.next = next < 0xf000 ? next & 0x3f : next;
	return desc;
}

static unsigned read_descs(struct fuzz_input *in, struct virtq_desc *descs, bool packed)
{
	unsigned cnt = 0;

	while (in->len >= 8 && cnt < DESCS_MAX)
		descs[cnt++] = read_desc(in, packed);
	return cnt;
}

/* As many descriptors as fit, again and again. */
static void repeat(struct fuzz_guest *guest, void *to, size_t len, const struct virtq_desc *descs,
		   unsigned cnt)
{
	static struct virtq_desc bytes[0x4000 / sizeof(struct virtq_desc)];
	unsigned i;

	for (i = 0; i < len / sizeof(*descs); i++)
		bytes[i] = descs[i % cnt];
	fuzz_guest_write(guest, to, bytes, len);
}

/* The first `ring_cnt` of them fill the ring, the others all other memory. */
static void fill(struct fuzz_guest *guest, struct fuzz_input *in, unsigned ring_cnt)
{
	struct virtq_desc descs[DESCS_MAX] = { { 0 } };
	unsigned cnt = read_descs(in, descs, guest->config.shape.packed);
	unsigned rest = cnt > ring_cnt ? cnt - ring_cnt : 1;
	uint16_t mine =
		guest->config.next_avail & POSITION_WRAP ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED;
	unsigned i;

	for (i = 1; i < guest->mem.region_cnt; i++)
		repeat(guest, guest->mem.regions[i].base, guest->mem.regions[i].size,
		       &descs[ring_cnt], rest);
	for (i = 0; i < ring_cnt && guest->config.shape.packed; i++)
		descs[i].next = mine | (descs[i].next & ~(VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED));
	repeat(guest, guest->config.parts.desc, sizeof(*descs) * guest->config.shape.size, descs,
	       ring_cnt);
}

static void start(struct fuzz_guest *guest, struct fuzz_input *in, struct vring *vring,
		  unsigned head, unsigned ring_cnt)
{
	const uint16_t avail[] = { 1, (uint16_t)head };
	uint16_t wrap = in->len & 1 ? POSITION_WRAP : 0;

	if (guest->config.shape.packed)
		guest->config.next_avail = guest->config.next_used = (uint16_t)(wrap | head);
	FUZZ_REQUIRE(!vring_check(&guest->config));
	fill(guest, in, ring_cnt);
	if (!guest->config.shape.packed)
		fuzz_guest_write(guest, &guest->config.parts.avail->idx, avail, sizeof(avail));
	vring_attach(vring, &guest->config);
	compare(guest, vring, head);
	fuzz_guest_check(guest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	uint8_t flags = fuzz_u8(&in);
	uint8_t size = fuzz_u8(&in);
	unsigned ring_cnt = 1 + fuzz_u8(&in) % 16;
	unsigned head;
	struct fuzz_guest guest;
	struct vring vring;

	fuzz_guest_open(&guest, flags);
	guest.config.shape.packed = flags & 4;
	guest.config.indirect = flags & 8;
	guest.config.shape.size = flags & 4 ? 1 + size % FUZZ_SIZE_MAX : 1 << size % 8;
	head = fuzz_u8(&in) % guest.config.shape.size;
	fuzz_guest_place(&guest, fuzz_u8(&in));
	start(&guest, &in, &vring, head, ring_cnt);
	return 0;
}
