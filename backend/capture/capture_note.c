/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_note.c - see capture_note.h. */
#include "capture/capture_note.h"

#include <stdio.h>

struct word {
	unsigned value;
	const char *name;
};

static const struct word flag_words[] = {
	{ VIRTIO_NET_HDR_F_NEEDS_CSUM, "NEEDS_CSUM" },
	{ VIRTIO_NET_HDR_F_DATA_VALID, "DATA_VALID" },
};

static const struct word gso_words[] = {
	{ VIRTIO_NET_HDR_GSO_NONE, "NONE" },
	{ VIRTIO_NET_HDR_GSO_TCPV4, "TCPV4" },
	{ VIRTIO_NET_HDR_GSO_UDP, "UDP" },
	{ VIRTIO_NET_HDR_GSO_TCPV6, "TCPV6" },
};

/* "NEEDS_CSUM|0x8"; "0" if there is none. */
static void say_flags(char *text, size_t size, unsigned flags)
{
	size_t len = 0;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(flag_words); i++) {
		if (!(flags & flag_words[i].value))
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s", len > 0 ? "|" : "",
					flag_words[i].name);
		flags &= ~flag_words[i].value;
	}
	if (flags != 0)
		snprintf(text + len, size - len, "%s%#x", len > 0 ? "|" : "", flags);
	else if (len == 0)
		snprintf(text, size, "0");
}

static void say_gso(char *text, size_t size, unsigned gso_type)
{
	unsigned type = gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
	const char *ecn = type != gso_type ? "|ECN" : "";
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(gso_words); i++)
		if (gso_words[i].value == type)
			break;
	if (i < ARRAY_SIZE(gso_words))
		snprintf(text, size, "%s%s", gso_words[i].name, ecn);
	else
		snprintf(text, size, "%#x%s", type, ecn);
}

void capture_note(char *note, size_t size, const char *vring, unsigned index,
		  const struct captured *frame)
{
	const struct virtio_net_hdr *hdr = &frame->hdr;
	char flags[48], gso[24], buffers[32] = "";

	say_flags(flags, sizeof(flags), hdr->flags);
	say_gso(gso, sizeof(gso), hdr->gso_type);
	if (index % 2 == 0)
		snprintf(buffers, sizeof(buffers), " num_buffers=%u", hdr->num_buffers);
	snprintf(note, size,
		 "head=%u vring=%s(%u) flags=%s gso=%s gso_size=%u hdr_len=%u csum_start=%u "
		 "csum_offset=%u%s",
		 frame->head, vring, index, flags, gso, hdr->gso_size, hdr->hdr_len,
		 hdr->csum_start, hdr->csum_offset, buffers);
}
