/* SPDX-License-Identifier: BSD-3-Clause */
/* fdb.c - see fdb.h.
 *
 * An entry changes hands by one compare-and-swap of its word, and whoever wins it
 * does the accounts. `seen` follows the word: for a moment an entry has the time of
 * the one before it, which makes it too old at worst, and that is no harm.
 */
#include "port/fdb.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define MEMBER_BITS 16

struct place {
	_Atomic uint64_t word; /* address and member + 1; 0: free */
	_Atomic uint32_t seen_s;
};

struct bucket {
	struct place ways[FDB_WAYS];
} CACHE_ALIGNED;

struct fdb {
	uint32_t age_s;
	struct fdb_key key;
	struct bucket buckets[FDB_BUCKETS];
	_Atomic uint32_t held[FDB_MEMBERS_MAX];
};

struct fdb *fdb_new(uint32_t age_s, const struct fdb_key *key)
{
	struct fdb *fdb = aligned_alloc(CACHE_LINE, sizeof(*fdb));

	if (!fdb)
		return NULL;
	memset(fdb, 0, sizeof(*fdb));
	fdb->age_s = age_s;
	fdb->key = *key;
	fdb->key.words[1] |= 1;
	return fdb;
}

void fdb_free(struct fdb *fdb)
{
	free(fdb);
}

/* ---- words ---- */

static uint64_t word_of(uint64_t mac, unsigned member)
{
	return mac << MEMBER_BITS | (member + 1);
}

static uint64_t mac_in(uint64_t word)
{
	return word >> MEMBER_BITS;
}

static unsigned member_in(uint64_t word)
{
	return (unsigned)(word & ((1u << MEMBER_BITS) - 1)) - 1;
}

static uint64_t load(const struct place *place)
{
	return atomic_load_explicit(&place->word, memory_order_relaxed);
}

/* A clock that is behind counts as no time. */
static uint32_t age_of(const struct place *place, uint32_t now_s)
{
	uint32_t age_s = now_s - atomic_load_explicit(&place->seen_s, memory_order_relaxed);

	return age_s > INT32_MAX ? 0 : age_s;
}

static bool too_old(const struct fdb *fdb, const struct place *place, uint32_t now_s)
{
	return age_of(place, now_s) > fdb->age_s;
}

/* A product of 64 by 64 bits folded: each bit of the address moves all of it. */
static uint64_t hash(const struct fdb_key *key, uint64_t mac)
{
	unsigned __int128 product = (unsigned __int128)(mac ^ key->words[0]) * key->words[1];
	uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);

	return folded ^ folded >> 32;
}

static unsigned bucket_at(const struct fdb *fdb, uint64_t mac)
{
	return (unsigned)hash(&fdb->key, mac) & (FDB_BUCKETS - 1);
}

/* ---- looking up ---- */

int fdb_find(const struct fdb *fdb, uint64_t mac, uint32_t now_s)
{
	const struct bucket *bucket = &fdb->buckets[bucket_at(fdb, mac)];
	unsigned way;

	for (way = 0; way < FDB_WAYS; way++) {
		const struct place *place = &bucket->ways[way];
		uint64_t word = load(place);

		if (word != 0 && mac_in(word) == mac && !too_old(fdb, place, now_s))
			return (int)member_in(word);
	}
	return FDB_NOWHERE;
}

uint32_t fdb_held(const struct fdb *fdb, unsigned member)
{
	return atomic_load_explicit(&fdb->held[member], memory_order_relaxed);
}

bool fdb_next(const struct fdb *fdb, uint32_t *nth, uint32_t now_s, struct fdb_entry *entry)
{
	while (*nth < FDB_ENTRIES) {
		const struct place *place = &fdb->buckets[*nth / FDB_WAYS].ways[*nth % FDB_WAYS];
		uint64_t word = load(place);

		(*nth)++;
		if (word == 0 || too_old(fdb, place, now_s))
			continue;
		*entry = (struct fdb_entry){
			.mac = mac_in(word),
			.member = member_in(word),
			.age_s = age_of(place, now_s),
		};
		return true;
	}
	return false;
}

/* ---- changing hands ---- */

/* A word that was there goes, and another comes; 0: none. False: somebody else was
 * faster. */
static bool change(struct fdb *fdb, struct place *place, uint64_t from, uint64_t to)
{
	if (!atomic_compare_exchange_strong(&place->word, &from, to))
		return false;
	if (from != 0 && to != 0 && member_in(from) == member_in(to))
		return true;
	if (from != 0)
		atomic_fetch_sub_explicit(&fdb->held[member_in(from)], 1, memory_order_relaxed);
	if (to != 0)
		atomic_fetch_add_explicit(&fdb->held[member_in(to)], 1, memory_order_relaxed);
	return true;
}

