/* SPDX-License-Identifier: BSD-3-Clause */
/* verbs.h - what main.c and the verbs share.
 *
 * A verb gets what was said on the command line, asks the daemon, prints, and
 * returns the program's exit status. One file a family of verbs.
 *
 * Thread: one.
 */
#ifndef VRINGCTL_VERBS_H
#define VRINGCTL_VERBS_H

#include <stdbool.h>

#include "client.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_ILL = 3 };

struct invocation {
	struct client *client;
	const char *verb;
	int argc; /* arguments behind the verb */
	char **argv;
	bool json, lines, follow, stop;
	const char *file;      /* --file, or NULL */
	const char *state_dir; /* --state-dir, or NULL */
	const char *filter;
	const char *bundle; /* --bundle, or NULL */
	double interval_s;
	long count; /* of samples, events or frames; 0: not said */
};

typedef enum exit_status verb_run(const struct invocation *said);

/* verb_show.c */
verb_run verb_show;
/* verb_show_switch.c, for `show` */
json_t *only_switches(json_t *switches, const char *name);
void print_switches(const json_t *switches);
/* verb_vrings.c */
verb_run verb_vrings;
/* verb_watch.c */
verb_run verb_watch;
/* verb_capture.c */
verb_run verb_capture;
/* verb_top.c */
verb_run verb_top;
/* verb_explain.c */
verb_run verb_explain;
verb_run verb_version;
verb_run verb_metrics;
/* verb_doctor.c */
verb_run verb_doctor;
/* verb_bundle.c: writes the file and returns what the doctor said; NULL after an error. */
json_t *bundle_write(const struct invocation *said);
/* verb_act.c */
verb_run verb_call_or_kick;
verb_run verb_port;
verb_run verb_wire;
verb_run verb_unwire;
/* verb_set.c */
verb_run verb_set;
verb_run verb_fault;
verb_run verb_unfault;
/* verb_trace.c */
verb_run verb_trace;
/* verb_incidents.c */
verb_run verb_incidents;
/* verb_record.c */
verb_run verb_record;
verb_run verb_replay;
/* verb_stanza.c */
verb_run verb_qemu_args;
verb_run verb_libvirt_xml;

/* verb_common.c */

/* The nth argument, or NULL. */
const char *said_arg(const struct invocation *said, int nth);
/* {"port": the nth argument}, or an empty object if there is none. */
json_t *said_port(const struct invocation *said, int nth);
/* {"port": ..., "vring": ...} of "PORT/VRING" or "PORT"; without `need_vring` the
 * second is enough. NULL after a usage message. */
json_t *said_vring(const struct invocation *said, int nth, bool need_vring);
/* A mistake in the words of the command line, told on stderr. */
enum exit_status said_wrong(const struct invocation *said, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The index of "rx0", "tx0" ... in the vhost protocol; -1: that names no vring. */
int vring_index_of(const char *name);

/* A sentence on a terminal of `width`, indented, `first` before its first word; words do
 * not break, and lines after the first stand further in. */
void print_wrapped(const char *sentence, const char *first, int width);

/* Prints `result` as JSON on stdout and takes it. */
enum exit_status print_json(json_t *result);
/* Asks; prints the result with --json, else nothing. */
enum exit_status ask_and_be_quiet(const struct invocation *said, const char *method,
				  json_t *params);

/* Members of a JSON object; "" and 0 where they are not. */
const char *text_of(const json_t *object, const char *key);
json_int_t number_of(const json_t *object, const char *key);
/* Of all numbers in an object. */
json_int_t sum_of(const json_t *object);
/* "vm0/tx0" */
const char *vring_label(const json_t *vring, char *label, size_t len);
/* One word for a vring: its state, or its health when it runs. */
const char *vring_word(const json_t *vring);
/* Stalled, being revived, stuck or faulted: exit status 3. */
bool vring_is_ill(const json_t *vring);

#endif
