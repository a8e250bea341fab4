/* SPDX-License-Identifier: BSD-3-Clause */
/* event_run.c - see event_run.h.
 *
 * A frame carries the time of its departure, so that a lost one spoils no other's
 * figure. What must stay true: whoever sleeps has armed both rings and looked again,
 * and what is counted begins and ends with the window.
 */
#include "event_run.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "clock.h"

#define BURST 64
/* Linux refills its ring when so many buffers are missing. */
#define REFILL 32
/* A paced sender that slept sends what is due of so much time at once. */
#define TICK_NS (20 * NS_PER_US)
/* After so much time without a frame those under way are taken for lost. */
#define PATIENCE_NS (500 * NS_PER_MS)
#define STAMP_AT 14

struct run {
	struct event_guest *from, *to;
	const struct event_plan *plan;
	struct event_result *result;
	bool counting, settling;

	uint64_t begin_ns; /* of the pace */
	uint64_t end_ns;   /* of the phase */
	uint64_t due;	   /* frames that the pace has let go so far */
	uint64_t quantum;  /* as many of them at least at once */
	uint32_t flight, flight_max;
	uint64_t moved_ns;     /* when a frame was last seen to move */
	uint64_t woke_ns;      /* 0: not just called */
	uint32_t buffers_owed; /* of a frame that has come in part */
};

/* Since the beginning. */
struct sums {
	uint64_t calls, kicks, cpu_ns, ns, cycles;
};

static void phase(struct run *run, uint64_t ns);
static bool turn(struct run *run, uint64_t now_ns);
static uint32_t send_due(struct run *run, uint64_t now_ns);
static uint32_t receive(struct run *run);
static uint32_t reap_sent(struct run *run);
static void sleep_until_called(struct run *run, uint64_t now_ns);
static void settle(struct run *run);

/* ---- a run ---- */

/* Where three quarters of what is under way will have been used. */
static uint16_t quarters_ahead(const struct driver *driver)
{
	return driver_step(driver, driver->reaped, (int)(driver->in_flight * 3 / 4));
}

static uint64_t cpu_ns(void)
{
	struct timespec ran;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
	return (uint64_t)ran.tv_sec * NS_PER_SECOND + (uint64_t)ran.tv_nsec;
}

static struct frontend_vring *sending(const struct run *run)
{
	return &run->from->fe.vring[TX0];
}

static struct frontend_vring *receiving(const struct run *run)
{
	return &run->to->fe.vring[RX0];
}

static struct sums sums_by_now(const struct run *run)
{
	event_drain_calls(run->from);
	event_drain_calls(run->to);
	return (struct sums){
		.calls = sending(run)->calls + receiving(run)->calls,
		.kicks = sending(run)->kicks + receiving(run)->kicks,
		.cpu_ns = cpu_ns(),
		.ns = clock_now_ns(),
		.cycles = clock_cycles(),
	};
}

static void count_window(struct run *run)
{
	struct event_result *result = run->result;
	struct sums begin = sums_by_now(run), end;

	run->counting = true;
	phase(run, run->plan->ms * NS_PER_MS);
	run->counting = false;
	end = sums_by_now(run);
	result->calls = end.calls - begin.calls;
	result->kicks = end.kicks - begin.kicks;
	result->cpu_ns = end.cpu_ns - begin.cpu_ns;
	result->ns = end.ns - begin.ns;
	result->cycles = end.cycles - begin.cycles;
}

/* Of a driver that does not check, not all it happens to see is a breach to everybody:
 * librte_vhost leaves lengths in packed rings where it wrote nothing. */
static bool broken(const struct run *run)
{
	const struct driver *tx = &sending(run)->driver, *rx = &receiving(run)->driver;

	return (!tx->unchecked && tx->violation_cnt) || (!rx->unchecked && rx->violation_cnt);
}

int event_run(struct event_guest *from, struct event_guest *to, const struct event_plan *plan,
	      struct event_result *result)
{
	struct run run = { .from = from, .to = to, .plan = plan, .result = result };
	uint32_t most = to->rx.cnt < from->tx.cnt ? to->rx.cnt : from->tx.cnt;

