/* SPDX-License-Identifier: BSD-3-Clause */
/* stress_device.c - the device's thread: the ring of the daemon, served as a worker would.
 *
 * See stress.h.
 */
#include <string.h>

#include "ring/notify.h"
#include "stress.h"

static void device_answers(struct stress *stress, const struct chain *chain)
{
	const uint32_t written = sizeof(uint64_t);
	uint64_t question, answer;

	if (chain->readable_len != sizeof(question) || chain->writable_len != sizeof(answer))
		stress_fail("a chain is not what the driver offered");
	memcpy(&question, chain->iov[0].iov_base, sizeof(question));
	answer = question * ANSWER;
	memcpy(chain->iov[1].iov_base, &answer, sizeof(answer));
	vring_use(&stress->vring, chain, &written, 1);
}

static void device_publishes(struct stress *stress)
{
	vring_publish(&stress->vring);
	stress->decisions++;
	if (!notify_decide(&stress->vring, NULL).wanted)
		return;
	stress->calls++;
	stress_notify(&stress->call);
}

/* False: there was nothing to take. */
static bool device_serves(struct stress *stress)
{
	struct iovec iov[2 * SIZE_MAX_HERE];
	struct chain_scratch scratch = { .iov = iov, .cap = ARRAY_SIZE(iov) };
	struct chain chains[SIZE_MAX_HERE];
	unsigned max = 1 + roll(&stress->device_dice, SIZE_MAX_HERE);
	unsigned cnt = vring_take(&stress->vring, &scratch, chains, max);
	unsigned i;

	if (stress->vring.fault != VRING_FAULT_none)
		stress_fail("the ring is faulted");
	for (i = 0; i < cnt; i++)
		device_answers(stress, &chains[i]);
	if (cnt == 0)
		return false;
	if (roll(&stress->device_dice, 2))
		dawdle(&stress->device_dice);
	device_publishes(stress);
	return true;
}

static void device_waits(struct stress *stress)
{
	dawdle(&stress->device_dice);
	if (notify_ask_for_kicks(&stress->vring, stress->vring.next_avail))
		return;
	stress->device_sleeps++;
	stress_sleep(stress, &stress->kick, &stress->device_dice, "device");
	notify_spare_kicks(&stress->vring);
}

void *device_runs(void *argument)
{
	struct stress *stress = argument;
	unsigned idle = 0;

	stress_go_apart(stress, true);
	while (!atomic_load_explicit(&stress->ends, memory_order_acquire)) {
		if (device_serves(stress))
			idle = 0;
		else if (idle++ >= roll(&stress->device_dice, 8))
			device_waits(stress);
	}
	return NULL;
}
