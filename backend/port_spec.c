/* SPDX-License-Identifier: BSD-3-Clause */
/* port_spec.c - see port_spec.h.
 *
 * Splitting "a=b,c=d" is DPDK's kvargs; what each key may hold is a table a
 * type, so that an unknown key can be answered with those there are.
 */
#include "port_spec.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <rte_kvargs.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "net/guest_port.h"
#include "parse.h"
#include "port/source.h"
#include "virtio_spec.h"

/* One key: what it may hold, and how to take it. */
struct key {
	const char *name;
	const char *what;
	bool (*take)(struct port_spec *spec, const char *value);
};

static bool take_text(char *to, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len >= size)
		return false;
	memcpy(to, value, len + 1);
	return true;
}

static bool take_socket(struct port_spec *spec, const char *value)
{
	return take_text(spec->socket, sizeof(spec->socket), value);
}

static bool take_mode(struct port_spec *spec, const char *value)
{
	spec->client = strcmp(value, "client") == 0;
	return spec->client || strcmp(value, "server") == 0;
}

static bool take_perm(struct port_spec *spec, const char *value)
{
	unsigned perm;

	if (!parse_octal(value, 0777, &perm))
		return false;
	spec->perm = perm;
	return true;
}

static bool take_owner(struct port_spec *spec, const char *value)
{
	gid_t unused;

	return parse_user(value, &spec->owner, &unused);
}

static bool take_group(struct port_spec *spec, const char *value)
{
	return parse_group(value, &spec->group);
}

static bool take_unsigned(unsigned *to, const char *value, uint64_t least, uint64_t most)
{
	uint64_t number;

	if (!parse_number(value, least, most, &number))
		return false;
	*to = (unsigned)number;
	return true;
}

static bool take_queues(struct port_spec *spec, const char *value)
{
	return take_unsigned(&spec->queues, value, 1, GUEST_PAIRS_MAX);
}

static bool take_mtu(struct port_spec *spec, const char *value)
{
	return take_unsigned(&spec->mtu, value, 68, 65535);
}

static bool take_mac(struct port_spec *spec, const char *value)
{
	unsigned i;

	if (strlen(value) != 17)
		return false;
	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? value[i] != ':' : !isxdigit((unsigned char)value[i]))
			return false;
	return take_text(spec->mac, sizeof(spec->mac), value);
}

static bool take_switch(int *to, const char *value)
{
	bool on;

	if (!parse_on_off(value, &on))
		return false;
	*to = on;
	return true;
}

static bool take_force(struct port_spec *spec, const char *value)
{
	return take_switch(&spec->force, value);
}

static bool take_stall_after(struct port_spec *spec, const char *value)
{
	return parse_number(value, STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX, &spec->stall_after_ms);
}

static bool withhold_if_off(struct port_spec *spec, const char *value, uint64_t features)
{
	bool on;

	if (!parse_on_off(value, &on))
		return false;
	if (!on)
		spec->withhold |= features;
	return true;
}

static bool take_event_idx(struct port_spec *spec, const char *value)
{
	return withhold_if_off(spec, value, FEATURE_BIT(VIRTIO_F_EVENT_IDX));
}

static bool take_mrg_rxbuf(struct port_spec *spec, const char *value)
{
	return withhold_if_off(spec, value, FEATURE_BIT(VIRTIO_NET_F_MRG_RXBUF));
}

static bool take_indirect(struct port_spec *spec, const char *value)
{
	return withhold_if_off(spec, value, FEATURE_BIT(VIRTIO_F_INDIRECT_DESC));
}

static bool take_offload(struct port_spec *spec, const char *value)
{
	return withhold_if_off(
		spec, value,
		FEATURE_BIT(VIRTIO_NET_F_CSUM) | FEATURE_BIT(VIRTIO_NET_F_GUEST_CSUM) |
			FEATURE_BIT(VIRTIO_NET_F_HOST_TSO4) | FEATURE_BIT(VIRTIO_NET_F_HOST_TSO6) |
			FEATURE_BIT(VIRTIO_NET_F_HOST_ECN) | FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO4) |
			FEATURE_BIT(VIRTIO_NET_F_GUEST_TSO6) | FEATURE_BIT(VIRTIO_NET_F_GUEST_ECN));
}

