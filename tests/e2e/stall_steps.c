/* SPDX-License-Identifier: BSD-3-Clause */
/* stall_steps.c - what the stall tests do again and again.
 *
 * See stall_steps.h. What must stay true: the log begins before the device
 * can have used the first buffer, so that a time read from it is an upper
 * bound of what the daemon took.
 */
#include "stall_steps.h"

#include <string.h>

#define RX_SPENT 32
#define TICK_MS 2 /* of rounding */

struct call_log stall_log;

static struct net_guest *begin(uint64_t without);

struct net_guest *stall_guest(const char *peer, const char *option)
{
	bed_up((struct bed_config){ .peer = peer,
				    .stall_after_ms = STALL_MS,
				    .option = { "--allow-faults", option } });
	return begin(0);
}

struct net_guest *stall_guest_without(uint64_t features, const char *peer)
{
	bed_up((struct bed_config){ .peer = peer,
				    .stall_after_ms = STALL_MS,
				    .option = { "--allow-faults" } });
	return begin(features);
}

static struct net_guest *begin(uint64_t without)
{
	struct net_config cfg = bed_net_config(0);
	struct net_guest *guest;

	cfg.frontend.features &= ~without;
	guest = bed_guest(0, &cfg);
	assert_int_equal(frontend_wait_call(&guest->fe, TX0, BED_WAIT_MS), 1);
	assert_int_equal(frontend_wait_call(&guest->fe, RX0, BED_WAIT_MS), 1);
	driver_arm(&guest->fe.vring[TX0].driver);
	driver_arm(&guest->fe.vring[RX0].driver);
	net_offer(guest, RX0, RX_SPENT);
	return guest;
}

void stall_deafen(struct net_guest *guest, unsigned int index)
{
	struct driver *driver = &guest->fe.vring[index].driver;

	if (driver->cfg.event_idx)
		driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	else
		driver_disarm(driver);
	driver_freeze(driver, true);
}

void stall_fault(const char *vring, const char *kind)
{
	json_t *params =
		json_pack("{s:s, s:s, s:s, s:s}", "port", "vm0", "vring", vring,
			  "kind", kind, "value", "always");

	assert_int_equal(control_do(&bed.control, "fault.set", params), 0);
}

void stall_spend_tx(struct net_guest *guest)
{
	call_log_begin(&stall_log, &guest->fe);
	bed_use_tx(guest, driver_room(&guest->fe.vring[TX0].driver));
}

void stall_spend_rx(struct net_guest *guest)
{
	const struct driver *rx = &guest->fe.vring[RX0].driver;
	uint16_t cnt = (uint16_t)rx->in_flight;

	call_log_begin(&stall_log, &guest->fe);
	bed_use_tx(guest, cnt);
	bed_wait_used(guest, RX0, rx->published);
	assert_int_equal(net_wait_sent(guest, TX0, cnt, BED_WAIT_MS), cnt);
	driver_arm(&guest->fe.vring[TX0].driver);
}

void stall_spend(struct net_guest *guest, unsigned int index)
{
	if (index == TX0)
		stall_spend_tx(guest);
	else
		stall_spend_rx(guest);
}

void stall_answer(struct net_guest *guest, unsigned int index)
{
	uint32_t n = 0;

	driver_freeze(&guest->fe.vring[index].driver, false);
	if (index == TX0)
		n = net_reap_sent(guest, TX0);
	while (index == RX0 && net_receive(guest, RX0, &bed_got))
		n++;
	assert_true(n > 0);
	driver_arm(&guest->fe.vring[index].driver);
	if (index == RX0)
		net_offer(guest, RX0, RX_SPENT);
}

/* "suppressed" is a word for healthy too: the last decision was no. */
void stall_expect_healthy(unsigned int index)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	const char *health;

	do {
		health = control_vring_str(&bed.control, "vm0",
					   stall_vring(index), "health");
		if (!strcmp(health, "ok") || !strcmp(health, "suppressed"))
			return;
		bed_idle(STALL_MS / 10);
	} while (clock_now_ns() < end);
	fail_msg("%s is %s", stall_vring(index), health);
}

void stall_expect_call(unsigned int index, unsigned int nth)
{
	int pause = nth ? STALL_MS << (nth - 1) : STALL_MS;
	int from = nth ? call_log_ms(&stall_log, index, nth - 1) : 0;
	int took = call_log_ms(&stall_log, index, nth) - from;
	int early;

	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	/* The first look may come any time after the publish, so the first
	 * call is never early and at most one look late. */
	early = nth ? pause - STALL_MS : STALL_MS;
	early -= nth ? NOISE_MS : TICK_MS;
	if (took < early || took > pause + STALL_MS + NOISE_MS) {
		call_log_print(&stall_log, index);
		fail_msg("forced call %u of %s came after %d ms, not %d", nth,
			 stall_vring(index), took, pause);
	}
}

const char *stall_vring(unsigned int index)
{
	return index == TX0 ? "tx0" : "rx0";
}
