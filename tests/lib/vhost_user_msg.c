/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_user_msg.c - one vhost-user message out, one in, and the socket.
 *
 * See vhost_user_msg.h. What must stay true: every wait is a poll() with an
 * end, so that a daemon that answers nothing fails a test and hangs none.
 */
#include "vhost_user_msg.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define HEADER_LEN (3 * sizeof(uint32_t)) /* request, flags, size */
#define RETRY_MS 10

union fd_control {
	char buf[CMSG_SPACE(VHOST_USER_MAX_FDS * sizeof(int))];
	struct cmsghdr align;
};

static int wait_readable(int fd, int timeout_ms);
static int recv_header(int sock, struct vhost_user_msg *msg);
static int unix_socket(const char *path, struct sockaddr_un *addr);

int vhost_user_send(int sock, const struct vhost_user_msg *msg)
{
	union fd_control control = { .buf = { 0 } };
	size_t fd_bytes = msg->fd_cnt * sizeof(int);
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)msg, HEADER_LEN },
		{ (void *)(uintptr_t)&msg->payload, msg->size },
	};
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *cmsg;
	ssize_t sent;

	if (fd_bytes) {
		hdr.msg_control = control.buf;
		hdr.msg_controllen = CMSG_SPACE(fd_bytes);
		cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fd_bytes);
		memcpy(CMSG_DATA(cmsg), msg->fd, fd_bytes);
	}

	sent = sendmsg(sock, &hdr, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == HEADER_LEN + msg->size ? 0 : -EMSGSIZE;
}

int vhost_user_recv(int sock, struct vhost_user_msg *msg, int timeout_ms)
{
	size_t have = 0;
	ssize_t got;
	int err;

	err = wait_readable(sock, timeout_ms);
	if (!err)
		err = recv_header(sock, msg);
	if (err)
		return err;
	if (msg->size > sizeof(msg->payload))
		return -EMSGSIZE;

	while (have < msg->size) {
		err = wait_readable(sock, timeout_ms);
		if (err)
			return err;
		got = read(sock, msg->payload.bytes + have, msg->size - have);
		if (got <= 0)
			return got ? -errno : -ECONNRESET;
		have += (size_t)got;
	}
	return 0;
}

int vhost_user_connect(const char *path, int timeout_ms)
{
	const struct timespec pause = { 0, RETRY_MS * 1000000L };
	uint64_t end = clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	struct sockaddr_un addr;
	int sock, err;

	sock = unix_socket(path, &addr);
	if (sock < 0)
		return sock;

	while (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err = errno;
		if (clock_now_ns() > end) {
			close(sock);
			return -err;
		}
		nanosleep(&pause, NULL);
	}
	return sock;
}

int vhost_user_listen(const char *path)
{
	struct sockaddr_un addr;
	int sock, err;

	sock = unix_socket(path, &addr);
	if (sock < 0)
		return sock;

	unlink(path);
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, 4) < 0) {
		err = errno;
		close(sock);
		return -err;
	}
	return sock;
}

int vhost_user_accept(int listener, int timeout_ms)
{
	int err = wait_readable(listener, timeout_ms);
	int sock;

	if (err)
		return err;
	sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return sock < 0 ? -errno : sock;
}

static int wait_readable(int fd, int timeout_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int n = poll(&poller, 1, timeout_ms);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int recv_header(int sock, struct vhost_user_msg *msg)
{
	union fd_control control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = msg, .iov_len = HEADER_LEN };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	ssize_t got = recvmsg(sock, &hdr, MSG_CMSG_CLOEXEC | MSG_WAITALL);

	msg->fd_cnt = 0;
	if (got < 0)
		return -errno;
	if ((size_t)got != HEADER_LEN)
		return -ECONNRESET;

	cmsg = CMSG_FIRSTHDR(&hdr);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS) {
		size_t bytes = cmsg->cmsg_len - CMSG_LEN(0);

		memcpy(msg->fd, CMSG_DATA(cmsg), bytes);
		msg->fd_cnt = (unsigned int)(bytes / sizeof(int));
	}
	return 0;
}

static int unix_socket(const char *path, struct sockaddr_un *addr)
{
	int sock;

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path) >=
	    (int)sizeof(addr->sun_path))
		return -ENAMETOOLONG;

	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return sock < 0 ? -errno : sock;
}