static bool take_packed(struct port_spec *spec, const char *value)
{
	return withhold_if_off(spec, value, FEATURE_BIT(VIRTIO_F_RING_PACKED));
}

static bool take_in_order(struct port_spec *spec, const char *value)
{
	return withhold_if_off(spec, value, FEATURE_BIT(VIRTIO_F_IN_ORDER));
}

static bool take_ifname(struct port_spec *spec, const char *value)
{
	return !strchr(value, '/') && take_text(spec->ifname, sizeof(spec->ifname), value);
}

static bool take_bridge(struct port_spec *spec, const char *value)
{
	return take_text(spec->bridge, sizeof(spec->bridge), value);
}

static bool take_up(struct port_spec *spec, const char *value)
{
	return parse_on_off(value, &spec->up);
}

static bool take_persist(struct port_spec *spec, const char *value)
{
	return take_switch(&spec->persist, value);
}

static bool take_dev(struct port_spec *spec, const char *value)
{
	return take_text(spec->dev, sizeof(spec->dev), value);
}

static bool take_size(struct port_spec *spec, const char *value)
{
	return take_unsigned(&spec->size, value, SOURCE_SIZE_MIN, SOURCE_SIZE_MAX);
}

static bool take_flows(struct port_spec *spec, const char *value)
{
	return take_unsigned(&spec->flows, value, 1, SOURCE_FLOWS_MAX);
}

static bool take_rate(struct port_spec *spec, const char *value)
{
	return parse_number(value, 1, SOURCE_RATE_MAX, &spec->rate);
}

static const struct key vhost_user_keys[] = {
	{ "socket", "the path of a socket, at most 107 bytes", take_socket },
	{ "mode", "server or client", take_mode },
	{ "perm", "an octal mode up to 0777", take_perm },
	{ "owner", "a user of this host", take_owner },
	{ "group", "a group of this host", take_group },
	{ "queues", "1 to 16 queue pairs", take_queues },
	{ "mtu", "68 to 65535 bytes", take_mtu },
	{ "mac", "an address like 52:54:00:12:34:56", take_mac },
	{ "force", "on or off", take_force },
	{ "stall-after", "1 to 60000 milliseconds", take_stall_after },
	{ "event-idx", "on or off", take_event_idx },
	{ "mrg-rxbuf", "on or off", take_mrg_rxbuf },
	{ "indirect", "on or off", take_indirect },
	{ "offload", "on or off", take_offload },
	{ "packed", "on or off", take_packed },
	{ "in-order", "on or off", take_in_order },
	{ NULL, NULL, NULL },
};

static const struct key tap_keys[] = {
	{ "ifname", "a name of at most 15 bytes", take_ifname },
	{ "queues", "1 to 16 queues", take_queues },
	{ "bridge", "the name of a bridge", take_bridge },
	{ "mtu", "68 to 65535 bytes", take_mtu },
	{ "up", "on or off", take_up },
	{ "persist", "on or off", take_persist },
	{ NULL, NULL, NULL },
};

static const struct key ethdev_keys[] = {
	{ "dev", "a device of DPDK's, of at most 63 bytes", take_dev },
	{ "queues", "1 to 16 queue pairs", take_queues },
	{ NULL, NULL, NULL },
};

static const struct key source_keys[] = {
	{ "size", "60 to 65549 bytes", take_size },
	{ "rate", "1 to 1000000000 frames a second", take_rate },
	{ "flows", "1 to 16384", take_flows },
	{ NULL, NULL, NULL },
};

static const struct key no_keys[] = { { NULL, NULL, NULL } };

static const struct {
	const char *name;
	const struct key *keys;
} types[] = {
	[PORT_VHOST_USER] = { "vhost-user", vhost_user_keys },
	[PORT_TAP] = { "tap", tap_keys },
	[PORT_ECHO] = { "echo", no_keys },
	[PORT_NULL] = { "null", no_keys },
	[PORT_SOURCE] = { "source", source_keys },
	[PORT_ETHDEV] = { "ethdev", ethdev_keys },
};

