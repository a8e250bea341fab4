/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapng.c - see pcapng.h.
 *
 * All numbers are in the byte order of the writer, which a reader knows by the
 * byte-order magic. Everything is padded to 32 bits, and a block has its length at
 * both ends.
 */
#include "capture/pcapng.h"

#include <string.h>

/* "Block Type" */
enum {
	BLOCK_INTERFACE = 0x00000001,
	BLOCK_STATISTICS = 0x00000005,
	BLOCK_FRAME = 0x00000006,
	BLOCK_SECTION = 0x0a0d0d0a,
};

/* "Options": those of all blocks, and those of each. */
enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SECTION_USERAPPL = 4,
	INTERFACE_NAME = 2,
	INTERFACE_DESCRIPTION = 3,
	INTERFACE_TSRESOL = 9,
	INTERFACE_FILTER = 11,
	FRAME_FLAGS = 2,
	STATISTICS_IFRECV = 4,
	STATISTICS_IFDROP = 5,
};

#define LINKTYPE_ETHERNET 1
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define TSRESOL_NS 9   /* 10^-9 s */
#define FILTER_PCAP 0  /* a string of libpcap's */
#define FLAG_INBOUND 1 /* "Enhanced Packet Block Flags Word" */
#define FLAG_OUTBOUND 2

/* A block being put. */
struct block {
	struct pcapng_out *out;
	size_t start;
	bool fits;
};

static void put(struct block *block, const void *data, size_t len)
{
	struct pcapng_out *out = block->out;

	if (!block->fits || out->size - out->len < len) {
		block->fits = false;
		return;
	}
	if (len > 0)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

/* Fields begin at multiples of 32 bits of their block. */
static void pad(struct block *block)
{
	static const uint8_t zero[sizeof(uint32_t)];

	put(block, zero, -(block->out->len - block->start) % sizeof(zero));
}

static void put32(struct block *block, uint32_t value)
{
	put(block, &value, sizeof(value));
}

/* "Timestamp (High)" comes first, whatever the byte order. */
static void put_time(struct block *block, uint64_t wall_ns)
{
	put32(block, (uint32_t)(wall_ns >> 32));
	put32(block, (uint32_t)wall_ns);
}

static void put_option_head(struct block *block, uint16_t code, size_t len)
{
	const uint16_t head[] = { code, (uint16_t)len };

	put(block, head, sizeof(head));
}

static void put_option(struct block *block, uint16_t code, const void *value, size_t len)
{
	put_option_head(block, code, len);
	put(block, value, len);
	pad(block);
}

static void put_text(struct block *block, uint16_t code, const char *text)
{
	if (text)
		put_option(block, code, text, strnlen(text, UINT16_MAX));
}

/* A byte in front says what kind of filter it is. */
static void put_filter(struct block *block, const char *filter)
{
	static const uint8_t kind = FILTER_PCAP;
	size_t len = filter ? strnlen(filter, UINT16_MAX - sizeof(kind)) : 0;

	if (!filter)
		return;
	put_option_head(block, INTERFACE_FILTER, sizeof(kind) + len);
	put(block, &kind, sizeof(kind));
	put(block, filter, len);
	pad(block);
}

static struct block block_begin(struct pcapng_out *out, uint32_t type)
{
	struct block block = { .out = out, .start = out->len, .fits = true };

	put32(&block, type);
	put32(&block, 0); /* the length, once it is known */
	return block;
}

static bool block_end(struct block *block)
{
	struct pcapng_out *out = block->out;
	uint32_t len = (uint32_t)(out->len - block->start + sizeof(len));

	put32(block, len);
	if (block->fits)
		memcpy(out->data + block->start + sizeof(uint32_t), &len, sizeof(len));
	else
		out->len = block->start;
	return block->fits;
}

bool pcapng_put_section(struct pcapng_out *out, const char *program)
{
	static const uint16_t version[] = { 1, 0 };
	static const int64_t length_unknown = -1;
	struct block block = block_begin(out, BLOCK_SECTION);

	put32(&block, BYTE_ORDER_MAGIC);
	put(&block, version, sizeof(version));
	put(&block, &length_unknown, sizeof(length_unknown));
	put_text(&block, SECTION_USERAPPL, program);
	put_option_head(&block, OPT_END, 0);
	return block_end(&block);
}

bool pcapng_put_interface(struct pcapng_out *out, const struct pcapng_interface *interface)
{
	static const uint16_t link[] = { LINKTYPE_ETHERNET, 0 };
	static const uint8_t resolution = TSRESOL_NS;
	struct block block = block_begin(out, BLOCK_INTERFACE);

	put(&block, link, sizeof(link));
	put32(&block, interface->snap_len);
	put_text(&block, INTERFACE_NAME, interface->name);
	put_text(&block, INTERFACE_DESCRIPTION, interface->description);
	put_option(&block, INTERFACE_TSRESOL, &resolution, sizeof(resolution));
	put_filter(&block, interface->filter);
	put_option_head(&block, OPT_END, 0);
	return block_end(&block);
}

bool pcapng_put_frame(struct pcapng_out *out, const struct pcapng_frame *frame)
{
	const uint32_t flags = frame->outbound ? FLAG_OUTBOUND : FLAG_INBOUND;
	struct block block = block_begin(out, BLOCK_FRAME);

	put32(&block, frame->interface);
	put_time(&block, frame->wall_ns);
	put32(&block, frame->kept_len);
	put32(&block, frame->len);
	put(&block, frame->data, frame->kept_len);
	pad(&block);
	put_text(&block, OPT_COMMENT, frame->comment);
	put_option(&block, FRAME_FLAGS, &flags, sizeof(flags));
	put_option_head(&block, OPT_END, 0);
	return block_end(&block);
}

bool pcapng_put_statistics(struct pcapng_out *out, const struct pcapng_statistics *statistics)
{
	struct block block = block_begin(out, BLOCK_STATISTICS);

	put32(&block, statistics->interface);
	put_time(&block, statistics->wall_ns);
	put_option(&block, STATISTICS_IFRECV, &statistics->seen, sizeof(statistics->seen));
	put_option(&block, STATISTICS_IFDROP, &statistics->lost, sizeof(statistics->lost));
	put_option_head(&block, OPT_END, 0);
	return block_end(&block);
}
