/* SPDX-License-Identifier: BSD-3-Clause */
/* switch.h - a learning switch: frames go to the port that the address was seen at.
 *
 * Each port on it is a *member*, and each member has an uplink of its own, so that a
 * switch knows who sends. A frame teaches where its source address is. It goes to
 * where its destination address was seen, and to all others when that is not known,
 * or is a group's. It never goes back to its sender, and nothing in it is changed:
 * VLAN tags pass, and are not looked at.
 *
 * The header passes through as on a wire; a checksum is completed and a large frame
 * cut for a guest that takes no others (net/deliver.h). A switch holds no sender up: what
 * a receiver has no room for is dropped and counted.
 *
 * Members of a switch send from several workers at once; then each guest on it needs
 * a receive ring that is shared (worker_share()).
 *
 * IEEE 802.1Q, "Frame filtering" and "The Learning Process".
 *
 * Thread: the main thread. Uplinks of members as uplink.h says.
 */
#ifndef VRINGD_PORT_SWITCH_H
#define VRINGD_PORT_SWITCH_H

#include <stdint.h>

#include "error_text.h"
#include "net/grace.h"
#include "net/guest_port.h"
#include "net/uplink.h"
#include "switch_report.h"

#define SWITCH_MEMBERS_MAX 256

struct net_switch;
struct switch_member;

/* What is behind a member: a guest, or what an uplink leads to. */
struct switch_port {
	const char *name;
	struct guest_port *guest; /* NULL: it is no guest */
	struct uplink *uplink;	  /* if it is none; its send() is called by any worker */
	unsigned queues;	  /* of the uplink */
};

/* Entries of the table are forgotten when not seen for `age_s`. NULL: `error` says why. */
struct net_switch *switch_new(const char *name, uint32_t age_s, struct error_text *error);
void switch_free(struct net_switch *net); /* it has no member any more */

/* From now on frames may come to the port. NULL: there are too many, or no memory. */
struct switch_member *switch_join(struct net_switch *net, const struct switch_port *port,
				  struct error_text *error);

/* What the port sends into. */
struct uplink *switch_uplink(struct switch_member *member);

/* Nobody sends into its uplink any more; when this returns nothing comes out of the
 * switch for the port either. Not from inside a grace slot. */
void switch_leave(struct switch_member *member, struct grace *grace);

/* To be called each second or so: forgets what is too old. */
void switch_sweep(struct net_switch *net, uint64_t now_ns);

void switch_member_report(const struct switch_member *member, struct switch_port_report *report);

/* Tells the table, of each member `most` entries at most, so that one with many does
 * not hide the others'. */
void switch_table(const struct net_switch *net, unsigned most, uint64_t now_ns,
		  void (*tell)(void *context, const struct switch_entry_report *entry),
		  void *context);

#endif
