/* SPDX-License-Identifier: BSD-3-Clause */
/* test_port_spec.c - "NAME,type=TYPE,…": what is understood, and what errors name. */
#include "check.h"

#include <string.h>

#include "compiler.h"
#include "port_spec.h"
#include "virtio_spec.h"

static struct port_spec spec;
static struct error_text error;

static int parse(const char *text)
{
	memset(&error, 0, sizeof(error));
	return port_spec_parse(text, &spec, &error);
}

static void a_vhost_user_port_has_the_defaults_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(parse("vm0,type=vhost-user,socket=/run/vm0"), 0);
	assert_string_equal(spec.name, "vm0");
	assert_int_equal(spec.type, PORT_VHOST_USER);
	assert_string_equal(spec.socket, "/run/vm0");
	assert_false(spec.client);
	assert_int_equal(spec.perm, 0660);
	assert_int_equal(spec.queues, 1);
	assert_int_equal(spec.force, -1);
	assert_int_equal(spec.withhold, 0);
	assert_int_equal(spec.stall_after_ms, 0);
	assert_int_equal(spec.owner, (uid_t)-1);
}

static void every_key_is_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("a-b_9,type=vhost-user,socket=s,mode=client,perm=0600,owner=root,"
			       "group=0,queues=4,mtu=9000,mac=52:54:00:12:34:56,force=off,"
			       "stall-after=7,packed=off,in-order=off"),
			 0);
	assert_true(spec.client);
	assert_int_equal(spec.perm, 0600);
	assert_int_equal(spec.owner, 0);
	assert_int_equal(spec.group, 0);
	assert_int_equal(spec.queues, 4);
	assert_int_equal(spec.mtu, 9000);
	assert_string_equal(spec.mac, "52:54:00:12:34:56");
	assert_int_equal(spec.force, 0);
	assert_int_equal(spec.stall_after_ms, 7);
}

static void features_are_withheld_one_by_one(void **state)
{
	static const struct {
		const char *key;
		unsigned bit;
	} rows[] = {
		{ "event-idx", VIRTIO_F_EVENT_IDX },
		{ "mrg-rxbuf", VIRTIO_NET_F_MRG_RXBUF },
		{ "indirect", VIRTIO_F_INDIRECT_DESC },
	};
	char text[100];
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "v,type=vhost-user,socket=s,%s=off", rows[i].key);
		assert_int_equal(parse(text), 0);
		assert_int_equal(spec.withhold, FEATURE_BIT(rows[i].bit));
		snprintf(text, sizeof(text), "v,type=vhost-user,socket=s,%s=on", rows[i].key);
		assert_int_equal(parse(text), 0);
		assert_int_equal(spec.withhold, 0);
	}
	assert_int_equal(parse("v,type=vhost-user,socket=s,offload=off"), 0);
	assert_true(spec.withhold & FEATURE_BIT(VIRTIO_NET_F_CSUM));
	assert_true(spec.withhold & FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO6));
	assert_false(spec.withhold & FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF));
}

static void other_types_have_their_keys(void **state)
{
	(void)state;
	assert_int_equal(parse("t,type=tap"), 0);
	assert_int_equal(spec.type, PORT_TAP);
	assert_true(spec.up);
	assert_int_equal(spec.persist, -1);
	assert_int_equal(parse("t,type=tap,ifname=tap7,up=off,persist=on,bridge=br0"), 0);
	assert_string_equal(spec.ifname, "tap7");
	assert_string_equal(spec.bridge, "br0");
	assert_false(spec.up);
	assert_int_equal(spec.persist, 1);
	assert_int_equal(parse("e,type=echo"), 0);
	assert_int_equal(spec.type, PORT_ECHO);
	assert_int_equal(parse("n,type=null"), 0);
	assert_int_equal(spec.type, PORT_NULL);
}

