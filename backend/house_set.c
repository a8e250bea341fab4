/* SPDX-License-Identifier: BSD-3-Clause */
/* house_set.c - settings of the daemon and of single ports, while it runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "house_private.h"
#include "log.h"
#include "parse.h"

static void set_force(struct house *house, const struct house_port *only, bool force)
{
	struct house_port *port;

	for (port = house->ports; port; port = port->next)
		if (port->vhost && (!only || port == only))
			atomic_store_explicit(&house_guest(port)->force, force,
					      memory_order_relaxed);
	if (!only)
		house->force = force;
}

static void set_stall_after(struct house *house, const struct house_port *only, uint64_t ms)
{
	struct house_port *port;

	for (port = house->ports; port; port = port->next)
		if (port->vhost && (!only || port == only))
			atomic_store_explicit(&house_guest(port)->stall_after_ns, ms * NS_PER_MS,
					      memory_order_relaxed);
	if (!only)
		house->stall_after_ns = ms * NS_PER_MS;
}

static void wake_workers(struct house *house)
{
	unsigned i;

	for (i = 0; i < house->worker_cnt; i++)
		worker_wake(house->workers[i]);
}

static int set_watchdog(struct house *house, struct house_port *port, const char *key,
			const char *value, struct error_text *error)
{
	uint64_t ms;
	bool on;

	if (strcmp(key, "force") == 0) {
		if (!parse_on_off(value, &on))
			return error_set(error, EINVAL, "set: force=%s: it must be on or off",
					 value);
		set_force(house, port, on);
	} else {
		if (!parse_number(value, STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX, &ms))
			return error_set(error, EINVAL,
					 "set: stall-after=%s: it must be %d to %d milliseconds",
					 value, STALL_AFTER_MS_MIN, STALL_AFTER_MS_MAX);
		set_stall_after(house, port, ms);
	}
	wake_workers(house);
	return 0;
}

static int set_daemon(struct house *house, const char *key, const char *value,
		      struct error_text *error)
{
	uint64_t us;
	int word;

	if (strcmp(key, "poll") == 0) {
		word = parse_poll(value);
		if (word < 0)
			return error_set(error, EINVAL,
					 "set: poll=%s: it must be adaptive, always or never",
					 value);
		atomic_store_explicit(&house->settings.poll, word, memory_order_relaxed);
	} else if (strcmp(key, "poll-idle") == 0) {
		if (!parse_number(value, 0, POLL_IDLE_US_MAX, &us))
			return error_set(error, EINVAL,
					 "set: poll-idle=%s: it must be 0 to %d microseconds",
					 value, POLL_IDLE_US_MAX);
		atomic_store_explicit(&house->settings.poll_idle_ns, us * NS_PER_US,
				      memory_order_relaxed);
	} else {
		word = log_level_parse(value);
		if (word < 0)
			return error_set(error, EINVAL,
					 "set: log-level=%s: it must be err, warn, info or debug",
					 value);
		log_set_level((enum log_level)word);
	}
	wake_workers(house);
	return 0;
}

static bool is_watchdog_key(const char *key)
{
	return strcmp(key, "force") == 0 || strcmp(key, "stall-after") == 0;
}

static bool is_daemon_key(const char *key)
{
	return strcmp(key, "poll") == 0 || strcmp(key, "poll-idle") == 0 ||
	       strcmp(key, "log-level") == 0;
}

static int find_guest(struct house *house, const char *name, struct house_port **port,
		      struct error_text *error)
{
	*port = name ? house_find(house, name) : NULL;
	if (name && !*port)
		return error_set(error, ENOENT, "port %s: there is no such port", name);
	if (name && !(*port)->vhost)
		return error_set(error, EINVAL, "port %s: a port of type %s has no settings", name,
				 port_type_name((*port)->spec.type));
	return 0;
}

int house_set(void *context, const char *name, const char *key, const char *value,
	      struct error_text *error)
{
	struct house *house = context;
	struct house_port *port;
	int err = find_guest(house, name, &port, error);

	if (err)
		return err;
	if (is_watchdog_key(key))
		return set_watchdog(house, port, key, value, error);
	if (!is_daemon_key(key))
		return error_set(error, EINVAL,
				 "set: no setting \"%s\"; there are stall-after, force, poll, "
				 "poll-idle, log-level",
				 key);
	if (port)
		return error_set(error, EINVAL,
				 "set: %s is the daemon's, not one port's; leave %s out", key,
				 name);
	return set_daemon(house, key, value, error);
}

int house_get(void *context, const char *name, const char *key, char *value, size_t value_len,
	      struct error_text *error)
{
	struct house *house = context;
	struct guest_port *guest;
	struct house_port *port;
	uint64_t stall_after_ns;
	bool force;
	int err = find_guest(house, name, &port, error);

	if (err)
		return err;
	guest = port ? house_guest(port) : NULL;
	force = guest ? atomic_load(&guest->force) : house->force;
	stall_after_ns = guest ? atomic_load(&guest->stall_after_ns) : house->stall_after_ns;
	if (strcmp(key, "force") == 0)
		snprintf(value, value_len, "%s", force ? "on" : "off");
	else if (strcmp(key, "stall-after") == 0)
		snprintf(value, value_len, "%" PRIu64, stall_after_ns / NS_PER_MS);
	else if (port || !is_daemon_key(key))
		return error_set(error, EINVAL, "get: no setting \"%s\" here", key);
	else if (strcmp(key, "poll") == 0)
		snprintf(value, value_len, "%s", poll_name(atomic_load(&house->settings.poll)));
	else if (strcmp(key, "poll-idle") == 0)
		snprintf(value, value_len, "%" PRIu64,
			 atomic_load(&house->settings.poll_idle_ns) / NS_PER_US);
	else
		snprintf(value, value_len, "%s", log_level_name(log_get_level()));
	return 0;
}
