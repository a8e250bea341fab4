/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_guest.c - what is wrong with a guest's connection, or lacks in what it
 * negotiated; see doctor.h.
 */
#include <stdio.h>
#include <string.h>

#include "doctor_tell.h"
#include "virtio_spec.h"

#define OFTEN_CONNECTS 5
#define OFTEN_WITHIN_S 600

/* Bits of the vhost-user protocol, section "Protocol features". */
#define PROTOCOL_REPLY_ACK 3
#define PROTOCOL_STATUS 16

/* What a driver lacks, by what it costs. */
static const struct {
	unsigned bit;
	const char *check, *feature, *cost;
	const char *key; /* of the port, which withholds it */
	const char *reference;
} lacks[] = {
	{ VIRTIO_F_VERSION_1, "no_version_1", "VIRTIO_F_VERSION_1",
	  "this is a legacy driver: some of what it may do is only by custom, and its header "
	  "has 10 bytes unless it merges receive buffers",
	  NULL, "Virtio 1.2, \"Legacy Interface: A Note on Feature Bits\"" },
	{ VIRTIO_F_EVENT_IDX, "no_event_idx", "VIRTIO_F_EVENT_IDX",
	  "calls and kicks can only be switched on and off as a whole, so there are many more of "
	  "them",
	  "event-idx", "Virtio 1.2, \"Used Buffer Notification Suppression\"" },
	{ VIRTIO_NET_F_MRG_RXBUF, "no_mrg_rxbuf", "VIRTIO_NET_F_MRG_RXBUF",
	  "each receive buffer must hold the largest frame: 64 KiB each with TSO, or no TSO "
	  "towards the guest",
	  "mrg-rxbuf", "Virtio 1.2, \"Processing of Incoming Packets\"" },
	{ VIRTIO_NET_F_CSUM, "no_csum", "VIRTIO_NET_F_CSUM",
	  "the guest computes each checksum itself, and without it there is no segmentation "
	  "offload",
	  "offload", "Virtio 1.2, \"Packet Transmission\"" },
	{ VIRTIO_NET_F_HOST_TSO4, "no_tso", "VIRTIO_NET_F_HOST_TSO4",
	  "TCP is sent in frames of one MTU in place of up to 64 KiB, at several times the cost",
	  "offload", "Virtio 1.2, \"Packet Transmission\"" },
	{ VIRTIO_NET_F_GUEST_CSUM, "no_guest_csum", "VIRTIO_NET_F_GUEST_CSUM",
	  "each checksum towards the guest must be computed, and TCP comes in frames of one MTU",
	  "offload", "Virtio 1.2, \"Processing of Incoming Packets\"" },
	{ VIRTIO_F_INDIRECT_DESC, "no_indirect", "VIRTIO_F_INDIRECT_DESC",
	  "a frame in many pieces takes as many slots of the ring", "indirect",
	  "Virtio 1.2, \"Indirect Descriptors\"" },
};

static bool has(uint64_t features, unsigned bit)
{
	return features & FEATURE_BIT(bit);
}

static void tell_absent(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (guest->connects == 0)
		check = doctor_find(teller, "never_connected", DOCTOR_STATUS_warn,
				    "no front end has ever connected: vringd %s %s since %" PRIu64
				    " s",
				    guest->client ? "tries to connect to" : "listens on",
				    guest->socket, guest->uptime_s);
	else
		check = doctor_find(teller, "not_connected", DOCTOR_STATUS_warn,
				    "no front end is connected now; vringd %s %s, and %" PRIu64
				    " connected since it started",
				    guest->client ? "tries to connect to" : "listens on",
				    guest->socket, guest->connects);
	doctor_advise(
		teller, &check, RUNBOOK ", \"The NIC of the guest is gone\"",
		"start the guest ('vringctl qemu-args %s' prints what QEMU needs, with "
		"reconnect=); if it runs, see that its user may open that socket (keys perm=, "
		"owner=, group= of the port)",
		guest->name);
}

static void tell_connection(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (guest->connects >= OFTEN_CONNECTS &&
	    guest->connects * OFTEN_WITHIN_S > guest->uptime_s * OFTEN_CONNECTS) {
		check = doctor_find(teller, "reconnects", DOCTOR_STATUS_warn,
				    "%" PRIu64 " front ends connected within %" PRIu64 " s",
				    guest->connects, guest->uptime_s);
		doctor_advise(teller, &check, RUNBOOK ", \"The NIC of the guest is gone\"",
			      "the guest restarts, or its front end drops the connection: see the "
			      "logs of vringd and of QEMU");
	}
	if (!guest->connected) {
		tell_absent(guest, teller);
	} else if (guest->regions == 0) {
		check = doctor_find(teller, "no_memory", DOCTOR_STATUS_warn,
				    "the front end is connected and has shared no memory, so there "
				    "is no ring to look at");
		doctor_advise(
			teller, &check, "vhost-user, \"VHOST_USER_SET_MEM_TABLE\"",
			"a guest that has not booted so far shares none; otherwise its memory "
			"must be shared: memory-backend-memfd,share=on, and -numa (see "
			"'vringctl qemu-args %s')",
			guest->name);
	} else if (guest->running == 0) {
		check = doctor_find(teller, "not_started", DOCTOR_STATUS_note,
				    "the front end is connected and none of its %u vrings runs",
				    guest->vrings);
		doctor_advise(teller, &check, RUNBOOK ", \"The NIC of the guest is gone\"",
			      "the guest boots, has no driver for this NIC, or its interface is "
			      "down: look in the guest ('ip link', 'lspci')");
	}
}

