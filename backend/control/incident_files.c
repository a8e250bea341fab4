/* SPDX-License-Identifier: BSD-3-Clause */
/* incident_files.c - see incident_files.h. */
#include "control/incident_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define NAME_LEN 40
/* What an incident with all its events may take. */
#define NUMBER_MAX 1000000000000
#define FILE_MAX (INT64_C(512) * 1024)

static void name_of(char *name, json_int_t id, const char *end)
{
	snprintf(name, NAME_LEN, "%" JSON_INTEGER_FORMAT ".json%s", id, end);
}

static int write_whole(int dir_fd, const char *name, const json_t *incident)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int err;

	if (fd < 0)
		return -1;
	err = json_dumpfd(incident, fd, JSON_COMPACT);
	return close(fd) || err ? -1 : 0;
}

void incident_file_write(int dir_fd, json_int_t id, const json_t *incident)
{
	char name[NAME_LEN], place[NAME_LEN];

	if (dir_fd < 0)
		return;
	name_of(name, id, ".new");
	name_of(place, id, "");
	if (write_whole(dir_fd, name, incident) == 0 && renameat(dir_fd, name, dir_fd, place) == 0)
		return;
	log_warn("incident %" JSON_INTEGER_FORMAT ": it is in memory only: %s", id,
		 strerror(errno));
	unlinkat(dir_fd, name, 0);
}

void incident_file_remove(int dir_fd, json_int_t id)
{
	char name[NAME_LEN];

	name_of(name, id, "");
	if (dir_fd >= 0)
		unlinkat(dir_fd, name, 0);
}

/* ---- reading ---- */

static bool is_incident(const json_t *json)
{
	return json_is_integer(json_object_get(json, "id")) &&
	       json_integer_value(json_object_get(json, "id")) > 0 &&
	       json_integer_value(json_object_get(json, "id")) < NUMBER_MAX &&
	       json_is_integer(json_object_get(json, "index")) &&
	       json_is_string(json_object_get(json, "port")) &&
	       json_is_string(json_object_get(json, "outcome"));
}

static json_t *read_one(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	json_t *json = NULL;

	if (size > 0 && size <= FILE_MAX && lseek(fd, 0, SEEK_SET) == 0)
		json = json_loadfd(fd, JSON_REJECT_DUPLICATES, NULL);
	if (fd >= 0)
		close(fd);
	if (json && is_incident(json))
		return json;
	json_decref(json);
	return NULL;
}

/* The number in a name like 12.json; 0: it is no such name. */
static json_int_t number_in(const char *name)
{
	char *end;
	long long id = strtoll(name, &end, 10);

	return end != name && strcmp(end, ".json") == 0 && id > 0 ? id : 0;
}

static int by_number(const void *a, const void *b)
{
	json_int_t left = *(const json_int_t *)a, right = *(const json_int_t *)b;

	return left < right ? -1 : left > right;
}

#define NUMBERS_MAX 4096

static unsigned list_numbers(int dir_fd, json_int_t *numbers)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	unsigned cnt = 0;

	if (!dir)
		return 0;
	while (cnt < NUMBERS_MAX && (entry = readdir(dir)) != NULL)
		if (number_in(entry->d_name) > 0)
			numbers[cnt++] = number_in(entry->d_name);
	closedir(dir);
	qsort(numbers, cnt, sizeof(numbers[0]), by_number);
	return cnt;
}

void incident_files_read(int dir_fd, unsigned max, void (*take)(void *context, json_t *incident),
			 void *context)
{
	json_int_t *numbers = dir_fd < 0 ? NULL : calloc(NUMBERS_MAX, sizeof(*numbers));
	unsigned cnt = numbers ? list_numbers(dir_fd, numbers) : 0;
	unsigned i;

	for (i = cnt > max ? cnt - max : 0; i < cnt; i++) {
		char name[NAME_LEN];
		json_t *json;

		name_of(name, numbers[i], "");
		json = read_one(dir_fd, name);
		if (json && json_integer_value(json_object_get(json, "id")) == numbers[i])
			take(context, json);
		else
			json_decref(json);
	}
	free(numbers);
}
