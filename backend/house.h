/* SPDX-License-Identifier: BSD-3-Clause */
/* house.h - all there is: workers, ports, switches, wires, and the settings over them.
 *
 * The one place that knows every kind of port. It opens and closes them, joins
 * them, and answers for them to the control socket.
 *
 * Thread: the main thread, except where a callback says otherwise.
 */
#ifndef VRINGD_HOUSE_H
#define VRINGD_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/ctl_house.h"
#include "error_text.h"
#include "net/worker.h"
#include "state_dir.h"

#define WORKERS_MAX 64

struct house_config {
	int cpus[WORKERS_MAX]; /* one worker each; cpus[0] = -1: one, not pinned */
	unsigned worker_cnt;
	enum worker_poll poll;
	uint64_t poll_idle_ns;
	uint64_t stall_after_ns;
	bool force;
	struct state_dir state; /* stays open as long as the house stands */
};

struct house;

struct house *house_new(const struct house_config *config, struct error_text *error);
void house_free(struct house *house);

int house_port_add(struct house *house, const char *spec, struct error_text *error);
int house_switch_add(struct house *house, const char *spec, struct error_text *error);
/* Two ports, or a port and a switch. */
int house_wire_add(struct house *house, const char *a, const char *b, struct error_text *error);

/* Readable when workers have news, or a capture has ended; logs them. */
int house_news_fd(const struct house *house);
void house_tell_news(struct house *house);

/* To be called now and then, by the main thread: what is done each second. */
void house_tick(struct house *house);

/* What control/ needs; `house` is their first argument. */
extern const struct ctl_house_ops house_ctl_ops;

#endif
