/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_stress.c - two threads on one ring, both sleep: a lost notification hangs it.
 *
 * A driver (tests/lib/driver) and a device (backend/ring) share a tiny
 * ring and two eventfds. Each works, dawdles for a random while and then
 * sleeps, having asked to be woken as the specification says and looked once
 * more; each notifies only when the other end wants it. No timer helps them:
 * who is not woken sleeps until the bound, and the test has failed. Fences A
 * and B of notify.c are what this is about; docs/testing.md says how to see it
 * fail without them.
 *
 * The two ends are made to meet: what is lost is lost in the nanoseconds in
 * which one goes to sleep while the other publishes. So pauses are short, of
 * all lengths, and there is seldom more than one buffer to rescue the other.
 *
 * Environment: RING_STRESS_BOUND_S (20) is how long a sleep may last,
 * RING_STRESS_MS (1000) how long each ring is run.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "stress.h"

#define GPA 0x700000000

static void attach(struct stress *stress)
{
	const struct driver *driver = &stress->driver;
	const struct driver_region *region = &stress->mem.region[0];
	const struct vring_config config = {
		.parts = { .desc = driver_desc_area(driver),
			   .avail = driver_driver_area(driver),
			   .used = driver_device_area(driver) },
		.mem = &stress->guest,
		.shape = driver->shape,
		.event_idx = driver->cfg.event_idx,
		.indirect = true,
		.next_avail = driver->cfg.start,
		.next_used = driver->cfg.start,
	};

	if (!guest_mem_add(&stress->guest, region->gpa, region->len, region->host) ||
	    vring_check(&config))
		stress_fail("the ring can not be attached");
	vring_attach(&stress->vring, &config);
}

static void stress_open(struct stress *stress, const struct driver_config *config, void *page,
			size_t len)
{
	const char *bound = getenv("RING_STRESS_BOUND_S");

	memset(stress, 0, sizeof(*stress));
	stress->driver_dice = 88172645;
	stress->device_dice = 2463534242;
	stress->bound_ms = bound ? atoi(bound) * 1000 : 20000;
	stress->kick.fd = eventfd(0, EFD_CLOEXEC);
	stress->call.fd = eventfd(0, EFD_CLOEXEC);
	if (stress->kick.fd < 0 || stress->call.fd < 0)
		stress_fail("no eventfd");
	if (!driver_mem_add(&stress->mem, page, GPA, len) ||
	    driver_init(&stress->driver, config, &stress->mem))
		stress_fail("no ring");
	stress->talks = driver_mem_alloc(&stress->mem, config->size * sizeof(struct talk), 64);
	if (!stress->talks)
		stress_fail("no buffers");
	attach(stress);
}

static void stress_close(struct stress *stress)
{
	if (!driver_ok(&stress->driver))
		stress_fail(stress->driver.violation);
	if (stress->answered != stress->asked)
		stress_fail("a buffer is missing");
	driver_free(&stress->driver);
	close(stress->kick.fd);
	close(stress->call.fd);
}

static void run(const struct driver_config *config, uint64_t run_ms, const cpu_set_t *cpus)
{
	static unsigned char page[16384] __attribute__((aligned(4096)));
	static struct stress stress;
	pthread_t device;

	stress_open(&stress, config, page, sizeof(page));
	stress.cpus = *cpus;
	if (pthread_create(&device, NULL, device_runs, &stress))
		stress_fail("no thread");
	stress_go_apart(&stress, false);
	driver_runs(&stress, clock_now_ns() + run_ms * NS_PER_MS);
	atomic_store_explicit(&stress.ends, true, memory_order_release);
	stress_notify(&stress.kick);
	pthread_join(device, NULL);
	printf("ok - %s, event index %s, size %u: %lu buffers, %lu of %lu decisions called; "
	       "sleeps: driver %lu, device %lu, deep %lu\n",
	       config->packed ? "packed" : "split", config->event_idx ? "on" : "off", config->size,
	       stress.answered, stress.calls, stress.decisions, stress.driver_sleeps,
	       stress.device_sleeps, (unsigned long)stress.deep_sleeps);
	if (stress.driver_sleeps == 0 || stress.device_sleeps == 0 || stress.deep_sleeps == 0)
		stress_fail("one end never slept, so nothing was tried");
	stress_close(&stress);
}

int main(void)
{
	static const struct driver_config rings[] = {
		{ .size = 2, .start = 65530, .event_idx = true, .indirect_parts = 2 },
		{ .size = 2, .start = 0, .event_idx = false, .indirect_parts = 2 },
		{ .size = SIZE_MAX_HERE, .start = 0, .event_idx = true, .indirect_parts = 2 },
		{ .size = SIZE_MAX_HERE, .start = 65530, .event_idx = false, .indirect_parts = 2 },
		{ .size = 2,
		  .start = POSITION_WRAP,
		  .event_idx = true,
		  .indirect_parts = 2,
		  .packed = true },
		{ .size = 3, .start = 1, .event_idx = false, .indirect_parts = 2, .packed = true },
		{ .size = SIZE_MAX_HERE,
		  .start = POSITION_WRAP,
		  .event_idx = true,
		  .indirect_parts = 2,
		  .packed = true },
	};
	const char *run_ms = getenv("RING_STRESS_MS");
	cpu_set_t cpus; /* before anybody was put anywhere */
	unsigned i;

	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (i = 0; i < ARRAY_SIZE(rings); i++)
		run(&rings[i], run_ms ? strtoul(run_ms, NULL, 10) : 1000, &cpus);
	return 0;
}
