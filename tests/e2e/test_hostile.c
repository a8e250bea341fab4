/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hostile.c - one guest breaks every rule in a loop, and nobody else notices.
 *
 * Four guests on one worker. bad0, on split rings, and bad1, on packed ones, offer
 * wrong chains in turn and reset their device after each. Meanwhile vm1 and vm2
 * send frames in bursts and compare each echo, in order. Kinds of
 * mistakes are told apart in test_ring_faults.c and test_packed_mistakes.c; here
 * it matters that they come thick and fast.
 *
 * With VRINGD_TEST_STRICT the cycles a packet of the worker are held to 1.05
 * times those of quiet, by the median of PAIRS pairs that take turns. Bursts that
 * come seldom cost the worker more a packet, whoever took the neighbours' CPU in
 * between; so in quiet their CPU is shared, too, with a loop that has nothing to
 * do with the daemon and takes so much that as many packets come.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"

#define PAIRS 24
#define WARM_UP 4
#define PHASE_MS 100
#define BURST 32
#define RATIO_GOAL 1.05

#define HERE 0 /* an address in the guest's memory */
#define NOWHERE UINT64_C(0x7000000000000)
#define LAST (UINT64_MAX - 15)
#define NEXT VIRTQ_DESC_F_NEXT
#define WRITE VIRTQ_DESC_F_WRITE
#define INDIRECT VIRTQ_DESC_F_INDIRECT

struct part {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
};

/* A wrong chain of both layouts; a table, if any, lies HERE. */
struct mistake {
	unsigned int index, cnt;
	struct part part[2], table[2];
};

static const struct mistake mistakes[] = {
	{ TX0, 2, { { HERE, 60, NEXT }, { HERE, 60, NEXT } }, { { 0 } } },
	{ TX0, 1, { { HERE, 0, INDIRECT } }, { { 0 } } },
	{ TX0, 1, { { HERE, 17, INDIRECT } }, { { 0 } } },
	{ TX0, 1, { { HERE, 0xfffffff0, INDIRECT } }, { { 0 } } },
	{ TX0, 1, { { HERE, 16, INDIRECT } }, { { HERE, 16, INDIRECT } } },
	{ TX0, 1, { { HERE, 16, INDIRECT | NEXT } }, { { HERE, 60, 0 } } },
	{ TX0, 1, { { NOWHERE, 16, INDIRECT } }, { { 0 } } },
	{ TX0,
	  1,
	  { { HERE, 32, INDIRECT } },
	  { { HERE, 60, NEXT }, { LAST, 60, 0 } } },
	{ TX0, 1, { { NOWHERE, 60, 0 } }, { { 0 } } },
	{ TX0, 1, { { LAST, 60, 0 } }, { { 0 } } },
	{ TX0, 1, { { HERE, 0xffffffff, 0 } }, { { 0 } } },
	{ TX0, 2, { { HERE, 60, NEXT | WRITE }, { HERE, 60, 0 } }, { { 0 } } },
	{ TX0, 1, { { HERE, 60, WRITE } }, { { 0 } } },
	{ TX0, 1, { { HERE, 5, 0 } }, { { 0 } } },
	{ TX0, 1, { { HERE, 0, 0 } }, { { 0 } } },
	{ RX0, 1, { { HERE, 2048, 0 } }, { { 0 } } },
	{ RX0, 1, { { HERE, 5, WRITE } }, { { 0 } } },
	{ RX0, 1, { { NOWHERE, 2048, WRITE } }, { { 0 } } },
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

/* ---- bad0 and bad1 ---- */

static struct {
	pthread_t thread;
	_Atomic bool rages, ends;
	_Atomic uint64_t idle_ns; /* the harmless loop's turn on the CPU */
	uint64_t offered;
	const char *failed;
} hostile;

static void offer_split(struct driver *driver, const struct mistake *mistake,
			uint64_t here)
{
	unsigned int i;

	for (i = 0; i < mistake->cnt; i++)
		driver->desc[i] = (struct virtq_desc){
			.addr = mistake->part[i].addr ? mistake->part[i].addr
						      : here,
			.len = mistake->part[i].len,
			.flags = mistake->part[i].flags,
			.next = i + 1 < mistake->cnt
					? 1
					: 0, /* the last: round and round */
		};
	driver_offer_raw(driver, 0);
}

static void offer_packed(struct driver *driver, const struct mistake *mistake,
			 uint64_t here)
{
	struct pvirtq_desc desc[256];
	unsigned int cnt = mistake->part[1].flags & NEXT ? 256 : mistake->cnt;
	unsigned int i;

	for (i = 0; i < cnt; i++) {
		const struct part *part = &mistake->part[i < 2 ? i : 1];

		desc[i] = (struct pvirtq_desc){
			.addr = part->addr ? part->addr : here,
			.len = part->len,
			.flags = part->flags,
		};
	}
	driver_offer_raw_packed(driver, desc, cnt);
}

/* A table need not be aligned, and this one is not. */
static void write_table(struct net_guest *guest, const struct mistake *mistake,
			uint64_t here)
{
	unsigned char *at = guest->buffers[mistake->index].base;
	bool packed = guest->fe.vring[TX0].driver.cfg.packed;
	unsigned int i;

	memset(at, 0, 64);
	for (i = 0; i < 2; i++) {
		const struct part *part = &mistake->table[i];
		uint64_t addr = part->addr ? part->addr : here;
		const struct virtq_desc split = { addr, part->len, part->flags,
						  1 };
		const struct pvirtq_desc of_packed = { addr, part->len, 0,
						       part->flags };

		memcpy(at + i * sizeof(split),
		       packed ? (const void *)&of_packed : &split,
		       sizeof(split));
	}
}

static const char *offer(struct net_guest *guest, const struct mistake *mistake)
{
	struct driver *driver = &guest->fe.vring[mistake->index].driver;
	uint64_t here = driver_mem_gpa(&guest->fe.mem,
				       guest->buffers[mistake->index].base);

	write_table(guest, mistake, here);
	if (driver->cfg.packed)
		offer_packed(driver, mistake, here);
	else
		offer_split(driver, mistake, here);
	frontend_kick(&guest->fe, mistake->index);
	if (frontend_stop(&guest->fe) || net_renew(guest) ||
	    frontend_start(&guest->fe))
		return "the hostile guest is not served any more";
	hostile.offered++;
	return NULL;
}

static void share_the_cpu(void)
{
	uint64_t end = clock_now_ns() + atomic_load(&hostile.idle_ns);

	while (clock_now_ns() < end)
		;
	sched_yield();
}

static void *rage(void *argument)
{
	struct net_guest *guests = argument;
	unsigned int n = 0;

	while (!hostile.failed && !atomic_load(&hostile.ends)) {
		if (!atomic_load(&hostile.rages)) {
			share_the_cpu();
			continue;
		}
		hostile.failed =
			offer(&guests[n % 2], &mistakes[n / 2 % MISTAKES]);
		n++;
	}
	return NULL;
}

/* ---- vm1 and vm2 ---- */

static struct net_frame sent[BURST], got;

/* They poll, as a driver at full speed does: what the worker's system calls cost
 * depends on who else wants a CPU, and is nobody's fault. */
static void poll_only(struct net_guest *guest)
{
	driver_disarm(&guest->fe.vring[RX0].driver);
	driver_disarm(&guest->fe.vring[TX0].driver);
	net_offer(guest, RX0, 128);
}

static void await_frame(struct net_guest *guest)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;

	while (!net_receive(guest, RX0, &got)) {
		assert_true(clock_now_ns() < end);
		sched_yield();
	}
}

