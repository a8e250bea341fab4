/* SPDX-License-Identifier: BSD-3-Clause */
/* fdb.h - the forwarding table of a switch: behind which member is a MAC address?
 *
 * Buckets of a few entries, found by a hash with a secret key, so that nobody can
 * aim at one. An entry is one atomic word, address and member together, and the
 * second it was last seen in. Looking up is a few loads; learning what is known
 * stores nothing within one second, so a steady flow writes no line that another
 * worker reads.
 *
 * The table is bounded, and so is what one member may do to it. A member has
 * FDB_SHARE entries at most, and from then on only its own make room. In a bucket
 * without room, one that has fewer than FDB_GUARANTEED takes the place of one that
 * has more. So a member that floods can evict its own entries and no others, but
 * for an address that it claims to have itself: that has moved, as far as a switch
 * can tell.
 *
 * A MAC address is a number: its six bytes in the order of the wire, the first one
 * the most significant. 0 is none. Time is an argument, in seconds of any clock that
 * wraps; that of several workers may differ by a second.
 *
 * IEEE 802.1Q, "Learning Process" and "Filtering Database".
 *
 * Thread: any, at once, but for new and free.
 */
#ifndef VRINGD_PORT_FDB_H
#define VRINGD_PORT_FDB_H

#include <stdbool.h>
#include <stdint.h>

#define FDB_MEMBERS_MAX 256
#define FDB_WAYS 4
#define FDB_BUCKETS 16384 /* a power of two */
#define FDB_ENTRIES (FDB_BUCKETS * FDB_WAYS)
#define FDB_SHARE (FDB_ENTRIES / 8)
#define FDB_GUARANTEED (FDB_ENTRIES / FDB_MEMBERS_MAX)

#define FDB_NOWHERE (-1)

struct fdb;

/* What the hash depends on, to be kept from those who send. */
struct fdb_key {
	uint64_t words[2];
};

enum fdb_learned {
	FDB_KNOWN, /* nothing new */
	FDB_LEARNED,
	FDB_MOVED,   /* from another member */
	FDB_NO_ROOM, /* not learned */
};

struct fdb_entry {
	uint64_t mac;
	unsigned member;
	uint32_t age_s; /* since it was last seen */
};

/* Entries are forgotten when they were not seen for `age_s`. NULL: out of memory. */
struct fdb *fdb_new(uint32_t age_s, const struct fdb_key *key);
void fdb_free(struct fdb *fdb);

/* The member, or FDB_NOWHERE. */
int fdb_find(const struct fdb *fdb, uint64_t mac, uint32_t now_s);

/* A frame with this source address came from the member. `mac` is that of one
 * station: neither 0 nor a group's. */
enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t mac, unsigned member, uint32_t now_s);

/* Forgets what is too old; to be called now and then, so that it counts in no share. */
void fdb_sweep(struct fdb *fdb, uint32_t now_s);

/* Forgets all of a member's; nobody learns for it any more. */
void fdb_forget(struct fdb *fdb, unsigned member);

/* How many entries a member has. */
uint32_t fdb_held(const struct fdb *fdb, unsigned member);

/* Goes over the table: `place` is 0 for the first entry, and is moved on. False:
 * there are no more. What is too old is left out. */
bool fdb_next(const struct fdb *fdb, uint32_t *place, uint32_t now_s, struct fdb_entry *entry);

#endif
