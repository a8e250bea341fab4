/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_doctor.c - the method doctor: facts of all there is to those who judge them.
 *
 * The judgements are instrumentation/doctor*.c. The worst stands first.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/ctl_handlers.h"
#include "control/ctl_lookup.h"
#include "control/incidents.h"
#include "doctor.h"

#define STATUS_CNT (DOCTOR_STATUS_bad + 1)

/* What was heard so far. */
struct findings {
	const struct ctl_call *call;
	json_t *by_status[STATUS_CNT];
	json_t *ill;		   /* vrings, by name */
	json_t *guests;		   /* what is known of them; for a bundle */
	unsigned vcpus;		   /* of all guests */
	struct doctor_guest guest; /* whose vrings are looked at */
	enum doctor_status worst;  /* of these vrings */
};

static void hear(void *context, const struct doctor_check *check);
static void see_ports(struct findings *findings);
static void see_guest(struct findings *findings, const struct port_report *port);
static void see_vring(void *context, const struct port_report *port,
		      const struct vring_report *vring);
static void see_workers(struct findings *findings);
static json_t *facts_of(const struct findings *findings, const struct doctor_host *host);
static json_t *put_together(struct findings *findings);

enum ctl_code ctl_doctor(const struct ctl_call *call, json_t **result, struct error_text *error)
{
	struct findings findings = { .call = call };
	const struct doctor_ear ear = { hear, &findings };
	struct doctor_host host = { 0 };
	int i;

	(void)error;
	for (i = 0; i < STATUS_CNT; i++)
		findings.by_status[i] = json_array();
	findings.ill = json_array();
	findings.guests = json_array();

	see_ports(&findings);
	see_workers(&findings);
	call->ops->host_facts(call->house, &host);
	host.vcpus = findings.vcpus;
	doctor_host(&host, &ear);
	*result = put_together(&findings);
	if (json_is_true(json_object_get(call->params, "bundle")))
		json_object_set_new(*result, "facts", facts_of(&findings, &host));
	json_decref(findings.guests);
	return CTL_OK;
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static void hear(void *context, const struct doctor_check *check)
{
	struct findings *findings = context;

	if (check->status > findings->worst)
		findings->worst = check->status;
	json_array_append_new(findings->by_status[check->status],
			      json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", check->name,
					"status", doctor_status_name(check->status), "subject",
					check->subject, "text", check->text, "advice",
					text_or_null(check->advice), "reference",
					text_or_null(check->reference)));
}

static void see_ports(struct findings *findings)
{
	const struct ctl_call *call = findings->call;
	const struct doctor_ear ear = { hear, findings };
	struct port_report port;
	struct doctor_port facts;
	unsigned nth;

	for (nth = 0; call->ops->port_report(call->house, nth, &port); nth++) {
		if (port.is_guest) {
			see_guest(findings, &port);
			continue;
		}
		facts = (struct doctor_port){ .wired = port.wired_to[0] != '\0' };
		memcpy(facts.name, port.name, sizeof(facts.name));
		memcpy(facts.type, port.type, sizeof(facts.type));
		memcpy(facts.ifname, port.ifname, sizeof(facts.ifname));
		memcpy(facts.link, port.link, sizeof(facts.link));
		doctor_port(&facts, &ear);
	}
}

static json_t *guest_as_json(const struct doctor_guest *guest)
{
	const struct doctor_front_end *peer = &guest->front_end;

	return json_pack("{s:s, s:b, s:I, s:I, s:i, s:i, s:b, s:b, s:b, s:b, s:i, s:i, s:I, s:I}",
			 "port", guest->name, "connected", (int)guest->connected, "connects",
			 (json_int_t)guest->connects, "uptime_s", (json_int_t)guest->uptime_s,
			 "memory_regions", guest->regions, "pid", peer->pid, "visible",
			 (int)peer->visible, "qemu", (int)peer->is_qemu, "no_kvm",
			 (int)peer->no_kvm, "no_msix", (int)peer->no_msix, "vcpus",
			 (int)peer->vcpus, "shared_cpu", peer->shared_cpu, "waited_ms",
			 (json_int_t)peer->cpu.waited_ms, "window_ms",
			 (json_int_t)peer->cpu.window_ms);
}

/* Its vrings first: what is said of the guest depends on them. */
static void see_guest(struct findings *findings, const struct port_report *port)
{
	const struct ctl_call *call = findings->call;
	const struct doctor_ear ear = { hear, findings };
	struct doctor_guest *guest = &findings->guest;

	*guest = (struct doctor_guest){
		.client = strcmp(port->mode, "client") == 0,
		.connected = port->connected,
		.wired = port->wired_to[0] != '\0',
		.force = port->force,
		.connects = port->connects,
		.features = port->features,
		.features_offered = port->features_offered,
		.protocol_features = port->protocol_features,
		.regions = -1,
		.front_end.shared_cpu = -1,
	};

	memcpy(guest->name, port->name, sizeof(guest->name));
	memcpy(guest->socket, port->socket, sizeof(guest->socket));
	call->ops->guest_facts(call->house, port->name, guest);
	findings->worst = DOCTOR_STATUS_ok;
	ctl_each_vring_of(call, port, see_vring, findings);
	guest->vrings_worst = findings->worst;
	doctor_guest(guest, &ear);
	findings->vcpus += guest->front_end.vcpus;
	json_array_append_new(findings->guests, guest_as_json(guest));
}

