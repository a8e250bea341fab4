/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_peer.c - see vhost_peer.h. */
#include "glue/vhost_peer.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef int (*name_of_socket)(int fd, struct sockaddr *address, socklen_t *len);

static bool is_named(int fd, name_of_socket name_of, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(address);

	return name_of(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.sun_family == AF_UNIX && len > sizeof(address.sun_family) &&
	       strncmp(address.sun_path, path, sizeof(address.sun_path)) == 0;
}

/* We listened, or the front end did. A listening socket has no peer. */
static pid_t peer_of(int fd, const char *path)
{
	struct ucred credentials = { 0 };
	socklen_t len = sizeof(credentials);
	int listens = 1;
	socklen_t listens_len = sizeof(listens);

	if (!is_named(fd, getsockname, path) && !is_named(fd, getpeername, path))
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_len) != 0 || listens ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) != 0)
		return 0;
	return credentials.pid;
}

pid_t vhost_peer_pid(const char *path)
{
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	pid_t pid = 0;

	if (!fds)
		return 0;
	while (pid == 0 && (entry = readdir(fds)))
		pid = peer_of(atoi(entry->d_name), path);
	closedir(fds);
	return pid;
}
