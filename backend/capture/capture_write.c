/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_write.c - rings → filter → blocks → file: what a capture's thread does.
 *
 * It sleeps for short times and not until it is woken, so that a worker pays nothing
 * for waking it; the bell is for a ring that fills faster than that.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "capture/capture_note.h"
#include "capture/capture_private.h"
#include "clock.h"

#define LOOK_EVERY_MS 10

/* ---- the file ---- */

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

int capture_flush(struct capture *capture)
{
	int err = write_all(capture->fd, capture->out.data, capture->out.len);

	if (err) {
		/* Cut off behind the last whole block. */
		if (ftruncate(capture->fd, capture->file_len) != 0)
			return -errno;
		return err;
	}
	capture->file_len += (off_t)capture->out.len;
	capture->out.len = 0;
	counter_set(&capture->frames_written, capture->frames);
	counter_set(&capture->bytes_written, capture->bytes);
	return 0;
}

static int put_frame(struct capture *capture, unsigned index, const struct captured *frame)
{
	char note[CAPTURE_NOTE_MAX];
	const struct pcapng_frame block = {
		.interface = index,
		.wall_ns = frame->wall_ns,
		.len = frame->len,
		.kept_len = frame->kept_len,
		.data = frame->data,
		.outbound = index % 2 == 1,
		.comment = note,
	};
	int err = 0;

	capture_note(note, sizeof(note), capture->vrings[index], index, frame);
	if (!pcapng_put_frame(&capture->out, &block)) {
		err = capture_flush(capture);
		if (!err)
			pcapng_put_frame(&capture->out, &block);
	}
	capture->frames++;
	capture->bytes += frame->len;
	return err;
}

/* ---- the end ---- */

static void end_by_itself(struct capture *capture, enum capture_state state, int err)
{
	const uint64_t one = 1;
	uint64_t lost = 0;
	ssize_t written;
	unsigned i;

	for (i = 0; i < capture->ring_cnt; i++)
		lost += capture_lost(capture->rings[i]);
	counter_set(&capture->lost, lost);
	capture->err = -err;
	atomic_store_explicit(&capture->state, state, memory_order_release);
	written = write(capture->ended_fd, &one, sizeof(one));
	(void)written; /* full: it rings already */
}

/* What was lost stands in the file too. Nothing else waits, so there is room. */
static int put_statistics(struct capture *capture)
{
	unsigned i;

	for (i = 0; i < capture->ring_cnt; i++) {
		uint64_t lost = capture_lost(capture->rings[i]);
		const struct pcapng_statistics block = {
			.interface = i,
			.wall_ns = clock_wall_ns(),
			.seen = capture->seen[i] + lost,
			.lost = lost,
		};

		pcapng_put_statistics(&capture->out, &block);
	}
	return capture_flush(capture);
}

/* ---- the loop ---- */

/* A frame that was sent is shown when its burst is done with, which is after what came
 * of it was shown on other vrings. So frames are left lying until all that is older has
 * been shown, unless a worker was kept from its CPU for longer than this. */
#define SETTLE_NS (5 * NS_PER_MS)

/* The ring with the frame that is oldest, and not younger than `until_ns`; -1: there is
 * none. */
static int oldest_ring(const struct capture *capture, uint64_t until_ns)
{
	uint64_t wall_ns = until_ns;
	int oldest = -1;
	unsigned i;

	for (i = 0; i < capture->ring_cnt; i++) {
		const struct captured *frame = capture_peek(capture->rings[i]);

		if (!frame || frame->wall_ns >= wall_ns)
			continue;
		wall_ns = frame->wall_ns;
		oldest = (int)i;
	}
	return oldest;
}

static bool enough(const struct capture *capture)
{
	return capture->count > 0 && capture->frames == capture->count;
}

/* Writes what the rings hold and is settled, or all of it. 0, or a negative errno. */
static int drain(struct capture *capture, bool all)
{
	const uint64_t until_ns = all ? UINT64_MAX : capture_wall_ns(capture->rings[0]) - SETTLE_NS;
	int index = 0, err = 0;

	while (!err && !enough(capture) && (index = oldest_ring(capture, until_ns)) >= 0) {
		struct capture_ring *ring = capture->rings[index];
		const struct captured *frame = capture_peek(ring);

		if (capture_filter_wants(capture->filter, frame->data, frame->kept_len, frame->len))
			err = put_frame(capture, (unsigned)index, frame);
		else
			count(&capture->filtered, 1);
		capture->seen[index]++;
		capture_next(ring);
	}
	return err ? err : capture_flush(capture);
}

static void sleep_a_little(const struct capture *capture)
{
	struct pollfd bell = { .fd = capture->bell_fd, .events = POLLIN };
	uint64_t rings;

	if (poll(&bell, 1, LOOK_EVERY_MS) > 0 && read(bell.fd, &rings, sizeof(rings)) < 0)
		return;
}

void *capture_write_loop(void *argument)
{
	struct capture *capture = argument;
	bool closing;
	int err;

	for (;;) {
		/* Before the rings: what came before it is in them. */
		closing = atomic_load_explicit(&capture->closing, memory_order_acquire);
		err = drain(capture, closing);
		if (err || closing || enough(capture))
			break;
		sleep_a_little(capture);
	}
	if (!err)
		err = put_statistics(capture);
	if (err)
		end_by_itself(capture, CAPTURE_STATE_error, err);
	else if (enough(capture))
		end_by_itself(capture, CAPTURE_STATE_count, 0);
	return NULL;
}
