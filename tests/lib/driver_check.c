/* SPDX-License-Identifier: BSD-3-Clause */
/* driver_check.c - what must be true of a virtqueue at any time.
 *
 * See driver.h; the rules of a layout are in its own file. Every rule is one
 * function that records a breach and goes on. The device may run while we look:
 * only words that it may not touch are compared whole, its own are read once.
 * What must stay true: the checks cost little enough to run after each
 * operation.
 */
#include <stdarg.h>
#include <stdio.h>

#include "driver_layout.h"

#define SMALL_RING 256

/* What is in flight and what is free make up the ring. */
static void check_in_flight(struct driver *d)
{
	uint32_t slots = 0, chains = 0, i;

	for (i = 0; i < d->cfg.size; i++) {
		slots += d->head[i].desc_cnt;
		chains += d->head[i].desc_cnt != 0;
	}
	if (slots + d->free_cnt != d->cfg.size || chains != d->in_flight)
		driver_fail(d, "%u slots of %u chains, %u free, size %u", slots,
			    chains, d->free_cnt, d->cfg.size);
}

static void check(struct driver *d, bool whole)
{
	if (d->lawless || d->unchecked)
		return;
	if (d->in_flight > d->cfg.size || d->free_cnt > d->cfg.size)
		driver_fail(d, "%u in flight, %u free, size %u", d->in_flight,
			    d->free_cnt, d->cfg.size);
	if (d->cfg.packed)
		driver_packed_check(d, whole);
	else
		driver_split_check(d, whole);
	if (whole)
		check_in_flight(d);
}

void driver_check_step(struct driver *d)
{
	check(d, d->cfg.size <= SMALL_RING);
}

void driver_check(struct driver *d)
{
	check(d, true);
}

bool driver_ok(struct driver *d)
{
	driver_check(d);
	return d->violation_cnt == 0;
}

void driver_fail(struct driver *d, const char *fmt, ...)
{
	va_list args;

	if (d->violation_cnt++)
		return;

	va_start(args, fmt);
	vsnprintf(d->violation, sizeof(d->violation), fmt, args);
	va_end(args);
}
