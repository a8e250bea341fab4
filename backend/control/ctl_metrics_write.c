/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_metrics_write.c - see ctl_metrics_write.h. */
#include "control/ctl_metrics_write.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "compiler.h"

#define PREFIX "vringd_"

static const char *const type_words[] = {
	[METRICS_GAUGE] = "gauge",
	[METRICS_COUNTER] = "counter",
	[METRICS_INFO] = "info",
	[METRICS_HISTOGRAM] = "histogram",
};

static const char *const sample_suffixes[] = {
	[METRICS_GAUGE] = "",
	[METRICS_COUNTER] = "_total",
	[METRICS_INFO] = "_info",
	[METRICS_HISTOGRAM] = "_bucket",
};

static const char *unit_of(const char *name)
{
	static const char *const units[] = { "bytes", "seconds", "ratio" };
	const char *last = strrchr(name, '_');
	unsigned i;

	for (i = 0; last && i < ARRAY_SIZE(units); i++)
		if (strcmp(last + 1, units[i]) == 0)
			return units[i];
	return NULL;
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

/* A path need not be text at all: then only what is ASCII of it can be shown. */
static void write_escaped(FILE *file, const char *text)
{
	const bool only_ascii = !is_utf8(text);

	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", file);
		else if (*text == '\\' || *text == '"')
			fprintf(file, "\\%c", *text);
		else
			fputc(only_ascii && (unsigned char)*text >= 0x80 ? '?' : *text, file);
	}
}

void metrics_family(struct metrics_out *out, const char *name, enum metrics_type type,
		    const char *help)
{
	const char *unit = unit_of(name);

	out->family = name;
	out->suffix = sample_suffixes[type];
	fprintf(out->file, "# TYPE " PREFIX "%s %s\n", name, type_words[type]);
	if (unit)
		fprintf(out->file, "# UNIT " PREFIX "%s %s\n", name, unit);
	fprintf(out->file, "# HELP " PREFIX "%s ", name);
	write_escaped(out->file, help);
	fputc('\n', out->file);
}

void metrics_part(struct metrics_out *out, const char *suffix)
{
	out->suffix = suffix;
}

static void begin_sample(const struct metrics_out *out)
{
	fprintf(out->file, PREFIX "%s%s", out->family, out->suffix);
}

void metrics_label(struct metrics_out *out, const char *name, const char *value)
{
	if (!*value)
		return;
	if (out->label_cnt == 0)
		begin_sample(out);
	fprintf(out->file, "%s%s=\"", out->label_cnt++ ? "," : "{", name);
	write_escaped(out->file, value);
	fputc('"', out->file);
}

void metrics_label_number(struct metrics_out *out, const char *name, unsigned value)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", value);
	metrics_label(out, name, digits);
}

void metrics_label_real(struct metrics_out *out, const char *name, double value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.15g", value);
	metrics_label(out, name, digits);
}

static void end_labels(struct metrics_out *out)
{
	if (out->label_cnt == 0)
		begin_sample(out);
	else
		fputc('}', out->file);
	out->label_cnt = 0;
}

void metrics_whole(struct metrics_out *out, uint64_t value)
{
	end_labels(out);
	fprintf(out->file, " %" PRIu64 "\n", value);
}

void metrics_real(struct metrics_out *out, double value)
{
	end_labels(out);
	if (isfinite(value))
		fprintf(out->file, " %.15g\n", value);
	else
		fputs(" NaN\n", out->file);
}
