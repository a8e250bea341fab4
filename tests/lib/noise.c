/* SPDX-License-Identifier: BSD-3-Clause */
/* noise.c - how late the machine makes things just now.
 *
 * See noise.h. What must stay true: a sleep that is still going on counts with
 * what it has been late so far.
 */
#include "noise.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "clock.h"

#define NAP_NS (2 * NS_PER_MS)

static uint64_t nap_began_ns;
static uint64_t worst_ns;

static void see_oversleep(uint64_t began_ns);

static void *nap_for_ever(void *unused)
{
	const struct timespec nap = { 0, NAP_NS };
	uint64_t began_ns;

	for (;;) {
		began_ns = clock_now_ns();
		__atomic_store_n(&nap_began_ns, began_ns, __ATOMIC_RELAXED);
		nanosleep(&nap, NULL);
		see_oversleep(began_ns);
	}
	return unused;
}

void noise_reset(void)
{
	static bool started;
	pthread_t thread;

	__atomic_store_n(&worst_ns, 0, __ATOMIC_RELAXED);
	if (started)
		return;
	started = true;
	__atomic_store_n(&nap_began_ns, clock_now_ns(), __ATOMIC_RELAXED);
	if (pthread_create(&thread, NULL, nap_for_ever, NULL) == 0)
		pthread_detach(thread);
}

int noise_ms(void)
{
	uint64_t ns;

	see_oversleep(__atomic_load_n(&nap_began_ns, __ATOMIC_RELAXED));
	ns = __atomic_load_n(&worst_ns, __ATOMIC_RELAXED);
	return (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void see_oversleep(uint64_t began_ns)
{
	uint64_t lasted = clock_now_ns() - began_ns;

	if (lasted > NAP_NS &&
	    lasted - NAP_NS > __atomic_load_n(&worst_ns, __ATOMIC_RELAXED))
		__atomic_store_n(&worst_ns, lasted - NAP_NS, __ATOMIC_RELAXED);
}
