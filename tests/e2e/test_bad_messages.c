/* SPDX-License-Identifier: BSD-3-Clause */
/* test_bad_messages.c - a front end that errs harms nobody but itself.
 *
 * vm0 says something wrong; what becomes of its own connection is the
 * daemon's choice (refuse the message or hang up), but vm1 beside it goes on,
 * the daemon lives, and vm0 may come again and be served. Each case is a row:
 * what is sent, to a device that is running or one that is only negotiating.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "bed.h"

#define OUTSIDE UINT64_C(0x123400000000)

struct bad_case {
	const char *name;
	void (*send)(struct frontend *fe);
};

static void send_raw(struct frontend *fe, uint32_t request, uint64_t value,
		     uint32_t size)
{
	struct vhost_user_msg msg = {
		.request = request,
		.flags = VHOST_USER_VERSION,
		.size = size,
	};

	msg.payload.u64 = value;
	vhost_user_send(fe->sock, &msg);
}

static void send_state(struct frontend *fe, uint32_t request, uint32_t index,
		       uint32_t num)
{
	send_raw(fe, request, index | (uint64_t)num << 32, 8);
}

static void unknown_request(struct frontend *fe)
{
	send_raw(fe, 99, 0, 8);
}

static void request_zero(struct frontend *fe)
{
	send_raw(fe, 0, 0, 0);
}

static void wrong_version(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_GET_FEATURES,
				      .flags = 2 };

	vhost_user_send(fe->sock, &msg);
}

static void payload_larger_than_any(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_FEATURES,
				      .flags = VHOST_USER_VERSION,
				      .size = 0x7fffffff };

	send(fe->sock, &msg, 12, MSG_NOSIGNAL);
}

static void payload_too_short(struct frontend *fe)
{
	send_raw(fe, VHOST_USER_SET_VRING_ADDR, 1, 8);
}

static void features_not_offered(struct frontend *fe)
{
	send_raw(fe, VHOST_USER_SET_FEATURES, ~UINT64_C(0), 8);
}

static void ring_of_no_entries(struct frontend *fe)
{
	send_state(fe, VHOST_USER_SET_VRING_NUM, TX0, 0);
}

static void ring_size_not_a_power_of_two(struct frontend *fe)
{
	send_state(fe, VHOST_USER_SET_VRING_NUM, TX0, 100);
}

static void ring_too_large(struct frontend *fe)
{
	send_state(fe, VHOST_USER_SET_VRING_NUM, TX0, 65536);
}

static void ring_index_out_of_range(struct frontend *fe)
{
	send_state(fe, VHOST_USER_SET_VRING_NUM, 200, 256);
	send_state(fe, VHOST_USER_SET_VRING_ENABLE, 0xffffffff, 1);
	send_state(fe, VHOST_USER_GET_VRING_BASE, 4000, 0);
}

static void ring_outside_of_memory(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_VRING_ADDR,
				      .flags = VHOST_USER_VERSION,
				      .size = sizeof(msg.payload.addr) };

	msg.payload.addr = (struct vhost_user_addr){
		.index = TX0, .desc = OUTSIDE, .avail = OUTSIDE, .used = OUTSIDE
	};
	vhost_user_send(fe->sock, &msg);
}

/* The table starts in the last bytes of memory and ends behind it. */
static void ring_half_outside_of_memory(struct frontend *fe)
{
	const struct driver_region *last =
		&fe->mem.region[fe->mem.region_cnt - 1];
	struct virtq_desc *desc = fe->vring[TX0].driver.desc;

	fe->vring[TX0].driver.desc =
		(struct virtq_desc *)(last->host + last->len - 64);
	frontend_set_vring_addr(fe, TX0);
	fe->vring[TX0].driver.desc = desc;
}

static void misaligned_ring(struct frontend *fe)
{
	struct virtq_desc *desc = fe->vring[TX0].driver.desc;

	fe->vring[TX0].driver.desc =
		(struct virtq_desc *)((unsigned char *)desc + 1);
	frontend_set_vring_addr(fe, TX0);
	fe->vring[TX0].driver.desc = desc;
}

static void memory_without_descriptors(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_MEM_TABLE,
				      .flags = VHOST_USER_VERSION,
				      .size = 8 + 32 };

	msg.payload.memory.region_cnt = 1;
	msg.payload.memory.region[0].len = 4096;
	vhost_user_send(fe->sock, &msg);
}

static void memory_of_too_many_regions(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_MEM_TABLE,
				      .flags = VHOST_USER_VERSION,
				      .size = 8 + 8 * 32 };

	msg.payload.memory.region_cnt = 0xffffffff;
	vhost_user_send(fe->sock, &msg);
}

