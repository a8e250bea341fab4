/* SPDX-License-Identifier: BSD-3-Clause */
/* stall_steps.h - what the stall tests do again and again.
 *
 * A guest whose rings are looked at every STALL_MS, ways to make its driver
 * deaf, ways to spend a ring, and the windows in which forced calls must
 * come. What must stay true: the windows are the contract's (± one look) and
 * a little noise of the machine, nothing more.
 */
#ifndef TESTS_E2E_STALL_STEPS_H
#define TESTS_E2E_STALL_STEPS_H

#include "bed.h"
#include "call_log.h"
#include "noise.h"

#define STALL_MS 100 /* stall-after, and one look */
/* What a busy machine may add: twice what a thread of our own was late. */
#define NOISE_MS (40 + 2 * noise_ms())
#define PAUSE_MAX_MS 1000
#define TX_FORCED_MAX 8
#define RING 256

extern struct call_log stall_log;

/* Guest vm0 at a daemon with faults allowed, its first calls taken, and
 * buffers on rx0. @option may be NULL. */
struct net_guest *stall_guest(const char *peer, const char *option);

/* The same without some features. */
struct net_guest *stall_guest_without(uint64_t features, const char *peer);

/* The driver of a vring never asks for a call again and so gets none. (On a
 * packed ring with event index only for two laps: its word is then passed.) */
void stall_deafen(struct net_guest *guest, unsigned int index);

/* Sets a fault on a vring of vm0, always. */
void stall_fault(const char *vring, const char *kind);

/* Uses all of the tx ring / of the rx ring (with echo), reaping nothing on
 * it; the log's time starts just before. */
void stall_spend_tx(struct net_guest *guest);
void stall_spend_rx(struct net_guest *guest);

/* Either. */
void stall_spend(struct net_guest *guest, unsigned int index);

/* The driver does what it was called for: reaps, arms, and on rx offers. */
void stall_answer(struct net_guest *guest, unsigned int index);

/* Waits until the vring is neither stalled nor called any more. */
void stall_expect_healthy(unsigned int index);

/* The nth call (from 0) of the log came in its time after the one before:
 * STALL_MS × 1, 2, 4 … up to PAUSE_MAX_MS, ± one look. Call 0 comes STALL_MS
 * after the start. */
void stall_expect_call(unsigned int index, unsigned int nth);

const char *stall_vring(unsigned int index);

#endif
