/* SPDX-License-Identifier: BSD-3-Clause */
/* test_prometheus.c - a real Prometheus scrapes a live daemon, with our alert rules.
 *
 * It listens on loopback, keeps its data in the daemon's directory, and is ended by
 * its process. What must stay true: it ends with the test.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bed.h"
#include "http.h"
#include "latency.h"

#define PROMETHEUS_MS 40000
#define LOOK_MS 50
#define FRAMES 7
#define ASLEEP_MS 5
/* Its samples without the words that only OpenMetrics has. */
#define IN_OLDER_WORDS                                                  \
	"awk '/^# (UNIT|EOF)/ { next } "                                \
	"/^# TYPE/ { tail = $4 == \"counter\" ? \"_total\" : "          \
	"$4 == \"info\" ? \"_info\" : \"\"; sub(/info$/, \"gauge\") } " \
	"/^#/ { $3 = $3 tail } { print }'"

static pid_t prometheus;
static unsigned int asked_at;

/* One that is free, as far as one can know. */
static unsigned int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(sock, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&address, &len),
			 0);
	close(sock);
	return ntohs(address.sin_port);
}

static void write_config(const char *path)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file,
		"global:\n"
		"  scrape_interval: 200ms\n"
		"  scrape_timeout: 200ms\n"
		"  evaluation_interval: 200ms\n"
		"rule_files: ['%s/alerts.yml']\n"
		"scrape_configs:\n"
		"  - job_name: vringd\n"
		"    static_configs:\n"
		"      - targets: ['127.0.0.1:%u']\n",
		getenv("VRINGD_DOCS"), daemon_metrics_port(&bed.daemon));
	assert_int_equal(fclose(file), 0);
}