static void echo_burst(struct net_guest *guest, uint32_t seed)
{
	const struct net_form form = { NET_WHOLE, false };
	unsigned int i;

	for (i = 0; i < BURST; i++) {
		net_frame_make(&sent[i], 60 + (seed + i) % 900, seed + i);
		assert_int_equal(net_stage(guest, TX0, &sent[i], form), 0);
	}
	net_flush(guest, TX0);
	for (i = 0; i < BURST; i++) {
		await_frame(guest);
		assert_true(net_frame_is_echo(&got, &sent[i]));
	}
	net_offer(guest, RX0, BURST);
	for (i = 0; i < BURST; i += net_reap_sent(guest, TX0))
		sched_yield();
}

/* ---- the whole ---- */

static struct net_guest extra, hostile_guests[2];

static struct net_guest *open_extra(struct net_guest *guest, const char *port,
				    uint64_t features)
{
	struct net_config cfg = bed_net_config(0);
	char spec[256];

	snprintf(cfg.frontend.path, sizeof(cfg.frontend.path), "%s/%s.sock",
		 bed.daemon.dir, port);
	snprintf(spec, sizeof(spec), "%s,type=vhost-user,socket=%s", port,
		 cfg.frontend.path);
	assert_int_equal(control_do(&bed.control, "port.add",
				    json_pack("{s:s}", "spec", spec)),
			 0);
	snprintf(spec, sizeof(spec), "%s-echo,type=echo", port);
	assert_int_equal(control_do(&bed.control, "port.add",
				    json_pack("{s:s}", "spec", spec)),
			 0);
	snprintf(spec, sizeof(spec), "%s-echo", port);
	assert_int_equal(
		control_do(&bed.control, "wire.add",
			   json_pack("{s:s, s:s}", "a", port, "b", spec)),
		0);
	cfg.frontend.features = features;
	assert_int_equal(net_open(guest, &cfg), 0);
	assert_int_equal(frontend_begin(&guest->fe), 0);
	return guest;
}

/* Faults that were counted for a port. */
static long long faults_of(const char *port)
{
	static const char *const vrings[] = { "rx0", "tx0" };
	const char *name;
	json_t *faults, *cnt;
	long long sum = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		json_t *vring = control_vring(&bed.control, port, vrings[i]);

		faults = control_at(vring, "counters.faults");
		json_object_foreach(faults, name, cnt)
			sum += json_integer_value(cnt);
		json_decref(vring);
	}
	return sum;
}

struct work {
	double cycles, packets;
};

