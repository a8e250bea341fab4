/* SPDX-License-Identifier: BSD-3-Clause */
/* test_explain_odd.c - what is said of a vring that does not run, or is odd.
 *
 * Decisions against the rule, states, faults, missing descriptors, backlog,
 * drops and wires; test_explain.c has the health of a running vring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "explain_story.h"

static void contradict(struct vring_report *report)
{
	report->last_decision = (struct vring_decision){ 65535, 3, 65535, false, true };
	report->counters.calls_failed = 1;
}

static void call_too_often(struct vring_report *report)
{
	report->last_decision = (struct vring_decision){ 0, 1, 60000, true, true };
}

static void decide_nothing(struct vring_report *report)
{
	report->last_decision = (struct vring_decision){ 0 };
}

static void fault(struct vring_report *report)
{
	report->state = VRING_STATE_faulted;
	report->fault = VRING_FAULT_indirect_nested;
	report->counters.faults[VRING_FAULT_indirect_nested] = 1;
}

static void was_faulted(struct vring_report *report)
{
	report->counters.faults[VRING_FAULT_loop] = 2;
}

static void stop(struct vring_report *report)
{
	report->state = VRING_STATE_stopped;
	report->shape.size = 0;
}

static void disable(struct vring_report *report)
{
	report->state = VRING_STATE_disabled;
}

static void leave(struct vring_report *report)
{
	report->state = VRING_STATE_absent;
	report->uplink[0] = '\0';
}

static void lag(struct vring_report *report)
{
	report->avail_idx = 15219;
	report->backlog = 12;
	report->has_kick_fd = false;
	report->counters.kicks_missed = 2;
}

static void starve_vcpu(struct vring_report *report)
{
	report->counters.stalls = 1;
	report->counters.stalls_revived = 1;
	report->cpu = (struct cpu_evidence){ .known = true,
					     .pid = 4711,
					     .window_ms = 1300,
					     .waited_ms = 20,
					     .steal_ms = 5,
					     .thread = "CPU 0/KVM" };
	report->cpu_ago_ms = 9000;
}

static void feed_vcpu(struct vring_report *report)
{
	starve_vcpu(report);
	report->cpu.waited_ms = 19;
}

static void drop(struct vring_report *report)
{
	int reason;

	for (reason = 0; reason < DROP_REASON_CNT; reason++)
		report->counters.drops[reason] = 2;
}

/* clang-format off */
static const struct row rows[] = {
	{ "decision against the rule", contradict,
	  { "(uint16)(new-event-1)=3 < (uint16)(new-old)=4 is true: no call, against",
	    "1 wanted call could not be written" }, { "correct by" } },
	{ "call more than asked", call_too_often, { "call, more than the rule asks" },
	  { "correct by" } },
	{ "no decision yet", decide_nothing, { "last decision: none" }, { "need_event" } },
	{ "faulted", fault, { "faulted (indirect_nested): an indirect table holds an indirect "
	  "descriptor, against the section \"Indirect Descriptors\" of Virtio 1.2",
	  "only the driver can reset it" }, { "healthy", "before its last reset" } },
	{ "faulted once", was_faulted, { "before its last reset the driver made this mistake 2 "
	  "times: a chain has more descriptors" }, { "faulted (" } },
	{ "stopped", stop, { "stopped: the front end of vm3 is connected" }, { "healthy",
	  "last decision" } },
	{ "disabled", disable, { "disabled:", "what it sends is drained and discarded" },
	  { "healthy" } },
	{ "absent and unwired", leave, { "absent: no front end is connected", "'vringctl qemu-args "
	  "vm3'", "vm3 is wired to nothing", "'vringctl wire vm3,PORT'" }, { "healthy" } },
	{ "backlog without a kick", lag,
	  { "from next_avail=15207 on 12 buffers are available and not taken",
	    "there is no kick descriptor", "looked at every 50 ms",
	    "2 buffers came without a kick in time: kicks were lost or withheld" },
	  { "injected" } },
	{ "drops", drop, { "2 frames were dropped so far, reason no_buffer (", "rx_queue_size=1024",
	  "reason unwired (", "reason oversize (", "reason uplink (", "reason disabled (" },
	  { "stalled" } },
	{ "a vCPU that waited half of stall-after", starve_vcpu,
	  { "a late vCPU may be the whole cause: in the 1300 ms before the last stall was found "
	    "(9000 ms ago), the thread \"CPU 0/KVM\" of the front end (pid 4711) was ready and "
	    "waited 20 ms for a CPU (run queue), and a hypervisor below this host took 5 ms" },
	  { "nothing speaks" } },
	{ "one that waited less", feed_vcpu, { "nothing speaks for a late vCPU: ",
	  "waited 19 ms for a CPU" }, { "may be the whole cause" } },
};
/* clang-format on */

static void says_what_each_report_shows(void **state)
{
	(void)state;
	story_check_rows(rows, ARRAY_SIZE(rows));
}

static void explain_all_states(struct vring_report *report)
{
	int vring_state;
	struct story story;

	for (vring_state = VRING_STATE_absent; vring_state <= VRING_STATE_faulted; vring_state++) {
		report->state = (enum vring_state)vring_state;
		story = story_of(report);
		assert_true(story.cnt > 0);
		assert_false(story_says(&story, "(null)"));
	}
}

/* Every combination of state, health and fault, with all that can be odd. */
static void has_words_for_everything(void **state)
{
	struct vring_report report = healthy_tx();
	int health, kind;

	(void)state;
	inject_tx(&report);
	lag(&report);
	drop(&report);
	for (health = STALL_HEALTH_ok; health <= STALL_HEALTH_polling; health++)
		for (kind = 0; kind < VRING_FAULT_CNT; kind++) {
			report.health = (enum stall_health)health;
			report.fault = (enum vring_fault)kind;
			explain_all_states(&report);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_each_report_shows),
		cmocka_unit_test(has_words_for_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
