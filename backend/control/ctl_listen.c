/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_listen.c - the listening socket and its file.
 *
 * See ctl_listen.h. To look whether a socket file is dead, to remove it and to
 * bind in its place is no single act: two daemons that start at once could
 * each remove the other's. A lock on the directory makes it one; it is held
 * for that moment only and leaves no file behind.
 *
 * Between bind and listen nobody can connect, so the mode and the group are
 * right before the first client can be there, and no umask is touched (it
 * belongs to all threads).
 */
#include "control/ctl_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16
#define LOCK_TRIES 100
#define LOCK_PAUSE_US 10000

static int set_address(struct sockaddr_un *address, const char *path, struct error_text *error);
static int lock_directory(const char *path, struct error_text *error);
static int make_way(const struct sockaddr_un *address, struct error_text *error);
static int answers(const struct sockaddr_un *address);
static int bind_and_listen(int fd, const struct sockaddr_un *address, int gid, struct stat *made,
			   struct error_text *error);

int ctl_listen_open(const char *path, int gid, struct stat *made, struct error_text *error)
{
	struct sockaddr_un address;
	int fd, lock, err;

	err = set_address(&address, path, error);
	if (err)
		return err;
	lock = lock_directory(path, error);
	if (lock < 0)
		return lock;

	fd = -1;
	err = make_way(&address, error);
	if (err)
		goto unlock;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err = error_set(error, errno, "control socket %s: cannot make a socket: %s", path,
				strerror(errno));
		goto unlock;
	}
	err = bind_and_listen(fd, &address, gid, made, error);
	if (err)
		close(fd);
unlock:
	close(lock);
	return err ? err : fd;
}

void ctl_listen_remove(const char *path, const struct stat *made)
{
	struct stat now;

	if (lstat(path, &now) == 0 && now.st_ino == made->st_ino && now.st_dev == made->st_dev)
		unlink(path);
}

static int set_address(struct sockaddr_un *address, const char *path, struct error_text *error)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(address->sun_path))
		return error_set(error, ENAMETOOLONG,
				 "control socket '%s': a path of %zu bytes does not fit a UNIX "
				 "socket (1 to %zu); give a shorter --control PATH",
				 path, len, sizeof(address->sun_path) - 1);
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, len + 1);
	return 0;
}

/* Opens and locks the directory of `path`; makes it if only that is missing. */
static int lock_directory(const char *path, struct error_text *error)
{
	char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 2] = ".";
	const char *slash = strrchr(path, '/');
	int fd, tries, err;

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path) + 1, path);
	if (mkdir(directory, 0755) && errno != EEXIST)
		return error_set(error, errno, "control socket %s: cannot make directory %s: %s",
				 path, directory, strerror(errno));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno, "control socket %s: cannot open directory %s: %s",
				 path, directory, strerror(errno));
	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB); tries++) {
		err = errno;
		if (err == EINTR)
			continue;
		if (err == EWOULDBLOCK && tries < LOCK_TRIES) {
			usleep(LOCK_PAUSE_US);
			continue;
		}
		close(fd);
		return error_set(error, err, "control socket %s: cannot lock directory %s: %s",
				 path, directory, strerror(err));
	}
	return fd;
}

/* Removes a socket file that nobody answers. */
static int make_way(const struct sockaddr_un *address, struct error_text *error)
{
	const char *path = address->sun_path;
	struct stat there;
	int live;

	if (lstat(path, &there))
		return 0;
	if (!S_ISSOCK(there.st_mode))
		return error_set(error, EEXIST,
				 "control socket %s: a file that is no socket lies there; remove "
				 "it or give another --control PATH",
				 path);
	live = answers(address);
	if (live < 0)
		return error_set(error, -live,
				 "control socket %s: cannot tell whether a daemon lives there: %s",
				 path, strerror(-live));
	if (live)
		return error_set(error, EADDRINUSE,
				 "control socket %s: a daemon answers there; stop it or give "
				 "another --control PATH",
				 path);
	if (unlink(path) && errno != ENOENT)
		return error_set(error, errno,
				 "control socket %s: cannot remove the file of a dead daemon: %s",
				 path, strerror(errno));
	return 0;
}

/* 1: somebody listens, 0: nobody, negative errno: who knows. */
static int answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (err == 0 || err == EAGAIN) /* EAGAIN: it listens, its backlog is full */
		return 1;
	return err == ECONNREFUSED || err == ENOENT ? 0 : -err;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address, int gid, struct stat *made,
			   struct error_text *error)
{
	const char *path = address->sun_path;
	const char *what = "bind";
	int err;

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		goto failed;
	what = "give a group to";
	if (gid >= 0 && chown(path, (uid_t)-1, (gid_t)gid))
		goto remove;
	what = "set mode 0660 of";
	if (chmod(path, 0660) || lstat(path, made))
		goto remove;
	what = "listen on";
	if (listen(fd, BACKLOG))
		goto remove;
	return 0;

remove:
	err = errno;
	unlink(path);
	errno = err;
failed:
	return error_set(error, errno, "control socket: cannot %s %s: %s", what, path,
			 strerror(errno));
}
