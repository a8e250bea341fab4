/* SPDX-License-Identifier: BSD-3-Clause */
/* telemetry.c - the commands, and who answers them; see telemetry.h.
 *
 * A callback of the library is on one of its threads and does nothing but ask; what is
 * called answer_... is on the main thread. There is one of all of this in a process,
 * since the library's callbacks have no argument of ours.
 */
#include "glue/telemetry.h"

#include <errno.h>
#include <rte_telemetry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "glue/question.h"
#include "glue/telemetry_dict.h"

/* The main thread answers between two turns; a second is long. */
#define PATIENCE_MS 1000

typedef int answer_function(const char *params, struct rte_tel_data *data);

struct asked {
	answer_function *answer;
	const char *params; /* what stood behind the command; NULL: nothing */
	struct rte_tel_data *data;
	int result;
};

static struct telemetry_house asks;
static struct question_box box;
static bool is_open;

/* ---- on the main thread ---- */

static int answer_ports(const char *params, struct rte_tel_data *data)
{
	struct port_report port;
	unsigned nth;

	(void)params;
	rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
	for (nth = 0; asks.port_report(asks.house, nth, &port); nth++)
		if (rte_tel_data_add_array_string(data, port.name) != 0)
			break;
	return 0;
}

static int answer_port(const char *params, struct rte_tel_data *data)
{
	struct port_report port;
	unsigned nth;

	for (nth = 0; params && asks.port_report(asks.house, nth, &port); nth++) {
		if (strcmp(port.name, params) != 0)
			continue;
		telemetry_put_port(data, &port);
		return 0;
	}
	return -ENOENT;
}

/* "vm0,1" */
static int answer_vring(const char *params, struct rte_tel_data *data)
{
	const char *comma = params ? strchr(params, ',') : NULL;
	struct vring_report vring;
	char name[PORT_NAME_MAX];
	unsigned long index;
	char *end;

	if (!comma || (size_t)(comma - params) >= sizeof(name) || comma[1] < '0' || comma[1] > '9')
		return -EINVAL;
	snprintf(name, sizeof(name), "%.*s", (int)(comma - params), params);
	index = strtoul(comma + 1, &end, 10);
	if (*end || index > UINT16_MAX)
		return -EINVAL;
	if (asks.vring_report(asks.house, name, (unsigned)index, &vring) != 0)
		return -ENOENT;
	telemetry_put_vring(data, &vring);
	return 0;
}

/* Sums of what there was, and who is ill now. */
struct stalls {
	uint64_t stalled, stalls, revived;
	struct rte_tel_data *vrings;
};

static void see_stalls(struct stalls *stalls, const struct vring_report *vring)
{
	char text[PORT_NAME_MAX + VRING_NAME_MAX + 32];

	stalls->stalls += vring->counters.stalls;
	stalls->revived += vring->counters.stalls_revived;
	if (vring->shape.size == 0 ||
	    (vring->health != STALL_HEALTH_stalled && vring->health != STALL_HEALTH_reviving &&
	     vring->health != STALL_HEALTH_stuck))
		return;
	stalls->stalled++;
	snprintf(text, sizeof(text), "%s/%s %s", vring->port, vring->vring,
		 stall_health_name(vring->health));
	rte_tel_data_add_array_string(stalls->vrings, text);
}

static int answer_stalls(const char *params, struct rte_tel_data *data)
{
	struct stalls stalls = { .vrings = rte_tel_data_alloc() };
	struct vring_report vring;
	struct port_report port;
	unsigned nth, index;

	(void)params;
	if (!stalls.vrings)
		return -ENOMEM;
	rte_tel_data_start_array(stalls.vrings, RTE_TEL_STRING_VAL);
	for (nth = 0; asks.port_report(asks.house, nth, &port); nth++)
		for (index = 0;
		     port.is_guest && asks.vring_report(asks.house, port.name, index, &vring) == 0;
		     index++)
			see_stalls(&stalls, &vring);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "stalled", stalls.stalled);
	rte_tel_data_add_dict_u64(data, "stalls", stalls.stalls);
	rte_tel_data_add_dict_u64(data, "stalls_revived", stalls.revived);
	/* The library frees it. */
	rte_tel_data_add_dict_container(data, "vrings", stalls.vrings, 0);
	return 0;
}

static void answer(void *context, void *question)
{
	struct asked *asked = question;

	(void)context;
	asked->result = asked->answer(asked->params, asked->data);
}

/* ---- on threads of the library ---- */

static int ask(answer_function *answer_it, const char *params, struct rte_tel_data *data)
{
	struct asked asked = { .answer = answer_it, .params = params, .data = data };

	switch (question_ask(&box, &asked, PATIENCE_MS)) {
	case 0:
		return asked.result;
	case -ESHUTDOWN:
		rte_tel_data_string(data, "vringd ends");
		return 0;
	default:
		rte_tel_data_string(data, "busy: vringd did not answer within a second");
		return 0;
	}
}

static int on_ports(const char *command, const char *params, struct rte_tel_data *data)
{
	(void)command;
	return ask(answer_ports, params, data);
}

static int on_port(const char *command, const char *params, struct rte_tel_data *data)
{
	(void)command;
	return ask(answer_port, params, data);
}

static int on_vring(const char *command, const char *params, struct rte_tel_data *data)
{
	(void)command;
	return ask(answer_vring, params, data);
}

static int on_stalls(const char *command, const char *params, struct rte_tel_data *data)
{
	(void)command;
	return ask(answer_stalls, params, data);
}

static const struct {
	const char *name;
	telemetry_cb callback;
	const char *help;
} commands[] = {
	{ "/vringd/ports", on_ports, "Names of all ports. Takes no parameters" },
	{ "/vringd/port", on_port, "One port. Parameters: name" },
	{ "/vringd/vring", on_vring,
	  "Positions and counters of one vring. Parameters: name of the port, vhost index" },
	{ "/vringd/stalls", on_stalls, "Vrings that are stalled, and sums. Takes no parameters" },
};

/* ---- life ---- */

int telemetry_open(const struct telemetry_house *house, struct error_text *error)
{
	unsigned i;
	int err = question_box_init(&box, answer, NULL);

	if (err)
		return error_set(error, -err, "telemetry: %s", strerror(-err));
	asks = *house;
	is_open = true;
	for (i = 0; !err && i < ARRAY_SIZE(commands); i++)
		err = rte_telemetry_register_cmd(commands[i].name, commands[i].callback,
						 commands[i].help);
	if (err)
		return error_set(error, -err, "telemetry: the command %s was refused: %s",
				 commands[i - 1].name, strerror(-err));
	return 0;
}

int telemetry_fd(void)
{
	return is_open ? box.fd : -1;
}

void telemetry_turn(void)
{
	question_turn(&box);
}

void telemetry_close(void)
{
	if (is_open)
		question_box_close(&box);
}
