/* SPDX-License-Identifier: BSD-3-Clause */
/* control_fake.c - a house of cards behind the control socket; see the header. */
#include "control_fake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "virtio_spec.h"

static int did(void *house, struct error_text *error, const char *format, ...) PRINTF_LIKE(3, 4);

static int did(void *house, struct error_text *error, const char *format, ...)
{
	struct fake_house *fake = house;
	va_list args;

	va_start(args, format);
	vsnprintf(fake->did, sizeof(fake->did), format, args);
	va_end(args);
	if (fake->refuse && fake->why[0])
		return error_set(error, -fake->refuse, "%s", fake->why);
	return fake->refuse;
}

static int fake_port_add(void *house, const char *spec, struct error_text *error)
{
	return did(house, error, "port_add %s", spec);
}

static int fake_port_del(void *house, const char *name, struct error_text *error)
{
	return did(house, error, "port_del %s", name);
}

static int fake_wire_add(void *house, const char *a, const char *b, struct error_text *error)
{
	return did(house, error, "wire_add %s %s", a, b);
}

static int fake_wire_del(void *house, const char *name, struct error_text *error)
{
	return did(house, error, "wire_del %s", name);
}

static bool fake_port_report(void *house, unsigned nth, struct port_report *report)
{
	const struct fake_house *fake = house;

	if (nth >= FAKE_PORTS)
		return false;
	*report = fake->port[nth];
	return true;
}

static int fake_vring_report(void *house, const char *port, unsigned index,
			     struct vring_report *report)
{
	const struct fake_house *fake = house;
	unsigned i;

	for (i = 0; i < FAKE_PORTS; i++) {
		if (strcmp(fake->port[i].name, port) != 0)
			continue;
		if (!fake->port[i].is_guest)
			return -EINVAL;
		if (index >= (fake->many ? fake->many : 2))
			return -ENOENT;
		*report = fake->vring[i][index % 2];
		report->index = index;
		return 0;
	}
	return -ENOENT;
}

static int fake_trace_read(void *house, const char *port, unsigned index,
			   struct trace_reading *reading)
{
	struct vring_report vring;
	int err = fake_vring_report(house, port, index, &vring);
	const struct fake_house *fake = house;

	if (err)
		return err;
	reading->end = trace_end(&fake->trace);
	if (reading->latest && reading->end > reading->max)
		reading->from = reading->end - reading->max;
	reading->cnt = trace_read(&fake->trace, reading->from, reading->events, reading->max,
				  &reading->first);
	reading->realtime_offset_ns = 1000000000;
	return 0;
}

static struct incidents *fake_incidents(void *house)
{
	struct fake_house *fake = house;

	if (!fake->incidents)
		fake->incidents = incidents_open(-1, &fake_ops, fake);
	return fake->incidents;
}

static void fake_host_facts(void *house, struct doctor_host *host)
{
	(void)house;
	*host = (struct doctor_host){ .cpus = 2,
				      .workers = 1,
				      .descriptors = 20,
				      .descriptors_max = 1024,
				      .has_state_dir = true };
}

static int fake_guest_facts(void *house, const char *port, struct doctor_guest *guest)
{
	(void)house;
	guest->uptime_s = 1000;
	guest->regions = strcmp(port, "vm0") == 0 ? 2 : -1;
	guest->front_end = (struct doctor_front_end){ .pid = 4711, .shared_cpu = -1, .vcpus = 1 };
	return 0;
}

static bool fake_worker_report(void *house, unsigned nth, struct worker_report *report)
{
	(void)house;
	*report = (struct worker_report){
		.worker = 0,
		.cpu = -1,
		.busy_percent = 41.25,
		.cycles_per_packet = 0.0 / 0.0,
		.busy_cycles = 96100,
		.packets = 1000,
	};
	return nth == 0;
}

static bool fake_switch_report(void *house, unsigned nth, struct switch_report *report)
{
	(void)house;
	*report = (struct switch_report){ .name = "br0", .age_s = 300 };
	return nth == 0;
}

static bool fake_switch_port_report(void *house, unsigned nth, unsigned nth_port,
				    struct switch_port_report *report)
{
	(void)house;
	*report = (struct switch_port_report){ .port = "vm2", .entries = 1 };
	report->counters.frames_in = 11;
	report->counters.drops = 2;
	return nth == 0 && nth_port == 0;
}

static void fake_switch_table(void *house, unsigned nth,
			      void (*tell)(void *context, const struct switch_entry_report *entry),
			      void *context)
{
	const struct switch_entry_report entry = {
		.mac = UINT64_C(0x525400000a01),
		.port = "vm2",
		.age_s = 7,
	};

	(void)house;
	(void)nth;
	tell(context, &entry);
}

static int fake_vring_call(void *house, const char *port, unsigned index, struct error_text *error)
{
	return did(house, error, "vring_call %s %u", port, index);
}

static int fake_vring_kick(void *house, const char *port, unsigned index, struct error_text *error)
{
	return did(house, error, "vring_kick %s %u", port, index);
}

static int fake_fault_set(void *house, const char *port, int index, enum inject_kind kind,
			  uint64_t events, int64_t value, struct error_text *error)
{
	return did(house, error, "fault_set %s %d %s %lld %lld", port, index,
		   inject_kind_word(kind), events == INJECT_ALWAYS ? -1LL : (long long)events,
		   (long long)value);
}