static struct work work_so_far(void)
{
	json_t *list = control_call(&bed.control, "worker.list", NULL);
	json_t *worker = json_array_get(json_object_get(list, "workers"), 0);
	struct work work = {
		.packets =
			json_number_value(json_object_get(worker, "packets")),
	};

	work.cycles =
		work.packets *
		json_number_value(json_object_get(worker, "cycles_per_packet"));
	json_decref(list);
	return work;
}

/* The worker has a CPU of its own, and all else, the daemon's other threads too,
 * another, so that it is not interrupted by who makes it work. Returns the
 * worker's, or -1 if there is one CPU only. */
static int part_cpus(void)
{
	cpu_set_t all, rest;
	int cpu, first = -1;

	sched_getaffinity(0, sizeof(all), &all);
	if (CPU_COUNT(&all) < 2)
		return -1;
	rest = all;
	for (cpu = 0; first < 0 && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			first = cpu;
	CPU_CLR(first, &rest);
	sched_setaffinity(0, sizeof(rest), &rest);
	return first;
}

/* What came to the worker while this lasted. */
static struct work echo_for(struct net_guest *const neighbours[2], uint64_t ms,
			    uint32_t *seed)
{
	struct work before = work_so_far(), after;
	uint64_t end = clock_now_ns() + ms * NS_PER_MS;

	while (clock_now_ns() < end) {
		echo_burst(neighbours[0], *seed);
		echo_burst(neighbours[1], *seed + 7);
		*seed += BURST;
	}
	after = work_so_far();
	after.cycles -= before.cycles;
	after.packets -= before.packets;
	return after;
}

/* One pair: cycles a packet beside the hostile guests, by those without. */
static double ratio_of_pair(struct net_guest *const neighbours[2],
			    uint32_t *seed)
{
	struct work quiet = echo_for(neighbours, PHASE_MS, seed), beside;
	double more;

	atomic_store(&hostile.rages, true);
	beside = echo_for(neighbours, PHASE_MS, seed);
	atomic_store(&hostile.rages, false);
	/* Half of the way, else it swings. */
	more = (1 + quiet.packets / beside.packets) / 2;
	atomic_store(&hostile.idle_ns,
		     (uint64_t)(more * (double)hostile.idle_ns));
	return beside.cycles / beside.packets * quiet.packets / quiet.cycles;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void its_neighbours_lose_nothing_and_pay_nothing(void **state)
{
	struct net_config cfg;
	struct net_guest *neighbours[2];
	double ratio[PAIRS];
	uint32_t seed = 1;
	char cpu[16] = "";
	unsigned int i;
	int worker = part_cpus();

	(void)state;
	snprintf(cpu, sizeof(cpu), "%d", worker);
	bed_up((struct bed_config){ .peer = "echo",
				    .option = { "--poll", "always",
						worker < 0 ? NULL : "--workers",
						cpu } });
	cfg = bed_net_config(1);
	cfg.frontend.features &= ~FEATURE_BIT(VIRTIO_F_EVENT_IDX);
	neighbours[0] = bed_guest(1, &cfg);
	neighbours[1] = open_extra(&extra, "vm2", cfg.frontend.features);
	open_extra(&hostile_guests[0], "bad0", FRONTEND_FEATURES);
	open_extra(&hostile_guests[1], "bad1",
		   FRONTEND_FEATURES | FEATURE_BIT(VIRTIO_F_RING_PACKED));
	poll_only(neighbours[0]);
	poll_only(neighbours[1]);
	atomic_store(&hostile.idle_ns, 20 * NS_PER_US);
	assert_int_equal(
		pthread_create(&hostile.thread, NULL, rage, hostile_guests), 0);

	for (i = 0; i < WARM_UP; i++)
		(void)ratio_of_pair(neighbours, &seed);
	for (i = 0; i < PAIRS; i++)
		ratio[i] = ratio_of_pair(neighbours, &seed);
	atomic_store(&hostile.ends, true);
	pthread_join(hostile.thread, NULL);

	qsort(ratio, PAIRS, sizeof(ratio[0]), by_size);
	print_message(
		"%lu wrong chains; cycles a packet beside quiet: median %.3f of %d pairs, "
		"quartiles %.3f and %.3f\n",
		(unsigned long)hostile.offered, ratio[PAIRS / 2], PAIRS,
		ratio[PAIRS / 4], ratio[PAIRS * 3 / 4]);
	assert_null(hostile.failed);
	/* A reset may come before the worker has looked; most come after. */
	assert_true(faults_of("bad0") * 8 > (long long)hostile.offered);
	assert_true(faults_of("bad1") * 8 > (long long)hostile.offered);
	assert_true(hostile.offered > MISTAKES);
	assert_true(net_ok(neighbours[1]));
	if (getenv("VRINGD_TEST_STRICT"))
		assert_true(ratio[PAIRS / 2] <= RATIO_GOAL);
	net_close(&extra);
	net_close(&hostile_guests[0]);
	net_close(&hostile_guests[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(its_neighbours_lose_nothing_and_pay_nothing),
	};

	return BED_RUN(tests);
}
