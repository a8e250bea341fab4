/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_file.c - a capture is opened, looked at, closed; see capture_file.h. */
#include "capture/capture_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture/capture_private.h"

#ifndef VRINGD_VERSION
#define VRINGD_VERSION "unknown"
#endif

/* Blocks that are written at once; the longest is that of a longest frame. */
#define OUT_SIZE ((size_t)256 * 1024)

static void free_all(struct capture *capture)
{
	unsigned i;

	for (i = 0; i < capture->ring_cnt; i++)
		capture_ring_free(capture->rings[i]);
	capture_filter_free(capture->filter);
	if (capture->bell_fd >= 0)
		close(capture->bell_fd);
	if (capture->fd >= 0)
		close(capture->fd);
	free(capture->out.data);
	free(capture);
}

static int check_order(const struct capture_order *order, struct error_text *error)
{
	if (order->file[0] != '/')
		return error_set(error, EINVAL,
				 "capture: the file '%.200s' is no absolute path: the daemon "
				 "writes it, from a directory of its own",
				 order->file);
	if (order->snap_len != 0 &&
	    (order->snap_len < ETH_HEADER_LEN || order->snap_len > FRAME_LEN_MAX))
		return error_set(error, EINVAL, "capture: snaplen %u is not from %d to %d bytes",
				 order->snap_len, ETH_HEADER_LEN, FRAME_LEN_MAX);
	return 0;
}

/* As much for each vring as there is for all. */
static size_t ring_size(unsigned ring_cnt)
{
	size_t size = CAPTURE_MEMORY;

	while (size * ring_cnt > CAPTURE_MEMORY)
		size /= 2;
	return size;
}

static int make_rings(struct capture *capture, const struct capture_config *config,
		      uint32_t snap_len, struct error_text *error)
{
	const int64_t wall_offset_ns = (int64_t)(clock_wall_ns() - clock_now_ns());
	unsigned i;

	for (i = 0; i < config->vring_cnt; i++) {
		capture->rings[i] =
			capture_ring_new(ring_size(config->vring_cnt), snap_len, capture->bell_fd);
		if (!capture->rings[i])
			return error_set(error, errno, "capture: no memory for frames: %m");
		capture->rings[i]->wall_offset_ns = wall_offset_ns;
		capture->vrings[i] = config->vrings[i];
		capture->ring_cnt++;
	}
	return 0;
}

/* No frame can come before its interface, so these are first. There is room for as
 * many as there can be, each with the longest filter. */
static int put_heads(struct capture *capture, const struct capture_order *order, uint32_t snap_len)
{
	char name[PORT_NAME_MAX + VRING_NAME_MAX + 2], description[64];
	const struct pcapng_interface interface = {
		.name = name,
		.description = description,
		.filter = order->filter[0] ? order->filter : NULL,
		.snap_len = snap_len,
	};
	unsigned i;

	static_assert(OUT_SIZE / CAPTURE_VRINGS_MAX > CAPTURE_TEXT_MAX + 256, "interfaces");
	pcapng_put_section(&capture->out, "vringd " VRINGD_VERSION);
	for (i = 0; i < capture->ring_cnt; i++) {
		snprintf(name, sizeof(name), "%s/%s", order->port, capture->vrings[i]);
		snprintf(description, sizeof(description), "vhost index %u: the guest %s", i,
			 i % 2 ? "transmits" : "receives");
		pcapng_put_interface(&capture->out, &interface);
	}
	return capture_flush(capture);
}

static int start_thread(struct capture *capture)
{
	int err = pthread_create(&capture->thread, NULL, capture_write_loop, capture);

	if (!err)
		pthread_setname_np(capture->thread, "capture");
	return -err;
}

/* What the caller named, or what he may not, as control errors have it. */
static int refusal(int err)
{
	switch (err) {
	case ENOTDIR:
		return ENOENT;
	case EACCES:
	case ELOOP:
	case ENAMETOOLONG:
	case EROFS:
		return EPERM;
	default:
		return err;
	}
}

static int open_file(struct capture *capture, const struct capture_order *order, uint32_t snap_len,
		     struct error_text *error)
{
	int err;

	capture->fd = open(order->file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (capture->fd < 0 && errno == EEXIST)
		return error_set(error, EEXIST,
				 "capture: %.200s is there already; remove it, or name another",
				 order->file);
	if (capture->fd < 0)
		return error_set(error, refusal(errno),
				 "capture: the daemon can not make %.200s: %m", order->file);
	err = put_heads(capture, order, snap_len);
	if (!err)
		err = start_thread(capture);
	if (!err)
		return 0;
	unlink(order->file);
	return error_set(error, -err, "capture: into %.200s: %s", order->file, strerror(-err));
}

int capture_open(const struct capture_config *config, struct capture **opened,
		 struct error_text *error)
{
	const struct capture_order *order = config->order;
	const uint32_t snap_len = order->snap_len ? order->snap_len : FRAME_LEN_MAX;
	struct capture *capture = calloc(1, sizeof(*capture));
	int err = check_order(order, error);

	if (!capture)
		return error_set(error, ENOMEM, "capture: out of memory");
	capture->fd = -1;
	capture->count = order->count;
	capture->ended_fd = config->ended_fd;
	capture->out.size = OUT_SIZE;
	capture->out.data = malloc(OUT_SIZE);
	capture->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!err && (!capture->out.data || capture->bell_fd < 0))
		err = error_set(error, errno, "capture: %m");
	if (!err && order->filter[0])
		err = capture_filter_new(order->filter, snap_len, &capture->filter, error);
	if (!err)
		err = make_rings(capture, config, snap_len, error);
	if (!err)
		err = open_file(capture, order, snap_len, error);
	if (err)
		free_all(capture);
	else
		*opened = capture;
	return err;
}

struct capture_ring *capture_ring_of(struct capture *capture, unsigned index)
{
	return capture->rings[index];
}

enum capture_state capture_read(const struct capture *capture, struct capture_counts *counts,
				int *err)
{
	enum capture_state state =
		(enum capture_state)atomic_load_explicit(&capture->state, memory_order_acquire);
	unsigned i;

	*err = state == CAPTURE_STATE_error ? capture->err : 0;
	*counts = (struct capture_counts){
		.frames = counter_read(&capture->frames_written),
		.bytes = counter_read(&capture->bytes_written),
		.filtered = counter_read(&capture->filtered),
		.lost = counter_read(&capture->lost),
	};
	for (i = 0; state == CAPTURE_STATE_running && i < capture->ring_cnt; i++)
		counts->lost += capture_lost(capture->rings[i]);
	return state;
}

enum capture_state capture_close(struct capture *capture, struct capture_counts *counts, int *err)
{
	const uint64_t one = 1;
	enum capture_state state;
	ssize_t written;

	atomic_store_explicit(&capture->closing, true, memory_order_release);
	written = write(capture->bell_fd, &one, sizeof(one));
	(void)written; /* full: it rings already */
	pthread_join(capture->thread, NULL);
	state = capture_read(capture, counts, err);
	free_all(capture);
	return state;
}
