/* SPDX-License-Identifier: BSD-3-Clause */
/* switch_spec.c - see switch_spec.h. */
#include "switch_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "port_spec.h"

static int take_name(const char *text, size_t len, struct switch_spec *spec,
		     struct error_text *error)
{
	snprintf(spec->name, sizeof(spec->name), "%.*s", (int)len, text);
	if (len < sizeof(spec->name) && port_name_valid(spec->name))
		return 0;
	return error_set(
		error, EINVAL,
		"switch \"%.*s\": a name is a letter and at most 30 letters, digits, _ or -",
		(int)(len > 64 ? 64 : len), text);
}

int switch_spec_parse(const char *text, struct switch_spec *spec, struct error_text *error)
{
	static const char key[] = "age=";
	size_t len = strcspn(text, ",");
	const char *rest = text + len;
	uint64_t age_s = SWITCH_AGE_S_DEFAULT;
	int err = take_name(text, len, spec, error);

	if (err)
		return err;
	if (*rest && strncmp(rest + 1, key, sizeof(key) - 1) != 0)
		return error_set(error, EINVAL,
				 "switch %s: \"%.64s\" is no key of a switch; it takes age=SECONDS",
				 spec->name, rest + 1);
	if (*rest && !parse_number(rest + sizeof(key), 1, SWITCH_AGE_S_MAX, &age_s))
		return error_set(error, EINVAL, "switch %s: %.64s: it must be 1 to %d seconds",
				 spec->name, rest + 1, SWITCH_AGE_S_MAX);
	spec->age_s = (uint32_t)age_s;
	return 0;
}