static int fake_fault_clear(void *house, const char *port, int index, struct error_text *error)
{
	return did(house, error, "fault_clear %s %d", port ? port : "(all)", index);
}

static int fake_capture_start(void *house, const struct capture_order *order,
			      struct error_text *error)
{
	return did(house, error, "capture_start %s %s '%s' %llu %u", order->port, order->file,
		   order->filter, (unsigned long long)order->count, order->snap_len);
}

static bool fake_capture_report(void *house, unsigned nth, struct capture_report *report)
{
	(void)house;
	*report = (struct capture_report){
		.order = { .port = "vm0", .file = "/tmp/vm0.pcapng", .count = 10 },
		.state = CAPTURE_STATE_error,
		.err = ENOSPC,
		.counts = { .frames = 7, .bytes = 420, .filtered = 2, .lost = 1 },
	};
	return nth == 0;
}

static int fake_capture_stop(void *house, const char *port, struct capture_report *report,
			     struct error_text *error)
{
	fake_capture_report(house, 0, report);
	return did(house, error, "capture_stop %s", port);
}

static int fake_set(void *house, const char *port, const char *key, const char *value,
		    struct error_text *error)
{
	return did(house, error, "set %s %s %s", port ? port : "(daemon)", key, value);
}

static int fake_get(void *house, const char *port, const char *key, char *value, size_t value_len,
		    struct error_text *error)
{
	(void)house;
	if (port && strcmp(port, "tap0") == 0)
		return error_set(error, EINVAL, "port tap0 has no settings");
	if (strcmp(key, "stall-after") == 0)
		snprintf(value, value_len, "50");
	else if (strcmp(key, "force") == 0)
		snprintf(value, value_len, "on");
	else
		return error_set(error, EINVAL, "there is no key '%s'", key);
	return 0;
}

const struct ctl_house_ops fake_ops = {
	.port_add = fake_port_add,
	.port_del = fake_port_del,
	.wire_add = fake_wire_add,
	.wire_del = fake_wire_del,
	.port_report = fake_port_report,
	.vring_report = fake_vring_report,
	.worker_report = fake_worker_report,
	.trace_read = fake_trace_read,
	.incidents = fake_incidents,
	.host_facts = fake_host_facts,
	.guest_facts = fake_guest_facts,
	.switch_report = fake_switch_report,
	.switch_port_report = fake_switch_port_report,
	.switch_table = fake_switch_table,
	.vring_call = fake_vring_call,
	.vring_kick = fake_vring_kick,
	.fault_set = fake_fault_set,
	.fault_clear = fake_fault_clear,
	.capture_start = fake_capture_start,
	.capture_stop = fake_capture_stop,
	.capture_report = fake_capture_report,
	.set = fake_set,
	.get = fake_get,
};

static void build_vrings(struct vring_report vring[2], const char *port)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		snprintf(vring[i].port, sizeof(vring[i].port), "%s", port);
		snprintf(vring[i].vring, sizeof(vring[i].vring), "%s0", i ? "tx" : "rx");
		vring[i].index = i;
		vring[i].guest_tx = i == 1;
		vring[i].force = true;
		vring[i].stall_after_ms = 50;
	}
}

/* The numbers of the contract's example. */
static void start_tx(struct vring_report *vring)
{
	vring->state = VRING_STATE_running;
	vring->event_idx = true;
	vring->shape.size = 256;
	vring->has_call_fd = vring->has_kick_fd = true;
	vring->avail_idx = vring->next_avail = vring->used_idx = vring->next_used = 30402;
	vring->decided_used = vring->avail_event = 30402;
	vring->called_used = 30146;
	vring->last_decision = (struct vring_decision){ 30401, 30402, 0, false, true };
	vring->unsignalled = vring->unanswered = 256;
	vring->unanswered_ms = 412;
	vring->counters.packets = 7;
	vring->counters.drops[DROP_unwired] = 3;
	vring->counters.faults[VRING_FAULT_loop] = 1;
	snprintf(vring->uplink, sizeof(vring->uplink), "tap0");
}

void fake_house_build(struct fake_house *house)
{
	incidents_close(house->incidents); /* those of the last test */
	memset(house, 0, sizeof(*house));
	house->port[0] = (struct port_report){
		.name = "vm0",
		.type = "vhost-user",
		.wired_to = "tap0",
		.is_guest = true,
		.socket = "/run/vringd/vm0.sock",
		.mode = "server",
		.connected = true,
		.pid = 4711,
		.connects = 1,
		.queues = 1,
		.force = true,
		.stall_after_ms = 50,
		.features = FEATURE_BIT(VIRTIO_F_EVENT_IDX) | FEATURE_BIT(45),
		.protocol_features = FEATURE_BIT(3),
	};
	house->port[1] = (struct port_report){
		.name = "tap0", .type = "tap", .wired_to = "vm0", .ifname = "tap0"
	};
	house->port[2] = (struct port_report){
		.name = "vm1",
		.type = "vhost-user",
		.is_guest = true,
		.socket = "/run/v,m1.sock",
		.mode = "client",
		.queues = 2,
		.mac = "52:54:00:00:00:01",
		.mtu = 9000,
		.last_disconnect = "the front end closed the socket",
	};
	build_vrings(house->vring[0], "vm0");
	build_vrings(house->vring[2], "vm1");
	start_tx(&house->vring[0][1]);
	house->vring[0][0].state = VRING_STATE_stopped;
}
