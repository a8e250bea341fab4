/* SPDX-License-Identifier: BSD-3-Clause */
/* bed.c - the test bed of the end-to-end programs.
 *
 * See bed.h. What must stay true: bed_down() takes down whatever is up, in
 * the order guests, control client, daemon, and only then says what was wrong.
 */
#include "bed.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_AGAIN_MS 5

struct bed bed;
struct net_frame bed_sent, bed_got;

struct bed_rings bed_split;
struct bed_rings bed_packed = { .with = FEATURE_BIT(VIRTIO_F_RING_PACKED) };
struct bed_rings bed_packed_flags = {
	.with = FEATURE_BIT(VIRTIO_F_RING_PACKED),
	.without = FEATURE_BIT(VIRTIO_F_EVENT_IDX),
};

static const struct bed_rings *rings = &bed_split;
static bool guest_open[BED_GUESTS];

static void check_vring_accounts(json_t *vring);
static bool accounts_settled(json_t *vring);
static json_t *all_vrings(void);

int bed_choose(void **state)
{
	rings = *state;
	return 0;
}

void bed_up(struct bed_config cfg)
{
	struct daemon *d = &bed.daemon;
	unsigned int i;

	assert_int_equal(daemon_init(d), 0);
	if (cfg.stall_after_ms) {
		daemon_arg(d, "--stall-after");
		daemon_arg(d, "%u", cfg.stall_after_ms);
	}
	for (i = 0; i < (cfg.guests ? cfg.guests : 2); i++) {
		daemon_arg(d, "--port");
		daemon_arg(d, "vm%u,type=vhost-user,socket=%s/vm%u.sock%s", i,
			   d->dir, i, cfg.keys ? cfg.keys : "");
		if (!cfg.peer)
			continue;
		daemon_arg(d, "--port");
		daemon_arg(d, "peer%u,type=%s", i, cfg.peer);
		daemon_arg(d, "--wire");
		daemon_arg(d, "vm%u,peer%u", i, i);
	}
	for (i = 0; i < BED_OPTIONS && cfg.option[i]; i++)
		daemon_arg(d, "%s", cfg.option[i]);

	assert_int_equal(daemon_start(d), 0);
	assert_int_equal(control_open(&bed.control, d->control), 0);
}

struct net_config bed_net_config(unsigned int n)
{
	struct net_config cfg;
	char path[108];

	snprintf(path, sizeof(path), "%s/vm%u.sock", bed.daemon.dir, n);
	cfg = net_config(path);
	cfg.frontend.features |= rings->with;
	cfg.frontend.features &= ~rings->without;
	return cfg;
}

bool bed_is_packed(void)
{
	return rings->with & FEATURE_BIT(VIRTIO_F_RING_PACKED);
}

uint16_t bed_start_before_wrap(uint16_t size, uint16_t cnt)
{
	return (uint16_t)((bed_is_packed() ? size : 65536) - cnt);
}

struct net_guest *bed_guest(unsigned int n, const struct net_config *cfg)
{
	struct net_guest *guest = &bed.guest[n];

	guest_open[n] = true;
	assert_int_equal(net_open(guest, cfg), 0);
	assert_int_equal(frontend_begin(&guest->fe), 0);
	return guest;
}

void bed_reconnect(struct net_guest *guest)
{
	frontend_disconnect(&guest->fe);
	if (!guest->fe.cfg.listen) /* else the daemon comes at once */
		bed_expect_str("tx0", "state", "absent");
	assert_int_equal(frontend_begin(&guest->fe), 0);
}

struct net_guest *bed_with(const char *peer, unsigned int stall_after_ms)
{
	struct net_config cfg;

	bed_up((struct bed_config){ .peer = peer,
				    .stall_after_ms = stall_after_ms });
	cfg = bed_net_config(0);
	return bed_guest(0, &cfg);
}

int bed_down(void **state)
{
	bool ok = true;
	unsigned int i;
	int status;

	(void)state;
	for (i = 0; i < BED_GUESTS; i++) {
		if (!guest_open[i])
			continue;
		guest_open[i] = false;
		ok &= net_ok(&bed.guest[i]);
		net_close(&bed.guest[i]);
	}
	control_close(&bed.control);
	status = daemon_stop(&bed.daemon);
	if (status)
		print_error("vringd ended with %d\n", status);
	return ok && !status ? 0 : -1;
}

int bed_ctl(const char *args)
{
	return shell("timeout 10 \"$VRINGCTL\" --control %s %s 2>&1",
		     bed.daemon.control, args);
}

void bed_expect_ctl(const char *args, int status, const char *said)
{
	int was = bed_ctl(args);

	if (was != status || !strstr(shell_output, said))
		fail_msg("vringctl %s: status %d, not %d, or not '%s':\n%s",
			 args, was, status, said, shell_output);
}

void bed_expect(const char *vring, const char *path, long long value)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;

	while (bed_int(vring, path) != value && clock_now_ns() < end)
		bed_idle(LOOK_AGAIN_MS);
	if (bed_int(vring, path) != value)
		fail_msg("%s %s is %lld, not %lld", vring, path,
			 bed_int(vring, path), value);
}

