/* SPDX-License-Identifier: BSD-3-Clause */
/* stall_world.c - see stall_world.h. */
#include "stall_world.h"

#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

static unsigned or_else(unsigned value, unsigned other)
{
	return value ? value : other;
}

void stall_world_open(struct stall_world *world, const struct stall_story *story)
{
	*world = (struct stall_world){
		.config = {
			.stall_after_ns = or_else(story->stall_after_ms, 50) * MS,
			.force = !story->no_force,
			.has_call_fd = !story->no_fd,
			.guest_tx = story->tx,
			.size = (uint16_t)or_else(story->size, 256),
		},
		/* Begins where 16 bits wrap soon. */
		.view = { .avail_idx = 65500, .next_avail = 65500, .next_used = 65500 },
		.slots_a_buffer = or_else(story->burst_slots, 1),
		.due_ns = UINT64_MAX,
	};
	world->next_look_ns =
		or_else(story->first_look_ms, or_else(story->stall_after_ms, 50)) * MS;
	stall_reset(&world->stall, &world->view, 0);
}

/* ---- what the judge says, as text ---- */

static void tell(struct stall_world *world, const char *what)
{
	size_t len = strlen(world->told);
	char stamp[24];

	snprintf(stamp, sizeof(stamp), "%llu:", (unsigned long long)(world->now_ns / MS));
	if (len > 0 && strstr(world->told, stamp) &&
	    strncmp(strrchr(world->told, ' ') ? strrchr(world->told, ' ') + 1 : world->told, stamp,
		    strlen(stamp)) == 0)
		snprintf(world->told + len, sizeof(world->told) - len, ",%s", what);
	else
		snprintf(world->told + len, sizeof(world->told) - len, "%s%s%s", len ? " " : "",
			 stamp, what);
}

/* As net/call.c does. */
static void call(struct stall_world *world, enum stall_act why)
{
	world->left += stall_leave_call(&world->stall);
	stall_called(&world->stall, why, world->now_ns);
}

static void hear_move(struct stall_world *world, const struct stall_verdict *verdict)
{
	static const char *const news[] = {
		NULL, "stalled", "revived", "later", "gave-up", "polls"
	};

	assert_false(verdict->forced_answered && verdict->forced_expired);
	assert_true(verdict->forced_answered || !(verdict->revived || verdict->probe_answered));
	world->had_effect += verdict->forced_answered;
	world->had_none += verdict->forced_expired;
	if (verdict->probe_answered) {
		world->answered++;
		tell(world, "answered");
	}
	assert_int_equal(verdict->stall_begins, verdict->news == STALL_NEWS_STALLED);
	world->stalls += verdict->stall_begins;
	world->revived += verdict->revived;
	if (verdict->news != STALL_NEWS_NONE)
		tell(world, news[verdict->news]);
}

static void act(struct stall_world *world, const struct stall_verdict *verdict)
{
	if (verdict->act == STALL_ACT_NONE)
		return;
	assert_true(world->config.force && world->config.has_call_fd);
	world->forced++;
	world->probes += verdict->act == STALL_ACT_PROBE;
	tell(world, verdict->act == STALL_ACT_PROBE ? "probe" : "force");
	call(world, verdict->act);
}

/* ---- steps ---- */

static void use(struct stall_world *world, unsigned n, bool called)
{
	struct stall_verdict verdict;

	world->view.next_avail = (uint16_t)(world->view.next_avail + n);
	world->view.next_used = (uint16_t)(world->view.next_used + n);
	verdict = stall_published(&world->stall, &world->config, &world->view, n,
				  (uint64_t)n * world->slots_a_buffer, world->now_ns);
	assert_int_equal(verdict.act, STALL_ACT_NONE);
	hear_move(world, &verdict);
	if (called)
		call(world, STALL_ACT_NONE);
}

static void move(struct stall_world *world, enum stall_op op, unsigned n)
{
	if (op == OFFER)
		world->view.avail_idx = (uint16_t)(world->view.avail_idx + n);
	else if (op == EVENT)
		world->view.event = n;
	else
		world->view.flags = (uint16_t)n;
	world->last_move_ns = world->now_ns;
}

