/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_stanza.c - `qemu-args` and `libvirt-xml`: what a guest needs for a port.
 *
 * What must stay true: what is printed works as it stands. On stdout there is
 * nothing but the arguments (so that `qemu-system-x86_64 $(vringctl qemu-args
 * vm0)` does) or the XML; hints go to stderr, on a terminal only.
 *
 * vringd serves the guest's memory, so it must be shared. Where vringd is the
 * server of the socket, QEMU is the client and must come back by itself after
 * a restart of vringd; where vringd is the client, it comes back.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verbs.h"

static json_t *find_port(const struct invocation *said, json_t **result);
static json_t *qemu_args(const json_t *port, const char *memory);
static void escape(const char *text, char *out, size_t len, bool xml);
static void hint_qemu(const json_t *port);
static size_t format_xml(const json_t *port, char *out, size_t len);

enum exit_status verb_qemu_args(const struct invocation *said)
{
	const char *memory = said_arg(said, 1) ? said_arg(said, 1) : "1G";
	json_t *result, *port = find_port(said, &result), *args, *arg;
	size_t i;

	if (!port)
		return EXIT_FAILED;
	args = qemu_args(port, memory);
	if (said->json) {
		json_decref(result);
		return print_json(json_pack("{s:o}", "args", args));
	}
	json_array_foreach(args, i, arg)
		printf("%s%c", json_string_value(arg), i % 2 ? '\n' : ' ');
	hint_qemu(port);
	json_decref(args);
	json_decref(result);
	return EXIT_DONE;
}

enum exit_status verb_libvirt_xml(const struct invocation *said)
{
	json_t *result, *port = find_port(said, &result);
	char xml[4096];

	if (!port)
		return EXIT_FAILED;
	format_xml(port, xml, sizeof(xml));
	json_decref(result);
	if (said->json)
		return print_json(json_pack("{s:s}", "xml", xml));
	fputs(xml, stdout);
	return EXIT_DONE;
}

/* The guest port that was named; it lives as long as `result`. */
static json_t *find_port(const struct invocation *said, json_t **result)
{
	json_t *port;
	size_t i;

	*result = client_ask(said->client, "port.list", NULL);
	if (!*result)
		return NULL;
	json_array_foreach(json_object_get(*result, "ports"), i, port) {
		if (strcmp(text_of(port, "name"), said_arg(said, 0)) != 0)
			continue;
		if (*text_of(port, "socket"))
			return port;
		fprintf(stderr,
			"vringctl: port '%s' is of type %s: a guest needs a vhost-user "
			"port\n",
			said_arg(said, 0), text_of(port, "type"));
		json_decref(*result);
		return NULL;
	}
	fprintf(stderr, "vringctl: there is no port '%s'; 'vringctl show' names those there are\n",
		said_arg(said, 0));
	json_decref(*result);
	return NULL;
}

/* Pairs of option and value. */
static json_t *qemu_args(const json_t *port, const char *memory)
{
	const char *name = text_of(port, "name");
	const bool we_listen = strcmp(text_of(port, "mode"), "client") != 0;
	const int queues = (int)number_of(port, "queues"), mtu = (int)number_of(port, "mtu");
	char path[256], more[128] = "", pairs[32] = "";
	size_t at = 0;

	escape(text_of(port, "socket"), path, sizeof(path), false);
	if (*text_of(port, "mac"))
		at += (size_t)snprintf(more, sizeof(more), ",mac=%s", text_of(port, "mac"));
	if (queues > 1)
		at += (size_t)snprintf(more + at, sizeof(more) - at, ",mq=on,vectors=%d",
				       2 * queues + 2);
	if (mtu)
		snprintf(more + at, sizeof(more) - at, ",host_mtu=%d", mtu);
	if (queues > 1)
		snprintf(pairs, sizeof(pairs), ",queues=%d", queues);
	return json_pack(
		"[s, s, s, o, s, o, s, o, s, o, s, o]", /* */
		"-m", memory,				/* */
		"-object",
		json_sprintf("memory-backend-memfd,id=mem,size=%s,share=on", memory), /* */
		"-numa", json_string("node,memdev=mem"),			      /* */
		"-chardev",
		json_sprintf("socket,id=char-%s,path=%s%s", name, path,
			     we_listen ? ",reconnect=1" : ",server=on"),
		"-netdev",
		json_sprintf("vhost-user,id=net-%s,chardev=char-%s%s", name, name, pairs), /* */
		"-device", json_sprintf("virtio-net-pci,netdev=net-%s%s", name, more));
}

/* QEMU wants a comma doubled, XML wants entities. */
static void escape(const char *text, char *out, size_t len, bool xml)
{
	size_t at = 0;
	const char *as;

	for (; *text && at + 8 < len; text++) {
		as = NULL;
		if (xml && *text == '&')
			as = "&amp;";
		else if (xml && *text == '<')
			as = "&lt;";
		else if (xml && *text == '\'')
			as = "&apos;";
		else if (!xml && *text == ',')
			as = ",,";
		at += (size_t)snprintf(out + at, len - at, "%.*s", as ? 8 : 1, as ? as : text);
	}
	out[at] = '\0';
}

static void hint_qemu(const json_t *port)
{
	if (!isatty(STDERR_FILENO) || !isatty(STDOUT_FILENO))
		return;
	fprintf(stderr,
		"\nGive these to qemu-system-x86_64. The memory must be shared and of the size of "
		"-m:\n'vringctl qemu-args %s 4G' prints it for 4 GiB. A second NIC needs the last "
		"three\noptions only. Without KVM add vectors=0 to the device: QEMU 7.2 crashes "
		"otherwise.\n",
		text_of(port, "name"));
}

static size_t format_xml(const json_t *port, char *out, size_t len)
{
	const bool we_listen = strcmp(text_of(port, "mode"), "client") != 0;
	const int queues = (int)number_of(port, "queues"), mtu = (int)number_of(port, "mtu");
	char path[600], mac[64] = "", size[64] = "", driver[64] = "";

	escape(text_of(port, "socket"), path, sizeof(path), true);
	if (*text_of(port, "mac"))
		snprintf(mac, sizeof(mac), "  <mac address='%s'/>\n", text_of(port, "mac"));
	if (mtu)
		snprintf(size, sizeof(size), "  <mtu size='%d'/>\n", mtu);
	if (queues > 1)
		snprintf(driver, sizeof(driver), "  <driver queues='%d'/>\n", queues);
	return (size_t)snprintf(
		out, len,
		"<!-- into <domain>: the guest's memory must be shared -->\n"
		"<memoryBacking>\n"
		"  <source type='memfd'/>\n"
		"  <access mode='shared'/>\n"
		"</memoryBacking>\n"
		"\n"
		"<!-- into <devices> -->\n"
		"<interface type='vhostuser'>\n"
		"%s"
		"  <source type='unix' path='%s' mode='%s'%s\n"
		"%s"
		"  <model type='virtio'/>\n"
		"%s%s"
		"</interface>\n",
		mac, path, we_listen ? "client" : "server", we_listen ? ">" : "/>",
		we_listen ? "    <reconnect enabled='yes' timeout='1'/>\n  </source>\n" : "",
		driver, size);
}