/* clang-format off */
static const struct { const char *text, *says; } wrong[] = {
	{ "", "letter" },
	{ "0vm,type=null", "\"0vm\"" },
	{ "vm 0,type=null", "\"vm 0\"" },
	{ "a234567890123456789012345678901b,type=null", "at most 30" },
	{ "vm0", "type= is missing" },
	{ "vm0,type=bogus", "bogus" },
	{ "nic,type=ethdev", "dev= is missing" },
	{ "made,type=source,size=59", "60 to 65549" },
	{ "made,type=source,flows=0", "1 to 16384" },
	{ "made,type=source,rate=0", "frames a second" },
	{ "vm0,type=vhost-user", "socket= is missing" },
	{ "vm0,type=vhost-user,socket=", "socket" },
	{ "vm0,type=vhost-user,socket=s,bogus=1", "bogus" },
	{ "vm0,type=vhost-user,socket=s,mode=both", "mode=both" },
	{ "vm0,type=vhost-user,socket=s,perm=0888", "perm=0888" },
	{ "vm0,type=vhost-user,socket=s,perm=1777", "perm=1777" },
	{ "vm0,type=vhost-user,socket=s,owner=no-such-user", "no-such-user" },
	{ "vm0,type=vhost-user,socket=s,queues=0", "queues=0" },
	{ "vm0,type=vhost-user,socket=s,queues=17", "1 to 16" },
	{ "vm0,type=vhost-user,socket=s,queues=-1", "queues=-1" },
	{ "vm0,type=vhost-user,socket=s,mtu=67", "mtu=67" },
	{ "vm0,type=vhost-user,socket=s,mtu=65536", "mtu=65536" },
	{ "vm0,type=vhost-user,socket=s,mac=52:54:00:12:34", "mac=" },
	{ "vm0,type=vhost-user,socket=s,mac=52:54:00:12:34:5g", "mac=" },
	{ "vm0,type=vhost-user,socket=s,force=maybe", "on or off" },
	{ "vm0,type=vhost-user,socket=s,stall-after=0", "stall-after=0" },
	{ "vm0,type=vhost-user,socket=s,stall-after=60001", "60000" },
	{ "vm0,type=vhost-user,socket=s,stall-after=5x", "stall-after=5x" },
	{ "vm0,type=vhost-user,socket=s,packed=perhaps", "on or off" },
	{ "vm0,type=tap,socket=s", "socket" },
	{ "vm0,type=tap,ifname=sixteen-letters1", "ifname" },
	{ "vm0,type=tap,ifname=a/b", "ifname" },
	{ "vm0,type=echo,queues=1", "no keys" },
};
/* clang-format on */

static void an_error_names_the_port_the_value_and_the_remedy(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (parse(wrong[i].text) == 0)
			fail_msg("\"%s\" was taken", wrong[i].text);
		if (!strstr(error.text, wrong[i].says))
			fail_msg("\"%s\": %s", wrong[i].text, error.text);
	}
}

static void a_socket_path_may_be_as_long_as_the_kernel_takes(void **state)
{
	char text[200] = "v,type=vhost-user,socket=";
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'x', 107);
	assert_int_equal(parse(text), 0);
	assert_int_equal(strlen(spec.socket), 107);
	text[len + 107] = 'x';
	assert_true(parse(text) < 0);
}

static void names_are_checked_to_the_letter(void **state)
{
	(void)state;
	assert_true(port_name_valid("a"));
	assert_true(port_name_valid("Vm-0_x"));
	assert_true(port_name_valid("a23456789012345678901234567890b"));
	assert_false(port_name_valid("a234567890123456789012345678901b"));
	assert_false(port_name_valid(""));
	assert_false(port_name_valid("-a"));
	assert_false(port_name_valid("a.b"));
	assert_string_equal(port_type_name(PORT_VHOST_USER), "vhost-user");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vhost_user_port_has_the_defaults_of_the_contract),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(features_are_withheld_one_by_one),
		cmocka_unit_test(other_types_have_their_keys),
		cmocka_unit_test(an_error_names_the_port_the_value_and_the_remedy),
		cmocka_unit_test(a_socket_path_may_be_as_long_as_the_kernel_takes),
		cmocka_unit_test(names_are_checked_to_the_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