	memset(result, 0, sizeof(*result));
	/* Buffers that wait for the next refill are no room for a frame. */
	most = most > 2 * REFILL ? most - REFILL : most;
	run.flight_max = plan->flight && plan->flight < most ? plan->flight : most;
	run.quantum = plan->flight == 1 ? 1 : plan->rate * TICK_NS / NS_PER_SECOND;
	if (plan->spin) {
		driver_disarm(&sending(&run)->driver);
		driver_disarm(&receiving(&run)->driver);
	}
	run.begin_ns = run.moved_ns = clock_now_ns();
	phase(&run, plan->warm_ms * NS_PER_MS);
	count_window(&run);
	settle(&run);
	return broken(&run) ? -EIO : 0;
}

static void phase(struct run *run, uint64_t ns)
{
	uint64_t now_ns = clock_now_ns();

	run->end_ns = now_ns + ns;
	for (; now_ns < run->end_ns && !broken(run); now_ns = clock_now_ns()) {
		bool moved = send_due(run, now_ns) > 0;

		if (turn(run, now_ns) || moved)
			continue;
		sleep_until_called(run, now_ns);
	}
}

/* Looks at both rings; true if there was something, or is by now. */
static bool turn(struct run *run, uint64_t now_ns)
{
	struct driver *tx = &sending(run)->driver;
	uint32_t moved = receive(run);

	moved += reap_sent(run);
	run->woke_ns = 0;
	if (moved) {
		run->moved_ns = now_ns;
		return true;
	}
	if (now_ns - run->moved_ns > PATIENCE_NS && run->flight) {
		run->result->lost += run->flight;
		run->flight = 0;
	}
	if (run->plan->spin)
		return true;
	moved = driver_arm(&receiving(run)->driver);
	return driver_arm_at(tx, quarters_ahead(tx)) || moved;
}

static bool under_way(const struct run *run)
{
	return run->flight || run->buffers_owed || sending(run)->driver.in_flight;
}

/* No new frames; those under way come to their end. */
static void settle(struct run *run)
{
	uint64_t now_ns = clock_now_ns();

	run->settling = true;
	run->moved_ns = now_ns;
	run->end_ns = now_ns + 2 * PATIENCE_NS;
	while (under_way(run) && now_ns < run->end_ns && !broken(run)) {
		if (!turn(run, now_ns))
			sleep_until_called(run, now_ns);
		now_ns = clock_now_ns();
	}
	event_refill(run->to);
	event_drain_calls(run->from);
	event_drain_calls(run->to);
}

/* ---- sending ---- */

/* How many frames the pace allows by now, beyond those that it has let go. */
static uint64_t allowed(const struct run *run, uint64_t now_ns)
{
	uint64_t due;

	if (!run->plan->rate)
		return BURST;
	due = (uint64_t)((double)(now_ns - run->begin_ns) * (double)run->plan->rate / 1e9) -
	      run->due;
	return due >= run->quantum ? due : 0;
}

