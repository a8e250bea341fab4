/* SPDX-License-Identifier: BSD-3-Clause */
/* parse.c - see parse.h. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "net/worker.h"

bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *value >= least && *value <= most;
}

bool parse_octal(const char *text, unsigned most, unsigned *value)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	number = strtoul(text, &end, 8);
	*value = (unsigned)number;
	return *end == '\0' && number <= most;
}

bool parse_on_off(const char *text, bool *on)
{
	*on = strcmp(text, "on") == 0;
	return *on || strcmp(text, "off") == 0;
}

static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t number;

	if (!parse_number(text, 0, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

bool parse_user(const char *text, uid_t *uid, gid_t *gid)
{
	const struct passwd *entry = getpwnam(text);

	if (entry) {
		*uid = entry->pw_uid;
		*gid = entry->pw_gid;
		return true;
	}
	return parse_id(text, uid) && parse_id(text, gid);
}

bool parse_group(const char *text, gid_t *gid)
{
	const struct group *entry = getgrnam(text);

	if (entry) {
		*gid = entry->gr_gid;
		return true;
	}
	return parse_id(text, gid);
}

static const char *const poll_names[] = {
	[WORKER_POLL_ADAPTIVE] = "adaptive",
	[WORKER_POLL_ALWAYS] = "always",
	[WORKER_POLL_NEVER] = "never",
};

int parse_poll(const char *text)
{
	unsigned poll;

	for (poll = 0; poll < ARRAY_SIZE(poll_names); poll++)
		if (strcmp(text, poll_names[poll]) == 0)
			return (int)poll;
	return -1;
}

const char *poll_name(int poll)
{
	return poll_names[poll];
}
