/* SPDX-License-Identifier: BSD-3-Clause */
/* vring_fault.h - the mistakes of a driver that a device can see, as values.
 *
 * A fault is sticky: the vring stops for good, until its driver resets it.
 * It is counted by kind and told by `explain`; nobody else notices.
 * Sections of Virtio 1.2: "The Virtqueue Descriptor Table", "Indirect
 * Descriptors", "Message Framing".
 *
 * Thread: any; no state.
 */
#ifndef VRINGD_VRING_FAULT_H
#define VRINGD_VRING_FAULT_H

/* clang-format off */
#define VRING_FAULTS(X)                                                                           \
	X(none,            "no fault")                                                            \
	X(avail_jump,      "the available index moved by more than the size of the virtqueue")    \
	X(head_range,      "an available entry names a head outside the descriptor table")        \
	X(next_range,      "a descriptor continues outside its table")                            \
	X(loop,            "a chain has more descriptors than the virtqueue")                     \
	X(indirect_size,   "an indirect table is empty, ragged or too large"            )     \
	X(indirect_nested, "an indirect table holds an indirect descriptor")                      \
	X(indirect_next,   "a descriptor is indirect and continues as well")                      \
	X(not_negotiated,  "an indirect descriptor without VIRTIO_F_INDIRECT_DESC")               \
	X(unmapped,        "a descriptor points outside the guest's memory")                      \
	X(order,           "a readable descriptor follows a writable one")                        \
	X(direction,       "a chain has descriptors of the wrong direction for this virtqueue")   \
	X(header_short,    "a chain is shorter than its virtio-net header")                       \
	X(pieces,          "a chain is cut into more pieces than a device can hold")           \
	X(memory_lost,     "the front end took memory away that it had shared")
/* clang-format on */

enum vring_fault {
#define X(name, english) VRING_FAULT_##name,
	VRING_FAULTS(X)
#undef X
		VRING_FAULT_CNT
};

/* Stable name as it stands in JSON ("head_range"), and the sentence. */
const char *vring_fault_name(enum vring_fault fault);
const char *vring_fault_english(enum vring_fault fault);
/* The section of Virtio 1.2 that forbids it. */
const char *vring_fault_section(enum vring_fault fault);

#endif
