/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics.c - gathers the reports and puts the families in order; see ctl_metrics.h. */
#include "control/ctl_metrics.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_lookup.h"
#include "control/ctl_metrics_parts.h"

/* What ctl_each_vring() shows its vrings to. */
struct gathering {
	struct metrics_scene *scene;
	bool failed;
};

/* The array with room for one more behind `cnt`: it doubles at each power of two.
 * NULL when memory is short; then it is as it was. */
static void *with_room(void *array, size_t cnt, size_t item_len)
{
	if (cnt & (cnt - 1))
		return array;
	return realloc(array, (cnt ? 2 * cnt : 1) * item_len);
}

static bool gather_ports(struct metrics_scene *scene, const struct ctl_house_ops *ops, void *house)
{
	struct port_report *ports, port;

	while (ops->port_report(house, (unsigned)scene->port_cnt, &port)) {
		ports = with_room(scene->ports, scene->port_cnt, sizeof(port));
		if (!ports)
			return false;
		ports[scene->port_cnt++] = port;
		scene->ports = ports;
	}
	return true;
}

static void gather_vring(void *seer, const struct port_report *port,
			 const struct vring_report *vring)
{
	struct gathering *gathering = seer;
	struct metrics_scene *scene = gathering->scene;
	struct vring_report *vrings;

	(void)port;
	vrings = with_room(scene->vrings, scene->vring_cnt, sizeof(*vring));
	if (!vrings) {
		gathering->failed = true;
		return;
	}
	vrings[scene->vring_cnt++] = *vring;
	scene->vrings = vrings;
}

static bool gather_vrings(struct metrics_scene *scene, const struct ctl_house_ops *ops, void *house)
{
	const struct ctl_call everywhere = { .ops = ops, .house = house };
	struct gathering gathering = { .scene = scene };
	struct error_text error;

	ctl_each_vring(&everywhere, gather_vring, &gathering, &error);
	return !gathering.failed;
}

static bool gather_workers(struct metrics_scene *scene, const struct ctl_house_ops *ops,
			   void *house)
{
	struct worker_report *workers, worker;

	while (ops->worker_report(house, (unsigned)scene->worker_cnt, &worker)) {
		workers = with_room(scene->workers, scene->worker_cnt, sizeof(worker));
		if (!workers)
			return false;
		workers[scene->worker_cnt++] = worker;
		scene->workers = workers;
	}
	return true;
}

static bool gather_switches(struct metrics_scene *scene, const struct ctl_house_ops *ops,
			    void *house)
{
	struct metrics_switch_port *ports, port;
	struct switch_report report;
	unsigned nth, nth_port;

	for (nth = 0; ops->switch_report(house, nth, &report); nth++) {
		memcpy(port.on, report.name, sizeof(port.on));
		for (nth_port = 0; ops->switch_port_report(house, nth, nth_port, &port.report);
		     nth_port++) {
			ports = with_room(scene->switch_ports, scene->switch_port_cnt,
					  sizeof(port));
			if (!ports)
				return false;
			ports[scene->switch_port_cnt++] = port;
			scene->switch_ports = ports;
		}
	}
	return true;
}

static bool gather(struct metrics_scene *scene, const struct ctl_house_ops *ops, void *house)
{
	return gather_ports(scene, ops, house) && gather_vrings(scene, ops, house) &&
	       gather_workers(scene, ops, house) && gather_switches(scene, ops, house);
}

static void release(struct metrics_scene *scene)
{
	free(scene->ports);
	free(scene->vrings);
	free(scene->workers);
	free(scene->switch_ports);
}

static char *write_text(const struct metrics_scene *scene, size_t *len)
{
	struct metrics_out out = { NULL };
	char *text = NULL;
	bool failed;

	out.file = open_memstream(&text, len);
	if (!out.file)
		return NULL;
	metrics_build(&out);
	metrics_ports(scene, &out);
	metrics_vring_counts(scene, &out);
	metrics_vring_gauges(scene, &out);
	metrics_vring_latencies(scene, &out);
	metrics_switches(scene, &out);
	metrics_workers(scene, &out);
	fputs("# EOF\n", out.file);
	failed = ferror(out.file);
	failed |= fclose(out.file) != 0;
	if (!failed)
		return text;
	free(text);
	return NULL;
}

char *ctl_metrics_text(const struct ctl_house_ops *ops, void *house, uint64_t unix_ms, size_t *len)
{
	struct metrics_scene scene = { .unix_ms = unix_ms };
	char *text = NULL;

	if (gather(&scene, ops, house))
		text = write_text(&scene, len);
	release(&scene);
	return text;
}
