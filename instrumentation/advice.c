/* SPDX-License-Identifier: BSD-3-Clause */
/* advice.c - where the specification forbids a fault, and what to do about drops. */
#include "counters.h"

/* NULL for a kind that is not filed here. */
static const char *const fault_section[VRING_FAULT_CNT] = {
	[VRING_FAULT_avail_jump] = "The Virtqueue Available Ring",
	[VRING_FAULT_head_range] = "The Virtqueue Available Ring",
	[VRING_FAULT_next_range] = "The Virtqueue Descriptor Table",
	[VRING_FAULT_loop] = "The Virtqueue Descriptor Table",
	[VRING_FAULT_indirect_size] = "Indirect Descriptors",
	[VRING_FAULT_indirect_nested] = "Indirect Descriptors",
	[VRING_FAULT_indirect_next] = "Indirect Descriptors",
	[VRING_FAULT_not_negotiated] = "Indirect Descriptors",
	[VRING_FAULT_unmapped] = "The Virtqueue Descriptor Table",
	[VRING_FAULT_order] = "Message Framing",
	[VRING_FAULT_direction] = "Message Framing",
	[VRING_FAULT_header_short] = "Device Operation",
};

/* NULL where there is nothing to advise. */
static const char *const drop_advice[DROP_REASON_CNT] = {
	[DROP_no_buffer] = "the guest is slower than its traffic: give it CPU time or a larger "
			   "receive ring (rx_queue_size=1024)",
	[DROP_unwired] = "join the port to another one with 'vringctl wire'",
	[DROP_oversize] = "give both ends of the wire the same MTU, and look whether the guest "
			  "negotiated VIRTIO_NET_F_MRG_RXBUF",
	[DROP_uplink] = "look at the other end of the wire ('ip -s link' for a tap): it is down, "
			"full, or refuses the frame's offload",
	[DROP_stopped] = "nothing to do if the guest is booting; otherwise bring its interface up",
	[DROP_disabled] = "the guest uses fewer queues than it has ('ethtool -L'), or its "
			  "interface is down",
	[DROP_bad_header] =
		"a driver wrote it: see what the guest negotiated and sent ('ethtool -k')",
	[DROP_faulted] = "see the fault of the receiving vring; only its driver can reset it",
};

const char *vring_fault_section(enum vring_fault fault)
{
	return fault_section[fault] ? fault_section[fault] : "Virtqueues";
}

const char *drop_reason_advice(enum drop_reason reason)
{
	return drop_advice[reason];
}
