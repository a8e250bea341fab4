/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_act.c - verbs that act: call, kick, port, wire, unwire.
 *
 * They say nothing when it went well, as tools of their kind do; --json prints
 * what the daemon did.
 */
#include <string.h>

#include "verbs.h"

enum exit_status verb_call_or_kick(const struct invocation *said)
{
	json_t *params = said_vring(said, 0, true);

	if (!params)
		return EXIT_USAGE;
	return ask_and_be_quiet(said, strcmp(said->verb, "call") == 0 ? "vring.call" : "vring.kick",
				params);
}

enum exit_status verb_port(const struct invocation *said)
{
	const char *what = said_arg(said, 0), *value = said_arg(said, 1);

	if (strcmp(what, "add") == 0)
		return ask_and_be_quiet(said, "port.add", json_pack("{s:s}", "spec", value));
	if (strcmp(what, "del") == 0)
		return ask_and_be_quiet(said, "port.del", json_pack("{s:s}", "name", value));
	return said_wrong(said, "'%s' is neither 'add SPEC' nor 'del NAME'", what);
}

enum exit_status verb_wire(const struct invocation *said)
{
	const char *words = said_arg(said, 0);
	const char *comma = strchr(words, ',');

	if (!comma || comma == words || !comma[1] || strchr(comma + 1, ','))
		return said_wrong(said, "'%s' does not name two ports: say A,B", words);
	return ask_and_be_quiet(
		said, "wire.add",
		json_pack("{s:s%, s:s}", "a", words, (size_t)(comma - words), "b", comma + 1));
}

enum exit_status verb_unwire(const struct invocation *said)
{
	return ask_and_be_quiet(said, "wire.del", json_pack("{s:s}", "name", said_arg(said, 0)));
}