static void tell_settings(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (!guest->wired) {
		check = doctor_find(
			teller, "unwired", DOCTOR_STATUS_warn,
			"the port is wired to nothing: what the guest sends is dropped, "
			"and nothing comes in");
		doctor_advise(teller, &check, NULL, "'vringctl wire %s,PORT' joins it to a port",
			      guest->name);
	}
	if (!guest->force) {
		check = doctor_find(teller, "force_off", DOCTOR_STATUS_note,
				    "forcing is off: a stall of this guest is found and reported, "
				    "and lasts");
		doctor_advise(teller, &check, "docs/stalls.md",
			      "'vringctl set %s force=on', unless somebody studies a stall",
			      guest->name);
	}
}

static void tell_lacks(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(lacks); i++) {
		if (has(guest->features, lacks[i].bit))
			continue;
		if (lacks[i].bit == VIRTIO_NET_F_HOST_TSO4 &&
		    !has(guest->features, VIRTIO_NET_F_CSUM))
			continue; /* said already */
		check = doctor_find(teller, lacks[i].check, DOCTOR_STATUS_note,
				    "%s was not negotiated: %s", lacks[i].feature, lacks[i].cost);
		if (!has(guest->features_offered, lacks[i].bit) && lacks[i].key)
			doctor_advise(teller, &check, lacks[i].reference,
				      "vringd withholds it: take %s=off away from the port",
				      lacks[i].key);
		else
			doctor_advise(teller, &check, lacks[i].reference,
				      "vringd offers it: see the device's options in QEMU or "
				      "libvirt, and the age of the guest's driver");
	}
}

static void tell_protocol(const struct doctor_guest *guest, const struct doctor_teller *teller)
{
	struct doctor_check check;

	if (!has(guest->protocol_features, PROTOCOL_REPLY_ACK)) {
		check = doctor_find(
			teller, "no_reply_ack", DOCTOR_STATUS_note,
			"REPLY_ACK was not negotiated: the front end does not wait until "
			"memory is mapped, and does not hear of a refusal");
		doctor_advise(teller, &check, "vhost-user, \"VHOST_USER_PROTOCOL_F_REPLY_ACK\"",
			      "use a front end that speaks it (QEMU since 2.8)");
	}
	if (guest->front_end.is_qemu && !has(guest->protocol_features, PROTOCOL_STATUS)) {
		check = doctor_find(teller, "no_status", DOCTOR_STATUS_note,
				    "STATUS was not negotiated: a stop of a vring can not be told "
				    "from QEMU's question x-query-virtio-queue-status, which "
				    "therefore stops it");
		doctor_advise(teller, &check, "vhost-user, \"VHOST_USER_GET_VRING_BASE\"",
			      "do not ask QEMU that on this guest: 'vringctl vrings %s' shows the "
			      "same and stops nothing",
			      guest->name);
	}
}

/* Passes on what is said, and remembers the worst. */
struct listening {
	const struct doctor_ear *ear;
	enum doctor_status worst;
};

static void listen(void *context, const struct doctor_check *check)
{
	struct listening *listening = context;

	if (check->status > listening->worst)
		listening->worst = check->status;
	listening->ear->hear(listening->ear->listener, check);
}

void doctor_guest(const struct doctor_guest *guest, const struct doctor_ear *ear)
{
	struct listening listening = { ear, guest->vrings_worst };
	const struct doctor_ear own = { listen, &listening };
	struct doctor_teller teller = { .ear = &own };
	struct doctor_check check;

	snprintf(teller.subject, sizeof(teller.subject), "%s", guest->name);
	tell_connection(guest, &teller);
	tell_settings(guest, &teller);
	if (guest->connected && guest->running) {
		tell_lacks(guest, &teller);
		tell_protocol(guest, &teller);
	}
	doctor_front_end(guest, &own);
	if (!guest->connected || !guest->running || listening.worst >= DOCTOR_STATUS_warn)
		return;
	check = doctor_find(&teller, "guest", DOCTOR_STATUS_ok,
			    "connected and wired, %u of %u vrings run, none stands", guest->running,
			    guest->vrings);
	doctor_rest(&teller, &check);
}
