/* SPDX-License-Identifier: BSD-3-Clause */
/* limit.c - what two CPUs can do at best: one copy a frame, told of through a ring.
 *
 *	limit [--cpus A,B] [--ms MS] SIZE DEPTH
 *
 * A producer on CPU A writes for each frame where it is and where it goes, as a
 * driver does, and touches no frame. A consumer on CPU B copies it, as a back end
 * does that wires two guests, and does nothing else: it checks nothing, counts
 * nothing and tells only how far it is.
 *
 * The memory is that of two guests with two rings of DEPTH each: a frame goes into
 * the buffer that was filled longest ago, and comes from one that was filled just
 * before, since it goes round.
 *
 * Prints: SIZE DEPTH MPPS CORE_NS, where CORE_NS is how long a cache line takes
 * from one CPU to the other. The two threads of one core have it in their own
 * cache, so that it tells whether the CPUs share a core.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CACHE_LINE 64
#define BATCH 64
/* What a buffer of testpmd takes in its pool. */
#define STRIDE 2368
#define HEADROOM 256
/* How many frames are under way: a burst in each direction. */
#define LAG (2 * BATCH)
#define DEPTH_MAX 32768
#define PING_ROUNDS 2000
#define PINGS 25
#define HUGEPAGE ((size_t)2 << 20)

/* A frame's two descriptors: one of the sender, one of the receiver. */
struct entry {
	const uint8_t *from;
	uint8_t *to;
	uint64_t len, room;
};

struct line {
	_Alignas(CACHE_LINE) _Atomic uint64_t value;
};

struct bench {
	unsigned cpus[2];
	uint32_t size, depth, buffer_cnt;
	unsigned ms;
	uint8_t *buffers;
	struct entry *ring;

