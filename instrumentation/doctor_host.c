/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor_host.c - other ports, the workers, the host and the daemon; see doctor.h. */
#include <stdio.h>
#include <string.h>

#include "doctor_tell.h"

#define STEAL_NOTED_PERCENT 1.0
#define STEAL_WARNED_PERCENT 5.0
#define BUSY_WARNED_PERCENT 90.0
#define DESCRIPTORS_WARNED_PERCENT 80

void doctor_port(const struct doctor_port *port, const struct doctor_ear *ear)
{
	struct doctor_teller teller = { .ear = ear };
	struct doctor_check check;

	snprintf(teller.subject, sizeof(teller.subject), "%s", port->name);
	if (!port->wired) {
		check = doctor_find(&teller, "unwired", DOCTOR_STATUS_note,
				    "the port (%s) is wired to nothing", port->type);
		doctor_advise(&teller, &check, NULL, "'vringctl wire PORT,%s' joins it to a port",
			      port->name);
	}
	if (strcmp(port->link, "down") == 0) {
		check = doctor_find(&teller, "link_down", DOCTOR_STATUS_bad,
				    "the tap %s is down: it takes no frame and has none",
				    port->ifname);
		doctor_advise(&teller, &check, RUNBOOK ", \"Only one direction works\"",
			      "'ip link set %s up'", port->ifname);
	} else if (strcmp(port->link, "no carrier") == 0) {
		check = doctor_find(&teller, "no_carrier", DOCTOR_STATUS_warn,
				    "the tap %s is up and has no carrier", port->ifname);
		doctor_advise(&teller, &check, RUNBOOK ", \"Only one direction works\"",
			      "'ip link set %s carrier on'; see who switched it off", port->ifname);
	} else if (port->link[0] && port->wired) {
		check = doctor_find(&teller, "link", DOCTOR_STATUS_ok, "the tap %s is wired and %s",
				    port->ifname, port->link);
		doctor_rest(&teller, &check);
	}
}

void doctor_worker(const struct doctor_worker *worker, const struct doctor_ear *ear)
{
	struct doctor_teller teller = { .ear = ear, .subject = "daemon" };
	struct doctor_check check;
	char where[32] = "";

	if (worker->busy_percent < BUSY_WARNED_PERCENT)
		return;
	if (worker->cpu >= 0)
		snprintf(where, sizeof(where), " on CPU %d", worker->cpu);
	check = doctor_find(&teller, "worker_busy", DOCTOR_STATUS_warn,
			    "worker %u%s works %.1f %% of the time: more traffic will wait or be "
			    "dropped",
			    worker->worker, where, worker->busy_percent);
	doctor_advise(&teller, &check, RUNBOOK ", \"The guest is slow\"",
		      "start vringd with more workers (--workers CPU,CPU), each on a CPU of its "
		      "own; one queue pair is served by one worker, so give guests more queues");
}

static double steal_percent(const struct doctor_host *host)
{
	return host->cpu_ms ? (double)host->steal_ms * 100 / (double)host->cpu_ms : 0;
}

static bool tell_cpus(const struct doctor_host *host, const struct doctor_teller *teller)
{
	const unsigned wanted = host->vcpus + host->workers;
	const double steal = steal_percent(host);
	bool well = true;
	struct doctor_check check;

	if (steal >= STEAL_NOTED_PERCENT) {
		well = steal < STEAL_WARNED_PERCENT;
		check = doctor_find(teller, "steal", well ? DOCTOR_STATUS_note : DOCTOR_STATUS_warn,
				    "a hypervisor below this host took %.1f %% of its CPU time "
				    "since it started (%" PRIu64 " s): guests and vringd stand "
				    "still meanwhile, and that can not be told from a late driver",
				    steal, host->steal_ms / 1000);
		doctor_advise(
			teller, &check, RUNBOOK ", \"The guest is slow\"",
			"ask for CPUs of its own for this host, and read times of stalls with "
			"that in mind");
	}
	if (host->cpus && wanted > host->cpus) {
		check = doctor_find(teller, "overcommit", DOCTOR_STATUS_note,
				    "%u vCPUs of guests and %u worker%s of vringd share %u CPU%s",
				    host->vcpus, host->workers, plural(host->workers), host->cpus,
				    plural(host->cpus));
		doctor_advise(teller, &check, RUNBOOK ", \"The guest is slow\"",
			      "fine while the CPUs have time to spare; else fewer vCPUs, or CPUs "
			      "kept free for the workers (--workers)");
	}
	return well;
}

static void tell_host(const struct doctor_host *host, const struct doctor_ear *ear)
{
	const struct doctor_teller teller = { .ear = ear, .subject = "host" };
	struct doctor_check check;
	bool well = tell_cpus(host, &teller);

	if (host->hugepages_total && !host->hugepages_free) {
		check = doctor_find(&teller, "hugepages", DOCTOR_STATUS_note,
				    "all %" PRIu64 " hugepages of %" PRIu64 " KiB are taken",
				    host->hugepages_total, host->hugepage_kib);
		doctor_advise(&teller, &check, NULL,
			      "a guest that wants hugepages will not start: raise vm.nr_hugepages; "
			      "vringd itself needs none");
	}
	if (!well)
		return;
	check = doctor_find(&teller, "host", DOCTOR_STATUS_ok,
			    "%u CPUs, %.1f %% of their time stolen since the host started; "
			    "hugepages: %" PRIu64 " free of %" PRIu64 ", vringd needs none",
			    host->cpus, steal_percent(host), host->hugepages_free,
			    host->hugepages_total);
	doctor_rest(&teller, &check);
}

void doctor_host(const struct doctor_host *host, const struct doctor_ear *ear)
{
	const struct doctor_teller teller = { .ear = ear, .subject = "daemon" };
	struct doctor_check check;

	tell_host(host, ear);
	if (!host->has_state_dir) {
		check = doctor_find(&teller, "no_state_dir", DOCTOR_STATUS_note,
				    "there is no state folder: flight recorders and incidents are "
				    "in memory, and end with the daemon");
		doctor_advise(&teller, &check, NULL,
			      "start vringd with --state-dir DIR, on a folder it may write");
	}
	if (host->descriptors_max &&
	    host->descriptors * 100 >= host->descriptors_max * DESCRIPTORS_WARNED_PERCENT) {
		check = doctor_find(&teller, "descriptors", DOCTOR_STATUS_warn,
				    "%" PRIu64 " of %" PRIu64 " descriptors are open; a guest "
				    "needs a dozen",
				    host->descriptors, host->descriptors_max);
		doctor_advise(
			&teller, &check, NULL,
			"raise LimitNOFILE= of the service, or the hard limit ('ulimit -Hn')");
		return;
	}
	check = doctor_find(&teller, "daemon", DOCTOR_STATUS_ok,
			    "%u worker%s, %" PRIu64 " of %" PRIu64 " descriptors open%s",
			    host->workers, plural(host->workers), host->descriptors,
			    host->descriptors_max,
			    host->has_state_dir ? ", flight recorder in the state folder" : "");
	doctor_rest(&teller, &check);
}
