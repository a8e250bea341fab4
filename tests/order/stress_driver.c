/* SPDX-License-Identifier: BSD-3-Clause */
/* stress_driver.c - the driver's thread: offers, kicks if asked, reaps, sleeps.
 *
 * See stress.h. Each buffer is a question that the device must have answered
 * before it is used.
 */
#include "clock.h"
#include "stress.h"

static void offer_one(struct stress *stress)
{
	struct driver *driver = &stress->driver;
	struct talk *talk = &stress->talks[driver->free_first];
	const struct driver_part parts[] = {
		{ &talk->question, sizeof(talk->question), false },
		{ &talk->answer, sizeof(talk->answer), true },
	};
	const struct driver_chain chain = { parts, ARRAY_SIZE(parts), true, talk };

	talk->question = stress->asked++;
	talk->answer = 0;
	if (driver_stage(driver, &chain) < 0)
		stress_fail("the ring refuses a buffer");
}

static void driver_offers(struct stress *stress)
{
	struct driver *driver = &stress->driver;
	uint32_t room = driver_room(driver);
	uint32_t cnt = room ? 1 + roll(&stress->driver_dice, room) : 0;

	if (cnt > 1 && roll(&stress->driver_dice, 4))
		cnt = 1; /* alone, there is nobody to rescue it */
	if (cnt == 0)
		return;
	while (cnt-- > 0)
		offer_one(stress);
	driver_publish(driver);
	if (driver_wants_kick(driver))
		stress_notify(&stress->kick);
}

static void driver_reaps(struct stress *stress)
{
	struct driver_reaped reaped;

	while (driver_reap(&stress->driver, &reaped)) {
		const struct talk *talk = reaped.token;

		if (reaped.len != sizeof(talk->answer) || talk->answer != talk->question * ANSWER)
			stress_fail("a buffer was used before its answer was there");
		stress->answered++;
	}
}

/* Sleeps until something is used; asks for the next entry or a later one. */
static void driver_waits(struct stress *stress)
{
	struct driver *driver = &stress->driver;
	uint32_t ahead = roll(&stress->driver_dice, driver->in_flight);
	bool there =
		driver->cfg.event_idx
			? driver_arm_at(driver, driver_step(driver, driver->reaped, (int)ahead))
			: driver_arm(driver);

	if (!there) {
		stress->driver_sleeps++;
		stress_sleep(stress, &stress->call, &stress->driver_dice, "driver");
	}
	driver_disarm(driver);
}

void driver_runs(struct stress *stress, uint64_t until_ns)
{
	struct driver *driver = &stress->driver;
	unsigned turn;

	for (turn = 0; turn % 256 || clock_now_ns() < until_ns; turn++) {
		driver_offers(stress);
		dawdle(&stress->driver_dice);
		driver_reaps(stress);
		if (driver->in_flight > 0)
			driver_waits(stress);
		driver_reaps(stress);
		if (roll(&stress->driver_dice, 2))
			dawdle(&stress->driver_dice);
	}
	while (driver->in_flight > 0) {
		driver_waits(stress);
		driver_reaps(stress);
	}
}