static void restart(struct stall_world *world)
{
	world->left += stall_leave_call(&world->stall);
	stall_reset(&world->stall, &world->view, world->now_ns);
}

void stall_world_step(struct stall_world *world, enum stall_op op, unsigned n)
{
	if (op == OFFER || op == EVENT || op == FLAGS)
		move(world, op, n);
	else if (op == USE || op == CALL)
		use(world, n, op == CALL);
	else if (op == NO_CALL)
		world->view.no_call = n;
	else if (op == WAITS)
		world->view.frame_waits = n;
	else if (op == FORCE)
		world->config.force = n;
	else if (op == HAS_FD)
		world->config.has_call_fd = n;
	else if (op == HAND)
		call(world, STALL_ACT_NONE);
	else if (op == RESTART)
		restart(world);
}

/* ---- the watchdog ---- */

static void look(struct stall_world *world)
{
	struct stall_verdict verdict =
		stall_look(&world->stall, &world->config, &world->view, world->now_ns);

	act(world, &verdict);
	hear_move(world, &verdict);
	if (world->now_ns >= world->next_look_ns)
		world->next_look_ns = world->now_ns + world->config.stall_after_ns;
	world->looked_ns = world->now_ns;
	world->due_ns = stall_due_ns(&world->stall, &world->config);
	world->late |= world->due_ns <= world->now_ns;
}

/* All looks until then; one that is due then comes after what happens then. */
void stall_world_run(struct stall_world *world, unsigned until_ms)
{
	for (;;) {
		uint64_t due_ns =
			world->due_ns < world->next_look_ns ? world->due_ns : world->next_look_ns;

		if (due_ns <= world->looked_ns) /* a judge that is late is asked each ms */
			due_ns = world->looked_ns + MS;
		if (due_ns >= until_ms * MS)
			break;
		world->now_ns = due_ns;
		look(world);
	}
	world->now_ns = until_ms * MS;
}

enum stall_health stall_world_health(const struct stall_world *world)
{
	return stall_health(&world->stall, &world->config, &world->view, false);
}

/* ---- a story ---- */

static void flow(struct stall_world *world, const struct stall_story *story,
		 const struct stall_step *step)
{
	unsigned until_ms = step[1].op == AT_END ? story->until_ms : step[1].ms;
	unsigned ms;

	for (ms = step->ms; ms < until_ms; ms += step->n) {
		stall_world_run(world, ms);
		stall_world_step(world, OFFER, story->burst);
		stall_world_step(world, USE, story->burst);
	}
}

void stall_world_check_outcomes(const struct stall_world *world)
{
	assert_int_equal(world->had_effect + world->had_none + world->left +
				 stall_forced_pends(&world->stall),
			 world->forced);
}

static void check_sums(const struct stall_world *world)
{
	assert_true(world->revived <= world->stalls);
	assert_true(world->answered <= world->probes);
	stall_world_check_outcomes(world);
	if (world->config.force)
		assert_true(world->stalls <= world->forced);
}

void stall_story_check(const struct stall_story *story)
{
	const struct stall_step *step = story->steps;
	struct stall_world world;

	stall_world_open(&world, story);
	for (; step->op != AT_END; step++) {
		stall_world_run(&world, step->ms);
		if (step->op == TRAFFIC)
			flow(&world, story, step);
		else
			stall_world_step(&world, step->op, step->n);
	}
	stall_world_run(&world, story->until_ms);
	check_sums(&world);
	if (strcmp(world.told, story->told) != 0)
		print_error("%s:\n  told   %s\n  wanted %s\n", story->name, world.told,
			    story->told);
	assert_string_equal(world.told, story->told);
	if (stall_world_health(&world) != story->health)
		print_error("%s: health\n", story->name);
	assert_string_equal(stall_health_name(stall_world_health(&world)),
			    stall_health_name(story->health));
}
