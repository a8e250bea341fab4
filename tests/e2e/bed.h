/* SPDX-License-Identifier: BSD-3-Clause */
/* bed.h - the test bed of the end-to-end programs.
 *
 * One daemon, one control client, scripted guests vm0, vm1 and perhaps vm2, each
 * port wired to a port of its own (peer0, peer1, peer2: echo or null). A test says
 * what it needs in a bed_config, and the teardown that every test shares ends
 * the daemon and fails the test if it did not end well. What must stay true:
 * nothing here outlives a test, whatever it failed at, and every wait is
 * bounded.
 *
 * There is one bed a program, so that the teardown finds it after a failed
 * assertion.
 */
#ifndef TESTS_E2E_BED_H
#define TESTS_E2E_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "daemon.h"
#include "frontend_messages.h"
#include "net_guest.h"
#include "shell.h"

#define BED_GUESTS 3
#define BED_OPTIONS 16
#define BED_WAIT_MS 5000
#define BED_PROGRAM_S 240 /* a hung program ends after this */

/* What the guests of a test negotiate beside the usual, or in its place. */
struct bed_rings {
	uint64_t with, without; /* features */
};

extern struct bed_rings bed_split, bed_packed, bed_packed_flags;

struct bed_config {
	unsigned int guests; /* ports vm0, vm1 ...; 0: two */
	const char *peer;    /* type of peer0, peer1 ...; NULL: unwired */
	const char *keys;    /* more keys of each guest port: ",a=b" */
	unsigned int stall_after_ms;	 /* 0: the default */
	const char *option[BED_OPTIONS]; /* more options of the daemon */
};

struct bed {
	struct daemon daemon;
	struct control control;
	struct net_guest guest[BED_GUESTS];
};

extern struct bed bed;

/* Scratch frames, too large for the stack. */
extern struct net_frame bed_sent, bed_got;

/* Starts the daemon with ports vm0, vm1 ... on DIR/vm0.sock, DIR/vm1.sock ... */
void bed_up(struct bed_config cfg);

/* The configuration of guest @n's front end, on the rings of the test;
 * bed_guest() opens and begins it and returns it. */
struct net_config bed_net_config(unsigned int n);
struct net_guest *bed_guest(unsigned int n, const struct net_config *cfg);

/* Are the rings of this test packed? */
bool bed_is_packed(void);

/* Where to start so that positions wrap @cnt entries later: indices do at
 * 65,536, those of a packed ring behind its last slot. */
uint16_t bed_start_before_wrap(uint16_t size, uint16_t cnt);

/* Vanishes, waits until the daemon knows, begins again. */
void bed_reconnect(struct net_guest *guest);

/* The usual: echo or null, guest vm0 with the default front end. */
struct net_guest *bed_with(const char *peer, unsigned int stall_after_ms);

/* Teardown of every test: rings without breach, daemon ends with 0 and leaves
 * no socket. */
int bed_down(void **state);

/* Waits until an integer of vm0's @vring is @value; fails the test if not. */
void bed_expect(const char *vring, const char *path, long long value);

/* It now. */
long long bed_int(const char *vring, const char *path);

/* The position @name of a vring's object or of its last decision, in the form
 * of position.h. */
uint16_t bed_position(json_t *object, const char *name);

/* Asserts that position @name of vm0's @vring comes to be @position. */
void bed_expect_position(const char *vring, const char *name,
			 uint16_t position);

/* Waits until a string of vm0's @vring is @value. */
void bed_expect_str(const char *vring, const char *path, const char *value);

/* Waits until the device has used up to @used of the ring, without reaping. */
void bed_wait_used(struct net_guest *guest, unsigned int index, uint16_t used);

/* Sends @cnt frames of 60 bytes on tx0, in one update, without reaping; waits
 * until all are used. */
void bed_use_tx(struct net_guest *guest, unsigned int cnt);

/* Sends a frame and asserts that its echo comes back, reaps and offers. */
void bed_round_trip(struct net_guest *guest, uint32_t len, uint32_t seed);

/* Asserts the identities of the contract on every vring of every port, when
 * all is at rest. */
void bed_check_accounts(void);

/* Runs "vringctl ARGUMENTS" with the daemon's socket; its exit status, 124 if it does
 * not end. What it wrote, to stderr too, is in shell_output. */
int bed_ctl(const char *args);

/* The same, asserting its status and that it said something. */
void bed_expect_ctl(const char *args, int status, const char *said);

/* Open descriptors of the daemon, once their number has stood still: some are
 * closed a little after the state says that the front end is gone. */
unsigned int bed_fd_cnt(void);

/* Does nothing for @ms; for time that must pass, never for an event. */
void bed_idle(int ms);

/* Setup of every test: *@state is the rings it runs on. */
int bed_choose(void **state);

/* clang-format off */
#define BED_TEST_ON(f, rings, tail) { #f tail, f, bed_choose, bed_down, &(rings) }
/* clang-format on */

/* One test, on split rings, on packed ones, and on packed ones whose ends ask
 * for notifications by flag since they have no event index. */
#define BED_TEST(f) BED_TEST_ON(f, bed_split, "")
#define BED_PACKED(f) BED_TEST_ON(f, bed_packed, ", packed")
#define BED_PACKED_FLAGS(f) BED_TEST_ON(f, bed_packed_flags, ", packed, flags")

/* cmocka's main for a program of tests: its end is bounded. */
#define BED_RUN(tests) \
	(alarm(BED_PROGRAM_S), cmocka_run_group_tests(tests, NULL, NULL))

#endif
