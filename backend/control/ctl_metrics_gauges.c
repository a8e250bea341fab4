/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_gauges.c - where each vring stands, as families of gauges.
 *
 * A position has no sample while there is no ring, so that no zero is taken for one,
 * and neither has health. Positions of a packed ring are slots; the wrap counter of each is in a
 * family of its own.
 */
#include "compiler.h"
#include "control/ctl_metrics_parts.h"

#define MS_PER_SECOND 1000.0

static bool has_ring(const struct vring_report *vring)
{
	return vring->shape.size != 0;
}

static bool is_stalled(const struct vring_report *vring)
{
	return has_ring(vring) &&
	       (vring->health == STALL_HEALTH_stalled || vring->health == STALL_HEALTH_reviving ||
		vring->health == STALL_HEALTH_stuck);
}

/* X(name, value, english) */
/* clang-format off */
#define VRING_GAUGES(X)                                                                           \
	X(size,       vring->shape.size, "entries of the ring; 0 while there is none")            \
	X(enabled,    vring->state == VRING_STATE_running,                                        \
	  "1 while the vring is started, enabled and not faulted")                                \
	X(stalled,    is_stalled(vring),                                                          \
	  "1 while used buffers lie unanswered on a spent ring (health stalled, reviving, stuck)") \
	X(spent,      vring->spent,                                                               \
	  "1 while the driver can be expected to need its buffers back")                          \
	X(backlog,    (double)vring->backlog, "buffers available and not taken")                  \
	X(unsignalled, (double)vring->unsignalled,                                                \
	  "buffers used since the call descriptor was last written")                              \
	X(unanswered, (double)vring->unanswered, "buffers used since the driver last moved")      \
	X(unanswered_seconds, (double)vring->unanswered_ms / MS_PER_SECOND,                       \
	  "for how long used buffers have lain since the driver last moved")                      \
	X(forced_in_a_row, vring->forced_in_a_row,                                                \
	  "forced calls without answer so far, of the present stall")

/* X(name, a packed ring has it, value, english) */
#define VRING_INDICES(X)                                                                          \
	X(avail,        false, vring->avail_idx,    "the driver's available index")               \
	X(used,         false, vring->used_idx,     "the device's used index")                    \
	X(last_avail,   true,  vring->next_avail,   "next entry to take (next_avail)")            \
	X(last_used,    true,  vring->next_used,    "next entry to use (next_used)")              \
	X(decided_used, true,  vring->decided_used, "next_used at the last decision, called or not") \
	X(called_used,  true,  vring->called_used,                                                \
	  "next_used when the call descriptor was last written")                                  \
	X(used_event,   true,  vring->used_event,   "where the driver wants to be called")        \
	X(avail_event,  true,  vring->avail_event,  "where the device wants to be kicked")
/* clang-format on */

struct gauge {
	const char *family;
	double (*value)(const struct vring_report *vring);
	const char *help;
};

#define X(name, value, english)                                      \
	static double gauge_##name(const struct vring_report *vring) \
	{                                                            \
		return value;                                        \
	}
VRING_GAUGES(X)
#undef X

static const struct gauge gauges[] = {
#define X(name, value, english) { "vring_" #name, gauge_##name, english },
	VRING_GAUGES(X)
#undef X
};

struct index {
	const char *name, *family;
	bool of_packed;
	uint16_t (*value)(const struct vring_report *vring);
	const char *help;
};

#define X(name, of_packed, value, english)                             \
	static uint16_t index_##name(const struct vring_report *vring) \
	{                                                              \
		return value;                                          \
	}
VRING_INDICES(X)
#undef X