const char *port_type_name(enum port_type type)
{
	return types[type].name;
}

bool port_name_valid(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_-");

	return isalpha((unsigned char)name[0]) && len <= 31 && name[len] == '\0';
}

static int take_name(const char *text, struct port_spec *spec, struct error_text *error)
{
	size_t len = strcspn(text, ",");
	char name[sizeof(spec->name)];

	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (len >= sizeof(name) || !port_name_valid(name))
		return error_set(error, EINVAL,
				 "port \"%.*s\": a name is a letter and at most 30 letters, "
				 "digits, _ or -",
				 (int)(len > 64 ? 64 : len), text);
	memcpy(spec->name, name, sizeof(name));
	return 0;
}

static int take_type(const struct rte_kvargs *pairs, struct port_spec *spec,
		     struct error_text *error)
{
	const char *value = rte_kvargs_get(pairs, "type");
	unsigned type;

	if (!value)
		return error_set(
			error, EINVAL,
			"port %s: type= is missing; one of vhost-user, tap, ethdev, echo, null, "
			"source",
			spec->name);
	for (type = 0; type < ARRAY_SIZE(types); type++)
		if (strcmp(value, types[type].name) == 0) {
			spec->type = (enum port_type)type;
			return 0;
		}
	return error_set(error, EINVAL,
			 "port %s: type=%s is unknown; one of vhost-user, tap, ethdev, echo, "
			 "null, source",
			 spec->name, value);
}

static int unknown_key(const struct port_spec *spec, const char *name, struct error_text *error)
{
	const struct key *keys = types[spec->type].keys;
	char known[300] = "it takes no keys";
	size_t len = 0;

	if (keys->name)
		len = (size_t)snprintf(known, sizeof(known), "it takes");
	for (; keys->name && len < sizeof(known); keys++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, " %s", keys->name);
	return error_set(error, EINVAL, "port %s: type=%s has no key \"%s\"; %s", spec->name,
			 types[spec->type].name, name, known);
}

static int take_key(struct port_spec *spec, const char *name, const char *value,
		    struct error_text *error)
{
	const struct key *key = types[spec->type].keys;

	while (key->name && strcmp(key->name, name) != 0)
		key++;
	if (!key->name)
		return unknown_key(spec, name, error);
	if (!value || !key->take(spec, value))
		return error_set(error, EINVAL, "port %s: %s=%s: it must be %s", spec->name, name,
				 value ? value : "", key->what);
	return 0;
}

static int take_pairs(const struct rte_kvargs *pairs, struct port_spec *spec,
		      struct error_text *error)
{
	unsigned i;
	int err = take_type(pairs, spec, error);

	for (i = 0; !err && i < pairs->count; i++)
		if (strcmp(pairs->pairs[i].key, "type") != 0)
			err = take_key(spec, pairs->pairs[i].key, pairs->pairs[i].value, error);
	if (!err && spec->type == PORT_VHOST_USER && spec->socket[0] == '\0')
		err = error_set(error, EINVAL, "port %s: socket= is missing", spec->name);
	if (!err && spec->type == PORT_ETHDEV && spec->dev[0] == '\0')
		err = error_set(error, EINVAL, "port %s: dev= is missing", spec->name);
	return err;
}

int port_spec_parse(const char *text, struct port_spec *spec, struct error_text *error)
{
	const char *rest = strchr(text, ',');
	struct rte_kvargs *pairs;
	int err;

	*spec = (struct port_spec){
		.queues = 1,
		.perm = 0660,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.force = -1,
		.up = true,
		.persist = -1,
		.size = 64,
		.flows = 1,
	};
	err = take_name(text, spec, error);
	if (err)
		return err;
	pairs = rte_kvargs_parse(rest ? rest + 1 : "", NULL);
	if (!pairs)
		return error_set(error, EINVAL, "port %s: \"%s\" is not KEY=VALUE[,KEY=VALUE]...",
				 spec->name, rest ? rest + 1 : "");
	err = take_pairs(pairs, spec, error);
	rte_kvargs_free(pairs);
	return err;
}