static void copy(const json_t *incident, const char *key, char *text, size_t len)
{
	const char *value = json_string_value(json_object_get(incident, key));

	snprintf(text, len, "%s", value ? value : "");
}

/* Was a fault armed, in the vring as it was then? */
static bool was_armed(const json_t *incident)
{
	json_t *faults = json_object_get(json_object_get(incident, "vring_then"), "injected");
	const char *kind;
	json_t *fault;

	json_object_foreach(faults, kind, fault) {
		const json_t *left = json_object_get(fault, "left");

		if (json_is_string(left) || json_integer_value(left) > 0)
			return true;
	}
	return false;
}

static uint64_t age_of(const json_t *incident)
{
	const char *text = json_string_value(json_object_get(incident, "time"));
	struct tm utc = { 0 };
	time_t then;

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &utc))
		return UINT64_MAX;
	then = timegm(&utc);
	return time(NULL) > then ? (uint64_t)(time(NULL) - then) : 0;
}

/* None that an earlier daemon has left: what it says is over. */
static struct doctor_incident last_incident(const struct ctl_call *call,
					    const struct vring_report *vring, uint64_t uptime_s)
{
	const json_t *json =
		incidents_latest(call->ops->incidents(call->house), vring->port, vring->index);
	const char *outcome = json_string_value(json_object_get(json, "outcome"));
	struct doctor_incident last = { 0 };

	if (!json || age_of(json) > uptime_s + 1)
		return last;
	last.age_s = age_of(json);
	last.rehearsed = was_armed(json);
	last.id = json_integer_value(json_object_get(json, "id"));
	last.open = outcome && strcmp(outcome, "open") == 0;
	last.injected = json_is_true(json_object_get(json, "injected"));
	copy(json, "cause", last.cause, sizeof(last.cause));
	copy(json, "cause_text", last.cause_text, sizeof(last.cause_text));
	copy(json, "outcome_text", last.outcome_text, sizeof(last.outcome_text));
	return last;
}

static void see_vring(void *context, const struct port_report *port,
		      const struct vring_report *vring)
{
	struct findings *findings = context;
	const struct doctor_ear ear = { hear, findings };
	const struct doctor_incident last =
		last_incident(findings->call, vring, findings->guest.uptime_s);

	(void)port;
	findings->guest.vrings++;
	findings->guest.running += vring->state == VRING_STATE_running;
	if (doctor_vring_is_ill(vring))
		json_array_append_new(findings->ill,
				      json_sprintf("%s/%s", vring->port, vring->vring));
	doctor_vring(vring, &last, &ear);
}

static void see_workers(struct findings *findings)
{
	const struct ctl_call *call = findings->call;
	const struct doctor_ear ear = { hear, findings };
	struct worker_report report;
	unsigned nth;

	for (nth = 0; call->ops->worker_report(call->house, nth, &report); nth++) {
		const struct doctor_worker worker = { report.worker, report.cpu,
						      report.busy_percent };

		doctor_worker(&worker, &ear);
	}
}

static json_t *facts_of(const struct findings *findings, const struct doctor_host *host)
{
	return json_pack("{s:O, s:{s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}}",
			 "guests", findings->guests, "host", "cpus", (int)host->cpus, "vcpus",
			 (int)host->vcpus, "workers", (int)host->workers, "hugepages_total",
			 (json_int_t)host->hugepages_total, "hugepages_free",
			 (json_int_t)host->hugepages_free, "hugepage_kib",
			 (json_int_t)host->hugepage_kib, "steal_ms", (json_int_t)host->steal_ms,
			 "cpu_ms", (json_int_t)host->cpu_ms, "descriptors",
			 (json_int_t)host->descriptors, "descriptors_max",
			 (json_int_t)host->descriptors_max, "state_dir", (int)host->has_state_dir);
}

static json_t *put_together(struct findings *findings)
{
	enum doctor_status worst = DOCTOR_STATUS_ok;
	json_t *checks = json_array();
	int i;

	for (i = STATUS_CNT - 1; i >= 0; i--) {
		if (json_array_size(findings->by_status[i]) && worst == DOCTOR_STATUS_ok)
			worst = (enum doctor_status)i;
		json_array_extend(checks, findings->by_status[i]);
		json_decref(findings->by_status[i]);
	}
	return json_pack("{s:o, s:s, s:o}", "checks", checks, "status", doctor_status_name(worst),
			 "ill", findings->ill);
}
