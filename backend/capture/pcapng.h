/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapng.h - blocks of a pcapng file, written into memory.
 *
 * The four that a capture needs, after the IETF draft "PCAP Next Generation (pcapng)
 * Capture File Format": section header, interface description, enhanced packet,
 * interface statistics. Pure: no file, no clock, no allocation.
 *
 * Why not DPDK's librte_pcapng: in 22.11 a frame has no comment there, which is where
 * its descriptor head and virtio-net header go. It also takes frames as mbufs of a
 * pool, timestamps as cycles, and for an interface the number of an ethdev, all of
 * which a guest's port does not have; and it is experimental. Nor can libpcap help: it
 * reads pcapng and does not write it.
 *
 * Thread: any.
 */
#ifndef VRINGD_CAPTURE_PCAPNG_H
#define VRINGD_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where blocks are put, one behind the other. Each function returns false if its
 * block does not fit, and leaves everything as it was. */
struct pcapng_out {
	uint8_t *data;
	size_t len, size;
};

/* Texts may be NULL: not told. One that is longer than 65,535 bytes is cut. */

struct pcapng_interface {
	const char *name, *description;
	const char *filter; /* in libpcap's syntax */
	uint32_t snap_len;
};

struct pcapng_frame {
	uint32_t interface; /* the nth that was put, from 0 */
	uint64_t wall_ns;
	uint32_t len, kept_len;
	const uint8_t *data; /* kept_len bytes */
	bool outbound;
	const char *comment;
};

struct pcapng_statistics {
	uint32_t interface;
	uint64_t wall_ns;
	uint64_t seen, lost; /* frames; seen are those that are lost too */
};

/* First in a file, once. */
bool pcapng_put_section(struct pcapng_out *out, const char *program);
/* Ethernet, with times in nanoseconds. */
bool pcapng_put_interface(struct pcapng_out *out, const struct pcapng_interface *interface);
bool pcapng_put_frame(struct pcapng_out *out, const struct pcapng_frame *frame);
bool pcapng_put_statistics(struct pcapng_out *out, const struct pcapng_statistics *statistics);

#endif