/* When it allows the next ones. */
static uint64_t next_due_ns(const struct run *run)
{
	uint64_t nth = run->due + (run->quantum ? run->quantum : 1);

	return run->begin_ns + (uint64_t)((double)nth * 1e9 / (double)run->plan->rate) + 1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint32_t window_room(const struct run *run)
{
	uint32_t room = run->from->tx.free_cnt;

	return run->plan->sink ? room : (uint32_t)least(room, run->flight_max - run->flight);
}

static void stage(struct run *run, uint32_t nr, uint64_t now_ns)
{
	struct event_buffers *tx = &run->from->tx;
	uint32_t hdr_len = run->from->fe.hdr_len;
	unsigned char *buffer = event_buffer(tx, nr);
	struct driver_part part = { buffer, hdr_len + run->plan->frame_len, false };
	struct driver_chain chain = {
		.part = &part,
		.part_cnt = 1,
		.token = (void *)(uintptr_t)nr,
	};

	memset(buffer, 0, hdr_len);
	memcpy(buffer + hdr_len + STAMP_AT, &now_ns, sizeof(now_ns));
	tx->published_ns[nr] = now_ns;
	driver_stage(&sending(run)->driver, &chain);
}

static uint32_t send_due(struct run *run, uint64_t now_ns)
{
	struct driver *driver = &sending(run)->driver;
	uint32_t nrs[BURST];
	uint32_t cnt = (uint32_t)least(allowed(run, now_ns), least(window_room(run), BURST));
	uint32_t i;

	if (!cnt)
		return 0;
	/* As Linux does before it sends; what is used by now is looked at next. */
	if (!run->plan->spin)
		driver_arm_at(driver, quarters_ahead(driver));
	/* The back end has read them: their lines are asked for all at once. */
	for (i = 0; i < cnt; i++) {
		nrs[i] = event_take(&run->from->tx);
		__builtin_prefetch(event_buffer(&run->from->tx, nrs[i]), 1);
	}
	for (i = 0; i < cnt; i++)
		stage(run, nrs[i], now_ns);
	driver_publish(driver);
	frontend_kick(&run->from->fe, TX0);
	run->due += cnt;
	if (!run->flight)
		run->moved_ns = now_ns;
	run->flight += run->plan->sink ? 0 : cnt;
	run->result->sent += run->counting ? cnt : 0;
	return cnt;
}

static uint32_t reap_sent(struct run *run)
{
	struct event_buffers *tx = &run->from->tx;
	struct driver_reaped reaped;
	uint32_t cnt = 0;

	while (cnt < 2 * BURST && driver_reap(&sending(run)->driver, &reaped)) {
		uint32_t nr = (uint32_t)(uintptr_t)reaped.token;

		if (run->counting && run->woke_ns > tx->published_ns[nr])
			event_times_add(&run->result->wake, run->woke_ns - tx->published_ns[nr]);
		event_give_back(tx, nr);
		cnt++;
	}
	return cnt;
}

/* ---- receiving ---- */

/* Returns how many buffers the frame has that begins in this one. */
static uint32_t take_frame(struct run *run, const unsigned char *buffer, uint64_t now_ns)
{
	const struct virtio_net_hdr *hdr = (const struct virtio_net_hdr *)buffer;
	uint64_t departed_ns;

	memcpy(&departed_ns, buffer + run->to->fe.hdr_len + STAMP_AT, sizeof(departed_ns));
	run->flight -= run->flight ? 1 : 0;
	if (run->counting) {
		run->result->received++;
		if (now_ns > departed_ns)
			event_times_add(&run->result->trip, now_ns - departed_ns);
	}
	return hdr->num_buffers ? hdr->num_buffers : 1;
}

static uint32_t receive(struct run *run)
{
	struct event_buffers *rx = &run->to->rx;
	struct driver_reaped reaped;
	uint32_t nrs[BURST], cnt = 0, i;
	uint64_t now_ns;

	while (cnt < BURST && driver_reap(&receiving(run)->driver, &reaped)) {
		nrs[cnt] = (uint32_t)(uintptr_t)reaped.token;
		__builtin_prefetch(event_buffer(rx, nrs[cnt++]));
	}
	if (!cnt)
		return 0;
	now_ns = clock_now_ns();
	for (i = 0; i < cnt; i++) {
		if (!run->buffers_owed)
			run->buffers_owed = take_frame(run, event_buffer(rx, nrs[i]), now_ns);
		run->buffers_owed--;
		event_give_back(rx, nrs[i]);
	}
	if (rx->free_cnt >= least(REFILL, rx->cnt / 2))
		event_refill(run->to);
	return cnt;
}

/* ---- sleeping ---- */

static void drain(struct frontend_vring *vring)
{
	eventfd_t calls;

	if (eventfd_read(vring->call_fd, &calls) == 0)
		vring->calls += calls;
}

void event_drain_calls(struct event_guest *guest)
{
	unsigned i;

	for (i = 0; i < guest->fe.vring_cnt; i++)
		drain(&guest->fe.vring[i]);
}

/* Until the next frame is due, if it need not wait for others. */
static struct timespec time_left(const struct run *run, uint64_t now_ns)
{
	uint64_t until_ns = run->end_ns;
	uint64_t ns;

	if (run->flight)
		until_ns = least(until_ns, now_ns + PATIENCE_NS);
	if (!run->settling && run->plan->rate && window_room(run))
		until_ns = least(until_ns, next_due_ns(run));
	ns = until_ns > now_ns ? until_ns - now_ns : 0;
	return (struct timespec){ (time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND) };
}

static void sleep_until_called(struct run *run, uint64_t now_ns)
{
	struct pollfd pollers[] = {
		{ .fd = receiving(run)->call_fd, .events = POLLIN },
		{ .fd = sending(run)->call_fd, .events = POLLIN },
	};
	struct timespec left = time_left(run, now_ns);
	int called = ppoll(pollers, 2, &left, NULL);

	run->result->sleeps += run->counting;
	if (called <= 0)
		return;
	run->woke_ns = clock_now_ns();
	run->result->wakes += run->counting;
	if (pollers[0].revents)
		drain(receiving(run));
	if (pollers[1].revents)
		drain(sending(run));
}