	struct line head, tail; /* written by the producer; by the consumer */
	struct line ball;	/* of the ping-pong */
	struct line ended;
	double pings_ns[PINGS];
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

static bool ended(struct bench *bench)
{
	return atomic_load_explicit(&bench->ended.value, memory_order_relaxed);
}

/* ---- the ring ---- */

static uint8_t *buffer(const struct bench *bench, uint64_t nr)
{
	return bench->buffers + nr % bench->buffer_cnt * STRIDE + HEADROOM;
}

static void produce(struct bench *bench, uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		bench->ring[from % bench->depth] = (struct entry){
			.from = buffer(bench, from + bench->buffer_cnt - LAG),
			.to = buffer(bench, from),
			.len = bench->size,
			.room = STRIDE - HEADROOM,
		};
}

static void *produce_all(void *argument)
{
	struct bench *bench = argument;
	uint64_t head = 0;

	while (!ended(bench)) {
		uint64_t tail = atomic_load_explicit(&bench->tail.value, memory_order_acquire);
		uint64_t room = bench->depth - (head - tail);

		if (room == 0) {
			relax();
			continue;
		}
		room = room < BATCH ? room : BATCH;
		produce(bench, head, head + room);
		head += room;
		atomic_store_explicit(&bench->head.value, head, memory_order_release);
	}
	return NULL;
}

static void consume(const struct bench *bench, uint64_t from, uint64_t to)
{
	for (; from < to; from++) {
		const struct entry *entry = &bench->ring[from % bench->depth];

		memcpy(entry->to, entry->from, entry->len < entry->room ? entry->len : entry->room);
	}
}

static void *consume_all(void *argument)
{
	struct bench *bench = argument;
	uint64_t tail = 0;

	while (!ended(bench)) {
		uint64_t head = atomic_load_explicit(&bench->head.value, memory_order_acquire);

		if (head == tail) {
			relax();
			continue;
		}
		head = head - tail < BATCH ? head : tail + BATCH;
		consume(bench, tail, head);
		tail = head;
		atomic_store_explicit(&bench->tail.value, tail, memory_order_release);
	}
	return NULL;
}

/* ---- the ping-pong ---- */

static void await(struct bench *bench, uint64_t value)
{
	while (atomic_load_explicit(&bench->ball.value, memory_order_acquire) != value)
		;
}

static void *ping(void *argument)
{
	struct bench *bench = argument;
	uint64_t ball = 0;
	unsigned i;

	for (i = 0; i < PINGS; i++) {
		uint64_t start_ns = now_ns();
		uint64_t end = ball + (uint64_t)2 * PING_ROUNDS;

		while (ball < end) {
			atomic_store_explicit(&bench->ball.value, ball + 1, memory_order_release);
			ball += 2;
			await(bench, ball);
		}
		bench->pings_ns[i] = (double)(now_ns() - start_ns) / (2.0 * PING_ROUNDS);
	}
	return NULL;
}

static void *pong(void *argument)
{
	struct bench *bench = argument;
	uint64_t ball;

	for (ball = 1; ball < (uint64_t)2 * PING_ROUNDS * PINGS; ball += 2) {
		await(bench, ball);
		atomic_store_explicit(&bench->ball.value, ball + 1, memory_order_release);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* ---- two threads ---- */

static void start(pthread_t *thread, unsigned cpu, void *(*function)(void *), struct bench *bench)
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int err;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(thread, &attr, function, bench);
	pthread_attr_destroy(&attr);
	if (err) {
		fprintf(stderr, "limit: a thread on CPU %u: %s\n", cpu, strerror(err));
		exit(1);
	}
}

static double measure_core_ns(struct bench *bench)
{
	pthread_t threads[2];

	start(&threads[0], bench->cpus[1], pong, bench);
	start(&threads[1], bench->cpus[0], ping, bench);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	qsort(bench->pings_ns, PINGS, sizeof(bench->pings_ns[0]), compare);
	return bench->pings_ns[PINGS / 2];
}

static double measure_mpps(struct bench *bench)
{
	pthread_t threads[2];
	uint64_t start_ns, end_ns, cnt;

	start(&threads[0], bench->cpus[1], consume_all, bench);
	start(&threads[1], bench->cpus[0], produce_all, bench);
	usleep(bench->ms * 1000 / 10); /* once round all buffers, and more */
	cnt = atomic_load(&bench->tail.value);
	start_ns = now_ns();
	usleep(bench->ms * 1000);
	cnt = atomic_load(&bench->tail.value) - cnt;
	end_ns = now_ns();
	atomic_store(&bench->ended.value, 1);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return (double)cnt * 1000 / (double)(end_ns - start_ns);
}

/* On hugepages, as a guest's is: else the copies wait for page tables too. */
static void *memory(size_t len)
{
	void *area;

	len = (len + HUGEPAGE - 1) / HUGEPAGE * HUGEPAGE;
	area = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	if (area != MAP_FAILED)
		return area;
	area = aligned_alloc(HUGEPAGE, len);
	if (!area) {
		fprintf(stderr, "limit: no memory\n");
		exit(1);
	}
	madvise(area, len, MADV_HUGEPAGE);
	memset(area, 0, len);
	return area;
}

static void usage(void)
{
	fprintf(stderr, "usage: limit [--cpus A,B] [--ms MS] SIZE DEPTH\n");
	exit(2);
}

static void parse(struct bench *bench, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "ms", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c' && sscanf(optarg, "%u,%u", &bench->cpus[0], &bench->cpus[1]) == 2)
			continue;
		if (option != 'm' || sscanf(optarg, "%u", &bench->ms) != 1)
			usage();
	}
	if (argc - optind != 2 || sscanf(argv[optind], "%u", &bench->size) != 1 ||
	    sscanf(argv[optind + 1], "%u", &bench->depth) != 1)
		usage();
	if (bench->size == 0 || bench->size > STRIDE - HEADROOM || bench->depth == 0 ||
	    bench->depth > DEPTH_MAX)
		usage();
}

int main(int argc, char *argv[])
{
	static struct bench bench = { .cpus = { 0, 1 }, .ms = 200 };
	double core_ns;

	parse(&bench, argc, argv);
	bench.buffer_cnt = 2 * bench.depth + LAG;
	bench.buffers = memory((size_t)bench.buffer_cnt * STRIDE);
	bench.ring = memory(bench.depth * sizeof(*bench.ring));
	core_ns = measure_core_ns(&bench);
	printf("%u %u %.3f %.1f\n", bench.size, bench.depth, measure_mpps(&bench), core_ns);
	return 0;
}