static void touch(struct place *place, uint32_t now_s)
{
	uint32_t seen_s = atomic_load_explicit(&place->seen_s, memory_order_relaxed);

	if ((int32_t)(now_s - seen_s) > 0)
		atomic_store_explicit(&place->seen_s, now_s, memory_order_relaxed);
}

/* May an entry make room for one of the member? 0: no; else the higher the sooner. */
static unsigned yields(const struct fdb *fdb, const struct place *place, uint64_t word,
		       unsigned member, uint32_t now_s)
{
	uint32_t held = fdb_held(fdb, member);
	bool own = word != 0 && member_in(word) == member;

	if (held >= FDB_SHARE)
		return own ? 1 : 0;
	if (word == 0 || too_old(fdb, place, now_s))
		return 3;
	if (own)
		return 1;
	return held < FDB_GUARANTEED && fdb_held(fdb, member_in(word)) > FDB_GUARANTEED ? 2 : 0;
}

/* The best of a bucket, and of several the one that was not seen for longest. */
static struct place *find_room(const struct fdb *fdb, struct bucket *bucket, unsigned member,
			       uint32_t now_s, uint64_t *word)
{
	struct place *best = NULL;
	unsigned best_yields = 0;
	unsigned way;

	for (way = 0; way < FDB_WAYS; way++) {
		struct place *place = &bucket->ways[way];
		uint64_t there = load(place);
		unsigned this_yields = yields(fdb, place, there, member, now_s);

		if (this_yields == 0 || this_yields < best_yields)
			continue;
		if (this_yields == best_yields && age_of(place, now_s) <= age_of(best, now_s))
			continue;
		best = place;
		best_yields = this_yields;
		*word = there;
	}
	return best;
}

/* Two workers may have learned one address into two places. Whoever comes second
 * sees both, and the first place stays. */
static void drop_copies(struct fdb *fdb, struct bucket *bucket, uint64_t mac)
{
	bool found = false;
	unsigned way;

	for (way = 0; way < FDB_WAYS; way++) {
		struct place *place = &bucket->ways[way];
		uint64_t word = atomic_load(&place->word);

		if (word == 0 || mac_in(word) != mac)
			continue;
		if (found)
			change(fdb, place, word, 0);
		found = true;
	}
}

static enum fdb_learned insert(struct fdb *fdb, struct bucket *bucket, uint64_t mac,
			       unsigned member, uint32_t now_s)
{
	uint64_t word = 0;
	struct place *place = find_room(fdb, bucket, member, now_s, &word);

	if (!place || !change(fdb, place, word, word_of(mac, member)))
		return FDB_NO_ROOM;
	atomic_store_explicit(&place->seen_s, now_s, memory_order_relaxed);
	drop_copies(fdb, bucket, mac);
	return FDB_LEARNED;
}

enum fdb_learned fdb_learn(struct fdb *fdb, uint64_t mac, unsigned member, uint32_t now_s)
{
	struct bucket *bucket = &fdb->buckets[bucket_at(fdb, mac)];
	const uint64_t wanted = word_of(mac, member);
	unsigned way;

	for (way = 0; way < FDB_WAYS; way++) {
		struct place *place = &bucket->ways[way];
		uint64_t word = load(place);

		if (mac_in(word) != mac)
			continue;
		if (word != wanted && !change(fdb, place, word, wanted))
			return FDB_NO_ROOM; /* it changes just now: the next frame will do */
		touch(place, now_s);
		return word == wanted ? FDB_KNOWN : FDB_MOVED;
	}
	return insert(fdb, bucket, mac, member, now_s);
}

/* ---- forgetting ---- */

void fdb_sweep(struct fdb *fdb, uint32_t now_s)
{
	unsigned i;

	for (i = 0; i < FDB_ENTRIES; i++) {
		struct place *place = &fdb->buckets[i / FDB_WAYS].ways[i % FDB_WAYS];
		uint64_t word = load(place);

		if (word != 0 && too_old(fdb, place, now_s))
			change(fdb, place, word, 0);
	}
}

void fdb_forget(struct fdb *fdb, unsigned member)
{
	unsigned i;

	for (i = 0; i < FDB_ENTRIES; i++) {
		struct place *place = &fdb->buckets[i / FDB_WAYS].ways[i % FDB_WAYS];
		uint64_t word = load(place);

		if (word != 0 && member_in(word) == member)
			change(fdb, place, word, 0);
	}
}
