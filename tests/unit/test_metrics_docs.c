/* SPDX-License-Identifier: BSD-3-Clause */
/* test_metrics_docs.c - what is written about the metrics is true of them.
 *
 * docs/metrics.md names every family and every value of a label, by its name and with
 * its sentence, and neither it nor the alert rules nor the dashboard name one that is
 * not there. VRINGD_DOCS is the folder.
 */
#include <ctype.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/ctl_metrics.h"
#include "control_fake.h"
#include "metrics.h"

#define TEXT_MAX 200000
#define PREFIX "vringd_"

static char *served, *manual;

static char *read_doc(const char *name)
{
	const char *folder = getenv("VRINGD_DOCS");
	char path[1024], *text = calloc(1, TEXT_MAX);
	size_t len;
	FILE *file;

	assert_non_null(folder);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	assert_non_null(file);
	len = fread(text, 1, TEXT_MAX, file);
	assert_true(len > 0 && len < TEXT_MAX);
	fclose(file);
	return text;
}

static int read_all(void **state)
{
	static struct fake_house house;
	size_t len;

	(void)state;
	fake_house_build(&house);
	served = ctl_metrics_text(&fake_ops, &house, 0, &len);
	manual = read_doc("metrics.md");
	return served ? 0 : -1;
}

static int forget_all(void **state)
{
	(void)state;
	free(served);
	free(manual);
	return 0;
}

static void expect_in_manual(const char *format, const char *first, const char *second)
{
	char text[1024];

	snprintf(text, sizeof(text), format, first, second);
	if (!strstr(manual, text))
		fail_msg("docs/metrics.md has no: %s", text);
}

/* The sentence that is served with it, too. */
static void the_manual_has_every_family(void **state)
{
	char family[METRICS_NAME_MAX], sample[METRICS_NAME_MAX], help[512], line[256];
	const char *at = served, *said;
	unsigned cnt = 0;

	(void)state;
	while (metrics_next(&at, family, sample)) {
		expect_in_manual("\n| `%s` |%s", sample, "");
		snprintf(line, sizeof(line), "# HELP %s ", family);
		said = strstr(served, line);
		assert_non_null(said);
		snprintf(help, sizeof(help), "%.*s", (int)strcspn(said + strlen(line), "\n"),
			 said + strlen(line));
		expect_in_manual("| %s%s", help, "");
		cnt++;
	}
	assert_true(cnt > 60);
}

static void the_manual_has_every_value_of_a_label(void **state)
{
	(void)state;
#define X(name, english) expect_in_manual("\n| `%s` | %s |\n", #name, english);
	SUPPRESS_REASONS(X)
	FORCED_OUTCOMES(X)
	VRING_DROPS(X)
	VRING_STATES(X)
	STALL_HEALTHS(X)
#undef X
#define X(name, english)                            \
	if (VRING_FAULT_##name != VRING_FAULT_none) \
		expect_in_manual("\n| `%s` | %s |\n", #name, english);
	VRING_FAULTS(X)
#undef X
#define X(name, word, english) expect_in_manual("\n| `%s` | %s |\n", word, english);
	INJECT_KINDS(X)
#undef X
}

/* A histogram has samples of three names. */
static bool is_of_histogram(const char *name, const char *family, const char *sample)
{
	const size_t len = strlen(family);

	return strcmp(sample + len, "_bucket") == 0 && strncmp(name, family, len) == 0 &&
	       (strcmp(name + len, "_count") == 0 || strcmp(name + len, "_sum") == 0);
}

static bool is_served(const char *name)
{
	char family[METRICS_NAME_MAX], sample[METRICS_NAME_MAX];
	const char *at = served;

	while (metrics_next(&at, family, sample))
		if (strcmp(sample, name) == 0 || is_of_histogram(name, family, sample))
			return true;
	return false;
}

/* How many names there are; each must be that of a sample. */
static unsigned expect_names(const char *text)
{
	const char *at = text;
	char name[METRICS_NAME_MAX];
	unsigned cnt = 0;
	size_t len;

	while ((at = strstr(at, PREFIX))) {
		for (len = 0; islower((unsigned char)at[len]) || isdigit((unsigned char)at[len]) ||
			      at[len] == '_';
		     len++)
			;
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		if (strcmp(name, PREFIX) != 0 && !is_served(name))
			fail_msg("%s is not served", name);
		at += len;
		cnt++;
	}
	return cnt;
}

static void nothing_is_named_that_is_not_served(void **state)
{
	char *alerts = read_doc("alerts.yml"), *dashboard = read_doc("grafana-dashboard.json");

	(void)state;
	assert_true(expect_names(manual) > 60);
	assert_true(expect_names(alerts) > 5);
	assert_true(expect_names(dashboard) > 20);
	free(alerts);
	free(dashboard);
}

static void the_dashboard_asks_in_every_panel(void **state)
{
	char *text = read_doc("grafana-dashboard.json");
	json_error_t where;
	json_t *dashboard = json_loads(text, JSON_REJECT_DUPLICATES, &where), *panel, *target;
	size_t i, j;

	(void)state;
	if (!dashboard)
		fail_msg("line %d: %s", where.line, where.text);
	assert_true(json_array_size(json_object_get(dashboard, "panels")) > 10);
	json_array_foreach(json_object_get(dashboard, "panels"), i, panel) {
		assert_true(json_is_string(json_object_get(panel, "title")));
		assert_true(json_array_size(json_object_get(panel, "targets")) > 0);
		json_array_foreach(json_object_get(panel, "targets"), j, target)
			assert_true(expect_names(json_string_value(
					    json_object_get(target, "expr"))) > 0);
	}
	json_decref(dashboard);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_has_every_family),
		cmocka_unit_test(the_manual_has_every_value_of_a_label),
		cmocka_unit_test(nothing_is_named_that_is_not_served),
		cmocka_unit_test(the_dashboard_asks_in_every_panel),
	};

	return cmocka_run_group_tests(tests, read_all, forget_all);
}
