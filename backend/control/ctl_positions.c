/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_positions.c - where a vring stands, as JSON, in both layouts.
 *
 * See ctl_report.h. A split ring has indices that run freely; a packed one has
 * slots, with the wrap counter of each in an object beside them, and flags
 * that are words.
 */
#include "compiler.h"
#include "control/ctl_report.h"
#include "virtio_spec.h"

struct position {
	const char *name;
	uint16_t value;
};

static json_t *slot_of(const struct vring_report *vring, uint16_t position)
{
	return json_integer(vring->shape.packed ? position & POSITION_SLOT : position);
}

static json_t *wrap_of(uint16_t position)
{
	return json_integer(position & POSITION_WRAP ? 1 : 0);
}

static json_t *flags_of(const struct vring_report *vring, uint16_t flags)
{
	if (!vring->shape.packed)
		return json_integer(flags);
	switch (flags) {
	case RING_EVENT_FLAGS_ENABLE:
		return json_string("enable");
	case RING_EVENT_FLAGS_DISABLE:
		return json_string("disable");
	case RING_EVENT_FLAGS_DESC:
		return json_string("desc");
	default:
		return json_string("reserved");
	}
}

/* NULL-terminated. */
static json_t *wraps_of(const struct position *positions)
{
	json_t *wraps = json_object();

	for (; positions->name; positions++)
		json_object_set_new(wraps, positions->name, wrap_of(positions->value));
	return wraps;
}

static json_t *decision(const struct vring_report *vring)
{
	const struct vring_decision *last = &vring->last_decision;
	const struct position wraps[] = { { "old", last->old },
					  { "new", last->new },
					  { "used_event", last->used_event },
					  { NULL, 0 } };
	json_t *object;

	if (!vring->shape.size || !last->any)
		return json_null();
	object = json_pack("{s:o, s:o, s:o, s:b}", "old", slot_of(vring, last->old), /* */
			   "new", slot_of(vring, last->new),			     /* */
			   "used_event", slot_of(vring, last->used_event),	     /* */
			   "called", (int)last->called);
	if (vring->shape.packed) {
		json_object_set_new(object, "driver_flags", flags_of(vring, last->flags));
		json_object_set_new(object, "wrap", wraps_of(wraps));
	}
	return object;
}

/* "avail_idx and used_idx are null" where a layout has none. */
static int put_indices(json_t *object, const struct vring_report *vring)
{
	const bool none = vring->shape.packed;

	return json_object_set_new(object, "avail_idx",
				   none ? json_null() : json_integer(vring->avail_idx)) |
	       json_object_set_new(object, "used_idx",
				   none ? json_null() : json_integer(vring->used_idx));
}

static int put_nothing(json_t *object)
{
	static const char *const names[] = { "avail_idx",    "next_avail",   "used_idx",
					     "next_used",    "decided_used", "called_used",
					     "used_event",   "avail_event",  "driver_flags",
					     "device_flags", "last_decision" };
	unsigned i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		err |= json_object_set_new(object, names[i], json_null());
	return err;
}

int ctl_report_put_positions(json_t *object, const struct vring_report *vring)
{
	const struct position positions[] = {
		{ "next_avail", vring->next_avail },
		{ "next_used", vring->next_used },
		{ "decided_used", vring->decided_used },
		{ "called_used", vring->called_used },
		{ "used_event", vring->used_event },
		{ "avail_event", vring->avail_event },
		{ NULL, 0 },
	};
	unsigned i;
	int err;

	if (!vring->shape.size)
		return put_nothing(object);
	err = put_indices(object, vring);
	for (i = 0; positions[i].name; i++)
		err |= json_object_set_new(object, positions[i].name,
					   slot_of(vring, positions[i].value));
	err |= json_object_set_new(object, "driver_flags", flags_of(vring, vring->driver_flags));
	err |= json_object_set_new(object, "device_flags", flags_of(vring, vring->device_flags));
	if (vring->shape.packed)
		err |= json_object_set_new(object, "wrap", wraps_of(positions));
	return err | json_object_set_new(object, "last_decision", decision(vring));
}