static void memory_region_that_wraps(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_MEM_TABLE,
				      .flags = VHOST_USER_VERSION,
				      .size = 8 + 32,
				      .fd_cnt = 1 };

	msg.payload.memory.region_cnt = 1;
	msg.payload.memory.region[0] = (struct vhost_user_region){
		.gpa = 0, .len = 4096, .offset = ~UINT64_C(4095)
	};
	msg.fd[0] = fe->mem_fd[0];
	vhost_user_send(fe->sock, &msg);
}

static void descriptors_nobody_asked_for(struct frontend *fe)
{
	struct vhost_user_msg msg = { .request = VHOST_USER_SET_VRING_NUM,
				      .flags = VHOST_USER_VERSION,
				      .size = 8,
				      .fd_cnt = 4 };
	unsigned int i;

	msg.payload.state = (struct vhost_user_state){ TX0, 256 };
	for (i = 0; i < msg.fd_cnt; i++)
		msg.fd[i] = fe->mem_fd[0];
	vhost_user_send(fe->sock, &msg);
}

static void call_descriptor_that_is_a_file(struct frontend *fe)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	frontend_set_vring_call(fe, TX0, fd);
	close(fd);
}

static void call_descriptor_that_is_full(struct frontend *fe)
{
	int fd = eventfd(0, 0);

	eventfd_write(fd, UINT64_C(0xfffffffffffffffe));
	frontend_set_vring_call(fe, TX0, fd);
	close(fd);
}

static const struct bad_case cases[] = {
	{ "an unknown request", unknown_request },
	{ "request zero", request_zero },
	{ "a wrong version", wrong_version },
	{ "a payload larger than any", payload_larger_than_any },
	{ "a payload too short", payload_too_short },
	{ "features not offered", features_not_offered },
	{ "a ring of no entries", ring_of_no_entries },
	{ "a ring size not a power of two", ring_size_not_a_power_of_two },
	{ "a ring too large", ring_too_large },
	{ "a ring index out of range", ring_index_out_of_range },
	{ "a ring outside of memory", ring_outside_of_memory },
	{ "a ring half outside of memory", ring_half_outside_of_memory },
	{ "a misaligned ring", misaligned_ring },
	{ "memory without descriptors", memory_without_descriptors },
	{ "memory of too many regions", memory_of_too_many_regions },
	{ "a memory region that wraps", memory_region_that_wraps },
	{ "descriptors nobody asked for", descriptors_nobody_asked_for },
	{ "a call descriptor that is a file", call_descriptor_that_is_a_file },
	{ "a call descriptor that is full", call_descriptor_that_is_full },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* vm1 lives, vm0 may come again. */
static void assert_nobody_is_harmed(struct net_guest *bad,
				    struct net_guest *good, const char *what)
{
	assert_true(daemon_alive(&bed.daemon));
	bed_round_trip(good, 600, 1);

	frontend_disconnect(&bad->fe);
	bed_expect_str("tx0", "state", "absent");
	if (frontend_begin(&bad->fe) != 0)
		fail_msg("after %s no new connection is served", what);
	frontend_disconnect(&bad->fe);
	bed_expect_str("tx0", "state", "absent");
	bed_round_trip(good, 600, 2);
}

static void say_each(bool running)
{
	struct net_guest *bad, *good;
	struct net_config cfg;
	unsigned int fds, i;

	bad = bed_with("echo", 0);
	cfg = bed_net_config(1);
	good = bed_guest(1, &cfg);
	net_offer(good, RX0, 64);
	frontend_disconnect(&bad->fe);
	bed_expect_str("tx0", "state", "absent");

	fds = bed_fd_cnt();
	for (i = 0; i < CASES; i++) {
		print_message("%s\n", cases[i].name);
		assert_int_equal(frontend_connect(&bad->fe), 0);
		assert_int_equal(frontend_negotiate(&bad->fe), 0);
		if (running)
			assert_int_equal(frontend_start(&bad->fe), 0);
		cases[i].send(&bad->fe);
		assert_nobody_is_harmed(bad, good, cases[i].name);
		if (bed_fd_cnt() != fds)
			print_error("%s leaks a descriptor\n", cases[i].name);
	}
	assert_int_equal(bed_fd_cnt(), fds);
}

static void a_bad_message_to_a_starting_device_harms_nobody_else(void **state)
{
	(void)state;
	say_each(false);
}

static void a_bad_message_to_a_running_device_harms_nobody_else(void **state)
{
	(void)state;
	say_each(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_bad_message_to_a_starting_device_harms_nobody_else),
		BED_TEST(a_bad_message_to_a_running_device_harms_nobody_else),
	};

	return BED_RUN(tests);
}
