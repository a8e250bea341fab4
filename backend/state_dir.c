/* SPDX-License-Identifier: BSD-3-Clause */
/* state_dir.c - see state_dir.h. */
#include "state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each folder of the path that is missing; the last is for its owner and group. */
static int make_path(const char *path, struct error_text *error)
{
	char *copy = strdup(path);
	char *slash;
	int err = 0;

	if (!copy)
		return error_set(error, ENOMEM, "--state-dir %s: out of memory", path);
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755); /* if it can not be made, the last can not either */
		*slash = '/';
	}
	if (mkdir(copy, 0750) != 0 && errno != EEXIST)
		err = error_set(error, errno, "--state-dir %s: it can not be made: %m", path);
	free(copy);
	return err;
}

static int open_folder(int at, const char *name, uid_t owner, gid_t group, struct error_text *error)
{
	int fd;

	if (mkdirat(at, name, 0750) != 0 && errno != EEXIST)
		return error_set(error, errno, "--state-dir: %s can not be made in it: %m", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && owner != (uid_t)-1 && fchown(fd, owner, group) != 0) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd
		       : error_set(error, errno, "--state-dir: %s in it can not be used: %m", name);
}

static int lock(struct state_dir *dir, int at, const char *path, struct error_text *error)
{
	dir->lock_fd = openat(at, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (dir->lock_fd < 0)
		return error_set(error, errno, "--state-dir %s: it can not be written to: %m",
				 path);
	if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return error_set(error, EBUSY,
				 "--state-dir %s: another vringd uses it; give each its own", path);
	return 0;
}

int state_dir_open(struct state_dir *dir, const char *path, uid_t owner, gid_t group,
		   struct error_text *error)
{
	int at, err;

	*dir = (struct state_dir){ .lock_fd = -1, .trace_fd = -1, .incidents_fd = -1 };
	err = make_path(path, error);
	if (err)
		return err;
	at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return error_set(error, errno, "--state-dir %s: %m", path);
	err = lock(dir, at, path, error);
	if (!err)
		err = dir->trace_fd = open_folder(at, "trace", owner, group, error);
	if (err >= 0)
		err = dir->incidents_fd = open_folder(at, "incidents", owner, group, error);
	close(at);
	if (err >= 0)
		return 0;
	state_dir_close(dir);
	return err;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void state_dir_close(struct state_dir *dir)
{
	close_one(&dir->incidents_fd);
	close_one(&dir->trace_fd);
	close_one(&dir->lock_fd);
}