static const struct index indices[] = {
#define X(name, of_packed, value, english) \
	{ #name, "vring_" #name "_index", of_packed, index_##name, english },
	VRING_INDICES(X)
#undef X
};

static void write_info(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i;

	metrics_family(out, "vring", METRICS_INFO, "what kind of ring it is");
	for (i = 0; i < scene->vring_cnt; i++) {
		const struct vring_report *vring = &scene->vrings[i];

		if (!has_ring(vring))
			continue;
		metrics_label_vring(out, vring);
		metrics_label(out, "direction", vring->guest_tx ? "tx" : "rx");
		metrics_label(out, "layout", vring->shape.packed ? "packed" : "split");
		metrics_label(out, "event_idx", vring->event_idx ? "true" : "false");
		metrics_whole(out, 1);
	}
}

static void write_states(const struct metrics_scene *scene, struct metrics_out *out)
{
	/* clang-format off */
	static const enum vring_state states[] = {
#define X(name, english) VRING_STATE_##name,
		VRING_STATES(X)
#undef X
	};
	/* clang-format on */
	size_t i, nth;

	metrics_family(out, "vring_state", METRICS_GAUGE, "1 for the state the vring is in");
	for (i = 0; i < scene->vring_cnt; i++)
		for (nth = 0; nth < ARRAY_SIZE(states); nth++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "state", vring_state_name(states[nth]));
			metrics_whole(out, scene->vrings[i].state == states[nth]);
		}
}

static void write_healths(const struct metrics_scene *scene, struct metrics_out *out)
{
	/* clang-format off */
	static const enum stall_health healths[] = {
#define X(name, english) STALL_HEALTH_##name,
		STALL_HEALTHS(X)
#undef X
	};
	/* clang-format on */
	size_t i, nth;

	metrics_family(out, "vring_health", METRICS_GAUGE, "1 for what the stall judge says of it");
	for (i = 0; i < scene->vring_cnt; i++) {
		if (!has_ring(&scene->vrings[i]))
			continue;
		for (nth = 0; nth < ARRAY_SIZE(healths); nth++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_label(out, "health", stall_health_name(healths[nth]));
			metrics_whole(out, scene->vrings[i].health == healths[nth]);
		}
	}
}

static void write_gauges(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	for (nth = 0; nth < ARRAY_SIZE(gauges); nth++) {
		const struct gauge *gauge = &gauges[nth];

		metrics_family(out, gauge->family, METRICS_GAUGE, gauge->help);
		for (i = 0; i < scene->vring_cnt; i++) {
			metrics_label_vring(out, &scene->vrings[i]);
			metrics_real(out, gauge->value(&scene->vrings[i]));
		}
	}
}

static void write_progress(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i;

	metrics_family(out, "vring_last_progress_timestamp_seconds", METRICS_GAUGE,
		       "when the driver was last seen to move, in Unix time");
	for (i = 0; i < scene->vring_cnt; i++) {
		const struct vring_report *vring = &scene->vrings[i];

		if (!has_ring(vring))
			continue;
		metrics_label_vring(out, vring);
		metrics_real(out,
			     (double)(scene->unix_ms - vring->last_move_ago_ms) / MS_PER_SECOND);
	}
}

static void write_indices(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	for (nth = 0; nth < ARRAY_SIZE(indices); nth++) {
		const struct index *index = &indices[nth];

		metrics_family(out, index->family, METRICS_GAUGE, index->help);
		for (i = 0; i < scene->vring_cnt; i++) {
			const struct vring_report *vring = &scene->vrings[i];
			const bool packed = vring->shape.packed;

			if (!has_ring(vring) || (packed && !index->of_packed))
				continue;
			metrics_label_vring(out, vring);
			metrics_whole(out, packed ? index->value(vring) & POSITION_SLOT
						  : index->value(vring));
		}
	}
}

static void write_wraps(const struct metrics_scene *scene, struct metrics_out *out)
{
	size_t i, nth;

	metrics_family(out, "vring_wrap", METRICS_GAUGE,
		       "the wrap counter of each position of a packed ring");
	for (i = 0; i < scene->vring_cnt; i++) {
		const struct vring_report *vring = &scene->vrings[i];

		if (!has_ring(vring) || !vring->shape.packed)
			continue;
		for (nth = 0; nth < ARRAY_SIZE(indices); nth++) {
			if (!indices[nth].of_packed)
				continue;
			metrics_label_vring(out, vring);
			metrics_label(out, "position", indices[nth].name);
			metrics_whole(out, (indices[nth].value(vring) & POSITION_WRAP) != 0);
		}
	}
}

void metrics_vring_gauges(const struct metrics_scene *scene, struct metrics_out *out)
{
	write_info(scene, out);
	write_states(scene, out);
	write_healths(scene, out);
	write_gauges(scene, out);
	write_progress(scene, out);
	write_indices(scene, out);
	write_wraps(scene, out);
}