long long bed_int(const char *vring, const char *path)
{
	return control_vring_int(&bed.control, "vm0", vring, path);
}

uint16_t bed_position(json_t *object, const char *name)
{
	uint16_t position = (uint16_t)control_int(object, name);

	if (control_int(control_at(object, "wrap"), name) == 1)
		position |= POSITION_WRAP;
	return position;
}

void bed_expect_position(const char *vring, const char *name, uint16_t position)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	uint16_t now;

	do {
		json_t *object = control_vring(&bed.control, "vm0", vring);

		now = bed_position(object, name);
		json_decref(object);
		if (now == position)
			return;
		bed_idle(LOOK_AGAIN_MS);
	} while (clock_now_ns() < end);
	fail_msg("%s %s is %#x, not %#x", vring, name, now, position);
}

void bed_expect_str(const char *vring, const char *path, const char *value)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	const char *now;

	do {
		now = control_vring_str(&bed.control, "vm0", vring, path);
		if (!strcmp(now, value))
			return;
		bed_idle(LOOK_AGAIN_MS);
	} while (clock_now_ns() < end);
	fail_msg("%s %s is \"%s\", not \"%s\"", vring, path, now, value);
}

void bed_wait_used(struct net_guest *guest, unsigned int index, uint16_t used)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	struct driver *driver = &guest->fe.vring[index].driver;

	while (driver_used_position(driver) != used) {
		if (clock_now_ns() > end)
			fail_msg("vring %u is used up to %#x, not %#x", index,
				 driver_used_position(driver), used);
		sched_yield();
	}
}

void bed_use_tx(struct net_guest *guest, unsigned int cnt)
{
	struct driver *driver = &guest->fe.vring[TX0].driver;
	struct net_form form = { NET_WHOLE, false };
	unsigned int i;

	for (i = 0; i < cnt; i++) {
		net_frame_make(&bed_sent, 60, i);
		assert_int_equal(net_stage(guest, TX0, &bed_sent, form), 0);
	}
	net_flush(guest, TX0);
	bed_wait_used(guest, TX0, driver->published);
}

void bed_round_trip(struct net_guest *guest, uint32_t len, uint32_t seed)
{
	struct net_form form = { NET_WHOLE, false };

	net_frame_make(&bed_sent, len, seed);
	assert_int_equal(net_send(guest, TX0, &bed_sent, form), 0);
	assert_true(net_wait_frame(guest, RX0, &bed_got, BED_WAIT_MS));
	assert_true(net_frame_is_echo(&bed_got, &bed_sent));
	assert_int_equal(net_wait_sent(guest, TX0, 1, BED_WAIT_MS), 1);
	net_offer(guest, RX0, bed_got.buffer_cnt);
}

void bed_check_accounts(void)
{
	uint64_t end = clock_now_ns() + BED_WAIT_MS * NS_PER_MS;
	json_t *list, *vring;
	bool settled;
	size_t i;

	do {
		list = all_vrings();
		settled = true;
		json_array_foreach(json_object_get(list, "vrings"), i, vring)
			settled &= accounts_settled(vring);
		if (settled)
			break;
		json_decref(list);
		list = NULL;
		bed_idle(LOOK_AGAIN_MS);
	} while (clock_now_ns() < end);

	if (!list)
		list = all_vrings();
	assert_true(json_array_size(json_object_get(list, "vrings")) > 0);
	json_array_foreach(json_object_get(list, "vrings"), i, vring)
		check_vring_accounts(vring);
	json_decref(list);
}

unsigned int bed_fd_cnt(void)
{
	unsigned int cnt = 0, before, still = 0, i;

	for (i = 0; i < 100 && still < 5; i++) {
		before = cnt;
		cnt = daemon_fd_cnt(&bed.daemon);
		still = cnt == before ? still + 1 : 0;
		bed_idle(2 * LOOK_AGAIN_MS);
	}
	return cnt;
}

void bed_idle(int ms)
{
	poll(NULL, 0, ms);
}

static void check_vring_accounts(json_t *vring)
{
	if (!accounts_settled(vring)) {
		char *text = json_dumps(control_at(vring, "counters"), 0);

		print_error("%s/%s: %s\n", control_str(vring, "port"),
			    control_str(vring, "vring"), text);
		fail_msg("publishes are not calls, suppressed and failed");
	}
	assert_true(control_int(vring, "counters.stalls_revived") <=
		    control_int(vring, "counters.stalls"));
	if (json_is_true(control_at(vring, "force")))
		assert_true(control_int(vring, "counters.stalls") <=
			    control_int(vring, "counters.calls_forced"));
}

/* publishes = calls_suppressed + (calls − forced − first) + calls_failed */
static bool accounts_settled(json_t *vring)
{
	json_t *counters = control_at(vring, "counters");

	return control_int(counters, "publishes") >= 0 &&
	       control_int(counters, "publishes") ==
		       control_int(counters, "calls_suppressed") +
			       control_int(counters, "calls") -
			       control_int(counters, "calls_forced") -
			       control_int(counters, "calls_first") +
			       control_int(counters, "calls_failed");
}

static json_t *all_vrings(void)
{
	json_t *list = control_call(&bed.control, "vring.list", NULL);

	assert_non_null(list);
	return list;
}