static void become_prometheus(const char *dir, const char *config)
{
	char log[128], data[160], listen[64], file[160];
	int fd;

	snprintf(log, sizeof(log), "%s/prometheus.log", dir);
	snprintf(data, sizeof(data), "--storage.tsdb.path=%s/data", dir);
	snprintf(listen, sizeof(listen), "--web.listen-address=127.0.0.1:%u",
		 asked_at);
	snprintf(file, sizeof(file), "--config.file=%s", config);
	fd = open(log, O_WRONLY | O_CREAT, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execlp("prometheus", "prometheus", file, data, listen,
	       "--web.config.file=", (char *)NULL);
	_exit(127);
}

static void start_prometheus(void)
{
	pid_t parent = getpid();
	char config[128];

	snprintf(config, sizeof(config), "%s/prometheus.yml", bed.daemon.dir);
	write_config(config);
	asked_at = free_port();
	prometheus = fork();
	if (prometheus)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		become_prometheus(bed.daemon.dir, config);
	_exit(127);
}

static void stop_prometheus(void)
{
	if (!prometheus)
		return;
	kill(prometheus, SIGKILL);
	waitpid(prometheus, NULL, 0);
	prometheus = 0;
}

/* Its directory is in the daemon's. */
static int down(void **state)
{
	stop_prometheus();
	return bed_down(state);
}

/* The body of the answer to "GET /api/v1/...", or NULL. HTTP/1.0, since then
 * it comes in one piece. */
static json_t *api(const char *path)
{
	char request[1024];
	struct http_answer answer;
	json_t *json = NULL;

	snprintf(request, sizeof(request), "GET /api/v1/%s HTTP/1.0", path);
	answer = http_ask(asked_at, request);
	if (answer.status == 200)
		json = json_loads(answer.body, 0, NULL);
	http_forget(&answer);
	return json;
}

/* The value of the one series that is the answer, or -1. */
static double query(const char *expression)
{
	char path[900] = "query?query=";
	size_t len = strlen(path);
	json_t *json, *result;
	double value = -1;

	for (; *expression && len < sizeof(path) - 4; expression++)
		len += (size_t)snprintf(
			path + len, 4,
			isalnum((unsigned char)*expression) ? "%c" : "%%%02x",
			(unsigned char)*expression);
	json = api(path);
	result = control_at(json, "data.result");
	if (json_array_size(result) == 1)
		value = atof(json_string_value(json_array_get(
			json_object_get(json_array_get(result, 0), "value"),
			1)));
	json_decref(json);
	return value;
}

static void expect(const char *expression, double value)
{
	uint64_t end = clock_now_ns() + PROMETHEUS_MS * NS_PER_MS;
	double is = query(expression);

	while (is != value && clock_now_ns() < end) {
		bed_idle(LOOK_MS);
		is = query(expression);
	}
	if (is != value)
		fail_msg("%s is %f, not %f", expression, is, value);
}

/* All have been evaluated, and none could not be. */
static void expect_rules_in_order(void)
{
	uint64_t end = clock_now_ns() + PROMETHEUS_MS * NS_PER_MS;
	json_t *json, *rules, *rule;
	size_t i, ok = 0;

	do {
		json = api("rules");
		rules = json_object_get(
			json_array_get(control_at(json, "data.groups"), 0),
			"rules");
		ok = 0;
		json_array_foreach(rules, i, rule) {
			assert_string_not_equal(control_str(rule, "health"),
						"err");
			ok += !strcmp(control_str(rule, "health"), "ok");
		}
		i = json_array_size(rules);
		json_decref(json);
	} while ((!i || ok < i) && clock_now_ns() < end);
	assert_true(i > 0 && ok == i);
}

static void expect_promtool(const char *verb, const char *file)
{
	if (shell("promtool %s rules %s/%s 2>&1", verb, getenv("VRINGD_DOCS"),
		  file) != 0)
		fail_msg("promtool %s %s: %s", verb, file, shell_output);
}

static void expect_good_rules(void)
{
	expect_promtool("check", "alerts.yml");
	expect_promtool("test", "../tests/e2e/alerts-test.yml");
}

static void expect_good_names(void)
{
	if (shell("(\"$VRINGCTL\" --control %s metrics || echo none) | %s"
		  " | promtool check metrics 2>&1",
		  bed.daemon.control, IN_OLDER_WORDS) != 0)
		fail_msg("promtool check metrics: %s", shell_output);
}

/* The bounds of the bucket that has it. */
static void bucket_of(double seconds, double *above, double *at_most)
{
	unsigned int i;

	*above = 0;
	*at_most = latency_step_ns(0) / 1e9;
	for (i = 1; i < LATENCY_STEPS && seconds > *at_most * 1.001; i++) {
		*above = *at_most;
		*at_most = latency_step_ns(i) / 1e9;
	}
}

/* Of tx0, at rest: Prometheus takes it from the buckets, vring.list from finer
 * ones, some of which a bound cuts. */
static void expect_quantile(const char *family, const char *kind)
{
	double is, finer_s, above, at_most;
	char text[256];
	json_t *vring = control_vring(&bed.control, "vm0", "tx0");

	snprintf(text, sizeof(text), "latency_us.%s.p99", kind);
	finer_s = json_number_value(control_at(vring, text)) / 1e6;
	json_decref(vring);
	snprintf(text, sizeof(text), "latency_us.%s.count", kind);
	assert_true(bed_int("tx0", text) > 0 && finer_s > 0);
	is = (double)bed_int("tx0", text);
	snprintf(text, sizeof(text),
		 "vringd_vring_%s_seconds_count{port=\"vm0\",vring=\"tx0\"}",
		 family);
	expect(text, is);
	snprintf(text, sizeof(text),
		 "histogram_quantile(0.99, vringd_vring_%s_seconds_bucket{"
		 "port=\"vm0\",vring=\"tx0\"})",
		 family);
	is = query(text);
	bucket_of(is, &above, &at_most);
	if (!(is > 0) || finer_s < above * 0.95 || finer_s > at_most)
		fail_msg("%s is %g: in (%g, %g], but vring.list has %g", text,
			 is, above, at_most, finer_s);
}

static void a_real_prometheus_scrapes_and_alerts(void **state)
{
	struct net_config cfg;
	struct net_guest *guest;
	struct driver *driver;
	uint32_t i;

	(void)state;
	bed_up((struct bed_config){
		.peer = "echo",
		.option = { "--metrics", "127.0.0.1:0", "--no-force" } });
	assert_int_equal(control_do(&bed.control, "version", NULL), 0);
	start_prometheus();
	cfg = bed_net_config(0);
	guest = bed_guest(0, &cfg);
	net_offer(guest, RX0, 64);
	for (i = 0; i < FRAMES; i++) {
		bed_idle(ASLEEP_MS); /* so that it is kicked */
		bed_round_trip(guest, 60, i);
	}
	expect_good_names();
	expect_good_rules(); /* it takes 5 s to its first scrape, always */
	expect("up", 1);
	expect("vringd_vring_packets_total{port=\"vm0\",vring=\"tx0\"}",
	       (double)bed_int("tx0", "counters.packets"));
	expect("vringd_vring_packets_total{port=\"vm0\",vring=\"tx0\"}",
	       FRAMES);
	expect("vringd_build_info", 1);
	expect_quantile("residence", "residence");
	expect_quantile("kick_to_dequeue", "seen_to_take");
	expect_rules_in_order();

	driver = &guest->fe.vring[TX0].driver;
	driver_arm_at(driver, driver_step(driver, driver->reaped, -1));
	bed_use_tx(guest, driver_room(driver));
	bed_expect_str("tx0", "health", "stalled");
	expect("count(ALERTS{alertname=\"VringStalled\",vring=\"tx0\"})", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a_real_prometheus_scrapes_and_alerts",
		  a_real_prometheus_scrapes_and_alerts, bed_choose, down,
		  &bed_split },
	};

	return BED_RUN(tests);
}
